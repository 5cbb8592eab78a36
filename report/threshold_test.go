package report_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/imbench/imbench/report"
)

func TestThresholdsPrintAsTheyAreWritten(t *testing.T) {
	for written, printed := range map[string]string{
		"delivery.p99 < 200ms":           "",
		"detect{nat}.p99 <= 21s":         "",
		"outage{a b < c}.max != 1m30s":   "",
		"connect{电话}.p999 > 1.5ms":       "",
		"detect.count == 10":             "",
		"lost == 0":                      "",
		"never_detected{nat} == 0":       "",
		"reach >= 99.9%":                 "",
		"loss{mobile} < 0.001":           "",
		"ghost.max<150s":                 "ghost.max < 150s",
		"  reach  >=99%  ":               "reach >= 99%",
		"detect { nat } . p99 < 21s":     "detect{nat}.p99 < 21s",
		"roundtrip.mean >= 0s":           "",
		"duplicated != 9007199254740991": "",
	} {
		if printed == "" {
			printed = written
		}
		var th, again report.Threshold
		if err := th.UnmarshalText([]byte(written)); err != nil {
			t.Errorf("%s: %v", written, err)
			continue
		}
		if got := th.String(); got != printed {
			t.Errorf("%s prints as %s", written, got)
		}
		if err := again.UnmarshalText([]byte(th.String())); err != nil || again != th {
			t.Errorf("%s does not parse to the same again: %v", written, err)
		}
	}
}

func TestWrongThresholdsSayWhatWouldBeRight(t *testing.T) {
	for _, c := range []struct{ written, says string }{
		{"", "write something like delivery.p99 < 200ms"},
		{"delivery.p99", "write something like"},
		{"delivery.p99 = 200ms", `"=" is no comparison; write ==`},
		{"lost => 3", `"=>" is no comparison; write >=`},
		{"lost =< 3", "write <="},
		{"lost ≤ 3", `"≤" is no comparison; write <=`},
		{"lost{mobile} <> 3", "write !="},
		{"lost <>! 3", "one of < <= > >= == !="},
		{"delivery.p99 <", "nothing to compare with"},
		{"delivery.p99 < 200", "write 200ms or 200s"},
		{"delivery.p99 < 0", "write 0ms or 0s"},
		{"delivery.p99 < fast", "like 200ms"},
		{"delivery.p99 < -5ms", "like 200ms"},
		{"delivery < 200ms", "write delivery.p99"},
		{"delivery.p98 < 200ms", "one of count min mean p50"},
		{"dilivery.p99 < 200ms", "did you mean delivery?"},
		{"detected.p99 < 2s", "did you mean detect"},
		{"latency.p99 < 2s", "is no metric"},
		{"lost.max == 0", "write lost == 0"},
		{"lost == few", "whole number"},
		{"lost == 0.5", "whole number"},
		{"lost == -1", "whole number from 0 on, like lost == 0"},
		{"lost < -1", "like lost <= 0"},
		{"lost < 0", "nothing is below 0, so it would always fail; write lost == 0"},
		{"delivery.p99 < 0ms", "write delivery.p99 == 0ms"},
		{"loss < 0%", "write loss == 0%"},
		{"lost == 9007199254740993", "whole number"}, // not exact as a float64
		{"reach.p99 > 99%", "write reach > 99.9%"},
		{"reach > 99.9", "write 99.9%"},
		{"reach > 120%", "up to 100%"},
		{"reach > most", "like 99.9% or 0.999"},
		{"reach > NaN", "like 99.9% or 0.999"},
		{"detect{nat.p99 < 2s", "no end"},
		{"detect{}.p99 < 2s", "leave it out"},
		{"detect{nat}p99 < 2s", "starts with a dot"},
	} {
		_, err := report.ParseThreshold(c.written)
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%q: %v does not say %q", c.written, err, c.says)
		}
	}
}

