package html

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/imbench/imbench/report"
)

// fault is one fault's card.
type fault struct {
	Name, Kind, Story, Text string
	Facts                   []fact
	Spans                   []span
	SpanTicks               []tick
	Charts                  []chart
	Causes, Mechanism       bars
	Ghosts                  *table
	Box                     []fact
	Malformed               *table
}

// span is a time's range on the axis that a fault's times share, in percent.
type span struct {
	Name, Text         string
	From, P50, P99, To float64
	HasBound           bool
	BoundFrom, BoundTo float64
	Bound              string
	Late               bool
	AtLeast            bool
}

func faultOf(r *report.Result, f *report.FaultResult) fault {
	out := fault{
		Name: report.Plain(f.Name, mostName), Kind: report.Plain(f.Kind, mostName), Story: plain(f.Story()), Text: plain(f.Text),
		Facts: outcome(f), Causes: barsOf(f.Causes), Mechanism: barsOf(f.Mechanism),
		Box: box(r, f.Box), Malformed: malformed(f.Malformed), Ghosts: ghosts(f.GhostSurvival),
	}
	out.Spans, out.SpanTicks = spans(f)
	if f.Storm != nil {
		if c, ok := storm(r, f.Storm); ok {
			out.Charts = append(out.Charts, c)
		}
	}
	if c, ok := survival(r, f.GhostSurvival); ok {
		out.Charts = append(out.Charts, c)
	}
	return out
}

// outcome is what became of those that the fault was applied to.
func outcome(f *report.FaultResult) []fact {
	var out facts
	of := func(part, whole int64) string { return report.Number(part) + " of " + report.Number(whole) }
	touched := f.Detected + f.Unnoticed + f.NeverDetected
	if touched > 0 {
		out.add("noticed", of(f.Detected, touched))
	}
	if f.Unnoticed > 0 {
		out.add("rode it out", of(f.Unnoticed, touched)+": over before they noticed")
	}
	if f.NeverDetected > 0 {
		out.alarm("not noticed", report.Number(f.NeverDetected)+", online in their own eyes to the end")
	}
	if away := f.Recovered + f.NeverRecovered; away > 0 {
		out.add("came back", of(f.Recovered, away))
	}
	if f.NeverRecovered > 0 {
		out.alarm("gone", report.Number(f.NeverRecovered)+" never came back")
	}
	if f.Ghosts > 0 {
		out.alarm("ghosts", report.Number(f.Ghosts)+" still online for the server at the end")
	}
	if f.NotApplied > 0 {
		out.alarm("not applied", "to "+report.Plural(f.NotApplied, "client", "clients")+" chosen")
	}
	if f.Skipped > 0 {
		out.add("skipped", report.Plural(f.Skipped, "client", "clients")+" that were offline, or still under another fault")
	}
	for _, e := range sentences(f.Errors) {
		out.alarm("error", e)
	}
	if s := f.Storm; s != nil {
		out.add("storm", fmt.Sprintf("%s lost their connection; at most %s dials and %s connections a second",
			report.Plural(s.Clients, "client", "clients"), report.Number(s.PeakOffered), report.Number(s.PeakAccepted)))
		out.add("all back", joined(", ", backIn("50 %", s.Back50S), backIn("99 %", s.Back99S), backIn("100 %", s.Back100S)))
	}
	return out
}

func backIn(share string, seconds *float64) string {
	if seconds == nil {
		return share + " not before the end"
	}
	return share + " in " + report.Clock(*seconds)
}

