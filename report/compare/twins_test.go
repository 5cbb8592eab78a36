package compare_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/imbench/imbench/report"
	"github.com/imbench/imbench/report/compare"
)

func TestACopyOfARunIsNoSecondObservation(t *testing.T) {
	base := runs("base", 4, 1)
	copied := *base[0].Result
	got := mustCompare(t, append(base, compare.Run{Name: "copy.json", Result: &copied}), runs("new", 4, 1), compare.Options{})
	if got.Base.Runs != 4 || !strings.Contains(got.Base.LeftOut[0].Why, "the same run as base-1.json") {
		t.Errorf("%+v", got.Base)
	}
}

func TestARunOnBothSidesIsOfNeither(t *testing.T) {
	base := runs("base", 5, 1)
	copies := slices.Clone(base)
	for i := range copies {
		r := *copies[i].Result
		copies[i] = compare.Run{Name: fmt.Sprintf("copy-%d.json", i+1), Result: &r}
	}
	for _, c := range []struct {
		name      string
		base, new []compare.Run
		used      [2]int
		verdict   report.Verdict
		reason    string // the first
		warning   string
	}{
		{
			"a comparison with itself tells nothing", base, base, [2]int{0, 0}, report.Inconclusive,
			"Nothing independent is left to compare: 5 runs are on both sides.", "5 runs are on both sides, and used for neither: base-1.json, base-2.json, base-3.json and 2 more.",
		},
		{
			"nor does one with copies", base, copies, [2]int{0, 0}, report.Inconclusive,
			"Nothing independent is left to compare: 5 runs are on both sides.", "base-1.json (copy-1.json), base-2.json (copy-2.json)",
		},
		{
			"nor with a part of them", base, base[:1], [2]int{4, 0}, report.Inconclusive,
			"Nothing independent is left to compare: 1 run is on both sides.", "1 run is on both sides, and used for neither: base-1.json.",
		},
		{
			"what is on one side only is compared", base, append(runs("new", 5, 1.3), base[0]), [2]int{4, 5}, report.Failed,
			"delivery.p50 is worse", "1 run is on both sides, and used for neither: base-1.json.",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := mustCompare(t, c.base, c.new, compare.Options{})
			if got.Verdict != c.verdict || !strings.HasPrefix(got.Reasons[0], c.reason) || [2]int{got.Base.Runs, got.New.Runs} != c.used {
				t.Errorf("%s, %q, %d and %d used", got.Verdict, got.Reasons, got.Base.Runs, got.New.Runs)
			}
			if !strings.Contains(strings.Join(got.Warnings, "\n"), c.warning) {
				t.Errorf("the warnings are %q", got.Warnings)
			}
		})
	}
	got := mustCompare(t, base, base, compare.Options{FailOn: failOn("delivery.p50 +500%")})
	if got.Verdict != report.Inconclusive || !strings.HasPrefix(got.Reasons[0], "Nothing independent") {
		t.Errorf("with a limit: %s, %q", got.Verdict, got.Reasons)
	}
}

// A run that is on both sides says of neither that its server dies, and a copy
// not that it died twice.
func TestADeathOnBothSidesIsOfNeither(t *testing.T) {
	died := func(name string) compare.Run {
		return runs(name, 1, 1, func(_ int, r *report.Result) {
			r.Server.Exit, r.Failure, r.Verdict = "exit status 2", "it ended unasked", report.Failed
		})[0]
	}
	shared, alone := died("shared"), died("alone")
	got := mustCompare(t, append(runs("base", 5, 1), shared), append(runs("new", 5, 1), shared, alone, alone), compare.Options{})
	if got.Base.Died != 0 || !slices.Equal(got.New.DiedIn, []string{"alone-1.json"}) || got.Verdict != report.Failed {
		t.Errorf("%s: %+v, %+v", got.Verdict, got.Base, got.New)
	}
}
