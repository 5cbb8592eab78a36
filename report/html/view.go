package html

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/imbench/imbench/report"
)

// The most that is shown of what a result may have any number of, so that no
// result makes a page that a browser cannot open.
const (
	mostRows    = 200 // of a table
	mostNotes   = 50  // sentences
	mostColumns = 600 // of a sentence
	mostName    = 80  // columns of a name
)

// plain makes foreign text fit to show, and short.
func plain(s string) string { return report.Plain(s, mostColumns) }

// view is a result as the page shows it: texts that are ready, and charts.
type view struct {
	Name       string
	Verdict    verdict
	Reasons    []string
	Asked      []fact
	Thresholds []threshold
	Figures    []figure
	Timeline   []chart
	Curves     []chart
	Faults     []fault
	Ledger     *ledger
	Closes     bars
	Connects   []fact
	Errors     []complaints
	Groups     *table
	LookAt     []fact
	HowToLook  []string
	Times      *table
	Counts     []fact
	Processes  []fact
	Warnings   []string
	Again      again
	More       []string // what was left out
}

type verdict struct{ Class, Mark, Word string }

// fact is a label and what there is to say; Alarm asks for a look.
type fact struct {
	Label, Text string
	Alarm       bool
}

// figure is one number that a reader looks for first.
type figure struct{ Label, Value, Note, Class string }

type threshold struct {
	verdict
	Text, Value, Note string
}

// table has texts in its first column, and figures in the others.
type table struct {
	Head []string
	Rows [][]string
}

// bars are counts by name, the largest first.
type bars []struct {
	Name, Count string
	Share       float64 // percent of the largest
}

type complaints struct {
	Title string
	Rows  []report.Quote
}

// again is what it takes to make the run once more.
type again struct{ Command, YAML, With string }

// look reads r as the page shows it.
func look(r *report.Result) view {
	v := view{
		Name: cmp.Or(report.Plain(r.Scenario.Name, mostName), "a run without a name"), Verdict: verdictOf(r.Verdict),
		Reasons: sentences(r.Reasons), Asked: asked(r), Figures: figures(r),
		Timeline: timeline(r), Curves: percentiles(r.Metrics), Ledger: ledgerOf(r),
		Closes: barsOf(r.Closes), Connects: facted(r.ConnectionRows()), Groups: groups(r.Groups),
		LookAt: lookAt(r), HowToLook: r.HowToLook(), Times: times(r.Metrics), Counts: counts(r.Counts),
		Processes: facted(r.ProcessRows()),
		Warnings:  sentences(r.Warnings), Again: rerun(r),
	}
	for _, t := range r.Thresholds[:min(len(r.Thresholds), mostRows)] {
		value, note := t.Measured()
		if t.Value == nil {
			value, note = "–", value
		}
		v.Thresholds = append(v.Thresholds, threshold{verdictOf(t.Verdict), plain(t.Text), plain(value), plain(note)})
	}
	for i := range r.Faults[:min(len(r.Faults), mostFaults)] {
		v.Faults = append(v.Faults, faultOf(r, &r.Faults[i]))
	}
	if n := len(r.Faults) - mostFaults; n > 0 {
		v.More = append(v.More, report.Plural(int64(n), "other fault", "other faults")+" are in the result file only.")
	}
	for _, e := range []complaints{{"Connect errors", quotes(r.ConnectErrors)}, {"Protocol errors", quotes(r.ProtocolErrors)}} {
		if len(e.Rows) > 0 {
			v.Errors = append(v.Errors, e)
		}
	}
	return v
}

func verdictOf(v report.Verdict) verdict {
	class := "doubt"
	switch v {
	case report.Passed:
		class = "good"
	case report.Failed:
		class = "bad"
	}
	word := report.Plain(string(v), 20)
	if word == "" {
		word = "no verdict"
	}
	return verdict{class, v.Mark(), word}
}

func sentences(all []string) []string {
	var out []string
	for _, s := range all[:min(len(all), mostNotes)] {
		out = append(out, report.PlainLines(s, mostColumns))
	}
	if n := len(all) - mostNotes; n > 0 {
		out = append(out, fmt.Sprintf("… and %s more, in the result file.", report.Number(int64(n))))
	}
	return out
}

func asked(r *report.Result) []fact {
	s := r.Scenario
	var facts facts
	target := s.Target
	if s.Protocol != "" {
		target += " (" + s.Protocol + ")"
	}
	facts.add("target", target)
	load := ""
	if s.Clients > 0 {
		load = report.Plural(int64(s.Clients), "client", "clients")
	}
	facts.add("load", joined(", ", load, s.Summary))
	facts.add("run", r.Ran())
	facts.add("clock", clockTitle(r, ""))
	facts.add("imbench", r.Version)
	return facts
}

// facts leave out what has no text.
type facts []fact

func (f *facts) add(label, text string) {
	if text = plain(text); text != "" {
		*f = append(*f, fact{Label: label, Text: text})
	}
}

// facted are rows of the text report as facts; what goes on with a row stands
// beneath it.
func facted(rows []report.Row) []fact {
	var all []fact
	for _, r := range rows[:min(len(rows), mostRows)] {
		all = append(all, fact{r.Label, r.Text, r.Look})
	}
	return all
}

