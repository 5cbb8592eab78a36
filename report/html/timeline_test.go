package html

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/imbench/imbench/report"
)

// rowsOf are so many seconds in which everything is well.
func rowsOf(n int) (rows []report.Second) {
	for s := range n {
		rows = append(rows, report.Second{TS: float64(s + 1), Connected: 5, Sent: 9, Delivered: 9, DeliveryP50Ms: 1, DeliveryP99Ms: 2, DeliveryMaxMs: 4})
	}
	return rows
}

func chartNamed(t *testing.T, charts []chart, title string) chart {
	t.Helper()
	for _, c := range charts {
		if c.Title == title {
			return c
		}
	}
	t.Fatalf("no chart %q", title)
	return chart{}
}

func TestASecondWithNothingButWhatHadBeenMissedIsAGapInDelivery(t *testing.T) {
	rows := rowsOf(6)
	rows[3].DeliveryP50Ms, rows[3].DeliveryP99Ms, rows[3].DeliveryMaxMs = 0, 0, 0
	for _, s := range chartNamed(t, timeline(&report.Result{Timeline: rows}), "Delivery").Series {
		if gaps := strings.Count(s.Path, "M") - 1; gaps != 1 || strings.Contains(s.About, "from 0") {
			t.Errorf("%s: %s", s.About, s.Path)
		}
	}
}

func TestTheEndOfAnAftermathIsNotMadeUp(t *testing.T) {
	outage := func(atLeast ...string) *report.Stats { return &report.Stats{Count: 9, Max: 8000, AtLeast: atLeast} }
	for _, c := range []struct {
		name  string
		fault report.FaultResult
		to    float64
		want  string
	}{
		{"one time", report.FaultResult{AtS: []float64{10}, Clients: 9, Outage: outage()}, 18, "the last client was back after 8.00 s"},
		{"of several, it is the longest", report.FaultResult{AtS: []float64{10, 40}, Clients: 9, Outage: outage()}, 18, "clients were back after 8.00 s at the latest, each time"},
		{"known to be longer", report.FaultResult{AtS: []float64{10}, Clients: 9, Outage: outage("p99", "max")}, 100, "not everybody was served before the end"},
	} {
		if to, text := aftermath(&c.fault, 10, 100); to != c.to || text != c.want {
			t.Errorf("%s: to %v, %q", c.name, to, text)
		}
	}
}

func TestTheFewestOnlineInASecondAreDrawnWithHowManyThereWereAtItsEnd(t *testing.T) {
	names := func(rows []report.Second) (all []string) {
		for _, s := range chartNamed(t, timeline(&report.Result{Timeline: rows}), "Clients online").Series {
			all = append(all, s.Style+" "+s.Name)
		}
		return all
	}
	rows := rowsOf(6)
	if d := cmp.Diff([]string{"bracket ", "area online"}, names(rows)); d != "" {
		t.Errorf("of a result that does not tell: %s", d)
	}
	two := int64(2)
	rows[3].ConnectedMin = &two
	if d := cmp.Diff([]string{"bracket ", "area fewest in a second", "thin at its end", "bracket "}, names(rows)); d != "" {
		t.Error(d)
	}
	c, _ := online(&report.Result{Timeline: rows})
	if about := c.Series[1].About; about != "fewest in a second: from 2 to 5" {
		t.Error(about)
	}
	long := rowsOf(20_000)
	long[11_111].ConnectedMin = &two
	if c, _ := online(&report.Result{Timeline: long}); !strings.Contains(c.Series[1].Path, " 2L") || !strings.Contains(c.Series[3].Path, "L11112 5") {
		t.Error("one second of many is lost")
	}
}

func TestWhatAPointOfALongRunStandsForIsSaid(t *testing.T) {
	for _, c := range []struct {
		seconds int
		want    string
	}{{1200, "a second"}, {3600, "a second; each point is an extreme of 12 s"}, {36_000, "a second; each point is an extreme of 2 min"}} {
		if got := chartNamed(t, timeline(&report.Result{Timeline: rowsOf(c.seconds)}), "Messages").Note; got != c.want {
			t.Errorf("%d s: %q, want %q", c.seconds, got, c.want)
		}
	}
}

func TestTheFirstRowIsAsLongAsConnectingTook(t *testing.T) {
	for _, c := range []struct {
		name         string
		connectS     float64
		ends, length float64
	}{
		{"where nobody says how long", 0, 0.01, 1},
		{"they connect in a quarter of a second", 0.25, 0, 0.25},
		{"they connect in seconds", 3.1, -2.1, 1},
		{"the row is late", 3.5, -2.1, 1.4},
		{"they were never all ready", 9, 1.1, 1},
	} {
		rows := []report.Second{{TS: c.ends, Connects: 100}, {TS: c.ends + 1}}
		l := line{per: true, of: func(s report.Second) float64 { return float64(s.Connects) }}
		ps := l.over(rows, beginning(&report.Result{Timeline: rows, ConnectS: c.connectS}))
		if got, want := ps[0].Y, 100/c.length; math.Abs(got-want) > 1e-6*want {
			t.Errorf("%s: %v a second, want %v", c.name, got, want)
		}
	}
}
