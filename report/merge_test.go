package report_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/imbench/imbench/report"
)

// part is the i-th of several results of one scenario, each with other figures.
func part(t testing.TB, i int) *report.Result {
	t.Helper()
	n := int64(i)
	r := report.NewRecorder(2, 1)
	for c := range report.NumCounts {
		r.Add(c, i%2, n+1)
	}
	for _, m := range []report.Metric{report.Connect, report.Lag} {
		r.Observe(m, i%2, time.Duration(n+1)*3*ms)
	}
	for j := range i {
		r.Receive(0, report.Receipt{}, time.Duration(j+1)*ms)
	}
	r.Closed(fmt.Sprint("cause ", i%2), i%2)
	r.ProtocolError("no JSON", fmt.Sprint("text ", 9-i))
	r.ConnectError(fmt.Sprint("kind ", i), "refused")
	r.FaultApplied(0, "md5")
	r.FaultDetected(0, 0, "read error", time.Duration(n+1)*time.Second)
	r.FaultNeverRecovered(0, 1, time.Duration(n+10)*time.Second, time.Second)
	if i == 2 {
		r.FaultNotApplied(0, "offline")
	}
	tick := r.Tick()
	s := tick.Second(float64(i % 2))
	s.Connected, s.GeneratorCPU, s.ServerRSS = n, 0.5, n<<20
	tally := report.Tally{Expected: 10, Delivered: n, Lost: 10 - n}
	out := report.Build(report.Run{
		Version:  "1.2.3",
		Scenario: report.ScenarioInfo{Name: "s", Hash: "abc", Seed: uint64(7 - i), Clients: 10, File: fmt.Sprint(i, ".yaml")},
		Started:  time.Date(2026, 11, 22, 4, 30, 10-i, 0, time.UTC), Duration: time.Duration(n+20) * time.Second, ConnectTook: time.Duration(n) * time.Second,
		Groups:     []report.GroupInfo{{Name: "a", Clients: i}, {Name: "b", Clients: 1}},
		Faults:     []report.FaultInfo{{Name: "nat", Kind: "silence", AtS: []float64{5, float64(5 + i)}}},
		Thresholds: thresholds(t, "delivery.p99 < 10ms", "lost == 0", "detect{nat}.max < 21s"),
		Timeline:   []report.Second{{TS: -1, Connects: n}, s},
		Server:     &report.Server{CPUS: 0.5 * float64(i), RSSMaxBytes: n << 20},
		Generator:  report.Generator{CPUS: 0.25, Machine: &report.Machine{OS: "linux", Kernel: fmt.Sprint(i % 3)}, FDsMax: n, Limits: []string{fmt.Sprint("limit ", i%2)}},
		Warnings:   []string{fmt.Sprint("warning ", i%2)},
		Recorder:   r, Judgement: report.Judgement{Tally: tally, Groups: []report.Tally{tally, {}}, Worst: []report.ClientLoss{{Client: i % 2, Lost: 10 - n, Expected: 10}}},
		Interrupted: i == 3,
	})
	return out
}

func merged(t *testing.T, parts ...*report.Result) *report.Result {
	t.Helper()
	r, err := report.Merge(parts...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestResultsMergeInAnyOrder(t *testing.T) {
	p := []*report.Result{part(t, 0), part(t, 1), part(t, 2)}
	untouched := asJSON(t, p[1])
	want := merged(t, p...)
	for name, got := range map[string]*report.Result{
		"backwards":        merged(t, p[2], p[1], p[0]),
		"by way of a file": merged(t, throughFile(t, merged(t, p[2], p[0])), p[1]),
	} {
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-want +got)\n%s", name, d)
		}
	}
	if asJSON(t, p[1]) != untouched {
		t.Error("merging changed a result")
	}
}