// figures are the numbers on top.
func figures(r *report.Result) []figure {
	var all []figure
	if expected := r.Counts["expected"]; expected > 0 {
		reach := figure{Label: "reach", Value: report.Share(r.Counts["delivered"], expected), Note: report.Number(r.Counts["delivered"]) + " of " + report.Number(expected) + " delivered live"}
		lost := figure{Label: "lost", Value: report.Number(r.Counts["lost"]), Note: report.Share(r.Counts["lost"], expected) + " of the expected", Class: "good"}
		if r.Counts["lost"] > 0 {
			lost.Class = "bad"
		}
		all = append(all, reach, lost)
	}
	for _, m := range []struct{ name, stat, note string }{
		{"delivery", "p99", "p50"}, {"detect", "max", "p50"}, {"reconnect", "p99", "max"}, {"outage", "max", "p50"}, {"ghost", "max", "p50"},
	} {
		if s := r.Metrics[m.name]; s != nil && s.Count > 0 {
			all = append(all, figure{Label: m.name + " " + m.stat, Value: s.Show(m.stat), Note: m.note + " " + s.Show(m.note)})
		}
	}
	if n := r.Counts["never_recovered"]; n > 0 {
		all = append(all, figure{Label: "never back", Value: report.Number(n), Note: "clients", Class: "bad"})
	}
	return all
}

// part is one class of the ledger.
type part struct {
	report.Class
	Figure, Share string
	Percent       float64
	Ink           string
}

// ledger is where every expected delivery went.
type ledger struct {
	Expected string
	Parts    []part
	Facts    []fact
}

func ledgerOf(r *report.Result) *ledger {
	n := func(name string) int64 { return r.Counts[name] }
	if n("expected") == 0 && n("sent") == 0 && n("planned") == 0 {
		return nil
	}
	l := &ledger{Expected: report.Plural(n("expected"), "expected delivery", "expected deliveries")}
	for _, c := range r.Classes() {
		p := part{Class: c, Figure: report.Number(c.Count), Share: report.Share(c.Count, n("expected")), Ink: c.Name}
		if n("expected") > 0 {
			p.Percent = clamp(100*float64(c.Count)/float64(n("expected")), 0, 100)
		}
		l.Parts = append(l.Parts, p)
	}
	l.Facts = facted(r.DeliveryRows())
	return l
}

func clamp(v, lo, hi float64) float64 { return math.Min(hi, math.Max(lo, v)) }

// barsOf orders counts by size.
func barsOf(counts map[string]int64) bars {
	names := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
	const most = 30
	out := make(bars, min(len(names), most))
	for i, name := range names[:len(out)] {
		out[i].Name, out[i].Count = report.Plain(name, mostName), report.Number(counts[name])
		out[i].Share = clamp(100*float64(counts[name])/math.Max(1, float64(counts[names[0]])), 0, 100)
	}
	return out
}

func quotes(all []report.Quote) []report.Quote {
	var out []report.Quote
	for _, q := range all[:min(len(all), mostNotes)] {
		out = append(out, report.Quote{Kind: report.Plain(q.Kind, mostName), Count: q.Count, First: plain(q.First)})
	}
	return out
}

func groups(all map[string]*report.Group) *table {
	if len(all) < 2 {
		return nil
	}
	t := &table{Head: []string{"group", "clients", "delivery p50", "delivery p99", "detect max", "reconnect p99", "never recovered", "lost"}}
	names := slices.Sorted(maps.Keys(all))
	for _, name := range names[:min(len(names), mostRows)] {
		g := all[name]
		if g == nil {
			continue
		}
		t.Rows = append(t.Rows, []string{
			report.Plain(name, mostName), report.Number(int64(g.Clients)),
			g.Metrics["delivery"].Show("p50"), g.Metrics["delivery"].Show("p99"), g.Metrics["detect"].Show("max"),
			g.Metrics["reconnect"].Show("p99"), report.Number(g.Counts["never_recovered"]), report.Number(g.Counts["lost"]),
		})
	}
	return t
}

// lookAt names the clients whose stories are worth reading.
func lookAt(r *report.Result) []fact {
	var f facts
	for _, c := range r.LookAt[:min(len(r.LookAt), mostNotes)] {
		f.add(fmt.Sprintf("client %d", c.Client), c.Why)
	}
	return f
}

func times(metrics map[string]*report.Stats) *table {
	t := &table{Head: []string{"time", "count", "min", "mean", "p50", "p90", "p95", "p99", "p999", "max"}}
	names := report.MetricNames(metrics)
	for _, name := range names[:min(len(names), mostRows)] {
		s := metrics[name]
		row := []string{report.Plain(name, mostName), report.Number(s.Count)}
		for _, stat := range t.Head[2:] {
			row = append(row, s.Show(stat))
		}
		t.Rows = append(t.Rows, row)
	}
	if len(t.Rows) == 0 {
		return nil
	}
	return t
}

// counts are all of them, by the names that thresholds use.
func counts(all map[string]int64) []fact {
	var f facts
	for c := range report.NumCounts {
		if n, known := all[c.String()]; known {
			f.add(c.String(), report.Number(n))
		}
	}
	return f
}

func rerun(r *report.Result) again {
	hash := report.Plain(r.Scenario.Hash, 12)
	if hash != "" {
		hash = "scenario " + strings.TrimSuffix(hash, "…")
	}
	version := r.Version
	if version != "" {
		version = "imbench " + version
	}
	return again{Command: r.Command(), YAML: document(r.Scenario.YAML), With: plain(joined(", ", version, hash))}
}

// document makes a text of several lines fit to show, or drops it where a part
// would be missing from it: the result file has it.
func document(s string) string {
	const most, mostLine = 200_000, 8000 // bytes
	if len(s) > most {
		return ""
	}
	var b strings.Builder
	for line := range strings.Lines(s) {
		if len(line) > mostLine {
			return ""
		}
		b.WriteString(report.Plain(strings.TrimSuffix(line, "\n"), mostLine) + "\n")
	}
	return b.String()
}
