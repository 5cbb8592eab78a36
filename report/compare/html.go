package compare

import (
	_ "embed"
	"html/template"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/imbench/imbench/report"
	"github.com/imbench/imbench/report/html"
)

//go:embed compare.html
var page string

// HTML writes c as one self-contained page, in the look of the report's. What
// files and servers call themselves is escaped. The error is the writer's.
func HTML(w io.Writer, c *Comparison) error {
	t, err := template.New("compare").Parse(page)
	if err != nil {
		return err
	}
	return html.Page(w, report.Plain(c.title(), name), func(w io.Writer) error { return t.Execute(w, c.view()) })
}

// view is what the page shows.
type view struct {
	Tone, Verdict, Title string
	Reasons              []string
	Base, New, Rounds    string
	Machines             []string
	Version              string
	Gates                []gateView
	Warnings             []string
	Judged, Others       []row
	Notes, OtherNotes    []string
	Still                string
	Legend, OthersLegend string
}

type gateView struct{ Tone, Mark, Text, Verdict, Note string }

// row is a metric of the page's table.
type row struct {
	Tone, Sign, Metric                string
	Base, BaseSpread, New, NewSpread  string
	Change, Interval, Chance, Outcome string
	Dots                              []dot
}

// dot is one run, or a side's median, on the line between the least and the
// greatest of all runs.
type dot struct {
	Class string
	Left  float64 // percent
	Top   int
	Title string
}

func (c *Comparison) view() view {
	s := c.sections(false)
	v := view{
		Tone: tone(c.Verdict), Verdict: string(c.Verdict), Title: report.Plain(c.title(), phrase), Reasons: plain(c.Reasons),
		Base: report.Plain(c.Base.line(), phrase), New: report.Plain(c.New.line(), phrase),
		Machines: plain(union(c.Base.Machines, c.New.Machines)), Version: report.Plain(c.Version, name),
		Warnings: plain(c.Warnings), Judged: c.rows(s.judged), Others: c.rows(s.others),
		Notes: plain(c.notes(s.judged)), OtherNotes: plain(c.notes(s.others)),
		Still: report.Plain(strings.Join(s.still, ", "), 2*phrase), Legend: c.legend(), OthersLegend: s.othersLegend(c),
	}
	if c.Rounds != nil {
		v.Rounds = c.Rounds.line()
	}
	for _, g := range c.FailOn {
		v.Gates = append(v.Gates, gateView{tone(g.Verdict), g.Verdict.Mark(), report.Plain(g.Text, name), string(g.Verdict), report.Plain(g.Note, phrase)})
	}
	return v
}

func plain(texts []string) []string {
	var all []string
	for _, t := range texts {
		all = append(all, report.PlainLines(t, phrase))
	}
	return all
}

// tone is a verdict's class in the stylesheet.
func tone(v report.Verdict) string {
	switch v {
	case report.Passed:
		return "good"
	case report.Failed:
		return "bad"
	}
	return "doubt"
}

func (c *Comparison) rows(changes []*Change) []row {
	var all []row
	for _, m := range changes {
		outcome, word, _ := c.shown(m)
		r := row{
			Metric: report.Plain(m.Metric, name), Sign: outcome.Sign(), Outcome: word,
			Chance: m.Chance(), Dots: m.dots(),
		}
		r.Base, r.BaseSpread = m.Base.shown(m.Unit)
		r.New, r.NewSpread = m.New.shown(m.Unit)
		change, interval := m.Shift()
		r.Change, r.Interval = m.shownChange(change), interval
		switch outcome {
		case Worse:
			r.Tone = "worse"
		case Improved:
			r.Tone = "better"
		case CannotTell:
			r.Tone = "doubt"
		}
		all = append(all, r)
	}
	return all
}

// dots places each run, and each side's median.
func (c *Change) dots() []dot {
	all := slices.Concat(c.Base.Each, c.New.Each)
	if len(all) == 0 {
		return nil
	}
	least, most := slices.Min(all), slices.Max(all)
	left := func(v float64) float64 {
		if most == least {
			return 50
		}
		return math.Round(1000*(v-least)/(most-least)) / 10
	}
	var dots []dot
	for _, side := range []struct {
		Values
		name, class string
		top         int
	}{{c.Base, "base", "s5", 7}, {c.New, "new", "s1", 19}} {
		for _, v := range side.Each {
			dots = append(dots, dot{side.class, left(v), side.top, side.name + ": " + c.Unit.Show(v)})
		}
		if len(side.Each) > 1 {
			dots = append(dots, dot{side.class + " median", left(side.Median), side.top, side.name + ", median: " + c.Unit.Show(side.Median)})
		}
	}
	return dots
}
