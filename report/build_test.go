package report_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/imbench/imbench/report"
)

func thresholds(t testing.TB, texts ...string) (all []report.Threshold) {
	t.Helper()
	for _, s := range texts {
		th, err := report.ParseThreshold(s)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, th)
	}
	return all
}

// finished is a run of 10 clients with one message that all of them got.
func finished() report.Run {
	r := report.NewRecorder(1, 1)
	r.Add(report.Connects, 0, 10)
	r.Add(report.Planned, 0, 1)
	r.Add(report.Sent, 0, 1)
	for range 10 {
		r.Receive(0, report.Receipt{}, 5*ms)
	}
	r.FaultApplied(0, "md5")
	r.Observe(report.Lag, 0, ms)
	tally := report.Tally{Expected: 10, Delivered: 10}
	return report.Run{
		Version: "1.2.3", Duration: 30 * time.Second, Recorder: r,
		Groups:    []report.GroupInfo{{Name: "default", Clients: 10}},
		Faults:    []report.FaultInfo{{Name: "nat", Kind: "silence", AtS: []float64{10}, DetectBound: "10s..20s"}},
		Judgement: report.Judgement{Tally: tally, Groups: []report.Tally{tally}},
	}
}

func TestTheGravestReasonGivesTheVerdict(t *testing.T) {
	for _, c := range []struct {
		name    string
		change  func(*report.Run)
		want    report.Verdict
		reasons []string
	}{
		{"everything as it should be", func(*report.Run) {}, report.Passed, nil},
		{"a threshold that holds", func(r *report.Run) { r.Thresholds = thresholds(t, "lost == 0", "delivery.p99 < 1s") },
			report.Passed, nil},
		{"a threshold that does not", func(r *report.Run) { r.Thresholds = thresholds(t, "delivery.p99 < 1ms") },
			report.Failed, []string{"delivery.p99 < 1ms failed: it was 5.00 ms."}},
		{"a threshold without samples", func(r *report.Run) { r.Thresholds = thresholds(t, "ghost.max < 1s") },
			report.Inconclusive, []string{"ghost.max < 1s cannot be told: no samples."}},
		{"a threshold on a bound", func(r *report.Run) {
			r.Recorder.FaultNeverDetected(0, 0, 3*time.Second)
			r.Thresholds = thresholds(t, "detect.max < 9s")
		}, report.Inconclusive, []string{"detect.max < 9s cannot be told: it was at least 3.00 s."}},
		{"failed and unclear is failed, and says both", func(r *report.Run) { r.Thresholds = thresholds(t, "ghost.max < 1s", "delivered == 0") },
			report.Failed, []string{"delivered == 0 failed: it was 10.", "ghost.max < 1s cannot be told: no samples."}},
		{"interrupted outdoes failed", func(r *report.Run) { r.Interrupted = true; r.Thresholds = thresholds(t, "sent > 5") },
			report.Interrupted, []string{"The run was interrupted before its end.", "sent > 5 failed: it was 1."}},
		{"a run that could not be made outdoes all", func(r *report.Run) { r.Interrupted = true; r.Failure = "the server died." },
			report.Failed, []string{"The run could not be made to its end: the server died."}},
		{"traffic that nobody was to receive", func(r *report.Run) {
			r.Recorder = report.NewRecorder(1, 1)
			r.Recorder.Add(report.Connects, 0, 10)
			r.Recorder.Add(report.Planned, 0, 7)
			r.Judgement = report.Judgement{}
		}, report.Inconclusive, []string{"7 messages were planned, but nobody was expected to receive anything."}},
		{"no traffic planned, clients online", func(r *report.Run) {
			r.Recorder = report.NewRecorder(1, 1)
			r.Recorder.Add(report.Connects, 0, 10)
			r.Judgement = report.Judgement{}
		}, report.Passed, nil},
		{"nobody online", func(r *report.Run) {
			r.Recorder = report.NewRecorder(1, 1)
			r.Recorder.Add(report.NeverReady, 0, 10)
			r.Judgement = report.Judgement{}
		}, report.Inconclusive, []string{"No client was ever online."}},
		{"some were never online", func(r *report.Run) { r.Recorder.Add(report.NeverReady, 0, 2) },
			report.Inconclusive, []string{"2 clients were never online."}},
		{"a fault that hit nobody", func(r *report.Run) {
			r.Faults = append(r.Faults, report.FaultInfo{Name: "vain"})
			more := report.NewRecorder(1, 2)
			more.Add(report.Connects, 0, 10)
			more.FaultNotApplied(1, "offline")
			r.Recorder, r.Judgement = more, report.Judgement{}
		}, report.Inconclusive, []string{"The fault vain was applied to none of its 1 client."}},
		{"a generator that did not keep up makes a failure doubtful", func(r *report.Run) {
			r.Generator.Limits = []string{"lag p99 was 40 ms"}
			r.Thresholds = thresholds(t, "delivered == 0")
		}, report.Inconclusive, []string{"The generator was the bottleneck: lag p99 was 40 ms.", "delivered == 0 failed: it was 10."}},
		{"a generator that did not keep up", func(r *report.Run) { r.Generator.Limits = []string{"lag p99 was 40 ms"} },
			report.Inconclusive, []string{"The generator was the bottleneck: lag p99 was 40 ms."}},
	} {
		t.Run(c.name, func(t *testing.T) {
			run := finished()
			c.change(&run)
			got := report.Build(run)
			if got.Verdict != c.want {
				t.Errorf("%s, want %s", got.Verdict, c.want)
			}
			if d := cmp.Diff(append([]string{}, c.reasons...), got.Reasons); d != "" {
				t.Errorf("reasons (-want +got)\n%s", d)
			}
		})
	}
}

func TestExitCodes(t *testing.T) {
	for v, want := range map[report.Verdict]int{
		report.Passed: 0, report.Failed: 3, report.Inconclusive: 4, report.Interrupted: 130, "": 1,
	} {
		if got := report.ExitCode(v); got != want {
			t.Errorf("%q ends with %d, not %d", v, got, want)
		}
	}
}

func TestAResultHasEveryCountAndTheTimesThatWereSampled(t *testing.T) {
	r := report.Build(finished())
	if len(r.Counts) != int(report.NumCounts) {
		t.Errorf("%d counts of %d", len(r.Counts), report.NumCounts)
	}
	if len(r.Metrics) != 2 || r.Metrics["delivery"].Count != 10 || r.Metrics["lag"].Count != 1 {
		t.Errorf("times %+v", r.Metrics)
	}
	if r.Rates["reach"] != 1 || r.Rates["loss"] != 0 || r.Generator.LagP99Ms != 1 || r.DurationS != 30 {
		t.Errorf("rates %v, lag %v ms, %v s", r.Rates, r.Generator.LagP99Ms, r.DurationS)
	}
	if f := r.Faults[0]; f.Clients != 1 || f.Detect == nil || f.Detect.Count != 0 || f.DetectBound != "10s..20s" {
		t.Errorf("fault %+v", f)
	}
}

func TestRecorderAndLedgerAreHeldAgainstEachOther(t *testing.T) {
	run := finished()
	run.Recorder.Receive(0, report.Receipt{}, ms)
	r := report.Build(run)
	if len(r.Warnings) != 1 || !strings.Contains(r.Warnings[0], "11 receipts") || r.Counts["delivered"] != 10 {
		t.Errorf("%d delivered, warnings %q", r.Counts["delivered"], r.Warnings)
	}
}
