package vitals

import (
	"math"
	"runtime"
	"runtime/metrics"
	"testing"
	"time"
)

func TestTheMeterCountsFromItsMaking(t *testing.T) {
	runtime.GC()
	m := NewMeter()
	if r := m.Read(); r.GCs != 0 && r.GCPauseMax == 0 {
		t.Errorf("%d collections without a pause", r.GCs)
	}
	runtime.GC()
	r := m.Read()
	if r.GCs == 0 || r.GCPauseMax <= 0 || r.GCPauseMax > time.Minute {
		t.Errorf("after a collection: %d, longest pause %v", r.GCs, r.GCPauseMax)
	}
	if r.Procs != runtime.GOMAXPROCS(0) || r.Goroutines < 1 || r.HeapBytes <= 0 {
		t.Errorf("%+v is not this process", r)
	}
}

func TestQuantile(t *testing.T) {
	edges := []float64{0, 0.001, 0.002, 0.004, math.Inf(1)}
	tests := map[string]struct {
		base, counts []uint64
		q            float64
		want         time.Duration
	}{
		"nothing counted":                     {[]uint64{5, 5, 5, 5}, []uint64{5, 5, 5, 5}, 1, 0},
		"what was counted before is left out": {[]uint64{0, 0, 9, 0}, []uint64{3, 1, 9, 0}, 1, 2 * time.Millisecond},
		"the maximum is the last one's edge":  {make([]uint64, 4), []uint64{3, 0, 1, 0}, 1, 4 * time.Millisecond},
		"the p99 of a hundred is the 99th":    {make([]uint64, 4), []uint64{99, 0, 1, 0}, 0.99, time.Millisecond},
		"the p99 of a few is the last":        {make([]uint64, 4), []uint64{9, 1, 0, 0}, 0.99, 2 * time.Millisecond},
		"an open bucket gives its lower edge": {make([]uint64, 4), []uint64{1, 0, 0, 1}, 1, 4 * time.Millisecond},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			h := &metrics.Float64Histogram{Counts: tt.counts, Buckets: edges}
			if got := quantile(h, tt.base, tt.q); got != tt.want {
				t.Errorf("quantile = %v; want %v", got, tt.want)
			}
		})
	}
}