func TestMergingAddsUp(t *testing.T) {
	got := merged(t, part(t, 0), part(t, 1), part(t, 2))
	for what, pair := range map[string][2]any{
		"sent":               {got.Counts["sent"], int64(6)},
		"sent by b":          {got.Groups["b"].Counts["sent"], int64(2)},
		"expected":           {got.Counts["expected"], int64(30)},
		"reach":              {got.Rates["reach"], 0.1},
		"connect samples":    {got.Metrics["connect"].Count, int64(3)},
		"connect max":        {got.Metrics["connect"].Max, 9.0},
		"detect samples":     {got.Faults[0].Detect.Count, int64(3)},
		"outages censored":   {got.Faults[0].Outage.Censored, int64(3)},
		"faults applied":     {got.Faults[0].Clients, int64(3)},
		"times of the fault": {fmt.Sprint(got.Faults[0].AtS), "[5 6 7]"},
		"first quote":        {got.ProtocolErrors[0], report.Quote{Kind: "no JSON", Count: 3, First: "text 7"}},
		"seconds":            {len(got.Timeline), 3},
		"connects before":    {got.Timeline[0].Connects, int64(3)},
		"server cpu":         {got.Server.CPUS, 1.5},
		"longest":            {got.DurationS, 22.0},
		"longest connect":    {got.ConnectS, 2.0},
		"seed":               {got.Scenario.Seed, uint64(5)},
		"clients of a":       {got.Groups["a"].Clients, 3},
		"worst":              {got.Worst[0], report.ClientLoss{Client: 0, Lost: 18, Expected: 20}},
		"verdict":            {got.Verdict, report.Inconclusive}, // for a generator that was the bottleneck
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: %v, want %v", what, pair[0], pair[1])
		}
	}
}

func TestAFailureStays(t *testing.T) {
	a, b, c := part(t, 0), part(t, 1), part(t, 2)
	a.Failure, c.Failure = "the server died", "the target never answered"
	got := merged(t, merged(t, c, b), a)
	if got.Failure != "the server died + the target never answered" || got.Verdict != report.Failed {
		t.Errorf("%s: %s", got.Verdict, got.Failure)
	}
}

func TestInterruptedStaysInterrupted(t *testing.T) {
	if v := merged(t, part(t, 1), part(t, 3)).Verdict; v != report.Interrupted {
		t.Errorf("%s", v)
	}
}

func TestResultsThatDoNotBelongTogetherDoNotMerge(t *testing.T) {
	good := part(t, 2)
	for name, spoil := range map[string]func(*report.Result){
		"different scenarios":  func(r *report.Result) { r.Scenario.Hash = "other" },
		"schema":               func(r *report.Result) { r.Schema = "imbench.result/2" },
		"faults":               func(r *report.Result) { r.Faults = nil },
		"in the place of":      func(r *report.Result) { r.Faults[0].Name = "storm" },
		"different thresholds": func(r *report.Result) { r.Thresholds = r.Thresholds[1:] },
		"delivery":             func(r *report.Result) { r.Metrics["delivery"].Count++ },
		"second 0":             func(r *report.Result) { r.Timeline[1].Histogram = "?" },
	} {
		other := throughFile(t, good)
		spoil(other)
		if _, err := report.Merge(good, other); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := report.Merge(); err == nil {
		t.Error("nothing merged to something")
	}
}

func asJSON(t testing.TB, r *report.Result) string {
	t.Helper()
	var b bytes.Buffer
	if err := report.Write(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func throughFile(t testing.TB, r *report.Result) *report.Result {
	t.Helper()
	back, err := report.Read(strings.NewReader(asJSON(t, r)))
	if err != nil {
		t.Fatal(err)
	}
	return back
}

func TestResultsReadAsTheyWereWritten(t *testing.T) {
	r := part(t, 2)
	if d := cmp.Diff(r, throughFile(t, r)); d != "" {
		t.Errorf("(-written +read)\n%s", d)
	}
}

func TestKeysAreSorted(t *testing.T) {
	var keys []string
	for line := range strings.Lines(asJSON(t, part(t, 1))) {
		if k, _, ok := strings.Cut(line, `": `); ok && strings.HasPrefix(k, `    "`) && !strings.HasPrefix(k, `     `) {
			keys = append(keys, k)
		}
		if strings.HasPrefix(line, `  "rates"`) {
			break
		}
		if strings.HasPrefix(line, `  "counts"`) {
			keys = nil
		}
	}
	if !slices.IsSorted(keys) || len(keys) != int(report.NumCounts) {
		t.Errorf("%d keys: %v", len(keys), keys)
	}
}

// A threshold that is refused today stays what it was in an older result.
func TestAnOlderResultsHopelessThresholdStillMerges(t *testing.T) {
	older := func() *report.Result {
		r := build(report.NewRecorder(2, 1))
		r.Thresholds = []report.ThresholdResult{{Text: "lost < 0", Verdict: report.Failed}}
		return r
	}
	if got := merged(t, older(), older()); len(got.Thresholds) != 1 || got.Thresholds[0].Text != "lost < 0" || got.Verdict == report.Passed {
		t.Errorf("%s, %+v", got.Verdict, got.Thresholds)
	}
}
