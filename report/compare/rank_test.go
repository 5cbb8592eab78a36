package compare

import (
	"math"
	"math/rand/v2"
	"testing"

	"golang.org/x/perf/benchmath"
)

// drawSample draws runs of both sides around 100, the new ones by shift higher.
func drawSample(random *rand.Rand, n, m int, spread, shift float64) sample {
	var s sample
	for range n {
		s.base = append(s.base, 100*math.Exp(spread*random.NormFloat64()))
	}
	for range m {
		s.new = append(s.new, 100*(1+shift)*math.Exp(spread*random.NormFloat64()))
	}
	return s
}

// golang.org/x/perf judges benchmarks by the same test.
func TestPIsThatOfMannAndWhitney(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for n := 2; n <= 8; n++ {
		for m := 2; m <= 8; m++ {
			s := drawSample(random, n, m, 0.1, 0.05)
			if n == m { // ties
				for i := range s.new {
					s.new[i] = math.Round(s.new[i] / 10)
					s.base[i] = math.Round(s.base[i] / 10)
				}
				if s.constant() {
					continue
				}
			}
			got, adjusted := test(n, m, []sample{s})
			a := benchmath.NewSample(append([]float64{}, s.base...), &benchmath.DefaultThresholds)
			b := benchmath.NewSample(append([]float64{}, s.new...), &benchmath.DefaultThresholds)
			want := benchmath.AssumeNothing.Compare(a, b).P
			if math.Abs(got[0]-want) > 1e-9 || got[0] != adjusted[0] {
				t.Errorf("%d and %d runs: p %v, adjusted %v, want %v", n, m, got[0], adjusted[0], want)
			}
		}
	}
}

func TestDrawnDealsComeCloseToAllOfThem(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 3 {
		s := drawSample(random, 12, 12, 0.1, 0.08)
		got, _ := test(12, 12, []sample{s})
		a, b := benchmath.NewSample(s.base, &benchmath.DefaultThresholds), benchmath.NewSample(s.new, &benchmath.DefaultThresholds)
		want := benchmath.AssumeNothing.Compare(a, b).P
		if math.Abs(got[0]-want) > 0.02 {
			t.Errorf("p %v, want about %v", got[0], want)
		}
	}
}

func TestAllDealsAreGoneThroughOnce(t *testing.T) {
	for _, c := range []struct{ n, m, want int }{{1, 1, 2}, {4, 4, 70}, {3, 5, 56}, {5, 3, 56}, {9, 9, 48_620}, {10, 10, 1 + drawn}, {1, 100, 1 + drawn}} {
		seen, count := map[[9]int]bool{}, 0
		deals(c.n, c.m, func(chosen []int) {
			var key [9]int
			copy(key[:], chosen)
			seen[key] = true
			count++
		})
		if count != c.want || count < drawn && len(seen) != count {
			t.Errorf("%d and %d runs: %d deals, %d of them different, want %d", c.n, c.m, count, len(seen), c.want)
		}
	}
}

func TestAMetricThatNeverChangesCostsTheOthersNothing(t *testing.T) {
	moves := sample{[]float64{1, 2, 3, 4}, []float64{5, 6, 7, 8}}
	still := sample{[]float64{0, 0, 0, 0}, []float64{0, 0, 0, 0}}
	_, alone := test(4, 4, []sample{moves})
	_, among := test(4, 4, []sample{still, still, moves, still})
	if alone[0] != among[2] || alone[0] > 0.03 || among[0] != 1 {
		t.Errorf("alone %v, among three that are still %v", alone, among)
	}
}

func TestMetricsThatMoveTogetherCostWhatOneDoes(t *testing.T) {
	moves := sample{[]float64{1, 2, 3, 4}, []float64{5, 6, 7, 8}}
	if _, p := test(4, 4, []sample{moves, moves, moves}); p[0] > 0.03 {
		t.Errorf("adjusted %v", p)
	}
}

