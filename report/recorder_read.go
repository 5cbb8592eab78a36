package report

import "time"

// ConnectErrors lists why dials did not become ready, the most frequent first.
// It may be called while the recorder is in use.
func (r *Recorder) ConnectErrors() []Quote {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.connect.list()
}

// Quantile returns a quantile of m over all groups, and how many samples there
// are. It may be called while the recorder is in use.
func (r *Recorder) Quantile(m Metric, q float64) (d time.Duration, samples int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all Histogram
	for i := range r.groups {
		all.Merge(&r.groups[i].times[m])
	}
	if all.Count() == 0 {
		return 0, 0
	}
	d, _ = all.Quantile(q)
	return d, all.Count()
}

// Sum returns a count over all groups. It may be called while the recorder is
// in use.
func (r *Recorder) Sum(c Count) (n int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range r.groups {
		n += r.groups[i].counts[c]
	}
	return n
}

// FaultOutageCensored notes that a client that was due messages had got none by
// the end of the run, sinceFault after the fault: a censored Outage sample.
func (r *Recorder) FaultOutageCensored(fault, group int, sinceFault time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.groups[group].times[Outage].RecordCensored(sinceFault)
	r.fault(fault, func(f *faultTally) { f.outage.RecordCensored(sinceFault) })
}
