package report

import (
	"cmp"
	"slices"
)

// addSurvivals adds what several runs saw, by method and story. The curves'
// mean, weighted by their ghosts, is that of all of them together as long as
// they were watched alike.
func addSurvivals(a, b []Survival) []Survival {
	var sum []Survival
	for _, s := range slices.Concat(a, b) {
		i := slices.IndexFunc(sum, func(o Survival) bool { return o.Method == s.Method && o.Story == s.Story })
		if i < 0 {
			s.Curve = slices.Clone(s.Curve)
			s.States = addStates(nil, s.States)
			sum = append(sum, s)
			continue
		}
		sum[i] = addSurvival(sum[i], s)
	}
	slices.SortFunc(sum, func(a, b Survival) int {
		return cmp.Or(cmp.Compare(rankOf(a.Method), rankOf(b.Method)), -cmp.Compare(a.Story, b.Story))
	})
	return sum
}

// ghostMethods are the ways to watch ghosts, best first.
var ghostMethods = []string{"presence", "inet_diag", "probe", "none"}

func rankOf(method string) int {
	if i := slices.Index(ghostMethods, method); i >= 0 {
		return i
	}
	return len(ghostMethods)
}

func addSurvival(a, b Survival) Survival {
	return Survival{
		Method: a.Method, Story: a.Story,
		Clients: a.Clients + b.Clients, Forgotten: a.Forgotten + b.Forgotten, Held: a.Held + b.Held, Unknown: a.Unknown + b.Unknown,
		Curve: meanCurve(a.Curve, b.Curve, known(a), known(b)), States: addStates(a.States, b.States),
	}
}

// known is how many ghosts a curve speaks of.
func known(s Survival) float64 { return float64(s.Forgotten + s.Held) }

func addStates(a, b map[string]int) map[string]int {
	if len(a)+len(b) == 0 {
		return nil
	}
	sum := map[string]int{}
	for _, m := range []map[string]int{a, b} {
		for state, n := range m {
			sum[state] += n
		}
	}
	return sum
}

// meanCurve is the mean of two curves with their weights. Where one has ended,
// its last point stands.
func meanCurve(a, b []SurvivalPoint, weightA, weightB float64) []SurvivalPoint {
	if len(a) == 0 || weightA == 0 {
		return slices.Clone(b)
	}
	if len(b) == 0 || weightB == 0 {
		return slices.Clone(a)
	}
	var times []float64
	for _, p := range slices.Concat(a, b) {
		times = append(times, p.AfterS)
	}
	slices.Sort(times)
	all := weightA + weightB
	var mean []SurvivalPoint
	for _, t := range slices.Compact(times) {
		p, q := curveAt(a, t), curveAt(b, t)
		mean = append(mean, SurvivalPoint{
			AfterS: t,
			Share:  (p.Share*weightA + q.Share*weightB) / all,
			Low:    (p.Low*weightA + q.Low*weightB) / all,
			High:   (p.High*weightA + q.High*weightB) / all,
		})
	}
	return mean
}

// curveAt is the last point at or before t; all are held before the first.
func curveAt(curve []SurvivalPoint, t float64) SurvivalPoint {
	i, found := slices.BinarySearchFunc(curve, t, func(p SurvivalPoint, t float64) int { return cmp.Compare(p.AfterS, t) })
	if found {
		i++
	}
	if i == 0 {
		return SurvivalPoint{Share: 1, Low: 1, High: 1}
	}
	return curve[i-1]
}
