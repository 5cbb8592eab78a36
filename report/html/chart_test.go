package html

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/imbench/imbench/report"
)

func points(ys ...float64) []point {
	var ps []point
	for i, y := range ys {
		ps = append(ps, point{float64(i), y})
	}
	return ps
}

var gap = math.NaN()

func ms(v float64) time.Duration { return time.Duration(v * float64(time.Millisecond)) }

func TestAPathIsInTheUnitsOfTheData(t *testing.T) {
	linear, decades := axis{Scale: "linear"}, axis{Scale: "log10"}
	tests := map[string]struct {
		points []point
		y      axis
		want   string
	}{
		"a line":                         {points(10, 20.5, 1234567), linear, "M0 10L1 20.5L2 1234567"},
		"with five significant digits":   {points(1.23456, 0.00123456), linear, "M0 1.2346L1 0.0012346"},
		"logarithms where the axis says": {points(1, 1000, 20), decades, "M0 0L1 3L2 1.301"},
		"zero has no logarithm":          {points(0, 1), decades, "M0 -3L1 0"},
		"a gap breaks it":                {points(1, 2, gap, 3, 4), linear, "M0 1L1 2M3 3L4 4"},
		"a value alone is a dot":         {points(1, gap, 3, gap), linear, "M0 1L0 1M2 3L2 3"},
		"nothing but gaps":               {points(gap, gap), linear, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := path(tt.points, tt.y); got != tt.want {
				t.Errorf("%q; want %q", got, tt.want)
			}
		})
	}
}

func TestAnAreaIsClosedDownToItsFloor(t *testing.T) {
	y := axis{Scale: "linear"}
	if got, want := area(points(1, 2, gap, 5, 6, 7), nil, y), "M0 1L1 2L1 0L0 0ZM3 5L4 6L5 7L5 0L3 0Z"; got != want {
		t.Errorf("to the axis: %q; want %q", got, want)
	}
	if got, want := area(points(5, 6), points(3, 4), y), "M0 5L1 6L1 4L0 3Z"; got != want {
		t.Errorf("to a floor: %q; want %q", got, want)
	}
}

func TestThinningLosesNoExtreme(t *testing.T) {
	const n, columns = 36_000, 300
	var ps []point
	for i := range n {
		y := math.Sin(float64(i) / 500)
		switch {
		case i%7919 == 17:
			y = 40 + float64(i) // one second out of thousands
		case i%6007 == 11:
			y = -40
		case i > 20_000 && i < 21_000:
			y = gap
		}
		ps = append(ps, point{float64(i), y})
	}
	got := thin(ps, columns)
	if len(got) > 5*columns {
		t.Errorf("%d points are left for %d columns", len(got), columns)
	}
	for _, p := range ps {
		if finite(p.Y) && math.Abs(p.Y) > 2 && !slices.Contains(got, p) {
			t.Errorf("%v is lost", p)
		}
	}
	if !slices.IsSortedFunc(got, func(a, b point) int { return int(a.X - b.X) }) {
		t.Error("the points are out of order")
	}
	if got[0] != ps[0] || got[len(got)-1] != ps[n-1] {
		t.Error("the ends are lost")
	}
	if strings.Count(path(got, axis{Scale: "linear"}), "M") != 2 {
		t.Error("the gap is lost")
	}
}

func TestFewPointsAreDrawnAsTheyAre(t *testing.T) {
	ps := points(3, 1, gap, 2)
	if got := thin(ps, 1); len(got) != 4 {
		t.Errorf("%v", got)
	}
}

func TestAxesAreLabelledAtRoundValues(t *testing.T) {
	tests := map[string]struct {
		axis axis
		want string
	}{
		"a thousand clients":                {valueAxis("count", points(0, 1000)), "0 500 1,000 1,500"},
		"one client has no halves":          {valueAxis("count", points(1)), "0 1 2"},
		"nothing":                           {valueAxis("rate", points(0, 0)), "0 1 2"},
		"a fraction of a core":              {valueAxis("cores", points(0.13)), "0 0.05 0.1 0.15"},
		"memory turns to gigabytes":         {valueAxis("MB", points(3900)), "0 1 GB 2 GB 3 GB 4 GB"},
		"millions are short":                {valueAxis("rate", points(1_900_000)), "0 500k 1M 1.5M 2M"},
		"times of one magnitude are linear": {valueAxis("ms", points(1, 60)), "0 20 ms 40 ms 60 ms 80 ms"},
		"times of many are logarithmic":     {valueAxis("ms", points(0.3, 2500)), "1 ms 10 ms 100 ms 1 s"},
		"from a microsecond to an hour":     {valueAxis("ms", points(0.001, 3600e3)), "1 µs 100 µs 10 ms 1 s 100 s"},
		"a minute on the clock":             {clockAxis(-2, 60, ""), "0 s 15 s 30 s 45 s 60 s"},
		"an hour":                           {clockAxis(-12, 3605, ""), "0 s 15 min 30 min 45 min 1 h"},
		"less than a second":                {clockAxis(0, 0.4, ""), "0 s 0.2 s 0.4 s"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var texts []string
			for _, tick := range tt.axis.Ticks {
				texts = append(texts, tick.Text)
				if tick.At < -0.01 || tick.At > 100.01 {
					t.Errorf("%s stands at %v %%", tick.Text, tick.At)
				}
			}
			if got := strings.Join(texts, " "); got != tt.want {
				t.Errorf("%q; want %q", got, tt.want)
			}
		})
	}
}