// spans sets a fault's times beside each other on one axis.
func spans(f *report.FaultResult) ([]span, []tick) {
	from, to, bounded := f.Bound()
	named := []struct {
		name  string
		stats *report.Stats
	}{{"detect", f.Detect}, {"reconnect", f.Reconnect}, {"outage", f.Outage}, {"ghost", f.Ghost}}
	most := 0.0
	for _, n := range named {
		if n.stats != nil && n.stats.Count > 0 && finite(n.stats.Max) {
			most = math.Max(most, n.stats.Max)
		}
	}
	if most <= 0 {
		return nil, nil
	}
	if bounded {
		most = math.Max(most, to)
	}
	step := niceStep(most / 4)
	hi := step * math.Ceil(most/step)
	at := func(ms float64) float64 { return clamp(100*ms/hi, 0, 100) }
	var all []span
	for _, n := range named {
		s := n.stats
		if s == nil || s.Count == 0 {
			continue
		}
		sp := span{Name: n.name, Text: s.Brief(), From: at(s.Min), P50: at(s.P50), P99: at(s.P99), To: at(s.Max), AtLeast: len(s.AtLeast) > 0}
		if n.name == "detect" && bounded {
			sp.HasBound, sp.BoundFrom, sp.BoundTo, sp.Late = true, at(from), at(to), f.Late()
			sp.Bound = "own timers imply " + report.Clock(from/1000) + " to " + report.Clock(to/1000)
		}
		all = append(all, sp)
	}
	axis := axis{Hi: hi}
	var values []float64
	for v := 0.0; v <= hi*1.0001; v += step {
		values = append(values, v)
	}
	return all, axis.ticked(values, func(v float64) string { return tickText(v, "ms") }).Ticks
}

// ghosts is the table of what each method saw.
func ghosts(all []report.Survival) *table {
	if len(all) == 0 {
		return nil
	}
	t := &table{Head: []string{"method, story", "silenced", "forgotten", "still held", "unknown", "the server's sockets at the end"}}
	for _, s := range all[:min(len(all), mostRows)] {
		states := ""
		for _, name := range slices.Sorted(maps.Keys(s.States)) {
			states = joined(", ", states, fmt.Sprintf("%s ×%s", name, report.Number(int64(s.States[name]))))
		}
		t.Rows = append(t.Rows, []string{
			report.Plain(s.Method+", "+s.Story, mostName), report.Number(s.Clients), report.Number(s.Forgotten),
			report.Number(s.Held), report.Number(s.Unknown), plain(states),
		})
	}
	return t
}

// box says what a middlebox did, and which heartbeat it would have taken.
func box(r *report.Result, b *report.Box) []fact {
	if b == nil {
		return nil
	}
	var out facts
	clock := func(s float64) string {
		text := report.Clock(s)
		if r.TimeScale > 0 && r.TimeScale != 1 {
			text += " (" + report.Clock(s/r.TimeScale) + " of the story)"
		}
		return text
	}
	out.add("middlebox", cmp.Or(b.Preset, "as the scenario describes it"))
	out.add("lets go", "after "+clock(b.IdleS)+" without "+traffic(b.Counts)+"; then "+b.Expiry)
	out.add("connections", report.Number(b.Expired)+" of "+report.Number(b.Connections)+" expired; the longest idleness survived was "+clock(b.LongestGapS))
	switch {
	case b.HeartbeatS == 0:
		out.add("heartbeat", "none")
	case b.HeartbeatKept:
		out.add("heartbeat", "every "+clock(b.HeartbeatS)+": kept every connection alive")
	default:
		out.alarm("heartbeat", "every "+clock(b.HeartbeatS)+": did not keep every connection alive")
	}
	if b.SafeHeartbeatS > 0 {
		out.add("safe", "a heartbeat every "+clock(b.SafeHeartbeatS)+" at the longest")
	} else {
		out.alarm("safe", "no heartbeat keeps a connection alive here")
	}
	return out
}

func traffic(counts string) string {
	switch counts {
	case "data":
		return "a byte either way"
	case "server-data":
		return "a byte from the server"
	}
	return "a packet either way"
}

// malformed is the table of the server's answers to each way of being wrong.
func malformed(all []report.Malformed) *table {
	if len(all) == 0 {
		return nil
	}
	var answers []string
	for _, m := range all {
		for name := range m.Answers {
			if !slices.Contains(answers, name) {
				answers = append(answers, name)
			}
		}
	}
	slices.Sort(answers)
	answers = answers[:min(len(answers), 12)]
	t := &table{Head: []string{"form", "sent"}}
	for _, a := range answers {
		t.Head = append(t.Head, report.Plain(a, mostName))
	}
	for _, m := range all[:min(len(all), mostRows)] {
		row := []string{report.Plain(m.Form, mostName), report.Number(m.Sent)}
		for _, a := range answers {
			n := ""
			if m.Answers[a] > 0 {
				n = report.Number(m.Answers[a])
			}
			row = append(row, n)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}
