package events

import (
	"strconv"
	"strings"
	"time"

	"github.com/imbench/imbench/report"
)

// wordMost is how much of one text is shown, in columns.
const wordMost = 120

func said(details []Detail, name string) string {
	for _, d := range details {
		if d.Name == name {
			return report.Plain(d.Text, wordMost)
		}
	}
	return ""
}

// words says what an event is, and remembers what later ones refer to.
func (s *story) words(t told) (row, string) {
	l := &s.life
	switch t.kind {
	case "dial":
		return plainRow, l.dials(t)
	case "dial_failed":
		return badRow, "cannot connect: " + said(t.details, "error")
	case "ready":
		return goodRow, l.isOnline(t)
	case "fault":
		name := said(t.details, "fault")
		if said(t.details, "detail") == "" { // one of the path has no moment that others count from
			l.strike(name, t.at)
		}
		return faultRow, with("fault "+name, t.details, "fault", "mechanism", "detail")
	case "expired":
		l.strike(said(t.details, "fault"), t.at)
		return faultRow, with("idle for too long: the middlebox "+l.fault+" drops the connection", t.details, "fault", "mechanism")
	case "heal":
		return faultRow, "fault " + said(t.details, "fault") + " is over"
	case "miss":
		return badRow, "no heartbeat was answered for too long"
	case "detect":
		return badRow, l.loses(t)
	case "first_message":
		text := "first fresh message"
		if l.struck {
			text += ": " + l.fault + " was an outage of " + span(t.at-l.outSince)
			l.served = true
		}
		return goodRow, text
	case "malformed":
		if answer := said(t.details, "answer"); answer != "" {
			return plainRow, "the server's answer to " + said(t.details, "form") + ": " + answer
		}
		return faultRow, "sends a malformed frame: " + said(t.details, "form")
	case "ghost":
		return faintRow, with("for the server: "+said(t.details, "state"), t.details, "state", "method", "answer")
	case "lost":
		return badRow, s.misses(t)
	case "gave_up":
		return badRow, "gives up: its policy allows no further try"
	}
	return plainRow, with(strings.ReplaceAll(report.Plain(t.kind, wordMost), "_", " "), t.details)
}

func (l *life) strike(fault string, at time.Duration) {
	l.fault, l.faultAt, l.struck = fault, at, true
	l.outSince, l.served = at, false
}

// loses tells of the loss of the connection. The line of the fault that cost it
// may follow.
func (l *life) loses(t told) string {
	text := "takes its connection for dead: " + said(t.details, "cause")
	switch by := said(t.details, "fault"); {
	case by == "": // no fault explains it
	case l.struck && by == l.fault:
		text += ", " + span(t.at-l.faultAt) + " after " + by
		if l.served { // a fault that had healed: until now there was service
			l.outSince, l.served = t.at, false
		}
	default:
		text += ", by " + by
	}
	l.lostAt, l.lost, l.everOnline, l.tries = t.at, true, true, 0
	return text
}

func (s *story) misses(t told) string {
	if more := said(t.details, "more"); more != "" {
		return "never got " + more + " more messages"
	}
	text := "never got what " + said(t.details, "from") + " sent"
	if sent, err := strconv.ParseFloat(said(t.details, "sent"), 64); err == nil && s.known {
		text += " at " + strconv.FormatFloat(sent-s.zero.Seconds(), 'f', 3, 64) + " s"
	}
	if said(t.details, "acked") != "" {
		text += ", which the server had acknowledged"
	}
	return text
}

func (l *life) dials(t told) string {
	l.dialledAt = t.at
	l.tries++
	switch {
	case l.lost && l.tries == 1:
		return "dials, " + span(t.at-l.lostAt) + " after noticing"
	case l.tries > 1:
		return "dials, try " + strconv.Itoa(l.tries)
	}
	return "dials"
}

func (l *life) isOnline(t told) string {
	text := "online"
	if l.everOnline {
		text = "online again"
	}
	if l.dialledAt > 0 || l.tries > 0 {
		text += ", " + span(t.at-l.dialledAt) + " after dialling"
	}
	if l.lost {
		text += ", " + span(t.at-l.lostAt) + " after noticing"
	}
	l.everOnline, l.lost, l.tries = true, false, 0
	return text
}

// with adds an event's further keys to what it is: "fault nat (mechanism md5)".
// Those named need no name, or were said.
func with(text string, details []Detail, known ...string) string {
	var parts []string
next:
	for _, d := range details {
		for i, name := range known {
			if d.Name == name {
				if i > 0 {
					parts = append(parts, report.Plain(d.Text, wordMost))
				}
				continue next
			}
		}
		parts = append(parts, report.Plain(d.Name, wordMost)+" "+report.Plain(d.Text, wordMost))
	}
	if len(parts) == 0 {
		return text
	}
	return text + " (" + strings.Join(parts, ", ") + ")"
}

func span(d time.Duration) string { return report.Millis(millis(d)) }
