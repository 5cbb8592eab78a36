package compare_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/imbench/imbench/report"
	"github.com/imbench/imbench/report/compare"
)

// tails are a run for each value, its 99th percentile in ms.
func tails(name string, p99 ...float64) []compare.Run {
	return runs(name, len(p99), 1, func(i int, r *report.Result) { r.Metrics["delivery"].P99 = p99[i] })
}

func lostEach(name string, lost ...int64) []compare.Run {
	return runs(name, len(lost), 1, func(i int, r *report.Result) { r.Counts["lost"] = lost[i] })
}

func TestALimitFailsPassesOrCannotBeTold(t *testing.T) {
	for _, c := range []struct {
		name      string
		base, new []compare.Run
		limit     string
		want      report.Verdict
		note      string
	}{
		{
			"the limit lies in a range from less than half to seven times as much",
			tails("base", 4, 8, 2, 6), tails("new", 3.9, 14.8, 4.2, 7), "delivery.p99 +200%",
			report.Inconclusive, "the limit lies inside the range of its change, -51.2 % to +640 % (p 0.686); more runs of each make the range narrower",
		},
		{
			"a range wholly within the limit, however wide",
			tails("base", 4, 8, 2, 6), tails("new", 3.9, 14.8, 4.2, 7), "delivery.p99 +700%",
			report.Passed, "delivery.p99 is within the limit: 5.60 ms, it was 5.00 ms (-51.2 % to +640 %",
		},
		{
			"a range wholly beyond the limit",
			tails("base", 4, 4.1, 4.2, 4.3), tails("new", 6, 6.1, 6.2, 6.3), "delivery.p99 +20%",
			report.Failed, "delivery.p99 is worse",
		},
		{
			"worse for certain, by more than the limit or by less",
			tails("base", 4, 4.1, 4.2, 4.3), tails("new", 4.4, 4.5, 5.2, 5.3), "delivery.p99 +10%",
			report.Inconclusive, "the limit lies inside the range of its change, +2.3 % to +32.5 % (p 0.029)",
		},
		{
			"better for certain",
			tails("base", 4, 4.1, 4.2, 4.3), tails("new", 2, 2.1, 2.2, 2.3), "delivery.p99 +0%",
			report.Passed, "delivery.p99 is within the limit",
		},
		{
			"in a time's own unit",
			tails("base", 4, 4.1, 4.2, 4.3), tails("new", 4, 4.2, 4.4, 4.5), "delivery.p99 +300us",
			report.Inconclusive, "inside the range of its change, -300 µs to +500 µs",
		},
		{
			"what is certain and less than the instrument can tell",
			tails("base", 0.001, 0.001, 0.001, 0.002), tails("new", 0.004, 0.005, 0.005, 0.006), "delivery.p99 +20%",
			report.Passed, "delivery.p99 changed by less than can be told",
		},
		{
			"a count that is the same in all runs",
			lostEach("base", 0, 0, 0, 0), lostEach("new", 0, 0, 0, 0), "lost +0",
			report.Passed, "lost is the same",
		},
		{
			"the same in all runs, and too few of them to show anything",
			lostEach("base", 0), lostEach("new", 0), "lost +0",
			report.Inconclusive, "lost is the same: 0, it was 0; too few runs; 4 of each would do",
		},
		{
			"something lost in one run of the new build only, where nothing may be",
			lostEach("base", 0, 0, 0, 0, 0, 0), lostEach("new", 0, 0, 0, 0, 0, 3), "lost +0",
			report.Inconclusive, "not 0 in 1 of 6 runs of new, and in none of base",
		},
		{
			"the same, where more may be",
			lostEach("base", 0, 0, 0, 0, 0, 0), lostEach("new", 0, 0, 0, 0, 0, 3), "lost +50",
			report.Passed, "lost is within the limit",
		},
		{
			"a count that comes and goes on both sides",
			lostEach("base", 3, 0, 2, 4), lostEach("new", 1, 3, 5, 2), "lost +0",
			report.Inconclusive, "the limit lies inside the range of its change, -3 to +5",
		},
		{
			"a part of a base that is 0 in some runs is one of its median",
			lostEach("base", 0, 10, 10, 10), lostEach("new", 13, 13, 13, 14), "lost +200%",
			report.Passed, "lost is within the limit",
		},
		{
			"more of what was never there, in each run",
			lostEach("base", 0, 0, 0, 0), lostEach("new", 1, 2, 1, 3), "lost +50%",
			report.Failed, "lost is worse",
		},
		{
			"too few runs for a range",
			tails("base", 4, 4.1), tails("new", 4, 4.2), "delivery.p99 +300%",
			report.Inconclusive, "too few runs; 4 of each would do",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := mustCompare(t, c.base, c.new, compare.Options{FailOn: failOn(c.limit)})
			if g := got.FailOn[0]; g.Verdict != c.want || !strings.Contains(g.Note, c.note) {
				t.Errorf("%s: %s, want %s: %s", g.Verdict, g.Note, c.want, c.note)
			}
			if got.Verdict != c.want || got.ExitCode() != report.ExitCode(c.want) {
				t.Errorf("the comparison %s", got.Verdict)
			}
		})
	}
}

func TestARangeThatHangsOnLowerBoundsHasNoEnd(t *testing.T) {
	ghosts := func(name string, p99 float64, atLeast ...string) []compare.Run {
		return runs(name, 6, 1, func(i int, r *report.Result) {
			v := p99 + float64(i)
			r.Metrics["ghost"] = &report.Stats{Unit: "ms", Count: 20, P50: v, P99: v, Max: v, AtLeast: atLeast}
		})
	}
	base, bounded := ghosts("base", 1000), ghosts("new", 1100, "p99")
	for limit, want := range map[string]report.Verdict{
		"ghost.p99 +50%": report.Inconclusive, // at least a tenth more; who knows how much
		"ghost.p99 +5%":  report.Failed,       // beyond, whatever they stand for
	} {
		if g := mustCompare(t, base, bounded, compare.Options{FailOn: failOn(limit)}).FailOn[0]; g.Verdict != want {
			t.Errorf("%s: %s, %s; want %s", limit, g.Verdict, g.Note, want)
		}
	}
}

// A build against itself: eight runs of each are within a limit of two and a
// half times what the runs spread by nearly always, and hardly ever beyond. The
// tail spreads by more than the middle, so it needs the wider limit.
func TestEightRunsOfABuildAgainstItselfPassALimitThatLeavesRoomForTheirSpread(t *testing.T) {
	for _, c := range []struct {
		spread float64
		limit  string
		passed int // of a hundred, at least
	}{
		{0.10, "delivery.p99 +25%", 95},
		{0.04, "delivery.p50 +10%", 95},
	} {
		t.Run(c.limit, func(t *testing.T) {
			random := rand.New(rand.NewPCG(7, 7))
			side := func(name string) []compare.Run {
				return runs(name, 8, 1, func(_ int, r *report.Result) {
					r.Metrics["delivery"].P50 = math.Exp(c.spread * random.NormFloat64())
					r.Metrics["delivery"].P99 = 4 * math.Exp(c.spread*random.NormFloat64())
				})
			}
			count := map[report.Verdict]int{}
			for range 100 {
				count[mustCompare(t, side("base"), side("new"), compare.Options{FailOn: failOn(c.limit)}).Verdict]++
			}
			if count[report.Passed] < c.passed || count[report.Failed] > 0 {
				t.Errorf("%v", count)
			}
			t.Log(count)
		})
	}
}
