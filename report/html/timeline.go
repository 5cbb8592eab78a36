package html

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/imbench/imbench/report"
)

// columns is how many of them a line is thinned to: half a pixel each on the
// widest page.
const columns = 300

// timeline draws the run second by second.
func timeline(r *report.Result) []chart {
	rows := r.Timeline
	if len(rows) < 2 {
		return nil
	}
	x := clockAxis(math.Floor(rows[0].TS), rows[len(rows)-1].TS, clockTitle(r, "seconds of the run"))
	bands := faultBands(r, x)
	names := laneOf(bands, x, 2)
	every := ""
	if per := float64(len(rows)) / columns; per > 4 {
		every = fmt.Sprintf("each point is an extreme of %s", report.Clock(math.Round(per)))
	}
	var charts []chart
	add := func(title, unit, note string, lines ...line) {
		c := chart{Title: title, Note: joined("; ", note, every), X: x, Bands: bands, Lane: names, Wide: len(charts) == 0}
		var points [][]point
		for _, l := range lines {
			points = append(points, thin(l.over(rows, beginning(r)), columns))
		}
		c.Y = valueAxis(unit, points...)
		for i, l := range lines {
			c.Series = append(c.Series, l.series(points[i], c.Y)...)
		}
		if len(c.Series) > 0 {
			charts = append(charts, c)
		}
	}
	if c, ok := online(r); ok {
		c.Note, c.X, c.Bands, c.Lane, c.Wide = joined("; ", c.Note, every), x, bands, names, true
		charts = append(charts, c)
	}
	add("Connects and disconnects", "rate", "a second",
		line{name: "connects", ink: 1, per: true, of: func(s report.Second) float64 { return float64(s.Connects) }},
		line{name: "disconnects", ink: 2, per: true, style: "dashed", of: func(s report.Second) float64 { return float64(s.Disconnects) }})
	came := func(of func(report.Second) float64) func(report.Second) float64 {
		return func(s report.Second) float64 { return where(of(s) > 0, of(s)) }
	}
	add("Delivery", "ms", "from the intended send; a gap: nothing came",
		line{name: "max", ink: 6, style: "thin", of: came(func(s report.Second) float64 { return s.DeliveryMaxMs })},
		line{name: "p99", ink: 2, of: came(func(s report.Second) float64 { return s.DeliveryP99Ms })},
		line{name: "p50", ink: 1, style: "dashed", of: came(func(s report.Second) float64 { return s.DeliveryP50Ms })})
	add("Messages", "rate", "a second",
		line{name: "delivered", ink: 3, per: true, of: func(s report.Second) float64 { return float64(s.Delivered) }},
		line{name: "sent", ink: 4, per: true, style: "wide", of: func(s report.Second) float64 { return float64(s.Sent) }})
	watched := r.Server != nil
	add("Processor", "cores", "cores in use",
		line{name: "server", ink: 1, of: func(s report.Second) float64 { return where(watched, s.ServerCPU) }},
		line{name: "imbench", ink: 5, style: "dashed", of: func(s report.Second) float64 { return s.GeneratorCPU }})
	add("Memory", "MB", "resident",
		line{name: "server", ink: 1, of: func(s report.Second) float64 { return where(s.ServerRSS > 0, float64(s.ServerRSS)/1e6) }},
		line{name: "imbench", ink: 5, style: "dashed", of: func(s report.Second) float64 { return where(s.GeneratorRSS > 0, float64(s.GeneratorRSS)/1e6) }})
	add("Lag", "ms", "imbench's own lateness, p99",
		line{name: "lag p99", ink: 5, of: func(s report.Second) float64 { return where(s.Sent > 0, s.LagP99Ms) }})
	return charts
}

// online draws the fewest clients that were online in each second and, where
// that is known to be less, how many were at its end.
func online(r *report.Result) (c chart, ok bool) {
	rows, from := r.Timeline, beginning(r)
	fewest := line{name: "online", ink: 1, style: "area", of: func(s report.Second) float64 { return float64(s.FewestConnected()) }}
	atEnd := line{name: "at its end", ink: 1, style: "thin", of: func(s report.Second) float64 { return float64(s.Connected) }}
	low := thin(fewest.over(rows, from), columns)
	high := atTheSame(low, atEnd.over(rows, from))
	c = chart{Title: "Clients online", Y: valueAxis("count", low, high)}
	differ := slices.ContainsFunc(rows, func(s report.Second) bool { return s.FewestConnected() < s.Connected })
	if differ {
		fewest.name, c.Note = "fewest in a second", "shaded darker: up to how many there were at its end"
	}
	c.Series = fewest.series(low, c.Y)
	if differ {
		c.Series = append(c.Series, atEnd.series(high, c.Y)...)
		c.Series = append(c.Series, series{Ink: atEnd.ink, Style: "bracket", Path: area(high, low, c.Y)})
	}
	return c, len(c.Series) > 0
}

// atTheSame are the points of ps that stand where those of kept do, which were
// thinned from as many.
func atTheSame(kept, ps []point) []point {
	at := make(map[float64]float64, len(ps))
	for _, p := range ps {
		at[p.X] = p.Y
	}
	same := make([]point, len(kept))
	for i, p := range kept {
		same[i] = point{p.X, at[p.X]}
	}
	return same
}

// where is v, or a gap.
func where(ok bool, v float64) float64 {
	if !ok {
		return math.NaN()
	}
	return v
}

