package report

import (
	"cmp"
	"time"
)

// boxTally is what a middlebox did to the connections that went through it.
type boxTally struct {
	connections, expired, beating int64 // beating: of the expired, those that sent heartbeats
	longestGap                    time.Duration
}

func (b *boxTally) merge(o *boxTally) {
	b.connections += o.connections
	b.expired += o.expired
	b.beating += o.beating
	b.longestGap = max(b.longestGap, o.longestGap)
}

// BoxEntered notes that a connection goes through the middlebox of a fault.
func (r *Recorder) BoxEntered(fault int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fault(fault, func(f *faultTally) { f.box.connections++ })
}

// BoxLeft notes that such a connection is over, or the box is; longestGap is
// the longest time without traffic that it survived.
func (r *Recorder) BoxLeft(fault int, longestGap time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fault(fault, func(f *faultTally) { f.box.longestGap = max(f.box.longestGap, longestGap) })
}

// BoxExpired notes that a middlebox gave up a connection, and whether its
// client was sending heartbeats.
func (r *Recorder) BoxExpired(fault int, beating bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fault(fault, func(f *faultTally) {
		f.box.expired++
		if beating {
			f.box.beating++
		}
	})
}

// result completes what was planned of a box by what was seen; nil for faults
// that are none.
func (b *boxTally) result(planned *Box) *Box {
	if planned == nil {
		return nil
	}
	box := *planned
	box.Connections, box.Expired, box.LongestGapS = b.connections, b.expired, b.longestGap.Seconds()
	box.HeartbeatKept = box.HeartbeatS > 0 && b.connections > 0 && b.beating == 0
	return &box
}

// addBox adds what another run saw of the same box.
func addBox(a, b *Box) *Box {
	if a == nil || b == nil {
		return cmp.Or(a, b)
	}
	kept := func(x *Box) bool { return x.HeartbeatKept || x.Connections == 0 }
	sum := *a
	sum.Connections += b.Connections
	sum.Expired += b.Expired
	sum.HeartbeatKept = kept(a) && kept(b) && sum.Connections > 0 && sum.HeartbeatS > 0
	sum.LongestGapS = max(a.LongestGapS, b.LongestGapS)
	sum.SafeHeartbeatS = min(a.SafeHeartbeatS, b.SafeHeartbeatS)
	return &sum
}
