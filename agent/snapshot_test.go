package agent_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/imbench/imbench/agent"
	"github.com/imbench/imbench/report"
	"github.com/imbench/imbench/testserver"
)

// at is the snapshot of a second of the run.
func at(t *testing.T, all []report.Snapshot, second int) report.Snapshot {
	t.Helper()
	for _, s := range all {
		if s.Phase == report.PhaseRunning && s.Elapsed.Round(time.Second) == time.Duration(second)*time.Second {
			return s
		}
	}
	t.Fatalf("nothing was said at %d s", second)
	return report.Snapshot{}
}

func TestASnapshotTellsWhichFaultsGoOnAndWhichAreToCome(t *testing.T) {
	var all []report.Snapshot
	progress := func(s report.Snapshot) { all = append(all, s) }
	r := inMemoryWith(t, testserver.Config{}, agent.Options{Progress: progress}, `
clients: {count: 20, heartbeat: {every: 4s, timeout: 6s}, reconnect: {backoff: constant, base: 3s}}
traffic: {rate: 20/s, arrivals: even}
faults:
  - {name: tunnel, at: 5s, kind: silence, clients: 10%, for: 2s}
  - {name: gone, at: 10s, kind: silence, clients: 2}
  - {name: shaky, at: 25s, for: 10s, kind: flap, of: latency, delay: 20ms, clients: 10%, down: 2s, up: 2s}
  - {name: cut, at: 30s, every: 10s, kind: reset, clients: 1}
duration: 45s
`)
	if r == nil {
		t.Fatal("no result")
	}
	for _, c := range []struct {
		second        int
		going, coming string
	}{
		{1, "", "tunnel 4s, gone 9s, shaky 24s, cut 29s"},
		{6, "tunnel 1s left", "gone 4s, shaky 19s, cut 24s"},
		{8, "", "gone 2s, shaky 17s, cut 22s"},
		{12, "gone", "shaky 13s, cut 18s"},     // still in the dark
		{16, "gone over", "shaky 9s, cut 14s"}, // noticed at 6s from the last answer, and not back yet
		{23, "", "shaky 2s, cut 7s"},
		{28, "shaky 7s left", "cut 2s"}, // a flap is one fault, also between its strikes
		{31, "shaky 4s left, cut over", "cut 9s"},
		{37, "", "cut 3s"},
		{44, "", ""},
	} {
		s := at(t, all, c.second)
		var going, coming []string
		for _, f := range s.UnderWay {
			text := f.Name
			if f.Left > 0 {
				text += " " + f.Left.Round(time.Second).String() + " left"
			}
			if f.Over {
				text += " over"
			}
			going = append(going, text)
		}
		for _, f := range s.ToCome {
			coming = append(coming, fmt.Sprintf("%s %v", f.Name, f.In.Round(time.Second)))
		}
		if g, n := strings.Join(going, ", "), strings.Join(coming, ", "); g != c.going || n != c.coming {
			t.Errorf("%d s: under way %q, to come %q; want %q, %q", c.second, g, n, c.going, c.coming)
		}
	}
}

func TestASnapshotAgreesWithTheResult(t *testing.T) {
	var last, dark report.Snapshot
	var standing *report.Standing
	var thresholds []report.ThresholdResult
	progress := func(s report.Snapshot) {
		last = s
		if s.Elapsed.Round(time.Second) == 4*time.Second {
			dark = s
		}
		if now := s.Running.Standing(nil); now != nil {
			standing, thresholds = now, s.Running.Thresholds()
		}
	}
	r := inMemoryWith(t, testserver.Config{}, agent.Options{Progress: progress}, `
clients: {count: 50, heartbeat: {every: 2s, timeout: 4s}, reconnect: {backoff: constant, base: 500ms}}
rooms: {size: 10}
traffic: {rate: 50/s, arrivals: even}
faults: [{name: nat, at: 3s, kind: silence, clients: 20%}]
duration: 20s
thresholds: [delivery.p99 < 1s, "detect{nat}.max < 1s", lost == 0]
`)
	if r == nil {
		t.Fatal("no result")
	}
	if n := len(dark.UnderWay); n != 1 || dark.UnderWay[0].Clients != 10 || dark.UnderWay[0].Noticed != 0 {
		t.Errorf("in the dark: %+v", dark.UnderWay)
	}
	if last.Phase != report.PhaseDraining || last.Connected != 50 || last.Disconnected != 10 || last.Reconnected != 10 || last.Generator.RSS == 0 {
		t.Errorf("the last one is %+v", last)
	}
	for _, c := range []report.Count{report.Sent, report.Delivered, report.Recovered, report.Disconnects, report.Reconnects, report.Attempts} {
		if got, want := standing.Groups[0].Counts[c], r.Counts[c.String()]; got != want {
			t.Errorf("%s was %d, and is %d in the result", c, got, want)
		}
	}
	f := standing.Faults[0]
	if f.Clients != 10 || f.Detected != 10 || f.Recovered != 10 {
		t.Errorf("the fault: %+v", f)
	}
	verdicts := []report.Verdict{thresholds[0].Verdict, thresholds[1].Verdict, thresholds[2].Verdict}
	if !slices.Equal(verdicts, []report.Verdict{report.Passed, report.Failed, report.Inconclusive}) {
		t.Errorf("the thresholds: %+v", thresholds)
	}
	if last.Running.Thresholds() != nil {
		t.Error("it can still be looked at")
	}
}
