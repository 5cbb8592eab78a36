package compare

import (
	"math"
	"slices"
	"sort"

	"github.com/aclements/go-moremath/stats"
)

// median of values, which are not changed; NaN of none.
func median(values []float64) float64 {
	n := len(values)
	if n == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(values))
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// shift is by how much new differs from base: the median of the differences of
// all pairs of runs (Hodges and Lehmann), and the interval that holds the true
// one with the given confidence: those changes that the test of Mann and
// Whitney would not reject. The interval is infinite when there are too few
// runs for that confidence.
func shift(s sample, confidence float64) (change, low, high float64) {
	var pairs []float64
	for _, b := range s.base {
		for _, v := range s.new {
			pairs = append(pairs, v-b)
		}
	}
	slices.Sort(pairs)
	out := outside(len(s.base), len(s.new), 1-confidence)
	if out < 0 {
		return median(pairs), math.Inf(-1), math.Inf(1)
	}
	return median(pairs), pairs[out], pairs[len(pairs)-1-out]
}

// exactUpTo is how many runs a side the distribution of U is computed for;
// beyond, it is as good as normal.
const exactUpTo = 20

// outside is how many of the sorted pairs lie outside the interval on either
// side; -1 when even all of them do not make one.
func outside(n, m int, alpha float64) int {
	if n == 0 || m == 0 {
		return -1
	}
	if max(n, m) > exactUpTo {
		z := math.Sqrt2 * math.Erfinv(1-alpha)
		u := float64(n)*float64(m)/2 - z*math.Sqrt(float64(n)*float64(m)*float64(n+m+1)/12)
		return min(int(math.Floor(u)), n*m/2-1)
	}
	u := stats.UDist{N1: n, N2: m}
	return sort.Search(n*m/2, func(out int) bool { return 2*u.CDF(float64(out)) >= alpha }) - 1
}

// ratio is shift as a part of base: 0.1 is ten percent more. All values must be
// positive.
func ratio(s sample, confidence float64) (change, low, high float64) {
	logs := sample{logarithms(s.base), logarithms(s.new)}
	change, low, high = shift(logs, confidence)
	return math.Expm1(change), math.Expm1(low), math.Expm1(high)
}

func logarithms(values []float64) []float64 {
	logs := make([]float64, len(values))
	for i, v := range values {
		logs[i] = math.Log(v)
	}
	return logs
}
