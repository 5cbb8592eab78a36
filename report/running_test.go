package report_test

import (
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/imbench/imbench/report"
)

// bounds are what the times of these tests are told by.
var bounds = []time.Duration{ms, 10 * ms, 100 * ms, time.Second}

// planned is a run of the groups "a" and "b" and the fault "nat".
func planned(thresholds ...string) report.Run {
	run := report.Run{
		Groups: []report.GroupInfo{{Name: "a", Clients: 2}, {Name: "b", Clients: 1}},
		Faults: []report.FaultInfo{{Name: "nat", Kind: "silence"}},
	}
	for _, text := range thresholds {
		t, err := report.ParseThreshold(text)
		if err != nil {
			panic(err)
		}
		run.Thresholds = append(run.Thresholds, t)
	}
	return run
}

// twoShards have seen a little of everything.
func twoShards() [2]*report.Recorder {
	shards := [2]*report.Recorder{report.NewRecorder(2, 1), report.NewRecorder(2, 1)}
	for i, r := range shards {
		for d := range 20 {
			r.Receive(i, report.Receipt{}, time.Duration(1+d)*5*ms)
		}
		r.Observe(report.Connect, 0, 3*ms)
		r.Observe(report.Lag, 1, 80*time.Microsecond)
		r.Add(report.Sent, 0, 20)
		r.Add(report.Disconnects, 1, 1)
		r.FaultApplied(0, "md5")
		r.FaultDetected(0, 1, "heartbeat timeout", time.Duration(2+i)*time.Second)
	}
	shards[0].FaultReconnected(0, 1, 700*ms)
	return shards
}

func TestARunningRunStandsAsItsResultWillSay(t *testing.T) {
	shards := twoShards()
	running := report.NewRunning(planned(), shards[:]...)
	got := running.Standing(bounds)

	all := report.NewRecorder(2, 1)
	all.Merge(shards[0])
	all.Merge(shards[1])
	run := planned()
	run.Recorder = all
	run.Judgement.Groups = []report.Tally{{Expected: 20, Delivered: 20}, {Expected: 20, Delivered: 20}}
	want, err := report.Build(run).Standing(bounds)
	if err != nil {
		t.Fatal(err)
	}
	if !want.Over || got.Over {
		t.Errorf("over: %v and %v, want the result to be", got.Over, want.Over)
	}
	for i := range want.Groups {
		want.Groups[i].Counts[report.Expected] = 0 // told at the end
	}
	if d := cmp.Diff(want.Groups, got.Groups); d != "" {
		t.Errorf("as it runs (+) and in the result (-):\n%s", d)
	}
	f := want.Faults[0]
	if d := cmp.Diff([]report.FaultResult{{Name: f.Name, Kind: f.Kind, Clients: 2, Detected: 2, Recovered: 1}}, got.Faults); d != "" {
		t.Error(d)
	}
}

func TestTimesAreToldByBounds(t *testing.T) {
	r := report.NewRecorder(2, 1)
	for _, d := range []time.Duration{200 * time.Microsecond, ms, 2 * ms, 10 * ms, 11 * ms, 999 * ms, 5 * time.Second} {
		r.Observe(report.Connect, 0, d)
	}
	r.Observe(report.Connect, 0, 3*time.Hour) // all that is kept is that it was longer than 2 h
	got := report.NewRunning(planned(), r).Standing(bounds).Groups[0].Times[report.Connect]
	if d := cmp.Diff([]int64{2, 4, 5, 6}, got.UpTo); d != "" || got.Count != 8 {
		t.Errorf("%d samples; %s", got.Count, d)
	}
	if off := got.Sum - 2*time.Hour - 6023*ms; off.Abs() > 2*time.Hour/1000 {
		t.Errorf("the sum is %v", got.Sum)
	}
}