func TestNoClockHasMoreLabelsThanRoom(t *testing.T) {
	for _, seconds := range []float64{0, 1, 7, 59, 61, 3600, 86400, 365 * 86400, 1e12, 1e300} {
		if n := len(clockAxis(-1, seconds, "").Ticks); n < 1 || n > 9 {
			t.Errorf("%g s: %d labels", seconds, n)
		}
	}
}

func TestFaultsAreShadedWhileTheyWereUnderWay(t *testing.T) {
	times := func(most float64) *report.Stats { return &report.Stats{Count: 1, Max: most} }
	tests := map[string]struct {
		fault report.FaultResult
		want  []string
	}{
		"healed": {report.FaultResult{AtS: []float64{10}, ForS: 5}, []string{"window 10–15"}},
		"healed, with somebody out for longer": {
			report.FaultResult{AtS: []float64{10}, ForS: 5, Clients: 1, Outage: times(8000)}, []string{"window 10–15", "after 15–18"}},
		"for good, until the last was back": {
			report.FaultResult{AtS: []float64{10}, Clients: 1, Outage: times(8000)}, []string{"after 10–18", "mark 10–10"}},
		"somebody never was":    {report.FaultResult{AtS: []float64{90}, Clients: 1, NeverRecovered: 1}, []string{"after 90–100", "mark 90–90"}},
		"on a path, to the end": {report.FaultResult{Kind: "idle_expiry", AtS: []float64{60}}, []string{"window 60–100"}},
		"nearly all the time":   {report.FaultResult{Kind: "idle_expiry", AtS: []float64{0}}, []string{"mark 0–100"}},
		"repeated":              {report.FaultResult{AtS: []float64{10, 20, 30}, ForS: 2}, []string{"window 10–12", "window 20–22", "window 30–32"}},
		"after the last second": {report.FaultResult{AtS: []float64{101}}, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, b := range faultBands(&report.Result{Faults: []report.FaultResult{tt.fault}}, clockAxis(0, 100, "")) {
				got = append(got, fmt.Sprintf("%s %g–%g", b.Kind, b.From, b.To))
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestACurveEndsAtTheSlowestSample(t *testing.T) {
	var h report.Histogram
	for i := range 1000 {
		h.Record(ms(float64(i + 1)))
	}
	c, ok := curveOf("detect", h.Stats())
	if !ok || c.bound >= 0 {
		t.Fatalf("no curve, or a bound: %+v", c)
	}
	at := func(x float64) float64 {
		i, _ := slices.BinarySearchFunc(c.points, x, func(p point, x float64) int {
			if p.X < x-1e-9 {
				return -1
			}
			return 1
		})
		return c.points[i].Y
	}
	for x, want := range map[float64]float64{0: 1, 1: 900, 2: 990} {
		if got := at(x); math.Abs(got-want) > want/500+0.1 {
			t.Errorf("p%g is %g ms, not %g", 100*(1-math.Pow(10, -x)), got, want)
		}
	}
	if last := c.points[len(c.points)-1]; math.Abs(last.X-3) > 1e-9 || last.Y != 1000 {
		t.Errorf("it ends at %v", last)
	}
}

func TestACurveOfCensoredSamplesIsALowerBoundFromThere(t *testing.T) {
	var h report.Histogram
	for range 90 {
		h.Record(ms(100))
	}
	for range 10 {
		h.RecordCensored(ms(5000))
	}
	c, ok := curveOf("detect", h.Stats())
	if !ok || c.bound < 0 {
		t.Fatalf("no bound: %+v", c)
	}
	if x := c.points[c.bound].X; x < 1 || x > 1.06 {
		t.Errorf("the bound begins at x = %g, not beyond p90", x)
	}
	ch := percentileChart("", []curve{c})
	if n := len(ch.Series); n != 2 || ch.Series[1].Style != "dotted" {
		t.Errorf("series: %+v", ch.Series)
	}
}

func TestStatisticsWithoutTheirSamplesHaveNoCurve(t *testing.T) {
	if _, ok := curveOf("detect", &report.Stats{Count: 5, P50: 1, Max: 2}); ok {
		t.Error("a curve was made up")
	}
}
