package report

import (
	"fmt"
	"math"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"

	"github.com/imbench/imbench/internal/unit"
)

// The range of a Histogram. A sample below the floor is recorded as the floor;
// one above the ceiling is recorded as censored at the ceiling, because that
// it was at least that long is all that is kept of it.
const (
	histogramFloor   = time.Microsecond
	histogramCeiling = 2 * time.Hour
	histogramDigits  = 3
)

// Histogram keeps how often each time was seen, in whole microseconds from 1 µs
// to 2 h with three significant digits; its least and greatest sample are kept
// exactly. A censored sample is one known only to be at least as long as
// recorded. It takes part in every statistic at its recorded value, and a
// statistic that it could move is reported as a lower bound.
//
// The zero Histogram is empty and ready; it takes 196 KB with its first
// observed sample and as much again with its first censored one. It is not
// safe for concurrent use.
type Histogram struct {
	observed, censored *hdr.Histogram // nil until there is a sample
	min, max           time.Duration  // of both
}

func newTimes(digits int) *hdr.Histogram {
	return hdr.New(histogramFloor.Microseconds(), histogramCeiling.Microseconds(), digits)
}

// Record adds an observed sample.
func (h *Histogram) Record(d time.Duration) {
	if d > histogramCeiling {
		h.RecordCensored(d)
		return
	}
	h.record(&h.observed, d)
}

// RecordCensored adds a sample known only to be at least d.
func (h *Histogram) RecordCensored(d time.Duration) { h.record(&h.censored, d) }

func (h *Histogram) record(into **hdr.Histogram, d time.Duration) {
	d = min(max(d.Truncate(time.Microsecond), histogramFloor), histogramCeiling)
	if h.min == 0 || d < h.min {
		h.min = d
	}
	h.max = max(h.max, d)
	if *into == nil {
		*into = newTimes(histogramDigits)
	}
	// In range and by one: the only error left is 2^63 samples.
	_ = (*into).RecordValue(d.Microseconds())
}

// Merge adds o's samples to h. It is associative and commutative. o may be nil
// and is not changed.
func (h *Histogram) Merge(o *Histogram) {
	if o.Count() == 0 {
		return
	}
	if h.min == 0 || o.min < h.min {
		h.min = o.min
	}
	h.max = max(h.max, o.max)
	mergeTimes(&h.observed, o.observed)
	mergeTimes(&h.censored, o.censored)
}

func mergeTimes(into **hdr.Histogram, from *hdr.Histogram) {
	if from == nil {
		return
	}
	if *into == nil {
		*into = from.Clone()
		return
	}
	(*into).Merge(from)
}

// Count returns how many samples there are, censored ones included.
func (h *Histogram) Count() int64 {
	if h == nil {
		return 0
	}
	return total(h.observed) + total(h.censored)
}

// Censored returns how many of the samples are censored.
func (h *Histogram) Censored() int64 {
	if h == nil {
		return 0
	}
	return total(h.censored)
}

func total(h *hdr.Histogram) int64 {
	if h == nil {
		return 0
	}
	return h.TotalCount()
}

// all returns observed and censored samples together; nil when there are none.
// It may be one of h's own: read only.
func (h *Histogram) all() *hdr.Histogram {
	switch {
	case h == nil:
		return nil
	case h.censored == nil:
		return h.observed
	case h.observed == nil:
		return h.censored
	}
	both := h.observed.Clone()
	both.Merge(h.censored)
	return both
}

// Quantile returns the least time that at least q of the samples (0 < q <= 1)
// do not exceed, rounded up to the histogram's resolution, and whether it is
// only a lower bound. It is 0 when there are no samples.
func (h *Histogram) Quantile(q float64) (d time.Duration, atLeast bool) {
	all := h.all()
	if all == nil {
		return 0, false
	}
	d = h.quantile(all, q)
	return d, h.bounded(d)
}

func (h *Histogram) quantile(all *hdr.Histogram, q float64) time.Duration {
	return min(h.max, max(h.min, nearestRank(all, q)))
}

// reached returns when a share of all samples (0 < share <= 1) had come to
// their end, of which those that are censored have not. It is false when so
// many never did.
func (h *Histogram) reached(share float64) (d time.Duration, ok bool) {
	if h.observed == nil {
		return 0, false
	}
	ended := float64(h.observed.TotalCount())
	q := share * float64(h.Count()) / ended
	if math.Ceil(q*ended-1e-6) > ended {
		return 0, false
	}
	return min(h.max, max(h.min, nearestRank(h.observed, q))), true
}

// nearestRank is the quantile by the nearest-rank definition. The library
// rounds the rank to the nearest, which may report a value that fewer than q of
// the samples reach; so it is asked for a rank.
func nearestRank(h *hdr.Histogram, q float64) time.Duration {
	n := float64(h.TotalCount())
	rank := min(n, max(1, math.Ceil(q*n-1e-6)))
	return time.Duration(h.ValueAtPercentile(100*rank/n)) * time.Microsecond
}

