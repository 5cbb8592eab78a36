package compare

import (
	"fmt"
	"io"
	"strings"

	"github.com/imbench/imbench/report"
)

// TextOptions say how Text lays out a comparison.
type TextOptions struct {
	report.TextOptions
	All bool // list the metrics, too, that did not change and decide nothing
}

// Text writes c for people: the verdict and why, the two sides, the metrics
// that decide, what else differs, and what to keep in mind. The error is the
// writer's.
func Text(w io.Writer, c *Comparison, o TextOptions) error {
	p := report.NewPage(o.TextOptions)
	p.Headline(c.Verdict, c.title(), c.Reasons)
	p.Section("Compared")
	p.Row("base", c.Base.line())
	p.Row("new", c.New.line())
	if c.Rounds != nil {
		p.Row("rounds", c.Rounds.line())
	}
	if len(c.FailOn) > 0 {
		p.Section("Fails on")
		var rows []report.TableRow
		for _, g := range c.FailOn {
			rows = append(rows, report.TableRow{Cells: []string{g.Text, report.Plain(g.Range, name), string(g.Verdict)}, Mark: g.Verdict.Mark(), Verdict: g.Verdict})
		}
		p.Table([]string{"", "range", "verdict"}, rows, 1)
	}
	shown := c.sections(o.All)
	p.Section("What decides")
	c.table(p, shown.judged)
	if len(shown.still) > 0 {
		p.Prose("The same in all runs: " + strings.Join(shown.still, ", ") + ".")
	}
	if shown.noteworthy() {
		p.Prose(c.legend())
	}
	p.Section(shown.othersHeading(o.All))
	c.table(p, shown.others)
	if len(shown.others) > 0 {
		p.Prose(shown.othersLegend(c))
	} else {
		p.Section("")
	}
	p.Warnings(c.Warnings)
	_, err := p.WriteTo(w)
	return err
}

// title is what is compared.
func (c *Comparison) title() string {
	if c.Scenario == "" {
		return "new against base"
	}
	return c.Scenario + ": new against base"
}

// line says what a side is made of.
func (s Side) line() string {
	text := report.Plural(int64(s.Runs), "run", "runs")
	if n := len(s.LeftOut); n > 0 {
		text += fmt.Sprintf(" (and %d left out)", n)
	}
	if s.Runs > 0 {
		text += ", " + seeds(s.Seeds)
	}
	if len(s.Targets) > 0 {
		text += ", " + strings.Join(s.Targets, " and ")
	}
	if len(s.Versions) > 0 {
		text += ", imbench " + strings.Join(s.Versions, " and ")
	}
	return text
}

// line says how far the rounds got.
func (r *Rounds) line() string {
	text := fmt.Sprintf("%d of %d, both builds in turn", r.Done, r.Planned)
	if r.Repeated > 0 {
		text += fmt.Sprintf(", %s made again because the generator was the bottleneck", report.Plural(int64(r.Repeated), "run was", "runs were"))
	}
	if len(r.Looks) > 0 {
		text += ", looked at after " + listed(r.Looks)
	}
	if r.Dropped != "" {
		text += fmt.Sprintf("; interrupted in %s, which was left out", report.Plain(r.Dropped, name))
	}
	return text
}

func listed(numbers []int) string {
	var parts []string
	for _, n := range numbers {
		parts = append(parts, fmt.Sprint(n))
	}
	if n := len(parts); n > 1 {
		return strings.Join(parts[:n-1], ", ") + " and " + parts[n-1]
	}
	return strings.Join(parts, "")
}

// sections are the metrics sorted by where they are shown.
type sections struct {
	judged []*Change
	still  []string // judged, but the same in all runs: with that value
	others []*Change
	rest   int // others that do not differ
}

func (c *Comparison) sections(all bool) sections {
	var s sections
	for i := range c.Metrics {
		m := &c.Metrics[i]
		switch {
		case m.Judged && m.still():
			s.still = append(s.still, m.Metric+" "+m.Unit.Show(m.Base.Median))
		case m.Judged:
			s.judged = append(s.judged, m)
		case all && !m.still(), m.Outcome == Worse, m.Outcome == Improved, m.Outcome == Differs:
			s.others = append(s.others, m)
		default:
			s.rest++
		}
	}
	return s
}

func (s sections) noteworthy() bool { return len(s.judged) > 0 }

func (s sections) othersHeading(all bool) string {
	if all {
		return "All the others"
	}
	return "What else differs"
}

// legend says how the table is to be read.
func (c *Comparison) legend() string {
	return fmt.Sprintf("Medians of the runs, ± how far the runs lie apart. The change is that of the median pair of runs, with the range that holds it with %s; "+
		"p is the chance that any of these metrics would differ so, had nothing changed. Below %s nothing is made of it.",
		percent(1-c.Alpha), percent(c.Noise))
}

// othersLegend says what the others are worth.
func (s sections) othersLegend(c *Comparison) string {
	text := fmt.Sprintf("They decide nothing: each is judged by itself, and by chance alone about one in %.0f differs.", 1/c.Alpha)
	if s.rest > 0 {
		text += fmt.Sprintf(" Another %s not.", report.Plural(int64(s.rest), "does", "do"))
	}
	return text
}

// table is the metrics side by side.
func (c *Comparison) table(p *report.Page, changes []*Change) {
	head := []string{"", "base", "±", "new", "±", "change", "range", "p", ""}
	var rows []report.TableRow
	for _, m := range changes {
		base, baseSpread := m.Base.shown(m.Unit)
		now, newSpread := m.New.shown(m.Unit)
		change, interval := m.Shift()
		outcome, word, _ := c.shown(m)
		rows = append(rows, report.TableRow{
			Cells: []string{
				m.Metric, base, strings.TrimPrefix(baseSpread, "± "), now, strings.TrimPrefix(newSpread, "± "),
				m.shownChange(change), interval, m.Chance(), word,
			},
			Mark: outcome.Sign(), Verdict: outcome.verdict(),
		})
	}
	p.Table(head, rows, 4, 2, 8, 7, 6, 1)
	for _, note := range c.notes(changes) {
		p.Prose(note)
	}
}

// shownChange is a change, or ~ where it may be none.
func (c *Change) shownChange(change string) string {
	switch c.Outcome {
	case Worse, Improved, Differs:
		return change
	}
	if c.Note == noise {
		return change
	}
	return "~"
}

// verdict is how an outcome is painted.
func (o Outcome) verdict() report.Verdict {
	switch o {
	case Worse:
		return report.Failed
	case Improved:
		return report.Passed
	case CannotTell:
		return report.Inconclusive
	}
	return ""
}
