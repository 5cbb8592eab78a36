package html

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
)

// chart is one drawing over one x axis. Its paths are in the units of the data,
// so that the script reads the values back from them; the browser stretches the
// drawing to the room there is, and labels are text beside it, which keeps its
// size.
type chart struct {
	Title, Note string
	X, Y        axis
	Series      []series
	Bands       []band
	Lane        lane
	Wide        bool
}

// Painted are the series in the order they are painted in, so that of those
// that coincide each can be seen: what is wide beneath, what has gaps on top.
func (c chart) Painted() []series {
	order := []string{"bracket", "wide", "area", "line", "thin", "dashed", "dotted"}
	return slices.SortedStableFunc(slices.Values(c.Series), func(a, b series) int {
		return slices.Index(order, cmp.Or(a.Style, "line")) - slices.Index(order, cmp.Or(b.Style, "line"))
	})
}

// axis is one axis of a chart. Lo and Hi are in the drawing's units: the
// logarithm where Scale says so.
type axis struct {
	Title  string
	Scale  string // linear, log10, nines
	Unit   string // of the values, for the script: clock, count, rate, ms, cores, MB, share, %
	Lo, Hi float64
	Ticks  []tick
}

// tick is a label at a place in percent of the axis.
type tick struct {
	At   float64
	Text string
	Edge string // start or end, where the text would stick out
}

// series is one line. Low is the lower edge of an area beneath it.
type series struct {
	Name  string
	Ink   int    // 1 to 6, a colour of the stylesheet
	Style string // line, wide, thin, dashed, dotted, area; bracket, the area without its line
	Path  string
	About string // what a reader without the script is told
}

// band is a time in which something was going on.
type band struct {
	From, To   float64
	Name, Text string
	Kind       string // window, after, mark
}

// point is one value of a series; NaN breaks the line.
type point struct{ X, Y float64 }

func (a axis) span() float64 { return math.Max(a.Hi-a.Lo, 1e-9) }

// percent is where v, in the drawing's units, stands on the axis.
func (a axis) percent(v float64) float64 { return 100 * (v - a.Lo) / a.span() }

// on maps a value to the drawing's units.
func (a axis) on(v float64) float64 {
	switch a.Scale {
	case "log10":
		return math.Log10(math.Max(v, 1e-3))
	case "nines": // of a percentage
		return -math.Log10(1 - v/100)
	}
	return v
}

// ticked puts labels on the axis.
func (a axis) ticked(values []float64, text func(float64) string) axis {
	for _, v := range values {
		t := tick{At: a.percent(a.on(v)), Text: text(v)}
		if t.At < -0.01 || t.At > 100.01 {
			continue
		}
		switch {
		case t.At < 3:
			t.Edge = "start"
		case t.At > 96:
			t.Edge = "end"
		}
		a.Ticks = append(a.Ticks, t)
	}
	return a
}

// valueAxis is a y axis that has room for the least and the greatest of the
// values: from 0, or logarithmic where they range over more than two decades
// of time.
func valueAxis(unit string, values ...[]point) axis {
	least, most := math.Inf(1), 0.0
	for _, s := range values {
		for _, p := range s {
			if finite(p.Y) && p.Y > 0 {
				least, most = math.Min(least, p.Y), math.Max(most, p.Y)
			}
		}
	}
	if unit == "ms" && most > 100*least {
		return logAxis(unit, least, most)
	}
	if most == 0 {
		most = 1
	}
	step := niceStep(most / 4)
	if unit == "count" || unit == "rate" {
		step = math.Max(step, 1)
	}
	a := axis{Scale: "linear", Unit: unit, Hi: step * math.Ceil(most/step*1.0001)}
	var at []float64
	for v := 0.0; v <= a.Hi*1.0001; v += step {
		at = append(at, v)
	}
	return a.ticked(at, func(v float64) string { return tickText(v, unit) })
}

// logAxis is logarithmic, its ends at 1, 2 or 5 times a power of ten.
func logAxis(unit string, least, most float64) axis {
	lo, hi := niceBelow(least), niceStep(most)
	a := axis{Scale: "log10", Unit: unit, Lo: math.Log10(lo), Hi: math.Log10(hi), Title: "logarithmic"}
	decades := a.Hi - a.Lo
	every := math.Ceil(decades / 6)
	var at []float64
	for e := math.Ceil(a.Lo - 1e-9); e <= a.Hi+1e-9; e += every {
		at = append(at, math.Pow(10, e))
	}
	return a.ticked(at, func(v float64) string { return tickText(v, unit) })
}