func TestThresholdsSoFar(t *testing.T) {
	shards := twoShards()
	const passed, failed, open = report.Passed, report.Failed, report.Inconclusive
	for _, c := range []struct {
		threshold string
		verdict   report.Verdict
		value     float64 // -1 for none
		note      string
	}{
		{"delivery.p99 < 200ms", passed, 100, ""},
		{"delivery.p50 < 20ms", failed, 50.015, ""},
		{"delivery{a}.max <= 100ms", passed, 100, ""},
		{"roundtrip.p99 < 200ms", open, -1, "no samples yet"},
		{"detect{nat}.max < 2500ms", failed, 3000, ""},
		{"detect.min > 1s", passed, 2000, ""},
		{"reconnect{nat}.max < 1s", passed, 700, ""},
		{"outage.max < 1s", open, -1, "no samples yet"},
		{"ghost.max < 1s", open, -1, "told at the end"},
		{"lost == 0", open, -1, "told at the end"},
		{"never_recovered{nat} == 0", open, -1, "told at the end"},
		{"reach >= 99%", open, -1, "told at the end"},
		{"duplicated == 0", passed, 0, ""},
		{"disconnects == 0", failed, 2, ""},
		{"disconnects == 3", open, 2, "not yet"},
		{"sent > 1000", open, 40, "not yet"},
		{"sent <= 39", failed, 40, ""},
		{"connect.count >= 3", open, 2, "not yet"},
	} {
		got := report.NewRunning(planned(c.threshold), shards[:]...).Thresholds()[0]
		value := -1.0
		if got.Value != nil {
			value = *got.Value
		}
		if got.Text != c.threshold || got.Verdict != c.verdict || value != c.value || got.Note != c.note {
			t.Errorf("%s: %v %v %q, want %v %v %q", c.threshold, got.Verdict, value, got.Note, c.verdict, c.value, c.note)
		}
	}
}

func TestNothingIsSaidOfAFaultThatHasNotStruck(t *testing.T) {
	running := report.NewRunning(planned("detect{nat}.count == 0", "detect{nat}.p99 < 1s"), report.NewRecorder(2, 1))
	for _, got := range running.Thresholds() {
		if got.Verdict != report.Inconclusive || got.Note != "no samples yet" {
			t.Errorf("%+v", got)
		}
	}
}

func TestNothingIsSaidOfARunThatIsOver(t *testing.T) {
	for name, running := range map[string]*report.Running{
		"ended": report.NewRunning(planned("lost == 0"), report.NewRecorder(2, 1)), "none": nil,
	} {
		if running != nil {
			running.End()
		}
		if _, _, ok := running.Times(report.Delivery); ok || running.Standing(bounds) != nil || running.Thresholds() != nil || running.Faults() != nil {
			t.Errorf("%s: something is said", name)
		}
	}
}

func TestLookingDoesNotDisturbRecording(t *testing.T) {
	r := report.NewRecorder(2, 1)
	running := report.NewRunning(planned("delivery.p99 < 1s", "detect{nat}.max < 1s"), r)
	const each = 2000
	var shards sync.WaitGroup
	for g := range 2 {
		shards.Go(func() {
			for range each {
				r.Receive(g, report.Receipt{}, ms)
				r.FaultDetected(0, g, "reset", ms)
			}
		})
	}
	last := int64(0)
	for done := false; !done; {
		s := running.Standing(bounds)
		_ = running.Thresholds()
		n := s.Groups[0].Times[report.Delivery].Count
		if n < last {
			t.Fatalf("%d samples after %d", n, last)
		}
		last, done = n, n == each
	}
	shards.Wait()
	if s := running.Standing(bounds); s.Groups[1].Counts[report.Delivered] != each || s.Faults[0].Detected != 2*each {
		t.Errorf("%+v", s.Faults)
	}
}

// A live view asks for the thresholds every other second, a monitoring system
// for everything every ten or fifteen.
func BenchmarkRunning(b *testing.B) {
	shards := twoShards()
	for _, r := range shards {
		for m := range report.NumMetrics {
			for d := range 1000 {
				r.Observe(m, 0, time.Duration(1+d)*ms)
				r.Observe(m, 1, time.Duration(1+d)*300*time.Microsecond)
			}
		}
	}
	running := report.NewRunning(planned("delivery.p50 < 20ms", "delivery.p99 < 1s", "detect{nat}.max < 1s", "lost == 0", "reconnect.p99 < 1s"), shards[:]...)
	for _, c := range []struct {
		name string
		look func()
	}{
		{"thresholds", func() { running.Thresholds() }},
		{"faults", func() { running.Faults() }},
		{"standing", func() { running.Standing(bounds) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				c.look()
			}
		})
	}
}