func TestThresholdsTellWhatTheyAreAbout(t *testing.T) {
	for written, want := range map[string]struct {
		metric, scope string
		ofFaults      bool
	}{
		"detect{nat}.p99 < 21s":   {"detect", "nat", true},
		"ghosts == 0":             {"ghosts", "", true},
		"lost{mobile} == 0":       {"lost", "mobile", false},
		"delivery{nat}.max < 10s": {"delivery", "nat", false},
	} {
		th, err := report.ParseThreshold(written)
		metric, scope := th.Names()
		if err != nil || metric != want.metric || scope != want.scope || th.OfFaults() != want.ofFaults {
			t.Errorf("%s: %s, %s, %v, %v", written, metric, scope, th.OfFaults(), err)
		}
	}
}

// judged is a run with figures to hold thresholds against. Delivery took 1 to
// 100 ms. Of nat's clients nine noticed within 1 to 9 s, and one had not after
// 5 s; half was applied to one of two clients, and vain to none of two.
func judged() *report.Result {
	r := report.NewRecorder(2, 3)
	for i := range 100 {
		r.Receive(0, report.Receipt{}, time.Duration(i+1)*ms)
	}
	r.Add(report.Connects, 0, 10)
	r.Add(report.Reordered, 0, 3)
	for i := range 9 {
		r.FaultApplied(0, "md5")
		r.FaultDetected(0, 0, "heartbeat timeout", time.Duration(i+1)*time.Second)
	}
	r.FaultApplied(0, "md5")
	r.FaultNeverDetected(0, 0, 5*time.Second)
	r.FaultApplied(1, "md5")
	r.FaultNotApplied(1, "offline")
	r.FaultDetected(1, 0, "heartbeat timeout", 2*time.Second)
	r.FaultNotApplied(2, "offline")
	r.FaultNotApplied(2, "offline")
	mobile := report.Tally{Expected: 125, Delivered: 100, Missed: 20, Lost: 5}
	return report.Build(report.Run{
		Recorder: r, Groups: []report.GroupInfo{{Name: "mobile", Clients: 10}, {Name: "idle"}},
		Faults:    []report.FaultInfo{{Name: "nat"}, {Name: "half"}, {Name: "vain"}},
		Judgement: report.Judgement{Tally: mobile, Groups: []report.Tally{mobile, {}}},
	})
}

func TestThresholdsJudgeOnlyWhatWasSeen(t *testing.T) {
	r := judged()
	for _, c := range []struct {
		name, threshold string
		want            report.Verdict
		note            string
	}{
		{"a time below its limit", "delivery.p99 < 200ms", report.Passed, ""},
		{"a time above its limit", "delivery.p99 < 50ms", report.Failed, ""},
		{"exactly the limit is not below it", "delivery.max < 100ms", report.Failed, ""},
		{"exactly the limit is at most it", "delivery.max <= 100ms", report.Passed, ""},
		{"exactly the limit is equal", "delivery.max == 100ms", report.Passed, ""},
		{"a time that nobody sampled", "heartbeat.p99 < 1s", report.Inconclusive, "no samples"},
		{"no samples are zero samples, though", "heartbeat.count == 0", report.Passed, ""},
		{"a group's time", "delivery{mobile}.p50 < 60ms", report.Passed, ""},
		{"a group without samples", "delivery{idle}.p50 < 60ms", report.Inconclusive, "no samples"},
		{"a name there is not", "delivery{nobody}.p50 < 60ms", report.Inconclusive, `no fault or group "nobody"`},
		{"a fault has no deliveries", "delivery{nat}.p50 < 60ms", report.Inconclusive, `no fault or group "nat"`},

		{"a lower bound below the limit may lie above", "detect{nat}.max < 21s", report.Inconclusive, "at least"},
		{"a lower bound above the limit is above", "detect{nat}.max < 3s", report.Failed, "at least"},
		{"a lower bound of the limit is not below", "detect{nat}.max < 9s", report.Failed, "at least"},
		{"a lower bound of the limit may be at most it", "detect{nat}.max <= 9s", report.Inconclusive, "at least"},
		{"a lower bound above a minimum", "detect{nat}.max > 3s", report.Passed, "at least"},
		{"a lower bound below a minimum", "detect{nat}.max > 30s", report.Inconclusive, "at least"},
		{"a lower bound that may be equal", "detect{nat}.max == 9s", report.Inconclusive, "at least"},
		{"a lower bound that cannot be equal", "detect{nat}.max == 3s", report.Failed, "at least"},
		{"a lower bound that must differ", "detect{nat}.max != 3s", report.Passed, "at least"},
		{"a lower bound that may not differ", "detect{nat}.max != 30s", report.Inconclusive, "at least"},
		{"a median that the censored one reaches is a bound", "detect{nat}.p50 > 1s", report.Passed, "at least"},
		{"the minimum is exact", "detect{nat}.min <= 1s", report.Passed, ""},

		{"a count that is met", "lost <= 5", report.Passed, ""},
		{"a count that is not", "lost == 0", report.Failed, ""},
		{"a group's count", "missed{mobile} == 20", report.Passed, ""},
		{"a fault's count", "never_detected{nat} == 0", report.Failed, ""},
		{"a rate as a percentage", "reach >= 80%", report.Passed, ""},
		{"a rate as a number", "loss > 0.05", report.Failed, ""},
		{"a group's rate", "loss{mobile} == 4%", report.Passed, ""},

		{"nothing was expected, so nothing lost says nothing", "lost{idle} == 0", report.Inconclusive, "nothing was expected"},
		{"nor does a rate", "reach{idle} > 99%", report.Inconclusive, "nothing was expected"},

		{"a fault applied to some proves nothing", "detect{half}.max < 3s", report.Inconclusive, "applied to 1 of 2"},
		{"unless it fails all the same", "detect{half}.max < 1s", report.Failed, ""},
		{"a fault applied to nobody proves nothing", "never_detected{vain} == 0", report.Inconclusive, "applied to 0 of 2"},
		{"nor does it for all faults", "never_recovered == 0", report.Inconclusive, `"vain" was applied to nobody`},
	} {
		th, err := report.ParseThreshold(c.threshold)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		got := th.Evaluate(r)
		if got.Verdict != c.want || !strings.Contains(got.Note, c.note) || (got.Note == "") != (c.note == "") {
			t.Errorf("%s: %s is %s, %q; want %s, %q", c.name, c.threshold, got.Verdict, got.Note, c.want, c.note)
		}
	}
}