// line is one figure of the timeline; per tells that it is counted, and drawn
// per second.
type line struct {
	name  string
	ink   int
	style string
	per   bool
	of    func(report.Second) float64
}

// beginning is when the first row began: at the first dial, where that is known.
// Rows are of a second each, but for the last before second 0, which is the
// first where the clients connect quickly.
func beginning(r *report.Result) float64 {
	const latest = 2 // of a row's end: what is longer is of a run that never came to second 0, and has another clock
	end, dialled := r.Timeline[0].TS, -r.ConnectS
	if r.ConnectS > 0 && dialled < end && end-dialled < latest {
		return dialled
	}
	return end - 1
}

// over reads the figure of every row. The first began at from.
func (l line) over(rows []report.Second, from float64) []point {
	ps := make([]point, 0, len(rows))
	before := from
	for _, s := range rows {
		v := l.of(s)
		if l.per {
			v /= math.Max(s.TS-before, 0.05)
		}
		before = s.TS
		if v < 0 {
			v = math.NaN()
		}
		ps = append(ps, point{s.TS, v})
	}
	return ps
}

// series draws the line, and what lies beneath it where that is to be filled.
func (l line) series(ps []point, y axis) []series {
	least, most := math.Inf(1), math.Inf(-1)
	for _, p := range ps {
		if finite(p.Y) {
			least, most = math.Min(least, p.Y), math.Max(most, p.Y)
		}
	}
	if most < least {
		return nil
	}
	return drawn(series{
		Name: l.name, Ink: l.ink, Style: l.style,
		About: fmt.Sprintf("%s: from %s to %s", l.name, tickText(rough(least), y.Unit), tickText(rough(most), y.Unit)),
	}, ps, y)
}

// rough is v with three significant digits.
func rough(v float64) float64 {
	if v == 0 || !finite(v) {
		return v
	}
	e := math.Pow(10, math.Floor(math.Log10(math.Abs(v)))-2)
	return math.Round(v/e) * e
}

// onThePath are the kinds of fault that go on until the end of the run where no
// end is asked for: they stay with the client when its connection ends.
func onThePath(kind string) bool {
	return slices.Contains([]string{"idle_expiry", "latency", "bandwidth", "slice"}, kind)
}

// The most that is drawn of what a result may have any number of.
const (
	mostBands  = 60 // of one fault
	mostFaults = 40
)

// faultBands shades when each fault was under way, and, more lightly, until the
// last client was back from it. What lasted nearly all the time is no more than
// a mark where it began: a shade over everything tells nothing.
func faultBands(r *report.Result, x axis) []band {
	var bands []band
	for i := range r.Faults[:min(len(r.Faults), mostFaults)] {
		f := &r.Faults[i]
		for _, at := range f.AtS[:min(len(f.AtS), mostBands)] {
			if at > x.Hi || at < x.Lo || !finite(at) {
				continue
			}
			b := faultBand(f, at, x)
			if end, until := aftermath(f, at, x.Hi); end > b.To {
				bands = append(bands, band{From: b.To, To: math.Min(end, x.Hi), Kind: "after", Text: b.Name + ": " + until})
			}
			if b.To-b.From > 0.8*x.span() {
				b.Kind = "mark"
			}
			bands = append(bands, b)
		}
	}
	slices.SortStableFunc(bands, func(a, b band) int { return cmp.Compare(a.From, b.From) })
	return bands
}

// faultBand is one occurrence of a fault.
func faultBand(f *report.FaultResult, at float64, x axis) band {
	b := band{From: at, To: at, Kind: "mark", Name: report.Plain(f.Name, 24)}
	b.Text = b.Name + " (" + plain(f.Kind) + ") at " + report.Clock(at)
	switch {
	case f.Lasted() > 0:
		b.To, b.Kind = math.Min(at+f.Lasted(), x.Hi), "window"
		b.Text += ", for " + report.Clock(f.Lasted())
	case onThePath(f.Kind):
		b.To, b.Kind = x.Hi, "window"
		b.Text += ", to the end"
	}
	return b
}

// aftermath is when the last client was back from a fault, as far as it is
// told.
func aftermath(f *report.FaultResult, at, end float64) (to float64, text string) {
	switch {
	case f.Clients == 0:
		return at, ""
	case f.NeverRecovered > 0 || f.NeverDetected > 0:
		return end, "not everybody was back before the end"
	case f.Outage == nil || f.Outage.Count == 0:
		return at, ""
	case slices.Contains(f.Outage.AtLeast, "max"):
		return end, "not everybody was served before the end"
	case len(f.AtS) > 1: // it is not told of each time
		return at + f.Outage.Max/1000, "clients were back after " + report.Millis(f.Outage.Max) + " at the latest, each time"
	}
	return at + f.Outage.Max/1000, "the last client was back after " + report.Millis(f.Outage.Max)
}

// clockTitle names the clock of an axis; of a run on a scaled clock, both.
func clockTitle(r *report.Result, what string) string {
	if scale := r.TimeScale; scale > 0 && scale != 1 {
		return joined("; ", what, fmt.Sprintf("1 s is %s of the story (time_scale %g)", report.Clock(1/scale), scale))
	}
	return what
}

// joined joins the texts that are not empty.
func joined(by string, texts ...string) string {
	var all []string
	for _, t := range texts {
		if t != "" {
			all = append(all, t)
		}
	}
	return strings.Join(all, by)
}