func TestMetricsThatMoveByThemselvesCostMoreThanOne(t *testing.T) {
	moves := sample{[]float64{1, 2, 3, 4}, []float64{5, 6, 7, 8}}
	other := sample{[]float64{1, 5, 2, 6}, []float64{3, 7, 4, 8}}
	p, adjusted := test(4, 4, []sample{moves, other})
	if math.Abs(p[0]-2.0/70) > 1e-9 || math.Abs(adjusted[0]-4.0/70) > 1e-9 {
		t.Errorf("p %v, adjusted %v", p, adjusted)
	}
}

func TestHowManyRunsAreNeeded(t *testing.T) {
	for _, c := range []struct {
		metrics int
		alpha   float64
		want    int
	}{{1, 0.05, 4}, {0, 0.05, 4}, {6, 0.05, 5}, {7, 0.05, 6}, {1, 0.01, 5}, {18, 0.05, 6}, {60, 0.05, 7}} {
		if got := enough(c.metrics, c.alpha); got != c.want {
			t.Errorf("%d metrics at %v: %d runs, want %d", c.metrics, c.alpha, got, c.want)
		}
	}
}

func TestIntervalsHoldTheTruth(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for _, runs := range []int{4, 6, 10, 45} {
		held := 0
		const times = 1000
		for range times {
			_, low, high := ratio(drawSample(random, runs, runs, 0.1, 0.1), 0.95)
			if low <= 0.1 && 0.1 <= high {
				held++
			}
		}
		if share := float64(held) / times; share < 0.93 {
			t.Errorf("%d runs: the interval held the true change in %v of all cases", runs, share)
		}
	}
}

func TestTooFewRunsHaveNoInterval(t *testing.T) {
	change, low, high := shift(sample{[]float64{1, 2, 3}, []float64{11, 12, 13}}, 0.95)
	if change != 10 || !math.IsInf(low, -1) || !math.IsInf(high, 1) {
		t.Errorf("%v, from %v to %v", change, low, high)
	}
}

// family draws metrics as runs give them: some move together, some by
// themselves, some never.
func family(random *rand.Rand, n int, shift float64) []sample {
	all := make([]sample, 6)
	for run := range 2 * n {
		common := random.NormFloat64()
		by := 1.0
		if run >= n {
			by += shift
		}
		values := []float64{
			by * math.Exp(0.02*common+0.01*random.NormFloat64()), // p50
			by * math.Exp(0.06*common+0.05*random.NormFloat64()), // p99
			math.Exp(0.05 * random.NormFloat64()),                // connect
			math.Exp(0.02*common + 0.02*random.NormFloat64()),    // CPU
			math.Round(10 * math.Exp(0.1*random.NormFloat64())),  // a count
			0, // lost
		}
		for i, v := range values {
			if run < n {
				all[i].base = append(all[i].base, v)
			} else {
				all[i].new = append(all[i].new, v)
			}
		}
	}
	return all
}

// found is the share of so many comparisons in which a metric differs.
func found(random *rand.Rand, times, n int, shift, alpha float64) float64 {
	count := 0
	for range times {
		_, adjusted := test(n, n, family(random, n, shift))
		for _, p := range adjusted {
			if p < alpha {
				count++
				break
			}
		}
	}
	return float64(count) / float64(times)
}

func TestABuildAgainstItselfDiffersNoMoreOftenThanAlpha(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	for _, n := range []int{4, 5, 6} {
		if share := found(random, 600, n, 0, 0.05); share > 0.05+0.02 { // 2 % is over two standard errors
			t.Errorf("%d runs of each: a difference in %v of the comparisons", n, share)
		}
	}
}

func TestATenthSlowerIsFound(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 10))
	if share := found(random, 200, 6, 0.10, 0.05); share < 0.95 {
		t.Errorf("found in %v of the comparisons only", share)
	}
}
