package html

import (
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
	Clock                   string
	Charts                  []chart
	Causes, Mechanism       bars
	Ghosts                  *table
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
		Facts: facted(r.FaultRows(*f)), Causes: several(f.Causes), Mechanism: several(f.Mechanism),
		Malformed: malformed(f.Malformed), Ghosts: ghosts(f.GhostSurvival),
	}
	out.Spans, out.SpanTicks = spans(f)
	out.Clock = clockTitle(r, "")
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

// several are bars where there is something to compare.
func several(counts map[string]int64) bars {
	if len(counts) < 2 {
		return nil
	}
	return barsOf(counts)
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
