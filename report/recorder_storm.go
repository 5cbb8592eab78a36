package report

import (
	"cmp"
	"slices"
	"time"
)

// longestStorm bounds the seconds of a storm that are told apart; what comes
// later counts in the last one.
const longestStorm = 2 * time.Hour

// stormTally is how those who lost their connection to a fault came back.
type stormTally struct {
	offered, accepted map[int][]int64 // by occurrence of the fault, and second since it
	back              Histogram       // from the fault to ready again
}

func (s *stormTally) merge(o *stormTally) {
	mergeSeconds(&s.offered, o.offered)
	mergeSeconds(&s.accepted, o.accepted)
	s.back.Merge(&o.back)
}

func mergeSeconds(into *map[int][]int64, from map[int][]int64) {
	for occurrence, seconds := range from {
		for second, n := range seconds {
			countSecond(into, occurrence, second, n)
		}
	}
}

func countSecond(into *map[int][]int64, occurrence, second int, n int64) {
	if *into == nil {
		*into = map[int][]int64{}
	}
	seconds := (*into)[occurrence]
	if missing := second + 1 - len(seconds); missing > 0 {
		seconds = append(seconds, make([]int64, missing)...)
	}
	seconds[second] += n
	(*into)[occurrence] = seconds
}

func stormSecond(sinceFault time.Duration) int {
	return int(min(max(0, sinceFault), longestStorm-time.Second) / time.Second)
}

// FaultDialed notes that a client that lost its connection to an occurrence of
// a fault dialled, sinceFault after it.
func (r *Recorder) FaultDialed(fault, occurrence int, sinceFault time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fault(fault, func(f *faultTally) {
		countSecond(&f.storm.offered, occurrence, stormSecond(sinceFault), 1)
	})
}

// FaultBack notes that such a client was ready again. The caller notes
// FaultReconnected besides.
func (r *Recorder) FaultBack(fault, occurrence int, sinceFault time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fault(fault, func(f *faultTally) {
		countSecond(&f.storm.accepted, occurrence, stormSecond(sinceFault), 1)
		f.storm.back.Record(sinceFault)
	})
}

// result is nil when nobody lost a connection.
func (s *stormTally) result() *Storm {
	if s.back.Count() == 0 && len(s.offered) == 0 {
		return nil
	}
	storm := &Storm{Clients: s.back.Count(), Back: s.back.Stats()}
	storm.Offered, storm.PeakOffered = addSeconds(s.offered)
	storm.Accepted, storm.PeakAccepted = addSeconds(s.accepted)
	storm.readBack()
	return storm
}

// addSeconds adds the occurrences up, and finds the most in one second of one.
func addSeconds(by map[int][]int64) (sum []int64, peak int64) {
	sum = []int64{}
	for _, seconds := range by {
		sum = addInto(sum, seconds)
		peak = max(peak, slices.Max(seconds))
	}
	return sum, peak
}

// addInto adds element by element.
func addInto(sum, seconds []int64) []int64 {
	if missing := len(seconds) - len(sum); missing > 0 {
		sum = append(sum, make([]int64, missing)...)
	}
	for i, n := range seconds {
		sum[i] += n
	}
	return sum
}

// readBack fills in from Back when 50, 99 and 100 % were back.
func (s *Storm) readBack() {
	h, err := s.Back.Decode()
	if err != nil || h.Count() == 0 {
		return
	}
	when := func(q float64) *float64 {
		d, atLeast := h.Quantile(q)
		if atLeast {
			return nil
		}
		seconds := d.Seconds()
		return &seconds
	}
	s.Back50S, s.Back99S, s.Back100S = when(0.5), when(0.99), when(1)
}

// addStorm adds what another run saw, all but Back, whose samples the caller
// adds. The peaks add, too: as if both had come in the same second.
func addStorm(a, b *Storm) *Storm {
	if a == nil || b == nil {
		return cmp.Or(a, b)
	}
	return &Storm{
		Clients: a.Clients + b.Clients,
		Offered: addInto(slices.Clone(a.Offered), b.Offered), Accepted: addInto(slices.Clone(a.Accepted), b.Accepted),
		PeakOffered: a.PeakOffered + b.PeakOffered, PeakAccepted: a.PeakAccepted + b.PeakAccepted,
	}
}
