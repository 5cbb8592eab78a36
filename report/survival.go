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
// gone. Low and High hold the share from a point to the next, whenever each of
// them went, between when it was last seen and when it was first seen to be gone,
// and are no wider than that takes. The curve begins with 1 at 0, ends with the last that was seen of
// any ghost, and is nil for no lives.
func SurvivalOf(lives []Lifetime) []SurvivalPoint {
	if len(lives) == 0 {
		return nil
	}
	lives = slices.Clone(lives)
	last := time.Duration(0)
	times := []time.Duration{0}
	for i, l := range lives {
		l = l.rounded()
		lives[i], last = l, max(last, l.Seen, l.Gone)
		if l.Gone > 0 {
			times = append(times, l.Seen, l.Gone)
		}
	}
	times = append(times, last)
	slices.Sort(times)
	times = slices.Compact(times)
	w := newWatched(lives)
	every := (len(times) + mostReckoned - 1) / mostReckoned
	var curve []SurvivalPoint
	for i := 0; i < len(times); i += every {
		low := w.least(times[min(i+every, len(times)-1)]) // what is left out lies in the bracket
		curve = append(curve, pointAt(times[i], w.late(times[i]), low, w.early(times[i])))
	}
	share := w.late(last)
	if end := pointAt(last, share, share, w.early(last)); curve[len(curve)-1].AfterS < end.AfterS {
		curve = append(curve, end)
	} else {
		curve[len(curve)-1] = end
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

// mostReckoned bounds the times that a curve is reckoned at, for each of which
// all lives are gone through: 0.1 s for 10,000 of them.
const mostReckoned = 4 * mostPoints

// watched are lives in the orders that estimates go through them. Of what falls
// on the same time, the going comes before the censoring.
type watched struct {
	bySeen, byEnd []Lifetime
}

func newWatched(lives []Lifetime) watched {
	by := func(time func(Lifetime) time.Duration) []Lifetime {
		return slices.SortedFunc(slices.Values(lives), func(a, b Lifetime) int {
			return cmp.Or(cmp.Compare(time(a), time(b)), cmp.Compare(min(b.Gone, 1), min(a.Gone, 1)))
		})
	}
	return watched{by(func(l Lifetime) time.Duration { return l.Seen }), by(Lifetime.end)}
}

// end is the last that is known of a ghost.
func (l Lifetime) end() time.Duration { return max(l.Seen, l.Gone) }

// late is the share at t if each ghost went when it was first seen to be gone.
func (w watched) late(t time.Duration) float64 {
	share, _ := limit(w.byEnd, func(l Lifetime) bool { return l.end() <= t })
	return share
}

// least is the least that the share can be before t: if those that may have gone
// by then also had, just then. The later a ghost goes, the more of the share it
// takes with it, since others were lost sight of, and fewer are left to have it.
func (w watched) least(t time.Duration) float64 {
	share, risk := limit(w.byEnd, func(l Lifetime) bool { return l.end() < t })
	open := 0
	for _, l := range w.bySeen {
		if l.Seen >= t {
			break
		}
		if l.Gone >= t {
			open++
		}
	}
	if open == 0 {
		return share
	}
	return share * float64(risk-open) / float64(risk)
}

// early is the most that the share can be at t: if each ghost that was gone by
// then went right after it was last seen, and no other had.
func (w watched) early(t time.Duration) float64 {
	share, _ := limit(w.bySeen, func(l Lifetime) bool { return l.end() <= t })
	return share
}

// limit is the product-limit estimate of what has become of lives that are over,
// in their order, and how many are not.
func limit(lives []Lifetime, over func(Lifetime) bool) (share float64, risk int) {
	share, risk = 1.0, len(lives)
	for _, l := range lives {
		if !over(l) {
			continue
		}
		if l.Gone > 0 {
			share *= float64(risk-1) / float64(risk)
		}
		risk--
	}
	return share, risk
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
