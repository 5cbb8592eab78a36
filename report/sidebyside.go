package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Column is one of several runs that are set side by side.
type Column struct {
	Name   string
	Result *Result // nil when the run could not be made
	Err    string  // why it could not
}

// SideBySide is several runs as a table: a column each, and a row for each
// figure that is not the same in all of them. Renderers show it; one run each
// is no proof that a difference is more than chance.
type SideBySide struct {
	Title     string
	Columns   []Column
	Standings []SideStanding // what the runs came to, the gravest first
	Blocks    []SideBlock
	Notes     []string
	base      int // the column that changes are against, the first run that came to its end; -1: none
}

// SideBlock is a part of the table with a heading.
type SideBlock struct {
	Title string
	Rows  []SideRow
}

// SideRow is one figure of all runs. Its cells are in the order of the columns.
type SideRow struct {
	Label string
	Cells []SideCell
}

// SideCell is one run's figure.
type SideCell struct {
	Text    string  // "" where the run has none
	Change  string  // against the first run that came to its end, like "+12 %"; "" for none
	Verdict Verdict // of a threshold, or a run
}

// NewSideBySide compares the runs of one scenario that differ in what their
// names say. The results are not changed.
func NewSideBySide(title string, columns []Column) *SideBySide {
	s := &SideBySide{Title: title, Columns: columns, Standings: standings(columns)}
	s.base = slices.IndexFunc(columns, Column.ended)
	s.add("Verdicts", s.verdicts())
	s.add("Thresholds", s.thresholds())
	for _, name := range s.faults() {
		s.add("Fault "+name, s.fault(name))
	}
	s.add("Times", s.times())
	s.add("Counts", s.counts())
	s.add("Server and generator", s.processes())
	s.note()
	return s
}

func (s *SideBySide) add(title string, rows []SideRow) {
	if len(rows) > 0 {
		s.Blocks = append(s.Blocks, SideBlock{title, rows})
	}
}

// row makes a row of what of returns for each run that could be made.
func (s *SideBySide) row(label string, of func(r *Result) SideCell) SideRow {
	row := SideRow{Label: label, Cells: make([]SideCell, len(s.Columns))}
	for i, c := range s.Columns {
		if c.Result != nil {
			row.Cells[i] = of(c.Result)
		}
	}
	return row
}

// differs reports whether a row's figures are not the same in all runs that
// could be made.
func (s *SideBySide) differs(row SideRow) bool {
	first := -1
	for i, c := range s.Columns {
		switch {
		case c.Result == nil:
		case first < 0:
			first = i
		case row.Cells[i].Text != row.Cells[first].Text:
			return true
		}
	}
	return false
}

// thresholds lists all that any run was held against, in the order they first
// appear.
func (s *SideBySide) thresholds() (rows []SideRow) {
	texts := s.namesOf(func(r *Result) (texts []string) {
		for _, t := range r.Thresholds {
			texts = append(texts, t.Text)
		}
		return texts
	})
	for _, text := range texts {
		rows = append(rows, s.row(text, func(r *Result) SideCell {
			for _, t := range r.Thresholds {
				if t.Text == text {
					value, _ := measured(t)
					return SideCell{Text: value, Verdict: t.Verdict}
				}
			}
			return SideCell{}
		}))
	}
	return rows
}

// figure is a number of each run, and the text that shows it: "" where the
// run has none.
type figure struct {
	label string
	floor float64 // what the instrument can tell of it
	of    func(r *Result) (v float64, text string)
}

// figures makes a row of each quantity that differs; those named in always
// stand wherever a run has them.
func (s *SideBySide) figures(list []figure, always ...string) (rows []SideRow) {
	for _, q := range list {
		row := s.row(q.label, func(r *Result) SideCell {
			_, text := q.of(r)
			return SideCell{Text: text}
		})
		has := slices.ContainsFunc(row.Cells, func(c SideCell) bool { return c.Text != "" })
		if has && (s.differs(row) || slices.Contains(always, q.label)) {
			s.change(row, q)
			rows = append(rows, row)
		}
	}
	return rows
}

// change says of each cell by how much it differs from the base's. Where the
// base has no figure, or one that is only a lower bound, there is nothing to
// reckon with; and nothing is made of a difference that the texts do not show:
// they have all the digits that were measured.
func (s *SideBySide) change(row SideRow, q figure) {
	if s.base < 0 || !row.Cells[s.base].exact() {
		return
	}
	base, baseText := q.of(s.Columns[s.base].Result)
	for i, c := range s.Columns {
		if !c.ended() || i == s.base || !row.Cells[i].exact() {
			continue
		}
		if v, text := q.of(c.Result); text != baseText {
			row.Cells[i].Change = changed(base, v, q.floor)
		}
	}
}

// ended reports whether the run came to its end: what one measured that did not
// is of a part of its story.
func (c Column) ended() bool {
	return c.Result != nil && c.Result.Failure == "" && c.Result.Verdict != Interrupted
}

// exact reports whether the cell has a figure that is no lower bound.
func (c SideCell) exact() bool { return c.Text != "" && !strings.HasPrefix(c.Text, lowerBound) }