// bounded reports whether censored samples reach down to d, so that a
// statistic of that value is only a lower bound.
func (h *Histogram) bounded(d time.Duration) bool {
	return h.censored != nil && time.Duration(h.censored.Min())*time.Microsecond <= d
}

// quantiles are those that Stats has, with where to put them.
var quantiles = []struct {
	name string
	q    float64
	of   func(*Stats) *float64
}{
	{"p50", 0.50, func(s *Stats) *float64 { return &s.P50 }},
	{"p90", 0.90, func(s *Stats) *float64 { return &s.P90 }},
	{"p95", 0.95, func(s *Stats) *float64 { return &s.P95 }},
	{"p99", 0.99, func(s *Stats) *float64 { return &s.P99 }},
	{"p999", 0.999, func(s *Stats) *float64 { return &s.P999 }},
}

// Stats sums h up in milliseconds. Of an empty or nil Histogram everything is 0
// but the unit.
func (h *Histogram) Stats() *Stats {
	s := h.figures()
	if s.Count > 0 {
		s.Histogram = encode(h.observed)
		s.CensoredHistogram = encode(h.censored)
	}
	return s
}

// figures are Stats without the samples behind them.
func (h *Histogram) figures() *Stats {
	s := &Stats{Unit: "ms", Count: h.Count()}
	if s.Count == 0 {
		return s
	}
	all := h.all()
	put := func(name string, into *float64, d time.Duration) {
		*into = unit.Millis(d)
		if h.bounded(d) {
			s.AtLeast = append(s.AtLeast, name)
		}
	}
	put("min", &s.Min, h.min)
	mean := time.Duration(all.Mean() * float64(time.Microsecond))
	s.Mean = unit.Millis(min(h.max, max(h.min, mean)))
	if h.censored != nil {
		s.AtLeast = append(s.AtLeast, "mean")
	}
	for _, q := range quantiles {
		put(q.name, q.of(s), h.quantile(all, q.q))
	}
	put("max", &s.Max, h.max)
	s.Censored = total(h.censored)
	return s
}

// encode returns h as HDR V2 compressed base64, "" when it is nil.
func encode(h *hdr.Histogram) string {
	if h == nil {
		return ""
	}
	b, err := h.Encode(hdr.V2CompressedEncodingCookieBase)
	if err != nil { // it writes to memory only
		panic("report: encoding a histogram: " + err.Error())
	}
	return string(b)
}

// decode reads what encode wrote. A histogram of another range or precision is
// an error: its buckets would not add up with ours.
func decode(s string, digits int) (*hdr.Histogram, error) {
	if s == "" {
		return nil, nil
	}
	h, err := hdr.Decode([]byte(s))
	if err != nil {
		return nil, fmt.Errorf("histogram: %w", err)
	}
	if h.LowestTrackableValue() != histogramFloor.Microseconds() ||
		h.HighestTrackableValue() != histogramCeiling.Microseconds() || h.SignificantFigures() != int64(digits) {
		return nil, fmt.Errorf("histogram: from %d to %d with %d digits, not from %d to %d with %d",
			h.LowestTrackableValue(), h.HighestTrackableValue(), h.SignificantFigures(),
			histogramFloor.Microseconds(), histogramCeiling.Microseconds(), digits)
	}
	if h.TotalCount() == 0 {
		return nil, nil
	}
	return h, nil
}

// Decode returns the samples that s sums up, so that they can be merged with
// others. It is an error when s and its histograms do not belong together. A
// nil or empty s gives an empty Histogram.
func (s *Stats) Decode() (*Histogram, error) {
	h := new(Histogram)
	if s == nil {
		return h, nil
	}
	var err error
	if h.observed, err = decode(s.Histogram, histogramDigits); err != nil {
		return nil, err
	}
	if h.censored, err = decode(s.CensoredHistogram, histogramDigits); err != nil {
		return nil, err
	}
	if h.Count() != s.Count || h.Censored() != s.Censored {
		return nil, fmt.Errorf("histogram: holds %d samples, %d of them censored, but %d and %d are stated",
			h.Count(), h.Censored(), s.Count, s.Censored)
	}
	all := h.all()
	if all == nil {
		return h, nil
	}
	h.min, h.max = duration(s.Min), duration(s.Max)
	if !all.ValuesAreEquivalent(h.min.Microseconds(), all.Min()) || !all.ValuesAreEquivalent(h.max.Microseconds(), all.Max()) {
		return nil, fmt.Errorf("histogram: goes from %d to %d µs, but from %v to %v is stated", all.Min(), all.Max(), h.min, h.max)
	}
	return h, nil
}

// duration is the inverse of unit.Millis, to the microsecond.
func duration(ms float64) time.Duration {
	return time.Duration(math.Round(ms*1000)) * time.Microsecond
}
