package report

import (
	"cmp"
	"time"
)

// longestStorm bounds the seconds that are told apart, of one client's fault and
// of one fault in the run, and so the memory: four counts of 8 bytes for each,
// 2.8 MB for a fault that costs connections for all of it. What comes later is
// in no second, and in no peak.
const longestStorm = 24 * time.Hour

// longestBurst bounds the tenths of a second that are told apart, likewise:
// 0.6 MB for the hour.
const longestBurst = time.Hour

// stormTally is how those who lost their connection to a fault came back.
type stormTally struct {
	offered, accepted       []int64 // by the second since the client's fault
	runOffered, runAccepted []int64 // by the second of the run since the fault was first due
	tenthsOffered           []int64 // the same by the tenth of a second
	tenthsAccepted          []int64
	back                    Histogram // from the fault to ready again
}

func (s *stormTally) merge(o *stormTally) {
	s.offered, s.accepted = addInto(s.offered, o.offered), addInto(s.accepted, o.accepted)
	s.runOffered, s.runAccepted = addInto(s.runOffered, o.runOffered), addInto(s.runAccepted, o.runAccepted)
	s.tenthsOffered, s.tenthsAccepted = addInto(s.tenthsOffered, o.tenthsOffered), addInto(s.tenthsAccepted, o.tenthsAccepted)
	s.back.Merge(&o.back)
}

// StormTime is a moment after a fault, by two clocks.
type StormTime struct {
	SinceFault time.Duration // since it struck the client, or cost it its connection
	SinceDue   time.Duration // since the fault was first due in the run: the same moment for all clients and shards
}

// FaultDialed notes that a client that lost its connection to a fault dialled.
func (r *Recorder) FaultDialed(fault int, at StormTime) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fault(fault, func(f *faultTally) {
		countSecond(&f.storm.offered, at.SinceFault)
		countSecond(&f.storm.runOffered, at.SinceDue)
		countIn(&f.storm.tenthsOffered, at.SinceDue, time.Second/10, longestBurst)
	})
}

// FaultBack notes that such a client was ready again. The caller notes
// FaultReconnected besides.
func (r *Recorder) FaultBack(fault int, at StormTime) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fault(fault, func(f *faultTally) {
		countSecond(&f.storm.accepted, at.SinceFault)
		countSecond(&f.storm.runAccepted, at.SinceDue)
		countIn(&f.storm.tenthsAccepted, at.SinceDue, time.Second/10, longestBurst)
		f.storm.back.Record(at.SinceFault)
	})
}

// countSecond counts one in the second that at lies in.
func countSecond(seconds *[]int64, at time.Duration) { countIn(seconds, at, time.Second, longestStorm) }

// countIn counts one in the step that at lies in, if it lies before the end.
func countIn(counts *[]int64, at, step, end time.Duration) {
	if at >= end {
		return
	}
	i := int(max(0, at) / step)
	if missing := i + 1 - len(*counts); missing > 0 {
		*counts = append(*counts, make([]int64, missing)...)
	}
	(*counts)[i]++
}

// result is nil when nobody lost a connection.
func (s *stormTally) result() *Storm {
	if s.back.Count() == 0 && len(s.offered) == 0 {
		return nil
	}
	storm := &Storm{
		Clients: s.back.Count(), Back: s.back.Stats(),
		Offered: addInto([]int64{}, s.offered), Accepted: addInto([]int64{}, s.accepted),
		RunOffered: addInto([]int64{}, s.runOffered), RunAccepted: addInto([]int64{}, s.runAccepted),
	}
	storm.BurstOffered, storm.BurstAccepted = most(s.tenthsOffered), most(s.tenthsAccepted)
	storm.readPeaks()
	storm.readBack()
	return storm
}

// readPeaks finds the most in one second of the run.
func (s *Storm) readPeaks() {
	s.PeakOffered, s.PeakAccepted = most(s.RunOffered), most(s.RunAccepted)
}

func most(seconds []int64) (peak int64) {
	for _, n := range seconds {
		peak = max(peak, n)
	}
	return peak
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
		d, ok := h.reached(q)
		if !ok {
			return nil
		}
		seconds := d.Seconds()
		return &seconds
	}
	s.Back50S, s.Back99S, s.Back100S = when(0.5), when(0.99), when(1)
}

// addStorm adds what another run saw, second by second, all but Back, whose
// samples the caller adds. The peaks are those of the sums; a burst is the
// larger of the two, since the tenths of a second are not kept.
func addStorm(a, b *Storm) *Storm {
	if a == nil || b == nil {
		return cmp.Or(a, b)
	}
	sum := &Storm{
		Clients: a.Clients + b.Clients, Offered: []int64{}, Accepted: []int64{}, RunOffered: []int64{}, RunAccepted: []int64{},
		BurstOffered: max(a.BurstOffered, b.BurstOffered), BurstAccepted: max(a.BurstAccepted, b.BurstAccepted),
	}
	for _, s := range []*Storm{a, b} {
		sum.Offered, sum.Accepted = addInto(sum.Offered, s.Offered), addInto(sum.Accepted, s.Accepted)
		offered, accepted := s.bySecondOfRun()
		sum.RunOffered, sum.RunAccepted = addInto(sum.RunOffered, offered), addInto(sum.RunAccepted, accepted)
	}
	sum.readPeaks()
	return sum
}

// bySecondOfRun is RunOffered and RunAccepted. A result from before they were
// kept has the seconds since each client's fault in their place, which are the
// same where the fault struck once and everybody together.
func (s *Storm) bySecondOfRun() (offered, accepted []int64) {
	if len(s.RunOffered) == 0 && len(s.RunAccepted) == 0 {
		return s.Offered, s.Accepted
	}
	return s.RunOffered, s.RunAccepted
}
