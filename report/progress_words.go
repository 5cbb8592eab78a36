package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

func (s Snapshot) when() string {
	elapsed := stopwatch(s.Elapsed)
	if s.Total > 0 && s.Elapsed <= s.Total && s.Phase != PhaseConnecting {
		return elapsed + " of " + stopwatch(s.Total)
	}
	return elapsed
}

// stopwatch shows whole seconds gone by.
func stopwatch(d time.Duration) string {
	switch {
	case d >= time.Hour:
		return fmt.Sprintf("%d h %02d min", d/time.Hour, d%time.Hour/time.Minute)
	case d >= 2*time.Minute:
		return fmt.Sprintf("%d min %02d s", d/time.Minute, d%time.Minute/time.Second)
	}
	return fmt.Sprintf("%d s", d/time.Second)
}

// countdown shows whole seconds to go, so that the last one is 1.
func countdown(d time.Duration) string {
	return stopwatch(max(0, d+time.Second-1).Truncate(time.Second))
}

func (s Snapshot) clients() []string {
	parts := []string{number(int64(s.Connected)) + " of " + number(int64(s.Clients)) + " connected"}
	if s.Disconnected > 0 {
		parts = append(parts, plural(int64(s.Disconnected), "disconnect", "disconnects"))
	}
	if s.Reconnected > 0 {
		parts = append(parts, plural(int64(s.Reconnected), "reconnect", "reconnects"))
	}
	return parts
}

func asIs(text string, _ int) string { return text }

// cores shows how much of a processor is in use: 0.41 cores.
func cores(v float64) string { return strconv.FormatFloat(v, 'f', 2, 64) + " cores" }

// line is s as one plain line.
func (s Snapshot) line() string {
	parts := s.clients()
	if s.SentPerS > 0 || s.DeliveredPerS > 0 || s.Phase == PhaseRunning {
		parts = append(parts, "sent "+perSecond(s.SentPerS), "delivered "+perSecond(s.DeliveredPerS))
	}
	if s.DeliveryP99 > 0 {
		parts = append(parts, "p50 "+timeSpan(s.DeliveryP50)+" p99 "+timeSpan(s.DeliveryP99))
	}
	if s.LagP99 > 0 {
		parts = append(parts, "lag p99 "+timeSpan(s.LagP99))
	}
	text := shorten(clean(s.Phase), 20) + " " + s.when() + ": " + strings.Join(parts, ", ")
	if going := s.faults(); going != "" {
		text += "; " + going
	}
	return text
}

// faults are those under way, and the next one, in words.
func (s Snapshot) faults() string {
	const most = 3
	var parts, names []string
	for _, f := range s.UnderWay {
		if !f.Over {
			names = append(names, shorten(clean(f.Name), longestName))
		}
	}
	if more := len(names) - most; more > 0 {
		names = append(names[:most], plural(int64(more), "other fault", "other faults"))
	}
	if len(names) > 0 {
		parts = append(parts, inWords(names)+" under way")
	}
	if len(s.ToCome) > 0 {
		next := s.ToCome[0]
		parts = append(parts, "next: "+shorten(clean(next.Name), longestName)+" in "+countdown(next.In))
	}
	return strings.Join(parts, ", ")
}

// longestName is what a line of progress shows of a fault's name.
const longestName = 24

// faultLines are the faults under way, and those to come, at most so many in
// all. The next one to come is always among them.
func (s Snapshot) faultLines(most int) (lines []line) {
	under, coming := s.UnderWay, s.ToCome
	keep := min(1, len(coming))
	under = under[:min(len(under), max(0, most-keep))]
	coming = coming[:min(len(coming), most-len(under))]
	widest := 0
	for _, f := range slices.Concat(under, coming) {
		widest = max(widest, columns(shorten(clean(f.Name), longestName)))
	}
	for i, f := range slices.Concat(under, coming) {
		name := padded(shorten(clean(f.Name), longestName), widest)
		if i >= len(under) {
			lines = append(lines, line{{faint, "○ "}, {plain, name}, {faint, "  in " + countdown(f.In)}})
			continue
		}
		mark := piece{doubt, "● "}
		if f.Over {
			mark = piece{doubt, "◐ "}
		}
		l := line{mark, {plain, name}}
		for _, text := range f.story() {
			l = append(l, piece{plain, "  " + text})
		}
		if f.NotApplied > 0 {
			l = append(l, piece{doubt, "  not applied to " + number(f.NotApplied)})
		}
		lines = append(lines, l)
	}
	return lines
}

// story is how a fault that strikes, or has struck, goes.
func (f FaultNow) story() (parts []string) {
	switch {
	case f.Over:
		parts = append(parts, "over")
	case f.Left > 0:
		parts = append(parts, countdown(f.Left)+" left")
	}
	if f.Clients > 0 {
		parts = append(parts, number(f.Clients)+" struck, "+number(f.Noticed)+" noticed, "+number(f.Back)+" back")
	}
	return parts
}
