package compare

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/imbench/imbench/report"
)

// gates holds what was asked for against the changes.
func (j *judge) gates() {
	for _, f := range j.options.FailOn {
		g := Gate{Text: f.String(), Metric: f.metric, Verdict: report.Inconclusive, Note: "no samples"}
		if i := slices.IndexFunc(j.Metrics, func(c Change) bool { return c.Metric == f.metric }); i >= 0 {
			g.Range = f.rangeOf(&j.Metrics[i])
			g.Verdict, g.Note = j.gate(f, &j.Metrics[i], j.measured[i])
		}
		j.FailOn = append(j.FailOn, g)
	}
}

// gate fails what is shown to be beyond the limit and passes what is shown to
// be within it. Between the two lies what the runs do not tell.
func (j *judge) gate(f FailOn, c *Change, m measured) (report.Verdict, string) {
	r := j.span(f, c, m)
	allowed := strings.HasPrefix(c.Note, arisen) && r.limit > 0 // that there is some says nothing yet
	switch {
	case c.still() && j.tooFew() != "":
		return report.Inconclusive, c.Sentence() + "; " + j.tooFew()
	case c.still():
		return report.Passed, c.Sentence()
	case c.PAdjusted == nil || c.Outcome == CannotTell && c.Note != "" && !allowed:
		return report.Inconclusive, c.Note
	}
	words := fmt.Sprintf("its change, %s (p %s)", f.rangeOf(c), c.Chance())
	if math.IsInf(r.low, 0) || math.IsInf(r.high, 0) {
		words += fmt.Sprintf(", as far as values go that are lower bounds (%d of them)", c.Base.AtLeast+c.New.AtLeast)
	}
	switch significant := *c.PAdjusted < j.Alpha; {
	case significant && (r.beyond() || r.rose()):
		return report.Failed, c.failing()
	case r.high <= r.limit:
		return report.Passed, c.sentence("is within the limit")
	case r.imperceptible:
		return report.Passed, c.sentence("changed by less than can be told")
	case r.beyond():
		return report.Inconclusive, "beyond the limit, and perhaps by chance: " + words + remedy
	}
	return report.Inconclusive, "the limit lies inside the range of " + words + remedy
}

// rangeOf is the range of a change in the unit of the limit; "" for none.
func (f FailOn) rangeOf(c *Change) string {
	switch {
	case c.still() || c.DifferenceLow == nil || c.DifferenceHigh == nil:
		return ""
	case f.relative && c.ChangeLow != nil:
		_, interval := c.Shift()
		return interval
	}
	return c.Unit.signed(*c.DifferenceLow) + " to " + c.Unit.signed(*c.DifferenceHigh)
}

// remedy is what helps where the runs do not tell.
const remedy = "; more runs of each make the range narrower"

// failing is c's sentence, also where a limit below the noise floor makes more
// of a change than the metric by itself does.
func (c *Change) failing() string {
	if c.Note == noise {
		change, _ := c.Shift()
		return c.sentence("is beyond the limit, " + change)
	}
	return c.Sentence()
}

// span is where the change of a metric lies, turned so that more is worse, and
// the limit it is held against.
type span struct {
	low, high, limit float64
	up               bool // it is more, by the ranks
	unsure           bool // the change is less than the instrument can tell
	imperceptible    bool // so is all of the range
}

// span takes lower bounds for what they are: what stands for any greater value
// leaves the range without an end on its side.
func (j *judge) span(f FailOn, c *Change, m measured) span {
	of, limit := shift, math.Abs(f.limit)
	switch {
	case f.relative && c.Change != nil:
		of = ratio
	case f.relative: // where a value is 0, there are no parts of each
		limit *= math.Abs(c.Base.Median)
	}
	confidence := 1 - j.Alpha
	_, low, _ := of(sample{numbers(m.base, true), numbers(m.new, false)}, confidence)
	_, _, high := of(sample{numbers(m.base, false), numbers(m.new, true)}, confidence)
	r := span{low: low, high: high, limit: limit, up: m.way > 0}
	if math.Signbit(f.limit) {
		r.low, r.high, r.up = -high, -low, m.way < 0
	}
	if told := c.Unit.told(); told > 0 && c.Difference != nil {
		r.unsure = math.Abs(*c.Difference) <= told
		bounded := c.Base.AtLeast+c.New.AtLeast > 0
		r.imperceptible = !bounded && c.DifferenceLow != nil && -told <= *c.DifferenceLow && *c.DifferenceHigh <= told
	}
	return r
}

// beyond reports whether the whole range is past the limit.
func (r span) beyond() bool { return !r.unsure && r.low > r.limit }

// rose reports whether it got worse where none of that is allowed: then the
// test shows it by itself.
func (r span) rose() bool { return !r.unsure && r.limit == 0 && r.up }
