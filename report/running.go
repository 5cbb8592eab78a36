package report

import (
	"slices"
	"sync"
	"time"
)

// Running looks at what a run's recorders hold while it goes on.
//
//	shards ──► Recorder ┐
//	shards ──► Recorder ┼─ Running ─► Thresholds, Faults, Standing
//	           Recorder ┘
//
// It costs nothing until it is asked, and holds no recorder's lock for longer
// than it takes to add one histogram to another, about 0.1 ms. Safe for
// concurrent use; the nil *Running knows nothing.
type Running struct {
	run Run // Groups, Faults, Thresholds, TimeScale

	mu        sync.Mutex // one look at a time
	recorders []*Recorder
	sum       Histogram // scratch
	ended     bool
}

// NewRunning returns a look at the run that the recorders are of. Of run, it reads
// what was planned: Groups, Faults, Thresholds and TimeScale.
func NewRunning(run Run, recorders ...*Recorder) *Running {
	return &Running{run: run, recorders: recorders}
}

// End stops looking: the recorders are about to be merged, and would be seen
// twice. From then on it knows nothing more.
func (n *Running) End() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.ended = true
}

// overall, as a group, stands for all of them.
const overall = -1

// toldAtEnd are the counts, and the times, that are not known before the drain
// is over: what the ledger judges, and whose story was still open then.
var (
	countsAtEnd = []Count{Expected, Missed, Lost, Indeterminate, AckedLost, NeverReady, NeverDetected, NeverRecovered, Ghosts}
	timesAtEnd  = []Metric{Ghost}
)

// AtEnd reports whether the count is known only when the run is over.
func (c Count) AtEnd() bool { return slices.Contains(countsAtEnd, c) }

// AtEnd reports whether the time is known only when the run is over.
func (m Metric) AtEnd() bool { return slices.Contains(timesAtEnd, m) }

// times adds up one time of a group in n.sum.
func (n *Running) times(m Metric, group int) *Histogram {
	n.sum.reset()
	for _, r := range n.recorders {
		for i := range r.groups {
			if group == overall || group == i {
				r.mu.Lock()
				n.sum.Merge(&r.groups[i].times[m])
				r.mu.Unlock()
			}
		}
	}
	return &n.sum
}

// faultTimes adds up one time of a fault in n.sum.
func (n *Running) faultTimes(m Metric, fault int) *Histogram {
	n.sum.reset()
	for _, r := range n.recorders {
		r.mu.Lock()
		f := &r.faults[fault]
		switch m {
		case Detect:
			n.sum.Merge(&f.detect)
		case Reconnect:
			n.sum.Merge(&f.reconnect)
		case Outage:
			n.sum.Merge(&f.outage)
		default: // Ghost is told at the end
		}
		r.mu.Unlock()
	}
	return &n.sum
}

// counts adds up what was counted, by group.
func (n *Running) counts() [][NumCounts]int64 {
	counts := make([][NumCounts]int64, len(n.run.Groups))
	for _, r := range n.recorders {
		r.mu.Lock()
		for i := range r.groups {
			for c, more := range r.groups[i].counts {
				counts[i][c] += more
			}
		}
		r.mu.Unlock()
	}
	return counts
}

// faults adds up how many connections each fault did what to.
func (n *Running) faults() []FaultResult {
	all := make([]FaultResult, len(n.run.Faults))
	for i, info := range n.run.Faults {
		all[i] = FaultResult{Name: info.Name, Kind: info.Kind}
	}
	for _, r := range n.recorders {
		r.mu.Lock()
		for i := range r.faults {
			from, to := &r.faults[i], &all[i]
			to.Clients += from.clients
			to.NotApplied += from.notApplied
			to.Skipped += from.skipped
			to.Detected += from.detected
			to.Unnoticed += from.unnoticed
			to.Recovered += from.recovered
		}
		r.mu.Unlock()
	}
	return all
}

// look runs f unless the run is over.
func (n *Running) look(f func()) {
	if n == nil {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if !n.ended {
		f()
	}
}

// Faults says of each fault how many connections it was applied to, and how
// many of those clients noticed and were back; nothing else is filled in. It is
// cheap. It is nil once the run is over.
func (n *Running) Faults() (all []FaultResult) {
	n.look(func() { all = n.faults() })
	return all
}

// Times are the p50 and p99 of a time since the beginning; ok is false when
// there is no sample, or the run is over.
func (n *Running) Times(m Metric) (p50, p99 time.Duration, ok bool) {
	n.look(func() {
		if h := n.times(m, overall); h.Count() > 0 {
			p50, _ = h.Quantile(0.5)
			p99, _ = h.Quantile(0.99)
			ok = true
		}
	})
	return p50, p99, ok
}
