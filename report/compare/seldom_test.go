package compare_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/imbench/imbench/report"
	"github.com/imbench/imbench/report/compare"
)

// lostIn loses messages in the first n runs.
func lostIn(n int) func(int, *report.Result) {
	return func(i int, r *report.Result) {
		if i < n {
			r.Counts["lost"] = 7
		}
	}
}

// The middle of all differences is none where most runs of both sides lose
// nothing; the ranks tell all the same.
func TestWhatIsSeldomLostIsNoNoise(t *testing.T) {
	for _, c := range []struct {
		name      string
		base, new []compare.Run
		outcome   compare.Outcome
		verdict   report.Verdict
		note      string
	}{
		{
			"lost in 5 of 11 runs, and in none before", runs("base", 11, 1), runs("new", 11, 1, lostIn(5)),
			compare.Worse, report.Failed, "not 0 in 5 of 11 runs of new, and in 0 of 11 runs of base",
		},
		{
			"lost in 2 of 6 runs, and in none of 20 before", runs("base", 20, 1), runs("new", 6, 1, lostIn(2)),
			compare.Worse, report.Failed, "not 0 in 2 of 6 runs of new, and in 0 of 20 runs of base",
		},
		{
			"no more lost, where 5 of 11 runs did before", runs("base", 11, 1, lostIn(5)), runs("new", 11, 1),
			compare.Improved, report.Passed, "not 0 in 0 of 11 runs of new, and in 5 of 11 runs of base",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := mustCompare(t, c.base, c.new, compare.Options{FailOn: failOn("lost +0")})
			lost := changeOf(t, got, "lost")
			if lost.Outcome != c.outcome || lost.Note != c.note {
				t.Errorf("%s, %q", lost.Outcome, lost.Note)
			}
			if got.Verdict != c.verdict {
				t.Errorf("%s: %q", got.Verdict, got.Reasons)
			}
			if c.verdict == report.Failed && !strings.Contains(got.Reasons[0], "lost is worse: "+c.note+" (0 to +7, p 0.0") {
				t.Errorf("the reason is %q", got.Reasons[0])
			}
		})
	}
}

// Runs in which some clients never came back have times that are lower bounds:
// however near they lie, they are not the same as times.
func TestLowerBoundsAreNeverTheSame(t *testing.T) {
	outage := func(atLeast ...string) func(int, *report.Result) {
		return func(i int, r *report.Result) {
			ms := 5000 + float64(10*i+len(atLeast))
			r.Metrics["outage"] = &report.Stats{
				Unit: "ms", Count: 100, Min: ms, Mean: ms, P50: ms, P90: ms, P95: ms, P99: ms, P999: ms, Max: ms, AtLeast: atLeast,
			}
		}
	}
	base := runs("base", 6, 1, outage())
	if c := changeOf(t, mustCompare(t, base, runs("new", 6, 1, outage("max")), compare.Options{}), "outage.p99"); c.Outcome != compare.Same {
		t.Fatalf("two alike sets of times are %q", c.Outcome)
	}
	for _, sides := range [][2][]compare.Run{
		{base, runs("new", 6, 1, outage("p99", "max"))},
		{runs("base", 6, 1, outage("p99", "max")), runs("new", 6, 1, outage())},
	} {
		c := changeOf(t, mustCompare(t, sides[0], sides[1], compare.Options{}), "outage.p99")
		if c.Outcome != compare.CannotTell || !slices.Contains([]int{c.Base.AtLeast, c.New.AtLeast}, 6) {
			t.Errorf("%s: %q", c.Outcome, c.Note)
		}
	}
}
