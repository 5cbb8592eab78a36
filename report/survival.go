package report

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// Lifetime is what is known of how long a ghost was believed in, counted from
// the fault: it was at Seen, and no more at Gone. Gone 0 means that it was not
// seen to go: its life is censored at Seen. Seen == Gone is an exact one.
type Lifetime struct {
	Seen, Gone time.Duration
}

// Look is one question whether a ghost was still believed in, and the answer.
// Asking ends a ghost's story, so there is one look for each.
type Look struct {
	After time.Duration // from the fault
	Held  bool
}

// SurvivalOf estimates which share of ghosts was still believed in so long
// after the fault (Kaplan and Meier 1958): a ghost censored at some time counts
// as one at risk up to then. Share has a ghost go when it was first seen to be
// gone; Low and High are that and the share if it went right after it was last
// seen, which may be more: fewer were lost sight of by then. The curve begins
// with 1 at 0, ends with the last that was seen of any ghost, and is nil for no
// lives.
func SurvivalOf(lives []Lifetime) []SurvivalPoint {
	if len(lives) == 0 {
		return nil
	}
	lives = slices.Clone(lives)
	for i, l := range lives {
		lives[i] = l.rounded()
	}
	late := kaplanMeier(lives, func(l Lifetime) time.Duration { return l.Gone })
	early := kaplanMeier(lives, func(l Lifetime) time.Duration { return l.Seen })
	last := time.Duration(0)
	times := []time.Duration{0}
	for _, l := range lives {
		last = max(last, l.Seen, l.Gone)
		if l.Gone > 0 {
			times = append(times, l.Seen, l.Gone)
		}
	}
	times = append(times, last)
	slices.Sort(times)
	var curve []SurvivalPoint
	for _, t := range slices.Compact(times) {
		share := late.at(t)
		soonest := early.at(t)
		curve = append(curve, pointAt(t, share, min(soonest, share), max(soonest, share)))
	}
	return thinned(curve)
}

// rounded is l to the millisecond, which keeps curves short, and an exact life
// exact.
func (l Lifetime) rounded() Lifetime {
	r := Lifetime{Seen: l.Seen.Round(time.Millisecond), Gone: l.Gone.Round(time.Millisecond)}
	if l.Gone > 0 && r.Gone == 0 {
		r.Gone = time.Millisecond
	}
	return r
}

// step says that a curve has a value from a time on.
type step struct {
	from  time.Duration
	value float64
}

type steps []step

// at is the curve's value at t: 1 before its first step.
func (s steps) at(t time.Duration) float64 {
	i, found := slices.BinarySearchFunc(s, t, func(a step, t time.Duration) int { return cmp.Compare(a.from, t) })
	if found {
		i++
	}
	if i == 0 {
		return 1
	}
	return s[i-1].value
}

// kaplanMeier is the product-limit estimate, with each ghost that went gone at
// the time that gone says. Of what falls on the same time, the going comes
// before the censoring.
func kaplanMeier(lives []Lifetime, gone func(Lifetime) time.Duration) steps {
	type end struct {
		at   time.Duration
		gone bool
	}
	ends := make([]end, len(lives))
	for i, l := range lives {
		ends[i] = end{l.Seen, false}
		if l.Gone > 0 {
			ends[i] = end{gone(l), true}
		}
	}
	slices.SortFunc(ends, func(a, b end) int { return cmp.Compare(a.at, b.at) })
	var curve steps
	share := 1.0
	for i := 0; i < len(ends); {
		at, risk, went := ends[i].at, len(ends)-i, 0
		for ; i < len(ends) && ends[i].at == at; i++ {
			if ends[i].gone {
				went++
			}
		}
		if went > 0 {
			share *= float64(risk-went) / float64(risk)
			curve = append(curve, step{at, share})
		}
	}
	return curve
}