// changed says by how much v differs from base; "" for too little to be shown,
// and where there is nothing to take a part of: what the instrument cannot tell
// from 0 is none, and a ratio to it would be one to noise.
func changed(base, v, floor float64) string {
	if base <= 0 || base < floor || math.Abs(v-base) < floor || math.IsInf(base, 0) || v < 0 || math.IsInf(v, 0) || math.IsNaN(v) {
		return ""
	}
	switch by := v / base; {
	case by >= 2.95:
		return "×" + strconv.FormatFloat(by, 'f', precision(by), 64)
	case math.Abs(by-1) < 0.005:
		return ""
	default:
		return Change(by-1, 0)
	}
}

func precision(factor float64) int {
	if factor < 9.95 {
		return 1
	}
	return 0
}

// times are the metrics of the whole run. What faults have for themselves is
// told there.
func (s *SideBySide) times() (rows []SideRow) {
	var list []figure
	faults := len(s.faults()) > 0
	for m := range NumMetrics {
		if _, ofFaults := (&FaultResult{}).measure(m.String()); ofFaults && faults || m == Lag {
			continue // lag is the generator's own: it is judged, not compared
		}
		for _, stat := range []string{"p50", "p99", "max"} {
			list = append(list, statistic(m.String()+"."+stat, stat, func(r *Result) *Stats { return r.Metrics[m.String()] }))
		}
	}
	return s.figures(list)
}

// statistic is one statistic of a metric. A lower bound keeps its mark.
func statistic(label, stat string, of func(r *Result) *Stats) figure {
	return figure{label, Resolution, func(r *Result) (float64, string) {
		s := of(r)
		if s.none() {
			return 0, ""
		}
		return s.statistic(stat), s.stat(stat)
	}}
}

// countOf is a whole number.
func countOf(label string, of func(r *Result) int64) figure {
	return figure{label: label, of: func(r *Result) (float64, string) { return float64(of(r)), number(of(r)) }}
}

func (s *SideBySide) counts() []SideRow {
	var list []figure
	for c := range NumCounts {
		list = append(list, countOf(c.String(), func(r *Result) int64 { return r.Counts[c.String()] }))
	}
	for _, name := range rateNames {
		list = append(list, figure{label: name, of: func(r *Result) (float64, string) {
			v, ok := r.Rates[name]
			if !ok {
				return 0, ""
			}
			return math.NaN(), percent(v, 3) // a part of a part would say nothing
		}})
	}
	return s.figures(list, Lost.String(), NeverRecovered.String())
}

// faults names those of any run, in the order they first appear.
func (s *SideBySide) faults() []string {
	return s.namesOf(func(r *Result) (names []string) {
		for _, f := range r.Faults {
			names = append(names, f.Name)
		}
		return names
	})
}

// namesOf collects what of returns for any run that could be made, each name
// once, in the order they first appear.
func (s *SideBySide) namesOf(of func(r *Result) []string) (names []string) {
	for _, c := range s.Columns {
		if c.Result == nil {
			continue
		}
		for _, name := range of(c.Result) {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

func (s *SideBySide) processes() []SideRow {
	server := func(label string, floor float64, of func(p *Server) (float64, string)) figure {
		return figure{label, floor, func(r *Result) (float64, string) {
			if r.Server == nil {
				return 0, ""
			}
			return of(r.Server)
		}}
	}
	rows := s.figures([]figure{
		server("server CPU", ProcessorTick, func(p *Server) (float64, string) { return p.CPUS, processorTime(p.CPUS) }),
		server("server memory", 0, func(p *Server) (float64, string) { return float64(p.RSSMaxBytes), memory(p.RSSMaxBytes) }),
		{"generator CPU", ProcessorTick, func(r *Result) (float64, string) { return r.Generator.CPUS, processorTime(r.Generator.CPUS) }},
	})
	limits := s.row("generator's limits", func(r *Result) SideCell {
		if len(r.Generator.Limits) == 0 {
			return SideCell{}
		}
		return SideCell{Text: number(int64(len(r.Generator.Limits))), Verdict: Inconclusive}
	})
	if s.differs(limits) {
		rows = append(rows, limits)
	}
	return rows
}

// processorTime shows seconds of processor time with all the digits that count.
func processorTime(s float64) string {
	decimals := 2 // as ProcessorTick
	switch {
	case s >= 100:
		decimals = 0
	case s >= 10:
		decimals = 1
	}
	return strconv.FormatFloat(s, 'f', decimals, 64) + " s"
}

// note adds what a reader must know to read the table right.
func (s *SideBySide) note() {
	scales := map[float64]bool{}
	runs := 0
	for _, c := range s.Columns {
		if c.Result == nil {
			continue
		}
		runs++
		scales[cmp.Or(c.Result.TimeScale, 1)] = true
	}
	if runs > 1 {
		against := "None came to its end: there are no changes."
		if s.base >= 0 {
			against = "Changes are against " + shorten(clean(s.Columns[s.base].Name), mdName) + "; where it has no figure, none is shown."
		}
		s.Notes = append(s.Notes, "One run each does not tell a change from chance: imbench compare does, with several. "+against)
	}
	if len(scales) > 1 {
		s.Notes = append(s.Notes, "Times are on each run's own clock: the runs have different time scales.")
		return
	}
	for scale := range scales {
		if scale != 1 {
			s.Notes = append(s.Notes, fmt.Sprintf("Times are on the run's clock: 1 s is %s of the story (time_scale %s).", clock(1/scale), strconv.FormatFloat(scale, 'g', 4, 64)))
		}
	}
}