func TestEveryMetricCanBeAThreshold(t *testing.T) {
	r := judged()
	for m := range report.NumMetrics {
		for _, stat := range []string{"count", "min", "mean", "p50", "p90", "p95", "p99", "p999", "max"} {
			value := "1s"
			if stat == "count" {
				value = "1"
			}
			th, err := report.ParseThreshold(m.String() + "." + stat + " < " + value)
			if err != nil {
				t.Error(err)
				continue
			}
			if got := th.Evaluate(r); got.Value != nil && *got.Value == 0 && stat != "count" {
				t.Errorf("%s has no value", got.Text)
			}
		}
	}
	for c := range report.NumCounts {
		if _, err := report.ParseThreshold(c.String() + " == 0"); err != nil {
			t.Error(err)
		}
	}
}

func FuzzParseThreshold(f *testing.F) {
	for _, s := range []string{"detect{nat}.p99 <= 21s", "lost == 0", "reach >= 99.9%", "a{b}.c<d", "}{ < ="} {
		f.Add(s)
	}
	r := judged()
	f.Fuzz(func(t *testing.T, s string) {
		th, err := report.ParseThreshold(s)
		if err != nil {
			return
		}
		again, err := report.ParseThreshold(th.String())
		if d := cmp.Diff(th.String(), again.String()); err != nil || d != "" {
			t.Errorf("%q prints as %q: %v\n%s", s, th, err, d)
		}
		th.Evaluate(r)
	})
}

func TestARateThatIsExactlyThePercentageMeetsIt(t *testing.T) {
	for limit, of := range map[string]float64{"99.9%": 999. / 1000, "99.99 %": 9999. / 10000, "57%": 57. / 100, "0.999": 999. / 1000, "100%": 1, "1e-1%": 1. / 1000} {
		th, err := report.ParseThreshold("reach == " + limit)
		if err != nil {
			t.Fatal(err)
		}
		if got := th.Evaluate(&report.Result{Rates: map[string]float64{"reach": of}}); got.Verdict != report.Passed {
			t.Errorf("%v is not %s", of, limit)
		}
	}
}
