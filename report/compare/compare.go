package compare

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/imbench/imbench/report"
)

// Schema names the form of a comparison as JSON.
const Schema = "imbench.compare/1"

// The defaults of Options.
const (
	DefaultAlpha = 0.05
	DefaultNoise = 0.01
)

// SameWithin is how narrow the interval of a change must be, to either side of
// none, for a metric to be called the same. A wider one cannot tell.
const SameWithin = 0.10

// Options say how strictly results are compared. The zero Options are the
// defaults.
type Options struct {
	// Alpha is how often a comparison of a build with itself may find a
	// difference; 0: DefaultAlpha.
	Alpha float64
	// Noise is the part of the base that a change must exceed to count; 0:
	// DefaultNoise. Below it is told apart what nobody would notice, or the
	// machine did.
	Noise float64
	// FailOn is what decides instead of the headline metrics.
	FailOn []FailOn
	// Force compares results of different scenarios, too.
	Force bool
	// Version is that of the imbench that compares.
	Version string
	// Rounds is what is known of how the runs came about; nil: nothing.
	Rounds *Rounds
}

// Rounds says how the rounds of a comparison were made.
type Rounds struct {
	Planned  int     `json:"planned"`
	Done     int     `json:"done"`
	Repeated int     `json:"repeated"`          // runs that were made again, because the generator was the bottleneck
	Looks    []int   `json:"looks,omitempty"`   // rounds after which the answer was looked at
	Dropped  string  `json:"dropped,omitempty"` // the run that was under way at an interruption, and left out
	Stopped  string  `json:"stopped,omitempty"` // which run could not be made, and why: there are no rounds after it
	Alpha    float64 `json:"alpha"`             // of the whole, shared among the looks
}

// Run is one result and what to call it.
type Run struct {
	Name   string
	Result *report.Result
}

// Comparison is what two builds' runs say of each other. All figures are of
// runs: a run is one observation, its messages are not.
type Comparison struct {
	Schema   string         `json:"schema"`
	Version  string         `json:"version,omitempty"`
	Scenario string         `json:"scenario"`
	Verdict  report.Verdict `json:"verdict"` // failed: a regression; inconclusive: too few runs to tell
	Reasons  []string       `json:"reasons"`
	Alpha    float64        `json:"alpha"` // at which differences count, among all that are judged together
	Noise    float64        `json:"noise"` // the part of the base below which they do not
	Needed   int            `json:"runs_needed"`
	Base     Side           `json:"base"`
	New      Side           `json:"new"`
	Metrics  []Change       `json:"metrics"`
	FailOn   []Gate         `json:"fail_on"`
	Rounds   *Rounds        `json:"rounds,omitempty"`
	Warnings []string       `json:"warnings"`
}

// Outcome is what a metric's change amounts to.
type Outcome string

// The outcomes. Differs is for metrics that are neither better nor worse when
// they change.
const (
	Improved   Outcome = "better"
	Worse      Outcome = "worse"
	Differs    Outcome = "differs"
	Same       Outcome = "same"
	CannotTell Outcome = "cannot tell"
)

// Values are a metric's values over the runs of one side, in their order.
type Values struct {
	Median  float64   `json:"median"`
	Min     float64   `json:"min"`
	Max     float64   `json:"max"`
	AtLeast int       `json:"at_least,omitempty"` // of the values, how many are lower bounds
	Never   int       `json:"never,omitempty"`    // runs that ended before there was a value; the others' are told
	Each    []float64 `json:"values"`
}

// Change is one metric, compared. Differences are in its unit, changes are
// parts of the base; nil where there is none: no change in parts of a base that
// may be 0, no interval of too few runs.
type Change struct {
	Metric         string   `json:"metric"`
	Unit           Unit     `json:"unit"`
	Better         Better   `json:"better_when"`
	Judged         bool     `json:"judged"` // among those that decide, whose p is adjusted for their number
	Base           Values   `json:"base"`
	New            Values   `json:"new"`
	Difference     *float64 `json:"difference"`
	DifferenceLow  *float64 `json:"difference_low"`
	DifferenceHigh *float64 `json:"difference_high"`
	Change         *float64 `json:"change"`
	ChangeLow      *float64 `json:"change_low"`
	ChangeHigh     *float64 `json:"change_high"`
	P              *float64 `json:"p"`
	PAdjusted      *float64 `json:"p_adjusted,omitempty"`
	Outcome        Outcome  `json:"outcome"`
	Note           string   `json:"note,omitempty"`
}

// Gate is one FailOn, held against the comparison.
type Gate struct {
	Text    string         `json:"text"`
	Metric  string         `json:"metric"`
	Range   string         `json:"range,omitempty"` // of the change, in the limit's unit
	Verdict report.Verdict `json:"verdict"`
	Note    string         `json:"note"`
}

// Compare holds the runs of a candidate, the new build, against those of the base. It changes
// neither. It fails when they cannot be compared: of different scenarios
// without Options.Force, or none at all.
func Compare(base, candidate []Run, o Options) (*Comparison, error) {
	o.Alpha, o.Noise = cmp.Or(o.Alpha, DefaultAlpha), cmp.Or(o.Noise, DefaultNoise)
	if len(base) == 0 || len(candidate) == 0 {
		return nil, errors.New("compare: each side needs a result")
	}
	c := &Comparison{
		Schema: Schema, Version: o.Version, Scenario: base[0].Result.Scenario.Name, Alpha: o.Alpha, Noise: o.Noise, Rounds: o.Rounds,
		Reasons: []string{}, Warnings: []string{}, FailOn: []Gate{},
	}
	if err := c.sameScenario(slices.Concat(base, candidate), o.Force); err != nil {
		return nil, err
	}
	var usedBase, usedNew []*report.Result
	c.Base, usedBase = sideOf(base, candidate)
	c.New, usedNew = sideOf(candidate, base)
	for _, f := range o.FailOn {
		if err := f.known(slices.Concat(usedBase, usedNew)); err != nil {
			return nil, err
		}
	}
	c.warn(base, candidate)
	j := judge{Comparison: c, options: o, base: usedBase, new: usedNew}
	j.measure()
	j.outcomes()
	j.gates()
	j.conclude()
	return c, nil
}

// ExitCode is the code that imbench ends with for the comparison.
func (c *Comparison) ExitCode() int { return report.ExitCode(c.Verdict) }

// finite is v, or nil where there is no such number.
func finite(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}

func valuesOf(values []value) Values {
	v := Values{Each: []float64{}}
	for _, one := range values {
		v.Each = append(v.Each, one.v)
		if one.atLeast {
			v.AtLeast++
		}
	}
	if len(values) > 0 {
		v.Median, v.Min, v.Max = median(v.Each), slices.Min(v.Each), slices.Max(v.Each)
	}
	return v
}

// nonzero is how many of the values are not 0.
func (v Values) nonzero() int {
	n := 0
	for _, one := range v.Each {
		if one != 0 {
			n++
		}
	}
	return n
}

// inRuns words how many runs something was in.
func inRuns(n, of int) string {
	return fmt.Sprintf("%d of %s", n, report.Plural(int64(of), "run", "runs"))
}
