package report

import "time"

// Buckets is a Histogram told by a few bounds, as monitoring systems keep it.
type Buckets struct {
	Count int64         // of all samples
	Sum   time.Duration // of all samples
	UpTo  []int64       // for each bound, the samples that are not above it
}

// buckets tells h by bounds, which ascend. A sample is counted to within the
// histogram's resolution, a thousandth; one that is censored is in no bucket,
// because all that is known of it is that it was longer.
func (h *Histogram) buckets(bounds []time.Duration) Buckets {
	b := Buckets{Count: h.Count(), UpTo: make([]int64, len(bounds))}
	sum := int64(0)
	if h.observed != nil {
		i := 0
		for _, bar := range h.observed.Distribution() {
			for i < len(bounds) && bar.From > bounds[i].Microseconds() {
				i++
			}
			if i < len(bounds) {
				b.UpTo[i] += bar.Count
			}
			sum += (bar.From + bar.To) / 2 * bar.Count
		}
	}
	if h.censored != nil {
		for _, bar := range h.censored.Distribution() {
			sum += bar.From * bar.Count
		}
	}
	for i := 1; i < len(bounds); i++ {
		b.UpTo[i] += b.UpTo[i-1]
	}
	b.Sum = time.Duration(sum) * time.Microsecond
	return b
}

// reset makes h empty again, and keeps its memory.
func (h *Histogram) reset() {
	h.min, h.max = 0, 0
	if h.observed != nil {
		h.observed.Reset()
	}
	h.censored = nil // there is seldom any: what bounds a statistic must not be left behind empty
}

// Add adds o, which is told by the same bounds, to b.
func (b *Buckets) Add(o Buckets) {
	b.Count += o.Count
	b.Sum += o.Sum
	sum := make([]int64, len(o.UpTo)) // b's may be another's, too
	copy(sum, b.UpTo)
	for i, n := range o.UpTo {
		sum[i] += n
	}
	b.UpTo = sum
}
