package report

import (
	"fmt"
	"strings"
)

// ExitCode is the code that imbench ends with for v.
func ExitCode(v Verdict) int {
	switch v {
	case Passed:
		return 0
	case Failed:
		return 3
	case Inconclusive:
		return 4
	case Interrupted:
		return 130
	}
	return 1
}

// conclude holds r against its thresholds and gives the verdict, the gravest of
// all that there is a reason for: a run that could not be made to its end has
// failed whatever it measured; then interrupted, failed, inconclusive. Where the
// generator was the bottleneck, a threshold that fails is only one more doubt:
// it may be the generator's doing. Without a reason the run passed.
func (r *Result) conclude(thresholds []Threshold, interrupted bool) {
	r.Thresholds = make([]ThresholdResult, len(thresholds))
	r.Reasons = []string{}
	var failed, unclear []string
	for i, t := range thresholds {
		r.Thresholds[i] = t.Evaluate(r)
		switch r.Thresholds[i].Verdict {
		case Failed:
			failed = append(failed, r.Thresholds[i].failure())
		case Inconclusive:
			unclear = append(unclear, fmt.Sprintf("%s cannot be told: %s.", t, r.Thresholds[i].doubt()))
		}
	}
	unclear = append(unclear, r.doubts()...)
	switch {
	case r.Failure != "":
		r.Verdict = Failed
		r.Reasons = append(r.Reasons, "The run could not be made to its end: "+r.Failure)
	case interrupted:
		r.Verdict = Interrupted
		r.Reasons = append(r.Reasons, "The run was interrupted before its end.")
	case len(failed) > 0 && len(r.Generator.Limits) == 0:
		r.Verdict = Failed
	case len(unclear) > 0:
		r.Verdict = Inconclusive
	default:
		r.Verdict = Passed
	}
	first, then := failed, unclear
	if r.Verdict == Inconclusive { // what failed does not decide
		first, then = unclear, failed
	}
	r.Reasons = append(append(r.Reasons, first...), then...)
}

// doubts says why the run as a whole cannot tell.
func (r *Result) doubts() []string {
	var why []string
	say := func(format string, args ...any) { why = append(why, fmt.Sprintf(format, args...)) }
	if r.Counts[Connects.String()] == 0 {
		say("No client was ever online.")
	} else if n := r.Counts[NeverReady.String()]; n > 0 {
		say("%s never online.", plural(n, "client was", "clients were"))
	}
	if planned := r.Counts[Planned.String()]; planned > 0 && r.Counts[Expected.String()] == 0 {
		say("%s planned, but nobody was expected to receive anything.", plural(planned, "message was", "messages were"))
	}
	for i := range r.Faults {
		if f := &r.Faults[i]; f.Clients == 0 && f.NotApplied+f.Skipped > 0 {
			say("The fault %s was applied to none of its %s.", f.Name, plural(f.NotApplied+f.Skipped, "client", "clients"))
		}
	}
	for _, limit := range r.Generator.Limits {
		say("The generator was the bottleneck: %s.", limit)
	}
	return why
}

// failure says how a threshold failed.
func (t ThresholdResult) failure() string {
	bound := ""
	if strings.HasPrefix(t.Note, atLeast) {
		bound = atLeast + " "
	}
	return fmt.Sprintf("%s failed: it was %s%s.", t.Text, bound, t.shown())
}

// doubt says why a threshold is inconclusive.
func (t ThresholdResult) doubt() string {
	if strings.HasPrefix(t.Note, atLeast) {
		return "it was " + atLeast + " " + t.shown()
	}
	return t.Note
}

func (t ThresholdResult) shown() string {
	if story := t.story(); story != "" && t.Value != nil {
		return t.figure() + " (" + story + ")"
	}
	return t.figure()
}
