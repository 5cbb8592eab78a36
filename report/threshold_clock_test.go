package report

import (
	"bytes"
	"strings"
	"testing"
)

func TestThresholdsOnTheClientsTimersAreHeldOnTheStorysClock(t *testing.T) {
	// A story told ten times as fast: 2 s of the run are 20 s of the story.
	r := &Result{
		TimeScale: 0.1, Counts: map[string]int64{},
		Metrics: map[string]*Stats{
			"detect":    {Unit: "ms", Count: 5, P50: 1500, P99: 2500, Max: 2500.04, AtLeast: []string{"max"}},
			"reconnect": {Unit: "ms", Count: 5, Max: 100}, "outage": {Unit: "ms", Count: 5, Max: 3000}, "ghost": {Unit: "ms", Count: 5, Max: 15_000},
			"delivery": {Unit: "ms", Count: 5, P99: 50},
		},
	}
	for _, c := range []struct {
		threshold string
		verdict   Verdict
		value     float64
		note      string
	}{
		{"detect.p50 < 16s", Passed, 1500, "15.0 s on the story's clock"},
		{"detect.p99 < 20s", Failed, 2500, "25.0 s on the story's clock"},
		{"detect.p99 < 25s", Failed, 2500, "25.0 s on the story's clock"},
		{"detect.p99 <= 25s", Passed, 2500, "25.0 s on the story's clock"},
		{"detect.max < 25s", Failed, 2500.04, "at least, 25.0004 s on the story's clock"},
		{"detect.max < 30s", Inconclusive, 2500.04, "at least, 25.0 s on the story's clock"},
		{"reconnect.max < 1001ms", Passed, 100, "1.000 s on the story's clock"},
		{"outage.max < 29s", Failed, 3000, "30.0 s on the story's clock"},
		{"ghost.max < 150s", Failed, 15_000, "150 s on the story's clock"},
		{"delivery.p99 < 60ms", Passed, 50, ""},
		{"delivery.p99 < 10ms", Failed, 50, ""},
		{"detect.count == 5", Passed, 5, ""},
	} {
		threshold, err := ParseThreshold(c.threshold)
		if err != nil {
			t.Fatal(err)
		}
		got := threshold.Evaluate(r)
		if got.Text != c.threshold || got.Verdict != c.verdict || got.Value == nil || *got.Value != c.value || got.Note != c.note {
			t.Errorf("%s: %+v, value %v; want %s, %v, %q", c.threshold, got, *got.Value, c.verdict, c.value, c.note)
		}
	}
}

func TestAFailedThresholdTellsBothClocks(t *testing.T) {
	r := &Result{TimeScale: 0.1, Counts: map[string]int64{"connects": 5}, Metrics: map[string]*Stats{"detect": {Unit: "ms", Count: 5, Max: 2500, AtLeast: []string{"max"}}}}
	threshold, err := ParseThreshold("detect.max < 20s")
	if err != nil {
		t.Fatal(err)
	}
	r.conclude([]Threshold{threshold}, false)
	if want := "detect.max < 20s failed: it was at least 2.50 s (25.0 s on the story's clock)."; len(r.Reasons) != 1 || r.Reasons[0] != want {
		t.Errorf("got %q, want %q", r.Reasons, want)
	}
}

func TestTheReportTellsBothClocks(t *testing.T) {
	r := sampleFailing()
	r.TimeScale = 0.1
	var b bytes.Buffer
	if err := Text(&b, r, TextOptions{Width: 120}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"time_scale 0.1: 1 s here is 10 s of the story", "[of the story: p50 ", " of the story)"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is missing in\n%s", want, b.String())
		}
	}
}

func TestWhatIsTimedByTheClientsOwnTimersIsToldByBothClocks(t *testing.T) {
	half, all := 4.0, 6.5
	r := &Result{TimeScale: 0.1, Faults: []FaultResult{{
		Name: "nat", Kind: "silence", Clients: 2, AtS: []float64{1},
		Storm: &Storm{Clients: 2, Back50S: &half, Back100S: &all},
		GhostSurvival: []Survival{{Method: "inet_diag", Story: "idle", Clients: 2, Forgotten: 2,
			Curve: SurvivalOf([]Lifetime{{3 * sec, 3 * sec}, {5 * sec, 5 * sec}})}},
	}}}
	got := strings.Join(strings.Fields(render(t, r, TextOptions{Width: 200})), " ")
	for _, want := range []string{
		"50 % after 4.00 s (40.0 s of the story), 99 % not by the end and 100 % after 6.50 s (65.0 s of the story)",
		"all let go, half of them within 3.00 s (30.0 s of the story), the last within 5.00 s (50.0 s of the story)",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
}
