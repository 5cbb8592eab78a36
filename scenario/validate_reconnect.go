package scenario

import (
	"fmt"
	"slices"
	"time"

	"github.com/imbench/imbench/internal/unit"
)

var curves = []string{string(Exponential), string(Linear), string(Constant), string(Decorrelated), string(Steps), string(Never)}

// curveKeys says which curves a key of a reconnect policy is for.
var curveKeys = []struct {
	key    string
	curves []Curve
}{
	{"base", []Curve{Exponential, Linear, Constant, Decorrelated}},
	{"step", []Curve{Linear}},
	{"factor", []Curve{Exponential}},
	{"steps", []Curve{Steps}},
	{"max", []Curve{Exponential, Linear, Constant, Decorrelated, Steps}},
	{"jitter", []Curve{Exponential, Linear, Constant, Steps}},
	{"first_jitter", []Curve{Exponential, Linear, Constant, Steps}},
	{"jitter_first", []Curve{Exponential, Linear, Constant, Steps}},
	{"offset", []Curve{Exponential, Linear, Constant, Steps}},
	{"attempts", []Curve{Exponential, Linear, Constant, Decorrelated, Steps}},
}

func (d *decoder) validateReconnect(at string, r Reconnect) {
	if !d.given(at) || r.Preset != "" {
		return
	}
	if !slices.Contains(curves, string(r.Backoff)) {
		if !d.given(child(at, "backoff")) {
			d.problemAt(at, "has no backoff", "add backoff: exponential, or write a preset's name, like reconnect: aws-full-jitter")
			return
		}
		d.problemAt(child(at, "backoff"), quoted(string(r.Backoff))+" is not a backoff", didYouMean(string(r.Backoff), curves))
		return
	}
	for _, k := range curveKeys {
		d.check(!d.given(child(at, k.key)) || slices.Contains(k.curves, r.Backoff), child(at, k.key),
			"does not go with backoff: "+string(r.Backoff), "leave it out")
	}
	for _, v := range []struct {
		key string
		d   time.Duration
	}{{"base", r.Base}, {"step", r.Step}, {"max", r.Max}, {"offset", r.Offset}} {
		d.within(child(at, v.key), v.d, 0, LongestDelay)
	}
	d.check(!d.given(child(at, "max")) || r.Max > 0, child(at, "max"), "is no cap", "write a duration above 0, or leave it out for no cap")
	d.check(r.Max == 0 || r.Max >= r.Base, child(at, "max"), fmt.Sprintf("%s is less than base (%s)", unit.Duration(r.Max), unit.Duration(r.Base)), "write a longer max, or a shorter base")
	d.check(!d.given(child(at, "attempts")) || r.Attempts > 0 && r.Attempts <= 1_000_000, child(at, "attempts"), fmt.Sprintf("%d is out of range", r.Attempts),
		"write 1 or more, leave it out for no limit, or write reconnect: none")
	d.check(r.Backoff != Exponential || r.Factor >= 1 && r.Factor <= 100, child(at, "factor"), fmt.Sprintf("%v is out of range", r.Factor), "write a number from 1 to 100, like 2")
	d.validateWaits(at, r)
}

// validateWaits reports a policy that would try again without ever waiting.
func (d *decoder) validateWaits(at string, r Reconnect) {
	switch r.Backoff {
	case Steps:
		longest := time.Duration(0)
		for i, w := range r.Steps {
			d.within(index(child(at, "steps"), i), w, 0, LongestDelay)
			longest = max(longest, w)
		}
		d.check(len(r.Steps) > 0, child(at, "steps"), "is empty", "list the waits, like [0s, 2s, 10s]")
		d.check(len(r.Steps) == 0 || longest > 0 || r.Attempts > 0, child(at, "steps"), "never waits", "add a wait above 0, or attempts")
	case Linear:
		d.check(r.Base > 0 || r.Step > 0, at, "never waits", "add base: 1s")
	case Exponential, Decorrelated, Constant:
		d.check(r.Base > 0, child(at, "base"), "is missing or 0", "add the wait before the first try, like base: 1s")
	}
}