// SurvivalByLooks estimates the same from one look at each ghost (current
// status data): the share that can only fall and fits the answers best, found
// by pooling neighbours that contradict it (Ayer and others 1955). Nothing is
// known between two looks but that the share is not above the one before and
// not below the one after. Low and High are a 95 % interval for each pool
// (Wilson 1927), which takes the pools as given.
func SurvivalByLooks(looks []Look) []SurvivalPoint {
	if len(looks) == 0 {
		return nil
	}
	pools := pooled(looks)
	curve := []SurvivalPoint{pointAt(0, 1, pools[0].low, 1)}
	for i, p := range pools {
		later := p.low // from the pool's last look on, the share may have fallen to the next one's
		if i+1 < len(pools) {
			later = pools[i+1].low
		}
		if p.to > p.from {
			curve = append(curve, pointAt(p.from, p.share(), p.low, p.high))
		}
		curve = append(curve, pointAt(p.to, p.share(), later, p.high))
	}
	if curve[1].AfterS == 0 {
		curve = curve[1:]
	}
	return thinned(curve)
}

// pool is a run of looks that share one estimate.
type pool struct {
	from, to  time.Duration
	held, all int
	low, high float64
}

func (p pool) share() float64 { return float64(p.held) / float64(p.all) }

// pooled pools adjacent violators of a share that only falls.
func pooled(looks []Look) []pool {
	looks = slices.SortedFunc(slices.Values(looks), func(a, b Look) int { return cmp.Compare(a.After, b.After) })
	for i := range looks {
		looks[i].After = looks[i].After.Round(time.Millisecond)
	}
	var pools []pool
	for i := 0; i < len(looks); {
		next := pool{from: looks[i].After, to: looks[i].After}
		for ; i < len(looks) && looks[i].After == next.from; i++ {
			next.all++
			if looks[i].Held {
				next.held++
			}
		}
		for n := len(pools); n > 0 && next.held*pools[n-1].all >= pools[n-1].held*next.all; n-- {
			before := pools[n-1]
			next = pool{from: before.from, to: next.to, held: before.held + next.held, all: before.all + next.all}
			pools = pools[:n-1]
		}
		pools = append(pools, next)
	}
	for i := range pools {
		pools[i].low, pools[i].high = wilson(pools[i].held, pools[i].all)
		if i > 0 { // a small pool's wide interval must not make the bracket rise
			pools[i].low = min(pools[i].low, pools[i-1].low)
		}
	}
	for i := len(pools) - 2; i >= 0; i-- {
		pools[i].high = max(pools[i].high, pools[i+1].high)
	}
	return pools
}

// wilson is the 95 % interval of a share of which held of all were seen.
func wilson(held, all int) (low, high float64) {
	const z = 1.959964
	n := float64(all)
	p := float64(held) / n
	middle, spread := p+z*z/(2*n), z*math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	low, high = (middle-spread)/(1+z*z/n), (middle+spread)/(1+z*z/n)
	if held == 0 {
		low = 0
	}
	if held == all {
		high = 1
	}
	return low, high
}

// pointAt rounds shares to what a reader can use of them.
func pointAt(after time.Duration, share, low, high float64) SurvivalPoint {
	const digits = 1e6
	rounded := func(v float64) float64 { return math.Round(v*digits) / digits }
	return SurvivalPoint{AfterS: after.Seconds(), Share: rounded(share), Low: rounded(low), High: rounded(high)}
}

// mostPoints bounds a curve: a result does not grow with the clients.
const mostPoints = 200

// thinned leaves out steps too small to see. The point before them brackets
// what is left out.
func thinned(curve []SurvivalPoint) []SurvivalPoint {
	if len(curve) <= mostPoints {
		return curve
	}
	kept := curve[:1:1]
	for i, p := range curve[1:] {
		last := &kept[len(kept)-1]
		if i == len(curve)-2 || last.Share-p.Share >= 2.0/mostPoints || last.Low-p.Low >= 4.0/mostPoints {
			kept = append(kept, p)
			continue
		}
		last.Low = min(last.Low, p.Low)
	}
	return kept
}
