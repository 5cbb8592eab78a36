package html

import (
	"math"
	"slices"
	"strconv"

	"github.com/imbench/imbench/report"
)

// families are the metrics that are drawn together, and how. In a room of one
// the first three are the same.
var families = []struct {
	title           string
	metrics, styles []string
}{
	{"Messages", []string{"delivery", "fanout", "roundtrip", "recovery"}, []string{"line", "dashed", "wide", "dashed"}},
	{"After a fault", []string{"detect", "reconnect", "outage", "ghost"}, []string{"line", "dashed", "line", "dashed"}},
	{"Connections and imbench", []string{"connect", "heartbeat", "lag"}, []string{"line", "dashed", "line"}},
}

// percentiles draws each time as a curve over its percentiles.
func percentiles(metrics map[string]*report.Stats) []chart {
	var charts []chart
	for _, family := range families {
		var curves []curve
		for i, name := range family.metrics {
			if c, ok := curveOf(name, metrics[name]); ok {
				c.ink, c.style = i+1, family.styles[i]
				curves = append(curves, c)
			}
		}
		if len(curves) > 0 {
			charts = append(charts, percentileChart(family.title, curves))
		}
	}
	return charts
}

// curve is one metric over x = -log10(1-q), which gives each nine of a
// percentile the same room. From bound on its values are lower bounds.
type curve struct {
	name   string
	ink    int
	style  string
	points []point
	bound  int
}

// curveOf reads a curve from the histogram of s; without a whole one there is
// none, because the few statistics of s would be a guess.
func curveOf(name string, s *report.Stats) (c curve, ok bool) {
	h, err := s.Decode()
	if err != nil || h.Count() == 0 {
		return c, false
	}
	const step = 0.05
	c = curve{name: name, bound: -1}
	last := math.Log10(float64(h.Count()))
	for i := 0; ; i++ {
		x := math.Min(float64(i)*step, last)
		d, atLeast := h.Quantile(math.Max(1-math.Pow(10, -x), 1e-9))
		if atLeast && c.bound < 0 {
			c.bound = i
		}
		c.points = append(c.points, point{x, float64(d.Microseconds()) / 1000})
		if x >= last {
			break
		}
	}
	// The greatest sample stands at the end, as the one beyond all others.
	end := point{last, s.Max}
	if len(c.points) == 1 {
		end.X = 0.1
	}
	c.points = append(c.points, end)
	return c, true
}

// percentileChart draws curves over their percentiles.
func percentileChart(title string, curves []curve) chart {
	hi := 1.0
	var points [][]point
	for _, c := range curves {
		hi = math.Max(hi, c.points[len(c.points)-1].X)
		points = append(points, c.points)
	}
	nines := []float64{0, 50, 90, 99, 99.9, 99.99, 99.999, 99.9999, 99.99999}
	if hi > 5 {
		nines = slices.Delete(nines, 1, 2) // no room
	}
	x := axis{Title: "percentile", Scale: "nines", Unit: "%", Hi: hi}.ticked(nines, func(p float64) string {
		return strconv.FormatFloat(p, 'f', -1, 64)
	})
	ch := chart{Title: title, X: x, Y: valueAxis("ms", points...)}
	for _, c := range curves {
		ps := c.points
		if c.bound >= 0 {
			ch.Note = "dotted: at least so long"
			if c.bound > 0 {
				ch.Series = append(ch.Series, curveSeries(c, c.name, c.style, ps[:c.bound+1], ch.Y))
			}
			ch.Series = append(ch.Series, curveSeries(c, "≥ "+c.name, "dotted", ps[c.bound:], ch.Y))
			continue
		}
		ch.Series = append(ch.Series, curveSeries(c, c.name, c.style, ps, ch.Y))
	}
	return ch
}

func curveSeries(c curve, name, style string, ps []point, y axis) series {
	return series{
		Name: name, Ink: c.ink, Style: style, Path: path(ps, y),
		About: name + ": from " + report.Millis(ps[0].Y) + " to " + report.Millis(ps[len(ps)-1].Y),
	}
}
