package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/imbench/imbench/report"
	"github.com/imbench/imbench/scenario"
)

// seen is the result of a run in which so many of ten clients noticed and came
// back.
func seen(noticed, back int64) *report.Result {
	return &report.Result{
		Started:  time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC),
		Scenario: report.ScenarioInfo{Name: "x", Clients: 15, DurationS: 60, Summary: "5/s even to all"},
		Counts:   map[string]int64{"indeterminate": 14 * 10 * 7},
		Groups:   map[string]*report.Group{silenced: {Clients: 10, Counts: map[string]int64{"missed": 340, "recovered": 20}}},
		Faults: []report.FaultResult{{
			AtS: []float64{5}, Clients: 10, Detected: noticed, Recovered: back,
			Causes: map[string]int64{"heartbeat_timeout": noticed},
			Detect: &report.Stats{Count: 10, Min: 11_040, Max: 19_260}, Outage: &report.Stats{Count: 10, Min: 11_800, Max: 20_200},
		}},
	}
}

func TestRow(t *testing.T) {
	for name, c := range map[string]struct {
		result *report.Result
		want   string
	}{
		"all notice and come back":      {seen(10, 10), "yes|11.0 to 19.3 s|`heartbeat_timeout`|yes|11.8 to 20.2 s|34|2|7"},
		"all notice and none come back": {seen(10, 0), "yes|11.0 to 19.3 s|`heartbeat_timeout`|**stays offline**|–|34|2|7"},
		"some":                          {seen(7, 3), "7 of 10|11.0 to 19.3 s|`heartbeat_timeout`|3 of 10|11.8 to 20.2 s|34|2|7"},
		"none": {func() *report.Result {
			r := seen(0, 0)
			r.Faults[0].Causes = nil
			return r
		}(), "no|–|–|no|–|34|2|7"},
	} {
		t.Run(name, func(t *testing.T) {
			o, err := outcomeOf(c.result)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(o.row(), "|"); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestARunThatSilencedNotEverybodyIsRefused(t *testing.T) {
	r := seen(10, 10)
	r.Faults[0].Clients = 9
	if _, err := outcomeOf(r); err == nil {
		t.Error("it was taken")
	}
}

func TestThePageSaysOnlyWhatWasSeen(t *testing.T) {
	var b strings.Builder
	found := []finding{
		{clients[1], [2]*report.Result{seen(10, 10), seen(10, 10)}},
		{clients[0], [2]*report.Result{seen(10, 0), seen(10, 0)}},
		{clients[2], [2]*report.Result{seen(0, 0), seen(10, 0)}},
	}
	if err := write(&b, found, "Linux"); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"Notice and come back: `browser-ws`.", "Notice and stay offline: `angular-socketio`.",
		"Do not notice within 55 s: `browser-ws-as-published`.", "did not lead to the same outcomes",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the page does not say %q:\n%s", want, b.String())
		}
	}
	if strings.Contains(b.String(), "forgot the silenced") {
		t.Error("the page speaks of ghosts that nobody saw")
	}
}

func TestEveryClientHasAScenarioAndItsPlaceOnThePage(t *testing.T) {
	page, err := os.ReadFile("../../docs/silence-in-the-wild.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range clients {
		t.Run(c.preset, func(t *testing.T) {
			file := filepath.Join("..", "..", filepath.FromSlash(c.file()))
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, reaps := range []bool{true, false} {
				var set []string
				for _, a := range c.arguments(reaps, "127.0.0.1:18000")[1:] {
					if a != "--set" {
						set = append(set, a)
					}
				}
				s, err := scenario.Load(src, file, scenario.Options{Set: set})
				if err != nil {
					t.Fatal(err)
				}
				if s.Target.Preset != c.preset {
					t.Errorf("its preset is %s", s.Target.Preset)
				}
			}
			if n := strings.Count(string(page), "| `"+c.preset+"` |"); n != 3 {
				t.Errorf("the page has %d rows for it, not 3", n)
			}
		})
	}
}
