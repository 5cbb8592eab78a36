package vitals

import (
	"math"
	"runtime/metrics"
	"slices"
	"time"
)

// Runtime is what the Go runtime of this process has done since a Meter was
// made.
type Runtime struct {
	// GCPauseMax is the longest stop of the world for a collection and
	// SchedP99 the 99th percentile of how long goroutines waited for a
	// thread when they could have run. Both are the upper edge of the
	// runtime's histogram bucket, at most a quarter above the truth.
	GCPauseMax, SchedP99 time.Duration
	GCs                  uint64 // collections ended
	Procs                int    // GOMAXPROCS
	Goroutines           int
	HeapBytes            int64 // live objects and those not yet swept
}

// Meter reads the runtime's figures from a point in time on.
type Meter struct {
	gcPauses, schedDelays []uint64 // counts of each bucket when made
	gcs                   uint64
}

// The runtime's names; their order is that of reading.
const (
	gcPauses = iota
	schedDelays
	gcs
	procs
	goroutines
	heapBytes
)

func read() []metrics.Sample {
	s := []metrics.Sample{
		gcPauses:    {Name: "/sched/pauses/total/gc:seconds"},
		schedDelays: {Name: "/sched/latencies:seconds"},
		gcs:         {Name: "/gc/cycles/total:gc-cycles"},
		procs:       {Name: "/sched/gomaxprocs:threads"},
		goroutines:  {Name: "/sched/goroutines:goroutines"},
		heapBytes:   {Name: "/memory/classes/heap/objects:bytes"},
	}
	metrics.Read(s)
	return s
}

// NewMeter starts to count now.
func NewMeter() *Meter {
	s := read()
	return &Meter{
		gcPauses:    slices.Clone(s[gcPauses].Value.Float64Histogram().Counts),
		schedDelays: slices.Clone(s[schedDelays].Value.Float64Histogram().Counts),
		gcs:         s[gcs].Value.Uint64(),
	}
}

// Read returns the figures since the meter was made. It does not stop the
// world.
func (m *Meter) Read() Runtime {
	s := read()
	return Runtime{
		GCPauseMax: quantile(s[gcPauses].Value.Float64Histogram(), m.gcPauses, 1),
		SchedP99:   quantile(s[schedDelays].Value.Float64Histogram(), m.schedDelays, 0.99),
		GCs:        s[gcs].Value.Uint64() - m.gcs,
		Procs:      int(s[procs].Value.Uint64()),
		Goroutines: int(s[goroutines].Value.Uint64()),
		HeapBytes:  int64(s[heapBytes].Value.Uint64()),
	}
}

// quantile returns the upper edge of the bucket that holds the q-quantile of
// what h counted beyond base, 0 when that is nothing. A bucket without an
// upper edge gives its lower one.
func quantile(h *metrics.Float64Histogram, base []uint64, q float64) time.Duration {
	total := uint64(0)
	for i, n := range h.Counts {
		total += n - base[i]
	}
	if total == 0 {
		return 0
	}
	rank := max(1, uint64(math.Ceil(q*float64(total))))
	seen := uint64(0)
	for i, n := range h.Counts {
		seen += n - base[i]
		if seen < rank {
			continue
		}
		edge := h.Buckets[i+1]
		if math.IsInf(edge, 1) {
			edge = h.Buckets[i]
		}
		return seconds(edge)
	}
	return 0 // not reached: the ranks end at total
}
