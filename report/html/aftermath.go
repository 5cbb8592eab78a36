package html

import (
	"fmt"
	"math"

	"github.com/imbench/imbench/report"
)

// storm draws dials begun and connections ready again, second by second.
func storm(r *report.Result, s *report.Storm) (chart, bool) {
	n := max(len(s.Offered), len(s.Accepted))
	if n < 2 { // they were back at once
		return chart{}, false
	}
	c := chart{
		Title: "Storm", Note: "dials begun and connections ready, a second; repetitions added up",
		X: clockAxis(0, float64(n), clockTitle(r, "since the fault")),
	}
	offered, accepted := thin(steps(s.Offered, n), columns), thin(steps(s.Accepted, n), columns)
	c.Y = valueAxis("rate", offered, accepted)
	about := func(name string, peak int64) string {
		return fmt.Sprintf("%s: at most %s in one second of the run", name, report.Number(peak))
	}
	c.Series = append(
		drawn(series{Name: "offered", Ink: 2, Style: "wide", About: about("offered", s.PeakOffered)}, offered, c.Y),
		drawn(series{Name: "accepted", Ink: 1, Style: "area", About: about("accepted", s.PeakAccepted)}, accepted, c.Y)...)
	for _, back := range []struct {
		name string
		at   *float64
	}{{"50 %", s.Back50S}, {"99 %", s.Back99S}, {"100 %", s.Back100S}} {
		if back.at == nil || !finite(*back.at) || *back.at < 0 || *back.at > c.X.Hi {
			continue
		}
		c.Bands = append(c.Bands, band{
			From: *back.at, To: *back.at, Name: back.name, Kind: "mark",
			Text: back.name + " were back after " + report.Millis(*back.at*1000),
		})
	}
	c.Lane = laneOf(c.Bands, c.X, 2)
	return c, true
}

// steps draws what was counted in each second as stairs.
func steps(counts []int64, n int) []point {
	ps := make([]point, 0, 2*n)
	for i := range n {
		v := 0.0
		if i < len(counts) {
			v = float64(counts[i])
		}
		ps = append(ps, point{float64(i), v}, point{float64(i + 1), v})
	}
	return ps
}

// survival draws how long the server believed in those that were silenced, a
// curve with its brackets for each method and story.
func survival(r *report.Result, all []report.Survival) (chart, bool) {
	hi := 0.0
	for _, s := range all {
		for _, p := range s.Curve {
			if finite(p.AfterS) {
				hi = math.Max(hi, p.AfterS)
			}
		}
	}
	if hi == 0 {
		return chart{}, false
	}
	c := chart{
		Title: "Ghosts", Note: "share of the silenced clients that the server still believed online; shaded: what the method leaves open",
		X: clockAxis(0, hi, clockTitle(r, "since the fault")),
		Y: axis{Scale: "linear", Unit: "share", Hi: 1}.ticked([]float64{0, 0.25, 0.5, 0.75, 1}, func(v float64) string { return tickText(v, "share") }),
	}
	for i, s := range all[:min(len(all), 6)] {
		share, low, high := stairs(s.Curve)
		if len(share) == 0 {
			continue
		}
		name := plain(s.Method) + ", " + plain(s.Story)
		style := "line"
		if s.Story == "chat" {
			style = "dashed"
		}
		c.Series = append(c.Series, series{
			Name: name, Ink: i%6 + 1, Style: style, Path: path(share, c.Y), About: name + ": " + survivors(s),
		})
		if bracket := area(high, low, c.Y); bracket != "" {
			c.Series = append(c.Series, series{Ink: i%6 + 1, Style: "bracket", Path: bracket})
		}
	}
	return c, len(c.Series) > 0
}

// survivors says what became of the ghosts, in a sentence.
func survivors(s report.Survival) string {
	text := fmt.Sprintf("%s of %s forgotten, %s still held", report.Number(s.Forgotten), report.Number(s.Clients), report.Number(s.Held))
	if s.Unknown > 0 {
		text += ", " + report.Number(s.Unknown) + " unknown"
	}
	return text
}

// stairs draws a survival curve, and its brackets over the same places.
func stairs(curve []report.SurvivalPoint) (share, low, high []point) {
	for i, p := range curve[:min(len(curve), 2000)] {
		if !finite(p.AfterS) {
			continue
		}
		if i > 0 && len(share) > 0 {
			before := len(share) - 1
			share = append(share, point{p.AfterS, share[before].Y})
			low = append(low, point{p.AfterS, low[before].Y})
			high = append(high, point{p.AfterS, high[before].Y})
		}
		share = append(share, point{p.AfterS, p.Share})
		low = append(low, point{p.AfterS, p.Low})
		high = append(high, point{p.AfterS, p.High})
	}
	return share, low, high
}
