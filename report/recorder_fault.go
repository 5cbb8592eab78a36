package report

import "time"

// faultTally is one fault's story as far as one shard saw it.
type faultTally struct {
	clients, notApplied, skipped        int64
	detected, unnoticed, neverDetected  int64
	recovered, neverRecovered, ghosts   int64
	mechanism, causes, reasons          kinds
	detect, reconnect, outage, ghostFor Histogram
	storm                               stormTally
	box                                 boxTally
	malformed                           malformedTally
}

func (f *faultTally) merge(o *faultTally) {
	f.clients += o.clients
	f.notApplied += o.notApplied
	f.skipped += o.skipped
	f.detected += o.detected
	f.unnoticed += o.unnoticed
	f.neverDetected += o.neverDetected
	f.recovered += o.recovered
	f.neverRecovered += o.neverRecovered
	f.ghosts += o.ghosts
	f.mechanism.merge(o.mechanism)
	f.causes.merge(o.causes)
	f.reasons.merge(o.reasons)
	f.detect.Merge(&o.detect)
	f.reconnect.Merge(&o.reconnect)
	f.outage.Merge(&o.outage)
	f.ghostFor.Merge(&o.ghostFor)
	f.storm.merge(&o.storm)
	f.box.merge(&o.box)
	f.malformed.merge(o.malformed)
}

// fault runs f on a fault's tally under the lock; on nothing for NoFault.
func (r *Recorder) fault(fault int, f func(*faultTally)) {
	if fault == NoFault {
		return
	}
	f(&r.faults[fault])
}

// FaultApplied notes that a fault took effect on a connection, and how ("" when
// there is only one way).
func (r *Recorder) FaultApplied(fault int, mechanism string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fault(fault, func(f *faultTally) {
		f.clients++
		if mechanism != "" {
			f.mechanism.add(mechanism)
		}
	})
}

// FaultMechanism notes by which mechanism a fault that was applied before, such
// as a middlebox, took effect now.
func (r *Recorder) FaultMechanism(fault int, mechanism string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fault(fault, func(f *faultTally) {
		if mechanism != "" {
			f.mechanism.add(mechanism)
		}
	})
}

// FaultNotApplied notes that a client was chosen for a fault which could not be
// applied to it, and why.
func (r *Recorder) FaultNotApplied(fault int, reason string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fault(fault, func(f *faultTally) {
		f.notApplied++
		f.reasons.add(reason)
	})
}

// FaultSkipped notes that a client was chosen for a fault, but had no
// connection to apply it to, and why.
func (r *Recorder) FaultSkipped(fault int, reason string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fault(fault, func(f *faultTally) {
		f.skipped++
		f.reasons.add(reason)
	})
}

// FaultTrouble notes what went wrong with a fault that was applied.
func (r *Recorder) FaultTrouble(fault int, reason string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fault(fault, func(f *faultTally) { f.reasons.add(reason) })
}

// FaultDetected notes that a client declared its faulted connection dead, d
// after the fault: a Detect sample.
func (r *Recorder) FaultDetected(fault, group int, cause string, d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.groups[group].times[Detect].Record(d)
	r.fault(fault, func(f *faultTally) {
		f.detected++
		f.causes.add(cause)
		f.detect.Record(d)
	})
}

// FaultEnded notes that a fault without a moment of its own, such as a slow
// path, cost a client its connection: it is among the detected, without a
// Detect sample.
func (r *Recorder) FaultEnded(fault int, cause string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fault(fault, func(f *faultTally) {
		f.detected++
		f.causes.add(cause)
	})
}

// FaultUnnoticed notes that a fault healed before the client noticed it.
func (r *Recorder) FaultUnnoticed(fault int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fault(fault, func(f *faultTally) { f.unnoticed++ })
}

// FaultNeverDetected notes that a client had not noticed by the end of the run,
// sinceFault after the fault: one of NeverDetected, and a censored Detect
// sample. Of a storm, it is one who was not back.
func (r *Recorder) FaultNeverDetected(fault, group int, sinceFault time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.groups[group].counts[NeverDetected]++
	r.groups[group].times[Detect].RecordCensored(sinceFault)
	r.fault(fault, func(f *faultTally) {
		f.neverDetected++
		f.detect.RecordCensored(sinceFault)
		f.storm.back.RecordCensored(sinceFault)
	})
}

// FaultReconnected notes that a client was ready again, d after it had declared
// its connection dead: a Reconnect sample. The caller Adds to Reconnects
// besides.
func (r *Recorder) FaultReconnected(fault, group int, d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.groups[group].times[Reconnect].Record(d)
	r.fault(fault, func(f *faultTally) {
		f.recovered++
		f.reconnect.Record(d)
	})
}

// FaultOutage notes that a client was served again, d after the fault: an
// Outage sample.
func (r *Recorder) FaultOutage(fault, group int, d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.groups[group].times[Outage].Record(d)
	r.fault(fault, func(f *faultTally) { f.outage.Record(d) })
}

// FaultNeverRecovered notes that a client had not come back by the end of the
// run: one of NeverRecovered, a censored Outage sample of sinceFault and a
// censored Reconnect sample of sinceDetect.
func (r *Recorder) FaultNeverRecovered(fault, group int, sinceFault, sinceDetect time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	g := &r.groups[group]
	g.counts[NeverRecovered]++
	g.times[Outage].RecordCensored(sinceFault)
	g.times[Reconnect].RecordCensored(sinceDetect)
	r.fault(fault, func(f *faultTally) {
		f.neverRecovered++
		f.outage.RecordCensored(sinceFault)
		f.reconnect.RecordCensored(sinceDetect)
		f.storm.back.RecordCensored(sinceFault)
	})
}

// FaultGhost notes how long after the fault the server declared a silenced
// client gone: a Ghost sample. A censored one means that the server still
// believed it online then, and counts among the Ghosts.
func (r *Recorder) FaultGhost(fault, group int, d time.Duration, censored bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	record := (*Histogram).Record
	if censored {
		record = (*Histogram).RecordCensored
		r.groups[group].counts[Ghosts]++
	}
	record(&r.groups[group].times[Ghost], d)
	r.fault(fault, func(f *faultTally) {
		record(&f.ghostFor, d)
		if censored {
			f.ghosts++
		}
	})
}
