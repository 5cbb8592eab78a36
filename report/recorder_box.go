package report

import (
	"cmp"
	"time"
)

// boxTally is what a middlebox did to the connections that went through it.
type boxTally struct {
	connections, expired, aged int64 // aged: of the expired
	beating, lapsed            int64 // of the connections, those that sent heartbeats, and of these, those that were idle for too long
	longestGap                 time.Duration
}

func (b *boxTally) merge(o *boxTally) {
	b.connections += o.connections
	b.expired += o.expired
	b.aged += o.aged
	b.beating += o.beating
	b.lapsed += o.lapsed
	b.longestGap = max(b.longestGap, o.longestGap)
}

// BoxEntered notes that a connection goes through the middlebox of a fault, and
// whether its client sends heartbeats.
func (r *Recorder) BoxEntered(fault int, beating bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fault(fault, func(f *faultTally) {
		f.box.connections++
		if beating {
			f.box.beating++
		}
	})
}

// BoxLeft notes that such a connection is over, or the box is; longestGap is
// the longest time without traffic that it survived.
func (r *Recorder) BoxLeft(fault int, longestGap time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fault(fault, func(f *faultTally) { f.box.longestGap = max(f.box.longestGap, longestGap) })
}

// BoxExpired notes that a middlebox gave up a connection, whether its client
// was sending heartbeats, and whether that did not matter, because of its age.
func (r *Recorder) BoxExpired(fault int, beating, aged bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fault(fault, func(f *faultTally) {
		f.box.expired++
		switch {
		case aged:
			f.box.aged++
		case beating:
			f.box.lapsed++
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
	box.Connections, box.Expired, box.Aged, box.LongestGapS = b.connections, b.expired, b.aged, b.longestGap.Seconds()
	box.HeartbeatKept = box.HeartbeatS > 0 && b.beating > 0 && b.lapsed == 0
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
	sum.Aged += b.Aged
	sum.HeartbeatKept = kept(a) && kept(b) && sum.Connections > 0 && sum.HeartbeatS > 0
	sum.LongestGapS = max(a.LongestGapS, b.LongestGapS)
	sum.SafeHeartbeatS = min(a.SafeHeartbeatS, b.SafeHeartbeatS)
	return &sum
}
