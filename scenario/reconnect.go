package scenario

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/imbench/imbench/internal/unit"
)

// Reconnect is how a client comes back after its connection ended: how long it
// waits before each try, and when it gives up. Tries are counted from 0 and,
// as the published clients do, from 0 again once the client is ready. The zero
// Reconnect never comes back.
//
// The wait before try n grows by Backoff, is cut to Max, spread by Jitter and
// raised by Offset, in this order.
type Reconnect struct {
	Preset      string          `yaml:"preset"`       // where the fields come from; "" when they are the scenario's own
	Backoff     Curve           `yaml:"backoff"`      // how the wait grows
	Base        time.Duration   `yaml:"base"`         // the wait before the first try
	Step        time.Duration   `yaml:"step"`         // linear: added with each try
	Factor      float64         `yaml:"factor"`       // exponential: multiplied with each try
	Steps       []time.Duration `yaml:"steps"`        // steps: one wait a try, the last for all later ones
	Max         time.Duration   `yaml:"max"`          // 0: no cap
	Jitter      Jitter          `yaml:"jitter"`       // how the wait is spread
	FirstJitter *Jitter         `yaml:"first_jitter"` // for try 0, where it differs
	Offset      time.Duration   `yaml:"offset"`       // added to the spread wait; Max holds for the sum again
	JitterFirst bool            `yaml:"jitter_first"` // spread before the cut to Max, so that at the cap no jitter is left
	Attempts    int             `yaml:"attempts"`     // tries before giving up; 0: no limit
}

// Curve is how the wait grows from try to try.
type Curve string

// The curves.
const (
	Exponential  Curve = "exponential"  // Base · Factorⁿ
	Linear       Curve = "linear"       // Base + Step · n
	Constant     Curve = "constant"     // Base
	Decorrelated Curve = "decorrelated" // uniform between Base and three times the previous wait
	Steps        Curve = "steps"        // as listed
	Never        Curve = "none"         // does not reconnect
)

// LongestDelay bounds the wait of a policy that grows without a cap of its own.
const LongestDelay = 24 * time.Hour

// Delay returns the wait before try n, counting from 0; ok is false when the
// client gives up instead. previous is the wait before the try before (0 for
// n = 0). u returns uniform numbers in [0,1) and is called at most once. Delay
// is a pure function of its arguments.
func (r Reconnect) Delay(n int, previous time.Duration, u func() float64) (d time.Duration, ok bool) {
	if !r.tries() || r.Attempts > 0 && n >= r.Attempts {
		return 0, false
	}
	if r.Backoff == Decorrelated {
		base := float64(r.Base)
		top := 3 * math.Max(float64(previous), base)
		return r.cut(base + u()*(top-base)), true
	}
	v := r.curve(n)
	if !r.JitterFirst {
		v = float64(r.cut(v))
	}
	jitter := r.Jitter
	if n == 0 && r.FirstJitter != nil {
		jitter = *r.FirstJitter
	}
	v = jitter.spread(v, u) + float64(r.Offset)
	if r.JitterFirst || r.Offset > 0 {
		return r.cut(v), true
	}
	return bounded(v), true
}

// tries reports whether the client reconnects at all.
func (r Reconnect) tries() bool { return r.Backoff != Never && r.Backoff != "" }

// curve is the wait before try n in nanoseconds, uncut and without jitter.
func (r Reconnect) curve(n int) float64 {
	switch r.Backoff {
	case Exponential:
		return float64(r.Base) * math.Pow(r.Factor, float64(n))
	case Linear:
		return float64(r.Base) + float64(r.Step)*float64(n)
	case Steps:
		if len(r.Steps) == 0 {
			return 0
		}
		return float64(r.Steps[min(n, len(r.Steps)-1)])
	default:
		return float64(r.Base)
	}
}

// cut caps v nanoseconds at Max.
func (r Reconnect) cut(v float64) time.Duration {
	if r.Max > 0 && v > float64(r.Max) {
		return r.Max
	}
	return bounded(v)
}

func bounded(v float64) time.Duration {
	if !(v < float64(LongestDelay)) { // NaN and Inf, too
		return LongestDelay
	}
	return max(0, time.Duration(v))
}

// Reconnects reports whether the client tries at all.
func (r Reconnect) Reconnects() bool { return r.Backoff != "" && r.Backoff != Never }

// String prints the preset's name, or the policy as the YAML flow map that it
// parses from.
func (r Reconnect) String() string {
	switch {
	case r.Preset != "":
		return r.Preset
	case !r.Reconnects():
		return string(Never)
	}
	var keys []string
	for _, k := range r.keys() {
		keys = append(keys, k.key+": "+k.text)
	}
	return "{" + strings.Join(keys, ", ") + "}"
}

type keyText struct{ key, text string }

// keys lists the fields that say something, as a scenario writes them.
func (r Reconnect) keys() []keyText {
	var out []keyText
	add := func(given bool, key, text string) {
		if given {
			out = append(out, keyText{key, text})
		}
	}
	steps := make([]string, len(r.Steps))
	for i, d := range r.Steps {
		steps[i] = unit.Duration(d)
	}
	add(true, "backoff", string(r.Backoff))
	add(r.Backoff != Steps, "base", unit.Duration(r.Base))
	add(r.Backoff == Linear, "step", unit.Duration(r.Step))
	add(r.Backoff == Exponential, "factor", strconv.FormatFloat(r.Factor, 'f', -1, 64))
	add(r.Backoff == Steps, "steps", "["+strings.Join(steps, ", ")+"]")
	add(r.Max > 0, "max", unit.Duration(r.Max))
	add(r.Jitter != Jitter{}, "jitter", r.Jitter.String())
	if r.FirstJitter != nil {
		add(true, "first_jitter", r.FirstJitter.String())
	}
	add(r.Offset > 0, "offset", unit.Duration(r.Offset))
	add(r.JitterFirst, "jitter_first", "true")
	add(r.Attempts > 0, "attempts", strconv.Itoa(r.Attempts))
	return out
}

// same reports whether two policies wait alike, wherever they come from.
func (r Reconnect) same(o Reconnect) bool {
	r.Preset, o.Preset = "", ""
	return slices.Equal(r.keys(), o.keys())
}
