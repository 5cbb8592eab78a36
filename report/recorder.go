package report

import (
	"sync"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"
)

// Recorder takes one shard's samples. It is safe for concurrent use by that
// shard's goroutines; each call takes one lock, briefly, and allocates only
// what it needs for the first time: 196 KB for each metric of each group and
// of each fault that gets a sample.
//
// Groups and faults are given by their index in the scenario. Where a fault is
// asked for, NoFault stands for what nobody caused: it is recorded for the
// group, and for no fault.
type Recorder struct {
	mu       sync.Mutex
	groups   []groupTally
	faults   []faultTally
	protocol quotes
	connect  quotes

	// Since the last Tick:
	ticked   [NumCounts]int64 // the counts at that time, over all groups
	delivery *hdr.Histogram
	lag      *hdr.Histogram
}

// NoFault is the index of no fault.
const NoFault = -1

type groupTally struct {
	counts [NumCounts]int64
	times  [NumMetrics]Histogram
	closes kinds
}

// NewRecorder returns a recorder for so many groups and faults.
func NewRecorder(groups, faults int) *Recorder {
	r := &Recorder{
		groups:   make([]groupTally, groups),
		faults:   make([]faultTally, faults),
		protocol: quotes{},
		connect:  quotes{},
		delivery: newTimes(intervalDigits),
		lag:      newTimes(intervalDigits),
	}
	for i := range r.groups {
		r.groups[i].closes = kinds{}
	}
	for i := range r.faults {
		r.faults[i] = faultTally{mechanism: kinds{}, causes: kinds{}, reasons: kinds{}}
	}
	return r
}

// Observe adds a sample of m. Delivery, Recovery and Fanout of received
// messages come by Receive.
func (r *Recorder) Observe(m Metric, group int, d time.Duration) {
	r.mu.Lock()
	r.groups[group].times[m].Record(d)
	if m == Lag {
		recordTime(r.lag, d)
	}
	r.mu.Unlock()
}

// Receive adds what the ledger made of a message's arrival in a client of
// group, d after the message should have left: counts and Delivery, Recovery,
// Fanout and Roundtrip samples as they apply.
func (r *Recorder) Receive(group int, rc Receipt, d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	g := &r.groups[group]
	switch rc.Class {
	case Live:
		g.counts[Delivered]++
		g.times[Delivery].Record(d)
		recordTime(r.delivery, d)
	case Resumed:
		g.counts[Recovered]++
		g.times[Recovery].Record(d)
	case Duplicate:
		g.counts[Duplicated]++
	case Unsolicited:
		g.counts[Unexpected]++
	}
	if rc.Reordered {
		g.counts[Reordered]++
	}
	if rc.Complete {
		g.times[Fanout].Record(d)
	}
	if rc.OwnEcho {
		g.times[Roundtrip].Record(d)
	}
}

// Add adds n to a count.
func (r *Recorder) Add(c Count, group int, n int64) {
	r.mu.Lock()
	r.groups[group].counts[c] += n
	r.mu.Unlock()
}

// Closed notes what ended a connection. The caller Adds to Disconnects and
// FalseDisconnects besides.
func (r *Recorder) Closed(cause string, group int) {
	r.mu.Lock()
	r.groups[group].closes.add(cause)
	r.mu.Unlock()
}

// ProtocolError notes a kind of breach of the protocol, and quotes the first
// text of that kind. The caller Adds to ProtocolErrors besides.
func (r *Recorder) ProtocolError(kind, text string) {
	r.mu.Lock()
	r.protocol.add(kind, text)
	r.mu.Unlock()
}

// ConnectError notes why a dial did not become ready, as ProtocolError does.
// The caller Adds to ConnectFailures besides.
func (r *Recorder) ConnectError(kind, text string) {
	r.mu.Lock()
	r.connect.add(kind, text)
	r.mu.Unlock()
}

// Merge adds all that o recorded to r, what came since the last Tick included.
// It is associative and commutative. Both must be for the same groups and
// faults; o is not changed, and must not be recorded to meanwhile.
func (r *Recorder) Merge(o *Recorder) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range o.groups {
		into, from := &r.groups[i], &o.groups[i]
		for c, n := range from.counts {
			into.counts[c] += n
		}
		for m := range from.times {
			into.times[m].Merge(&from.times[m])
		}
		into.closes.merge(from.closes)
	}
	for i := range o.faults {
		r.faults[i].merge(&o.faults[i])
	}
	r.protocol.merge(o.protocol)
	r.connect.merge(o.connect)
	for c, n := range o.ticked {
		r.ticked[c] += n
	}
	r.delivery.Merge(o.delivery)
	r.lag.Merge(o.lag)
}
