package report

import "slices"

// What is noted of a threshold that nothing can be said of yet.
const (
	noteAtEnd     = "told at the end"
	noteNoSamples = "no samples yet"
	noteNotYet    = "not yet"
)

// Thresholds holds the thresholds against the run so far. Besides those of a
// finished run, one is inconclusive when what it is about is known only at the
// end, when there are no samples yet, and when it asks for more of something
// than there is as yet. It is nil once the run is over.
func (n *Running) Thresholds() (all []ThresholdResult) {
	n.look(func() { all = n.thresholds() })
	return all
}

func (n *Running) thresholds() []ThresholdResult {
	r := n.result()
	out := make([]ThresholdResult, len(n.run.Thresholds))
	for i, t := range n.run.Thresholds {
		n.fill(r, t)
		out[i] = t.soFar(r)
	}
	return out
}

// result is as much of a result as thresholds need, but for the times.
func (n *Running) result() *Result {
	r := &Result{
		TimeScale: n.run.TimeScale, Faults: n.faults(),
		Counts: map[string]int64{}, Metrics: map[string]*Stats{}, Groups: map[string]*Group{},
	}
	for i, counts := range n.counts() {
		counts[Expected] = counts[Delivered] + counts[Recovered] // at least: of what came, something is known
		g := &Group{Counts: map[string]int64{}, Metrics: map[string]*Stats{}}
		for c, so := range counts {
			g.Counts[Count(c).String()] = so
			r.Counts[Count(c).String()] += so
		}
		r.Groups[n.run.Groups[i].Name] = g
	}
	return r
}

// fill puts the time that t is about into r.
func (n *Running) fill(r *Result, t Threshold) {
	m, ok := ParseMetric(t.metric)
	if !ok || m.AtEnd() {
		return
	}
	if f := t.fault(r); f != nil {
		fault := slices.IndexFunc(n.run.Faults, func(i FaultInfo) bool { return i.Name == f.Name })
		s := n.faultTimes(m, fault).figures()
		switch m {
		case Detect:
			f.Detect = s
		case Reconnect:
			f.Reconnect = s
		case Outage:
			f.Outage = s
		default: // no fault has another one
		}
		return
	}
	metrics, group := r.Metrics, overall
	if t.scope != "" {
		group = slices.IndexFunc(n.run.Groups, func(g GroupInfo) bool { return g.Name == t.scope })
		if group < 0 {
			return
		}
		metrics = r.Groups[t.scope].Metrics
	}
	if metrics[t.metric] == nil {
		metrics[t.metric] = n.times(m, group).figures()
	}
}

// soFar holds the threshold against a run that goes on.
func (t Threshold) soFar(r *Result) ThresholdResult {
	pending := func(note string) ThresholdResult {
		return ThresholdResult{Text: t.String(), Verdict: Inconclusive, Note: note}
	}
	if t.atEnd() {
		return pending(noteAtEnd)
	}
	f := t.fault(r)
	if f != nil && !f.touched() && f.NotApplied+f.Skipped == 0 {
		return pending(noteNoSamples)
	}
	out := t.Evaluate(r)
	switch {
	case out.Value == nil:
		return pending(noteNoSamples)
	case out.Verdict == Failed && t.mayStillHold(*out.Value):
		out.Verdict, out.Note = Inconclusive, noteNotYet
	}
	return out
}

// atEnd reports whether the threshold is about something that is known only
// when the run is over.
func (t Threshold) atEnd() bool {
	if m, ok := ParseMetric(t.metric); ok {
		return m.AtEnd()
	}
	if c, ok := ParseCount(t.metric); ok {
		return c.AtEnd()
	}
	return true // a rate
}

// mayStillHold reports whether a number that only grows, and is v now, can come
// to meet the threshold.
func (t Threshold) mayStillHold(v float64) bool {
	if kindOf(t.metric) != countMetric && t.stat != "count" {
		return false // a time that is too long now
	}
	switch t.op {
	case ">", ">=":
		return true
	case "==":
		return v < t.value
	}
	return t.op == "!="
}
