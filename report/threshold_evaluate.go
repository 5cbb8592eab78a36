package report

import (
	"fmt"
	"slices"
)

// measure is what one metric came to: a time's statistics, or a number.
type measure struct {
	stats  *Stats
	number float64
}

// measure returns a metric of one fault; ok is false for metrics that faults
// do not have.
func (f *FaultResult) measure(metric string) (m measure, ok bool) {
	switch metric {
	case Detect.String():
		return measure{stats: f.Detect}, true
	case Reconnect.String():
		return measure{stats: f.Reconnect}, true
	case Outage.String():
		return measure{stats: f.Outage}, true
	case Ghost.String():
		return measure{stats: f.Ghost}, true
	case NeverDetected.String():
		return measure{number: float64(f.NeverDetected)}, true
	case NeverRecovered.String():
		return measure{number: float64(f.NeverRecovered)}, true
	case Ghosts.String():
		return measure{number: float64(f.Ghosts)}, true
	}
	return measure{}, false
}

// pairCounts are the counts that say nothing, at 0, when nothing was expected.
var pairCounts = []Count{
	Expected, Delivered, Recovered, Missed, Lost, Indeterminate, Duplicated, Reordered, Unexpected, AckedLost,
}

// Evaluate holds the threshold against r. It passes or fails only on what was
// seen: without samples, on a bound that could lie on either side, for a fault
// that was not applied as planned, or about deliveries when none was expected,
// it is inconclusive and says why. In a run with a time_scale, the limit of a
// time that follows from the clients' timers is on the story's clock, and so is
// the value in the note.
func (t Threshold) Evaluate(r *Result) ThresholdResult {
	out := ThresholdResult{Text: t.String(), Verdict: Inconclusive}
	written := t
	t = t.onRunClock(r.TimeScale)
	metrics, counts, rates := r.Metrics, r.Counts, r.Rates
	fault := t.fault(r)
	if t.scope != "" && fault == nil {
		g := r.Groups[t.scope]
		if g == nil {
			out.Note = fmt.Sprintf("the run has no fault or group %q with %s", t.scope, t.metric)
			return out
		}
		metrics, counts, rates = g.Metrics, g.Counts, ratesOf(g.Counts)
	}
	switch kindOf(t.metric) {
	case timeMetric:
		m := measure{stats: metrics[t.metric]}
		if fault != nil {
			m, _ = fault.measure(t.metric)
		}
		t.time(&out, m.stats)
	case countMetric:
		m := measure{number: float64(counts[t.metric])}
		if fault != nil {
			m, _ = fault.measure(t.metric)
		}
		t.compare(&out, m.number)
		c, _ := ParseCount(t.metric)
		if m.number == 0 && counts[Expected.String()] == 0 && slices.Contains(pairCounts, c) {
			out.Verdict, out.Note = Inconclusive, "nothing was expected"
		}
	case rateMetric:
		v, ok := rates[t.metric]
		if !ok {
			out.Note = "nothing was expected"
			return out
		}
		t.compare(&out, v)
	default:
		out.Note = "no threshold"
	}
	t.doubtGhosts(&out, r, fault)
	t.doubt(&out, r, fault)
	written.noteStory(&out, r.TimeScale)
	return out
}

// fault returns the fault that the threshold is narrowed to; nil when it is
// not. A fault comes before a group of the same name, if it has the metric.
func (t Threshold) fault(r *Result) *FaultResult {
	if t.scope == "" || !t.OfFaults() {
		return nil
	}
	for i := range r.Faults {
		if r.Faults[i].Name == t.scope {
			return &r.Faults[i]
		}
	}
	return nil
}

// time compares a statistic, which may be a lower bound only.
func (t Threshold) time(out *ThresholdResult, s *Stats) {
	if t.stat == "count" {
		n := int64(0)
		if s != nil {
			n = s.Count
		}
		t.compare(out, float64(n))
		return
	}
	out.Unit = "ms"
	if s == nil || s.Count == 0 {
		out.Note = "no samples"
		return
	}
	v := s.statistic(t.stat)
	t.compare(out, v)
	if slices.Contains(s.AtLeast, t.stat) {
		out.Verdict, out.Note = t.bound(v), atLeast
	}
}

// compare holds an exact value against the threshold.
func (t Threshold) compare(out *ThresholdResult, v float64) {
	out.Value, out.Verdict = &v, Failed
	if t.holds(v) {
		out.Verdict = Passed
	}
}

func (t Threshold) holds(v float64) bool {
	switch t.op {
	case "<":
		return v < t.value
	case "<=":
		return v <= t.value
	case ">":
		return v > t.value
	case ">=":
		return v >= t.value
	case "==":
		return v == t.value
	}
	return v != t.value
}

// bound is the verdict on a value known only to be v or more: that of the
// values on either side if they agree.
func (t Threshold) bound(v float64) Verdict {
	switch t.op {
	case ">", ">=":
		if t.holds(v) {
			return Passed
		}
	case "!=":
		if v > t.value {
			return Passed
		}
	case "==":
		if v > t.value {
			return Failed
		}
	default:
		if !t.holds(v) {
			return Failed
		}
	}
	return Inconclusive
}

// doubt takes back a pass about a fault that was not applied as planned.
func (t Threshold) doubt(out *ThresholdResult, r *Result, fault *FaultResult) {
	if out.Verdict == Failed {
		return
	}
	if fault != nil {
		if fault.NotApplied > 0 || !fault.touched() {
			out.Verdict = Inconclusive
			out.Note = fmt.Sprintf("the fault was applied to %d of %d connections", fault.Clients, fault.Clients+fault.NotApplied+fault.Skipped)
		}
		return
	}
	if !t.OfFaults() {
		return
	}
	for i := range r.Faults {
		switch f := &r.Faults[i]; {
		case f.Clients == 0 && f.NotApplied+f.Skipped > 0:
			out.Verdict = Inconclusive
			out.Note = fmt.Sprintf("the fault %q was applied to nobody", f.Name)
		case f.NotApplied > 0:
			out.Verdict = Inconclusive
			out.Note = fmt.Sprintf("the fault %q was applied to %d of %d connections", f.Name, f.Clients, f.Clients+f.NotApplied+f.Skipped)
		}
	}
}

// touched reports whether anything came of the fault.
func (f *FaultResult) touched() bool {
	return f.Clients+f.Detected+f.Unnoticed+f.NeverDetected+f.Recovered+f.NeverRecovered > 0
}

// statistic returns a statistic by the name it has in thresholds; 0 for one
// that does not exist.
func (s *Stats) statistic(name string) float64 {
	switch name {
	case "count":
		return float64(s.Count)
	case "min":
		return s.Min
	case "mean":
		return s.Mean
	case "max":
		return s.Max
	}
	for _, q := range quantiles {
		if q.name == name {
			return *q.of(s)
		}
	}
	return 0
}
