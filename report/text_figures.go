package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// statistics are the columns of the times table, by the names that thresholds
// use.
func statistics() []string { return []string{"p50", "p90", "p99", "p999", "max"} }

// lowerBound marks a time known only to be at least so long.
const lowerBound = "≥ "

// stat is one statistic of s as text; a lower bound is marked.
func (s *Stats) stat(name string) string {
	ms := map[string]float64{
		"min": s.Min, "mean": s.Mean, "p50": s.P50, "p90": s.P90, "p95": s.P95, "p99": s.P99, "p999": s.P999, "max": s.Max,
	}[name]
	if slices.Contains(s.AtLeast, name) {
		return lowerBound + millis(ms)
	}
	return millis(ms)
}

func (s *Stats) none() bool { return s == nil || s.Count == 0 }

// inBrief is s in a phrase, with the statistics that so many samples bear.
func (s *Stats) inBrief() string {
	switch {
	case s.none():
		return "no samples"
	case s.Count == 1:
		return s.stat("max")
	case s.Count < 100:
		return "p50 " + s.stat("p50") + ", max " + s.stat("max")
	}
	return "p50 " + s.stat("p50") + ", p99 " + s.stat("p99") + ", max " + s.stat("max")
}

// times is the table of measured times.
func (p *page) times(metrics map[string]*Stats) {
	p.section("Times")
	head := append([]string{"", "count"}, statistics()...)
	var rows [][]string
	var open []string
	for _, name := range metricOrder(metrics) {
		s := metrics[name]
		if s.none() {
			continue
		}
		row := []string{name, number(s.Count)}
		for _, stat := range statistics() {
			row = append(row, s.stat(stat))
		}
		rows = append(rows, row)
		if s.Censored > 0 {
			open = append(open, fmt.Sprintf("%s of %s %s", number(s.Censored), number(s.Count), name))
		}
	}
	p.table(head, rows, 5, 3, 1, 2)
	if len(open) > 0 {
		p.prose(" ", plain, "≥ marks a lower bound: "+inWords(open)+" samples had not ended.")
	}
}

// metricOrder is the order of the Metric constants, then names that this
// version does not know.
func metricOrder(metrics map[string]*Stats) []string {
	var known []string
	for m := range NumMetrics {
		known = append(known, m.String())
	}
	var others []string
	for _, name := range slices.Sorted(maps.Keys(metrics)) {
		if !slices.Contains(known, name) {
			others = append(others, name)
		}
	}
	return append(known, others...)
}

// groups sets client groups side by side when there is more than one.
func (p *page) groups(groups map[string]*Group) {
	if len(groups) < 2 {
		return
	}
	p.section("Groups")
	head := []string{
		"", "clients", "delivery p50", "delivery p99", "detect max", "reconnect p99",
		NeverRecovered.String(), Lost.String(),
	}
	var rows [][]string
	for _, name := range slices.Sorted(maps.Keys(groups)) {
		g := groups[name]
		if g == nil {
			continue
		}
		of := func(m Metric, stat string) string {
			if s := g.Metrics[m.String()]; !s.none() {
				return s.stat(stat)
			}
			return ""
		}
		rows = append(rows, []string{
			name, number(int64(g.Clients)),
			of(Delivery, "p50"), of(Delivery, "p99"), of(Detect, "max"), of(Reconnect, "p99"),
			ifAny(g.Counts[NeverRecovered.String()]), ifAny(g.Counts[Lost.String()]),
		})
	}
	p.table(head, rows, 4, 5, 2, 7, 6, 3)
}

func ifAny(n int64) string {
	if n == 0 {
		return ""
	}
	return number(n)
}

// byCount lists what was counted by name, the most frequent first:
// "heartbeat timeout ×90, read error ×8".
func byCount(counts map[string]int64) string {
	names := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
	var parts []string
	for i, name := range names {
		if i == 8 && len(names) > 9 {
			parts = append(parts, fmt.Sprintf("%d other kinds", len(names)-i))
			break
		}
		part := shorten(clean(name), 40)
		if len(names) > 1 {
			part += " ×" + number(counts[name])
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, ", ")
}

// inWords joins parts as a sentence does.
func inWords(parts []string) string {
	if n := len(parts); n > 1 {
		return strings.Join(parts[:n-1], ", ") + " and " + parts[n-1]
	}
	return strings.Join(parts, "")
}
