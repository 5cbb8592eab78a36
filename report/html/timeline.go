package html

import (
	"fmt"
	"math"
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
	every := ""
	if per := float64(len(rows)) / columns; per > 4 {
		every = fmt.Sprintf("each point is an extreme of %s", report.Clock(math.Round(per*4)))
	}
	var charts []chart
	add := func(title, unit, note string, lines ...line) {
		c := chart{Title: title, Note: joined("; ", note, every), X: x, Bands: bands}
		var points [][]point
		for _, l := range lines {
			points = append(points, thin(l.over(rows), columns))
		}
		c.Y = valueAxis(unit, points...)
		for i, l := range lines {
			if drawn := l.series(points[i], c.Y); drawn.Path != "" {
				c.Series = append(c.Series, drawn)
			}
		}
		if len(c.Series) > 0 {
			charts = append(charts, c)
		}
	}
	add("Clients online", "count", "", line{name: "online", ink: 1, style: "area", of: func(s report.Second) float64 { return float64(s.Connected) }})
	add("Connects and disconnects", "rate", "a second",
		line{name: "connects", ink: 1, per: true, of: func(s report.Second) float64 { return float64(s.Connects) }},
		line{name: "disconnects", ink: 2, per: true, style: "dashed", of: func(s report.Second) float64 { return float64(s.Disconnects) }})
	came := func(of func(report.Second) float64) func(report.Second) float64 {
		return func(s report.Second) float64 { return where(s.Delivered > 0, of(s)) }
	}
	add("Delivery", "ms", "from the intended send; a gap: nothing came",
		line{name: "max", ink: 6, style: "thin", of: came(func(s report.Second) float64 { return s.DeliveryMaxMs })},
		line{name: "p99", ink: 2, of: came(func(s report.Second) float64 { return s.DeliveryP99Ms })},
		line{name: "p50", ink: 1, style: "dashed", of: came(func(s report.Second) float64 { return s.DeliveryP50Ms })})
	add("Messages", "rate", "a second",
		line{name: "delivered", ink: 3, per: true, of: func(s report.Second) float64 { return float64(s.Delivered) }},
		line{name: "sent", ink: 4, per: true, style: "dashed", of: func(s report.Second) float64 { return float64(s.Sent) }})
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

// over reads the figure of every row.
func (l line) over(rows []report.Second) []point {
	ps := make([]point, 0, len(rows))
	before := rows[0].TS - 1
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

func (l line) series(ps []point, y axis) series {
	s := series{Name: l.name, Ink: l.ink, Style: l.style, Path: path(ps, y)}
	if s.Style == "" {
		s.Style = "line"
	}
	least, most := math.Inf(1), math.Inf(-1)
	for _, p := range ps {
		if finite(p.Y) {
			least, most = math.Min(least, p.Y), math.Max(most, p.Y)
		}
	}
	if most < least {
		return series{}
	}
	s.About = fmt.Sprintf("%s: from %s to %s", l.name, tickText(rough(least), y.Unit), tickText(rough(most), y.Unit))
	return s
}

// rough is v with three significant digits.
func rough(v float64) float64 {
	if v == 0 || !finite(v) {
		return v
	}
	e := math.Pow(10, math.Floor(math.Log10(math.Abs(v)))-2)
	return math.Round(v/e) * e
}

// lastsToTheEnd are the kinds of fault that go on until the end of the run
// where no end is asked for.
func lastsToTheEnd(kind string) bool { return kind == "idle_expiry" || kind == "flap" }

// The most that is drawn of what a result may have any number of.
const (
	mostBands  = 60 // of one fault
	mostFaults = 40
)

// faultBands shades when each fault was under way, and, more lightly, until the
// last client was back from it.
func faultBands(r *report.Result, x axis) []band {
	var bands []band
	free := -1.0 // percent; up to there the lane of labels is taken
	for i := range r.Faults[:min(len(r.Faults), mostFaults)] {
		f := &r.Faults[i]
		name := plain(f.Name)
		for n, at := range f.AtS[:min(len(f.AtS), mostBands)] {
			if at > x.Hi || at < x.Lo || !finite(at) {
				continue
			}
			to, kind, text := at, "mark", "at "+report.Clock(at)
			switch {
			case f.ForS > 0:
				to, kind = at+f.ForS, "window"
				text += ", for " + report.Clock(f.ForS)
			case lastsToTheEnd(f.Kind):
				to, kind = x.Hi, "window"
				text += ", to the end"
			}
			end, until := aftermath(f, at, x.Hi)
			if end > to {
				bands = append(bands, band{From: math.Max(to, at), To: math.Min(end, x.Hi), Name: name, Kind: "after", Text: name + ": " + until})
			}
			b := band{From: at, To: math.Min(to, x.Hi), Name: name, Kind: kind, Text: name + " (" + plain(f.Kind) + ") " + text, At: x.percent(at)}
			if n == 0 && b.At >= free {
				b.Label = true
				free = b.At + 3 + 1.6*float64(len([]rune(name)))
			}
			bands = append(bands, b)
		}
	}
	return bands
}

// aftermath is when the last client was back from a fault.
func aftermath(f *report.FaultResult, at, end float64) (to float64, text string) {
	switch {
	case f.Clients == 0:
		return at, ""
	case f.NeverRecovered > 0 || f.NeverDetected > 0:
		return end, "not everybody was back before the end"
	case f.Outage != nil && f.Outage.Count > 0:
		return at + f.Outage.Max/1000, "the last client was back after " + report.Millis(f.Outage.Max)
	}
	return at, ""
}

// clockTitle names the clock of an axis; of a run on a scaled clock, both.
func clockTitle(r *report.Result, what string) string {
	if scale := r.TimeScale; scale > 0 && scale != 1 {
		return fmt.Sprintf("%s; 1 s is %s of the story (time_scale %g)", what, report.Clock(1/scale), scale)
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
