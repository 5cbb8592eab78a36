package report

import (
	"math"
	"regexp"
	"strings"
	"time"
)

// bars are the levels of a sparkline, from nothing to the most.
const bars = "▁▂▃▄▅▆▇█"

// timeAxis maps the run's clock to columns: long runs have several seconds to
// a column, short ones several columns to a second.
type timeAxis struct {
	seconds int     // shown, from second 0
	columns int     // that they take
	perSec  float64 // columns to a second
}

// The least that is worth a timeline.
const (
	leastSeconds = 3
	leastColumns = 20
	daySeconds   = 86400
)

func newTimeAxis(timeline []Second, width int) (timeAxis, bool) {
	seconds := 0
	for _, s := range timeline {
		if s.TS >= 0 && s.TS < 365*daySeconds {
			seconds = max(seconds, int(s.number())+1)
		}
	}
	if seconds < leastSeconds || width < leastColumns {
		return timeAxis{}, false
	}
	a := timeAxis{seconds: seconds}
	if seconds > width {
		per := (seconds + width - 1) / width
		a.columns, a.perSec = (seconds+per-1)/per, 1/float64(per)
	} else {
		wide := min(width/seconds, 4)
		a.columns, a.perSec = seconds*wide, float64(wide)
	}
	return a, true
}

// column is where the clock stands at s, ok when that is on the axis.
func (a timeAxis) column(s float64) (c int, ok bool) {
	if !(s >= 0 && s < float64(a.seconds)) {
		return 0, false
	}
	return min(int(s*a.perSec), a.columns-1), true
}

// series spreads one figure of each second over the columns; pick chooses
// between seconds that share one. Columns without a figure are NaN.
func (a timeAxis) series(timeline []Second, of func(Second) (v float64, ok bool), pick func(a, b float64) float64) []float64 {
	cells := make([]float64, a.columns)
	for i := range cells {
		cells[i] = math.NaN()
	}
	for _, s := range timeline {
		from, on := a.column(s.number())
		v, ok := of(s)
		if !on || !ok || math.IsNaN(v) || v < 0 {
			continue
		}
		for c := from; c < min(a.columns, from+max(1, int(a.perSec))); c++ {
			if math.IsNaN(cells[c]) {
				cells[c] = v
			} else {
				cells[c] = pick(cells[c], v)
			}
		}
	}
	return cells
}

// spark draws cells against the largest of them. Only the largest gets the
// full bar, so that the slightest dip shows; no figure is a blank.
func spark(cells []float64) (line string, least, most float64, some bool) {
	levels := []rune(bars)
	least, most = math.Inf(1), math.Inf(-1)
	for _, v := range cells {
		if !math.IsNaN(v) {
			least, most, some = math.Min(least, v), math.Max(most, v), true
		}
	}
	if !some {
		return "", 0, 0, false
	}
	var b strings.Builder
	for _, v := range cells {
		switch {
		case math.IsNaN(v):
			b.WriteByte(' ')
		case v == most && most > 0:
			b.WriteRune(levels[len(levels)-1])
		case most == 0:
			b.WriteRune(levels[0])
		default:
			b.WriteRune(levels[int(v/most*float64(len(levels)-1))])
		}
	}
	return b.String(), least, most, true
}

// ticks labels the axis at round times that leave room for their text.
func (a timeAxis) ticks() string {
	const room = 10
	step := 1.0
	for _, s := range []float64{1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 6 * 3600, daySeconds, 10 * daySeconds, 100 * daySeconds} {
		if step = s; s*a.perSec >= room {
			break
		}
	}
	line := ""
	for s := 0.0; s < float64(a.seconds); s += step {
		c, _ := a.column(s)
		text := clock(s)
		if columns(line) > c || c+columns(text) > a.columns+room/2 {
			break
		}
		line = padded(line, c) + text
	}
	return line
}

// timeline draws the run second by second, with the faults beneath.
func (p *page) timeline(timeline []Second, faults []FaultResult) {
	const legend = 20 // columns kept for the figures on the right
	a, ok := newTimeAxis(timeline, p.width-textAt-legend-2)
	if !ok {
		return
	}
	p.section("Timeline")
	online, least, most, some := spark(a.series(timeline,
		func(s Second) (float64, bool) { return float64(s.FewestConnected()), true }, math.Min))
	if some && most > 0 {
		figures := number(int64(least)) + " to " + number(int64(most))
		if least == most {
			figures = number(int64(most))
		}
		p.chart("connected", online, figures)
	}
	late, least, most, some := spark(a.series(timeline,
		func(s Second) (float64, bool) { return s.DeliveryP99Ms, s.DeliveryP99Ms > 0 }, math.Max))
	if some && most > 0 {
		p.chart("delivery p99", late, millis(least)+" to "+millis(most))
	}
	if p.pending != "" { // nobody was online and nothing came
		return
	}
	p.marksOf(a, faults)
	p.line(blank(textAt), p.ink.paint(faint, a.ticks()))
}

func (p *page) chart(label, line, figures string) {
	p.line("  ", padded(label, labelWidth), "  ", line, "  ", p.ink.paint(faint, figures))
}

// marksOf draws when each fault was under way: ▲ where it was applied, ─ as
// long as it lasted.
func (p *page) marksOf(a timeAxis, faults []FaultResult) {
	const most = 8
	for i, f := range faults {
		if i == most {
			p.row("", plural(int64(len(faults)-most), "other fault", "other faults"))
			return
		}
		cells := []rune(blank(a.columns))
		shown, lasted := false, f.lasted()
		for _, at := range f.AtS {
			from, ok := a.column(at)
			if !ok {
				continue
			}
			to, ok := a.column(at + lasted)
			if !ok {
				to = a.columns - 1
			}
			for c := from + 1; c <= to && lasted > 0; c++ {
				if cells[c] == ' ' {
					cells[c] = '─'
				}
			}
			cells[from], shown = '▲', true
		}
		if shown {
			p.line("  ", padded(shorten(clean(f.Name), labelWidth), labelWidth), "  ", p.ink.paint(doubt, strings.TrimRight(string(cells), " ")))
		}
	}
}

// downOf finds how long each strike of a flap lasts; the result has no field of
// its own for it.
var downOf = regexp.MustCompile(`\bdown: *"?([0-9a-zµ.]+)`)

// lasted is for how many seconds a fault was under way each time it was
// applied; 0 where it was over at once or had no end of its own.
func (f FaultResult) lasted() float64 {
	if f.Kind != "flap" {
		return f.ForS
	}
	if m := downOf.FindStringSubmatch(f.Text); m != nil {
		if d, err := time.ParseDuration(m[1]); err == nil && d > 0 {
			return d.Seconds()
		}
	}
	return 0
}