// niceStep is the least of 1, 2, 5, 10 … that is not below v.
func niceStep(v float64) float64 {
	if !(v > 0) || math.IsInf(v, 0) {
		return 1
	}
	e := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range []float64{1, 2, 5, 10} {
		if m*e >= v*(1-1e-9) {
			return m * e
		}
	}
	return 10 * e
}

// niceBelow is the greatest of 1, 2, 5, 10 … that is not above v.
func niceBelow(v float64) float64 {
	e := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range []float64{5, 2} {
		if m*e <= v*(1+1e-9) {
			return m * e
		}
	}
	return e
}

// drawn gives s its path, and an area the wash beneath its line.
func drawn(s series, ps []point, y axis) []series {
	s.Path = path(ps, y)
	if s.Style == "area" {
		return []series{{Ink: s.Ink, Style: "bracket", Path: area(ps, nil, y)}, s}
	}
	return []series{s}
}

// path draws points as a path in the drawing's units. A value that stands
// alone between gaps becomes a dot.
func path(ps []point, y axis) string {
	var b strings.Builder
	b.Grow(12 * len(ps))
	open, alone := false, ""
	for _, p := range ps {
		if !finite(p.X) || !finite(p.Y) {
			b.WriteString(alone)
			open, alone = false, ""
			continue
		}
		at := coordinate(p.X, 2) + " " + significant(y.on(p.Y))
		if open {
			b.WriteString("L" + at)
			alone = ""
		} else {
			b.WriteString("M" + at)
			open, alone = true, "L"+at
		}
	}
	b.WriteString(alone)
	return b.String()
}

// area closes the path of ps down to the axis, or to floor where it is given.
func area(ps, floor []point, y axis) string {
	var b strings.Builder
	for from := 0; from < len(ps); {
		to := from
		for to < len(ps) && finite(ps[to].Y) {
			to++
		}
		if to > from+1 {
			part := ps[from:to]
			b.WriteString(path(part, y))
			for i := to - 1; i >= from; i-- {
				low := y.Lo
				if floor != nil {
					low = y.on(floor[i].Y)
				}
				if floor != nil || i == to-1 || i == from {
					b.WriteString("L" + coordinate(ps[i].X, 2) + " " + significant(low))
				}
			}
			b.WriteByte('Z')
		}
		from = to + 1
	}
	return b.String()
}

// coordinate is v in as few characters as so many decimals take.
func coordinate(v float64, decimals int) string {
	if math.Abs(v) >= 1e15 {
		return strconv.FormatFloat(v, 'g', 5, 64)
	}
	s := strconv.FormatFloat(v, 'f', decimals, 64)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}

// significant is v with five significant digits, or whole.
func significant(v float64) string {
	if v == 0 {
		return "0"
	}
	if a := math.Abs(v); a >= 1e-4 {
		return coordinate(v, max(0, 4-int(math.Floor(math.Log10(a)))))
	}
	return strconv.FormatFloat(v, 'g', 5, 64)
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// thin keeps of points, ordered by X, what a drawing of so many columns can
// show: of each column the first, the least, the greatest and the last, so that
// no extreme is lost. Gaps stay gaps.
func thin(ps []point, columns int) []point {
	if len(ps) <= 4*columns {
		return ps
	}
	out := make([]point, 0, 4*columns)
	for c := range columns {
		out = appendExtremes(out, ps[c*len(ps)/columns:(c+1)*len(ps)/columns])
	}
	return out
}

func appendExtremes(out, ps []point) []point {
	first, last, lo, hi, gap := -1, -1, -1, -1, -1
	for i, p := range ps {
		if !finite(p.Y) {
			gap = i
			continue
		}
		if first < 0 {
			first, lo, hi = i, i, i
		}
		last = i
		if p.Y < ps[lo].Y {
			lo = i
		}
		if p.Y > ps[hi].Y {
			hi = i
		}
	}
	if first < 0 {
		return append(out, point{ps[gap].X, math.NaN()})
	}
	if gap >= 0 && gap < first {
		out = append(out, ps[gap])
	}
	kept := -1
	for _, i := range []int{first, min(lo, hi), max(lo, hi), last} {
		if i > kept {
			out = append(out, ps[i])
			kept = i
		}
	}
	if gap > last {
		out = append(out, ps[gap])
	}
	return out
}
