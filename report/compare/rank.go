package compare

import (
	"cmp"
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
)

// A permutation test asks: had the two builds been one, the labels base and new
// would lie on the runs by chance. In what share of all ways to deal the labels
// out do the sides differ as much as they do here? How much they differ is the
// rank sum of one side, as in the test of Mann and Whitney, so neither a normal
// distribution nor a single wild run matters.
//
// Several metrics are judged at once, and the more of them, the likelier one
// differs by chance. So a metric's adjusted p is the share of deals in which
// *any* of the metrics would look as unlikely as this one does here (the step-down
// minP method of Westfall and Young, 1993). Metrics that move together, like two
// percentiles of one histogram, cost little more than one, and a metric that never
// changes costs nothing.

const (
	// mostExact bounds the deals that are gone through one by one: up to nine
	// runs a side. Beyond it, so many are drawn.
	mostExact = 50_000
	drawn     = 20_000
)

// deals calls do with each way to choose which of the n+m runs are new; the
// first is the one that happened: the last m. Where there are too many, it
// draws some, the same each time.
func deals(n, m int, do func(chosen []int)) {
	chosen := make([]int, m)
	for i := range chosen {
		chosen[i] = n + i
	}
	do(chosen)
	const word = 63 // a deal is the bits of one
	if n+m > word || choose(n+m, m) > mostExact {
		draw(n+m, chosen, do)
		return
	}
	happened := (uint64(1)<<m - 1) << n
	for set := uint64(1)<<m - 1; set < 1<<(n+m); set = nextSubset(set) {
		if set == happened {
			continue
		}
		for i, rest := 0, set; rest != 0; i, rest = i+1, rest&(rest-1) {
			chosen[i] = bits.TrailingZeros64(rest)
		}
		do(chosen)
	}
}

// draw deals at random: a comparison must say the same each time it is made, so
// the seed is fixed.
func draw(runs int, chosen []int, do func([]int)) {
	random := rand.New(rand.NewPCG(uint64(runs), uint64(len(chosen))))
	all := make([]int, runs)
	for i := range all {
		all[i] = i
	}
	for range drawn {
		for i := range chosen {
			j := i + random.IntN(runs-i)
			all[i], all[j] = all[j], all[i]
		}
		copy(chosen, all)
		do(chosen)
	}
}

// nextSubset is the next larger number with as many bits set (Gosper).
func nextSubset(set uint64) uint64 {
	low := set & -set
	ripple := set + low
	return (ripple^set)>>2/low | ripple
}

// choose is how many ways there are to choose k of n.
func choose(n, k int) float64 {
	ways := 1.0
	for i := 1; i <= k; i++ {
		ways = ways * float64(n-k+i) / float64(i)
	}
	return math.Round(ways)
}

// sample is one metric's values over the runs of both sides.
type sample struct{ base, new []float64 }

// ranks returns twice the rank of each value, base first; values that are the
// same share the mean of their ranks.
func (s sample) ranks() []int {
	all := slices.Concat(s.base, s.new)
	order := make([]int, len(all))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(all[a], all[b]) })
	twice := make([]int, len(all))
	for from := 0; from < len(order); {
		to := from + 1
		for to < len(order) && all[order[to]] == all[order[from]] {
			to++
		}
		for _, i := range order[from:to] {
			twice[i] = from + to + 1
		}
		from = to
	}
	return twice
}

// constant reports whether all runs of both sides came to the same.
func (s sample) constant() bool {
	all := slices.Concat(s.base, s.new)
	return len(all) > 0 && slices.Min(all) == slices.Max(all)
}

// test says for each metric how likely it is that it differs so by chance: p by
// itself, adjusted among all of them. Each needs a value of every run.
func test(n, m int, samples []sample) (p, adjusted []float64) {
	p, adjusted = make([]float64, len(samples)), make([]float64, len(samples))
	var moving []int
	for i, s := range samples {
		p[i], adjusted[i] = 1, 1
		if n > 0 && m > 0 && !s.constant() {
			moving = append(moving, i)
		}
	}
	if len(moving) == 0 {
		return p, adjusted
	}
	moved := make([]sample, len(moving))
	for at, i := range moving {
		moved[at] = samples[i]
	}
	some, someAdjusted := testMoving(n, m, moved)
	for at, i := range moving {
		p[i], adjusted[i] = some[at], someAdjusted[at]
	}
	return p, adjusted
}

// testMoving is test for metrics none of which is the same in all runs.
func testMoving(n, m int, samples []sample) (p, adjusted []float64) {
	p, adjusted = make([]float64, len(samples)), make([]float64, len(samples))
	far := distances(n, m, samples)
	all := len(far[0])
	share := make([][]float64, len(samples)) // by distance: that of the deals at least so far
	for i := range far {
		share[i] = tail(far[i], n*m)
		p[i] = share[i][far[i][0]]
	}
	order := make([]int, len(samples))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(p[a], p[b]) })
	// least is, for each deal, the smallest p of this metric and of all that
	// are less conspicuous.
	least := make([]float64, all)
	for d := range least {
		least[d] = 1
	}
	for _, i := range slices.Backward(order) {
		asUnlikely := 0
		for d := range all {
			least[d] = min(least[d], share[i][far[i][d]])
			if least[d] <= p[i] {
				asUnlikely++
			}
		}
		adjusted[i] = float64(asUnlikely) / float64(all)
	}
	for at := 1; at < len(order); at++ {
		adjusted[order[at]] = max(adjusted[order[at]], adjusted[order[at-1]])
	}
	return p, adjusted
}

// distances are, for each metric and deal, how far the rank sum of the new side
// lies from where it would lie by chance; the first deal is what happened.
func distances(n, m int, samples []sample) [][]int32 {
	ranks := make([][]int, len(samples))
	for i, s := range samples {
		ranks[i] = s.ranks()
	}
	mean := m * (n + m + 1)
	far := make([][]int32, len(samples))
	deals(n, m, func(chosen []int) {
		for i, r := range ranks {
			sum := -mean
			for _, c := range chosen {
				sum += r[c]
			}
			far[i] = append(far[i], int32(max(sum, -sum)))
		}
	})
	return far
}

// tail is the share of the deals with at least each distance, up to most.
func tail(far []int32, most int) []float64 {
	share := make([]float64, most+2)
	for _, f := range far {
		share[f]++
	}
	for f := most; f >= 0; f-- {
		share[f] += share[f+1]
	}
	for f := range share {
		share[f] /= float64(len(far))
	}
	return share
}

// clearest is the smallest adjusted p that so many metrics, each moving by
// itself, allow with n and m runs.
func clearest(n, m, metrics int) float64 {
	if n == 0 || m == 0 {
		return 1
	}
	return min(1, 2*float64(max(metrics, 1))/choose(n+m, m))
}

// enough is how many runs of each side so many metrics need, that a difference
// can be told from chance at alpha.
func enough(metrics int, alpha float64) int {
	n := 2
	for clearest(n, n, metrics) >= alpha && n < 1000 {
		n++
	}
	return n
}

// Possible reports whether n and m runs could show any difference at alpha.
func Possible(n, m int, alpha float64) bool { return clearest(n, m, 1) < alpha }
