package report

import (
	"fmt"
	"math"
	"regexp"
	"strings"
	"time"
)

// faults tells each fault's story.
func (p *page) faults(faults []FaultResult) {
	p.section("Faults")
	for i, f := range faults {
		if i > 0 {
			p.line()
		}
		p.fault(f)
	}
}

func (p *page) fault(f FaultResult) {
	name := shorten(clean(f.Name), p.width-gutter)
	head, at := blank(gutter)+p.ink.paint(strong, name)+"  ", gutter+columns(name)+2
	if columns(name) > labelWidth || p.narrow() {
		p.line(head)
		head, at = blank(2*gutter), 2*gutter
	}
	for _, l := range wrapped(shorten(clean(f.story()), longest), p.wraps-at) {
		p.line(head, l)
		head = blank(at)
	}
	p.outcome(f)
}

// outcome is what became of those that the fault was to be applied to.
func (p *page) outcome(f FaultResult) {
	chosen := f.Clients + f.NotApplied + f.Skipped
	if n := f.NotApplied + f.Skipped; n > 0 {
		why := "offline already, or refused by the kernel"
		if len(f.Errors) > 0 {
			why = strings.Join(f.Errors, "; ")
		}
		tell := p.row
		if f.NotApplied > 0 {
			tell = p.alarm
		}
		tell("not applied", "to "+number(n)+" of the "+plural(chosen, "client", "clients")+" chosen: "+why)
	}
	p.noticed(f)
	p.cameBack(f)
	p.storm(f)
	p.held(f)
	p.box(f)
	p.malformed(f)
	if f.NotApplied+f.Skipped == 0 {
		for _, e := range f.Errors {
			p.alarm("error", e)
		}
	}
}

// story is what was done to whom, when and how, in a sentence.
func (f FaultResult) story() string {
	if len(f.AtS) == 0 {
		return "was never applied"
	}
	whom := plural(f.Clients, "connection", "connections")
	until, restart := "", ", started again at once"
	if f.ForS > 0 {
		until, restart = ", healed after "+clock(f.ForS), ", started again after "+clock(f.ForS)
	}
	at := f.times()
	server := func(did, after string) string {
		s := did + " the server " + at + after
		if f.Clients > 0 {
			s += ", with " + whom
		}
		return s
	}
	switch f.Kind {
	case "silence":
		if until == "" {
			until = ", for good"
		}
		return "silenced " + whom + f.direction() + " " + at + until + f.means()
	case "reset":
		return "reset " + whom + " (RST) " + at
	case "close":
		return "closed " + whom + " (FIN, no close frame) " + at
	case "bye":
		return "closed " + whom + " (close frame) " + at
	case "storm":
		return "reset " + whom + " in the same moment " + at
	case "rebind":
		return "moved " + plural(f.Clients, "client", "clients") + " to another address " + at + ", the old path dark" + f.means()
	case "malformed":
		return "sent malformed frames on " + whom + " " + at
	case "stall":
		return "stopped the reading of " + whom + " " + at + until + f.settings()
	case "latency", "bandwidth", "slice", "idle_expiry":
		until = ", to the end"
		if f.ForS > 0 {
			until = ", for " + clock(f.ForS)
		}
		return "put " + f.Kind + " on the path of " + plural(f.Clients, "client", "clients") + " " + at + until + f.settings() + f.means()
	case "flap":
		return "flapped " + plural(f.Clients, "time", "times") + " in all, " + at + f.settings() + f.means()
	case "server.freeze":
		return server("froze", ", for "+clock(f.ForS))
	case "server.kill":
		return server("killed", restart)
	case "server.restart":
		return server("stopped", restart)
	}
	return f.Kind + " on " + whom + " " + at + until + f.means()
}

// times says when a fault was applied.
func (f FaultResult) times() string {
	const most = 4
	var at []string
	for _, s := range f.AtS[:min(most, len(f.AtS))] {
		at = append(at, clock(tenth(s)))
	}
	if more := len(f.AtS) - most; more > 0 {
		return fmt.Sprintf("at %s and %d more times until %s", strings.Join(at, ", "), more, clock(tenth(f.AtS[len(f.AtS)-1])))
	}
	return "at " + inWords(at)
}

// directionOf finds a one-way silence in a fault as it is written; the result
// has no field of its own for it.
var directionOf = regexp.MustCompile(`\bdirection: *"?(inbound|outbound)\b`)

func (f FaultResult) direction() string {
	if m := directionOf.FindStringSubmatch(f.Text); m != nil {
		return " " + m[1]
	}
	return ""
}

// means names the mechanisms, and how many connections each took when there
// were several.
func (f FaultResult) means() string {
	switch len(f.Mechanism) {
	case 0:
		return ""
	case 1:
		for name := range f.Mechanism {
			return ", by " + name
		}
	}
	return ", by " + byCount(f.Mechanism)
}

// everyFault are the keys of a fault as it is written that its story tells
// already, and that are of no one kind.
var everyFault = regexp.MustCompile(`\b(name|at|kind|clients|group|for|every): *("(\\.|[^"])*"|[^,}]*)(, *)?`)

// settings are the keys that a fault's kind has of its own.
func (f FaultResult) settings() string {
	rest := strings.Trim(everyFault.ReplaceAllString(f.Text, ""), "{}, ")
	if rest == "" {
		return ""
	}
	return " (" + rest + ")"
}

// mild reports whether a fault of that kind leaves connections in working
// order, as far as it goes.
func (f FaultResult) mild() bool {
	switch f.Kind {
	case "latency", "bandwidth", "slice", "malformed":
		return true
	}
	return false
}

// noticed tells how many clients noticed, after how long, and how.
func (p *page) noticed(f FaultResult) {
	touched := f.Detected + f.Unnoticed + f.NeverDetected
	if f.Detected > 0 || f.NeverDetected > 0 {
		text := of(f.Detected, touched)
		if f.Detected > 0 && !f.Detect.none() {
			text += ", " + f.Detect.inBrief() + p.onStory(f.Detect)
		}
		if len(f.Causes) > 0 {
			text += "; by " + byCount(f.Causes)
		}
		p.row("noticed", text)
	}
	if f.DetectBound != "" && touched > 0 {
		p.bound(f)
	}
	switch {
	case f.Unnoticed > 0 && f.mild():
		p.row("kept", of(f.Unnoticed, touched)+" kept their connection")
	case f.Unnoticed > 0:
		p.row("rode it out", of(f.Unnoticed, touched)+": over before they noticed")
	}
	if f.NeverDetected > 0 {
		p.alarm("not noticed", plural(f.NeverDetected, "client", "clients")+", online in their own eyes to the end")
	}
}

// bound sets what the clients' own timers imply beside what was seen.
func (p *page) bound(f FaultResult) {
	const label = "own timers"
	from, to, ok := f.bound()
	switch {
	case !ok:
		p.row(label, "imply "+f.DetectBound)
	case !f.Detect.none() && f.Detect.Max > lateAfter(to):
		p.alarm(label, "imply "+between(from, to)+p.inStory(from, to)+": this was later")
	default:
		p.row(label, "imply "+between(from, to)+p.inStory(from, to))
	}
}

// bound is what the clients' own timers imply for detection, in milliseconds.
func (f FaultResult) bound() (from, to float64, ok bool) {
	a, b, ok := strings.Cut(f.DetectBound, "..")
	if !ok {
		b = a
	}
	least, err := time.ParseDuration(strings.TrimSpace(a))
	most, err2 := time.ParseDuration(strings.TrimSpace(b))
	if err != nil || err2 != nil {
		return 0, 0, false
	}
	return float64(least) / 1e6, float64(most) / 1e6, true
}

// lateAfter leaves a timer the slack of a busy machine: a twentieth, or 100 ms.
func lateAfter(ms float64) float64 { return ms + math.Max(100, ms/20) }

func between(from, to float64) string {
	if from == to {
		return clock(to / 1000)
	}
	return clock(from/1000) + " to " + clock(to/1000)
}

// cameBack tells who came back and how long everybody was out.
func (p *page) cameBack(f FaultResult) {
	if away := f.Recovered + f.NeverRecovered; away > 0 {
		text := of(f.Recovered, away)
		if f.Recovered > 0 && !f.Reconnect.none() {
			text += ", " + f.Reconnect.inBrief() + p.onStory(f.Reconnect) + " after noticing"
		}
		p.row("came back", text)
	}
	if f.NeverRecovered > 0 {
		p.alarm("gone", plural(f.NeverRecovered, "client", "clients")+" never came back")
	}
	if !f.Outage.none() {
		p.row(Outage.String(), f.Outage.inBrief()+p.onStory(f.Outage)+" to the first fresh message")
	}
}

// of is a part of a whole in words: all 50, 48 of 100, none of 3.
func of(part, whole int64) string {
	switch {
	case part == whole && whole == 1:
		return "the one"
	case part == whole:
		return "all " + number(whole)
	case part == 0:
		return "none of " + number(whole)
	}
	return number(part) + " of " + number(whole)
}

// malformed tells what the server answered to each way of being wrong.
func (p *page) malformed(f FaultResult) {
	for _, m := range f.Malformed {
		tell := p.row
		if m.Answers["crash"] > 0 {
			tell = p.alarm
		}
		tell(shorten(clean(m.Form), labelWidth), plural(m.Sent, "time", "times")+": "+byCount(m.Answers))
	}
}
