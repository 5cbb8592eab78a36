package compare

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/imbench/imbench/report"
)

// judge is a comparison under way.
type judge struct {
	*Comparison
	options   Options
	base, new []*report.Result // those that can be used
	measured  []measured       // as Comparison.Metrics
	live      int              // judged metrics that are not the same in all runs
}

// measured is a metric and its values.
type measured struct {
	metric
	base, new []value
	never     [2]int // runs of either side that ended before there was a value
	surely    bool   // which way it differs does not hang on lower bounds
	way       int    // in which direction it differs, if that is sure
}

func (m measured) complete(j *judge) bool {
	return len(m.base) == len(j.base) && len(m.new) == len(j.new) && len(m.base) > 0 && len(m.new) > 0
}

// measure collects what the runs came to, and tests it.
func (j *judge) measure() {
	known := map[string]bool{}
	for _, m := range metricsOf(slices.Concat(j.base, j.new)) {
		if known[m.name] { // a group may be called as a fault is
			continue
		}
		known[m.name] = true
		one := measured{metric: m}
		one.base, one.never[0] = collect(m, j.base)
		one.new, one.never[1] = collect(m, j.new)
		if len(one.base)+len(one.new)+one.never[0]+one.never[1] == 0 {
			continue
		}
		j.measured = append(j.measured, one)
		j.Metrics = append(j.Metrics, j.change(one))
	}
	var judged []int
	for i, m := range j.measured {
		if !m.complete(j) {
			continue
		}
		if j.Metrics[i].Judged {
			judged = append(judged, i)
			if !recorded(m).constant() {
				j.live++
			}
			continue
		}
		p, _ := j.test([]int{i})
		j.Metrics[i].P = finite(p[0])
	}
	p, adjusted := j.test(judged)
	for at, i := range judged {
		j.Metrics[i].P, j.Metrics[i].PAdjusted = finite(p[at]), finite(adjusted[at])
	}
	j.Needed = enough(j.live, j.Alpha)
}

// collect is what the runs came to, and how many never came to anything.
func collect(m metric, results []*report.Result) (all []value, never int) {
	for _, r := range results {
		switch v, ok := m.of(r); {
		case !ok:
		case v.never:
			never++
		default:
			all = append(all, v)
		}
	}
	return all, never
}

// decides reports whether a metric is among those that decide.
func (j *judge) decides(m metric) bool {
	if len(j.options.FailOn) == 0 {
		return m.headline
	}
	return slices.ContainsFunc(j.options.FailOn, func(f FailOn) bool { return f.metric == m.name })
}

// test is that of several metrics together. A lower bound may stand for any
// greater value; so what counts is the less significant of the two extremes,
// and nothing when they point different ways.
func (j *judge) test(which []int) (p, adjusted []float64) {
	var most, least []sample // new as great as it can be; base likewise
	bounded := false
	for _, i := range which {
		m := j.measured[i]
		bounded = bounded || slices.ContainsFunc(slices.Concat(m.base, m.new), func(v value) bool { return v.atLeast })
		most = append(most, sample{numbers(m.base, false), numbers(m.new, true)})
		least = append(least, sample{numbers(m.base, true), numbers(m.new, false)})
	}
	p, adjusted = test(len(j.base), len(j.new), most)
	if bounded {
		other, otherAdjusted := test(len(j.base), len(j.new), least)
		for at := range p {
			p[at], adjusted[at] = max(p[at], other[at]), max(adjusted[at], otherAdjusted[at])
		}
	}
	for at, i := range which {
		m := &j.measured[i]
		if m.way = most[at].direction(); m.way != least[at].direction() {
			m.way, p[at], adjusted[at] = 0, 1, 1
			continue
		}
		m.surely = true
	}
	return p, adjusted
}

// numbers are the values, lower bounds as they were recorded or as if there was
// no end to them.
func numbers(values []value, endless bool) []float64 {
	all := make([]float64, len(values))
	for i, v := range values {
		all[i] = v.v
		if v.atLeast && endless {
			all[i] = math.Inf(1)
		}
	}
	return all
}

func recorded(m measured) sample { return sample{numbers(m.base, false), numbers(m.new, false)} }

// direction is +1 where new ranks higher, -1 where lower, 0 where neither does.
func (s sample) direction() int {
	sum := -len(s.new) * (len(s.base) + len(s.new) + 1)
	for _, r := range s.ranks()[len(s.base):] {
		sum += r
	}
	switch {
	case sum > 0:
		return 1
	case sum < 0:
		return -1
	}
	return 0
}

// change is what can be told of a metric without its test.
func (j *judge) change(m measured) Change {
	c := Change{
		Metric: m.name, Unit: m.unit, Better: m.better, Judged: j.decides(m.metric),
		Base: valuesOf(m.base), New: valuesOf(m.new),
	}
	c.Base.Never, c.New.Never = m.never[0], m.never[1]
	s := recorded(m)
	if len(s.base) == 0 || len(s.new) == 0 || c.never() > 0 { // the runs that came to a value are a choice of the better
		return c
	}
	confidence := 1 - j.Alpha
	d, low, high := shift(s, confidence)
	c.Difference, c.DifferenceLow, c.DifferenceHigh = finite(d), finite(low), finite(high)
	if m.unit != Share && c.Base.Min > 0 && c.New.Min > 0 {
		d, low, high = ratio(s, confidence)
		c.Change = finite(d)
		if c.DifferenceLow != nil {
			c.ChangeLow, c.ChangeHigh = finite(low), finite(high)
		}
	}
	return c
}

// outcomes gives each metric its outcome.
func (j *judge) outcomes() {
	for i, m := range j.measured {
		c := &j.Metrics[i]
		c.Outcome, c.Note = j.outcome(m, c)
		if bounds := c.Base.AtLeast + c.New.AtLeast; bounds > 0 && c.Note == "" {
			c.Note = report.Plural(int64(bounds), "value is a lower bound", "values are lower bounds")
		}
	}
}

func (j *judge) outcome(m measured, c *Change) (o Outcome, note string) {
	if c.never() > 0 {
		return CannotTell, c.reached(len(j.base), len(j.new))
	}
	if !m.complete(j) {
		return CannotTell, fmt.Sprintf("measured in %s of base and %s of new",
			inRuns(len(m.base), len(j.base)), inRuns(len(m.new), len(j.new)))
	}
	p, metrics := *c.P, 1
	if c.Judged {
		p, metrics = *c.PAdjusted, j.live
	}
	switch {
	case recorded(m).constant() && c.Base.AtLeast+c.New.AtLeast == 0:
		return Same, ""
	case p < j.Alpha && j.belowNoise(c):
		return Same, noise
	case p < j.Alpha:
		return c.better(m.way), c.seldom(len(j.base), len(j.new))
	case !m.surely:
		return CannotTell, "it hangs on values that are lower bounds"
	case j.tooFewFor(metrics) != "":
		return CannotTell, j.tooFewFor(metrics)
	case c.appeared():
		return CannotTell, fmt.Sprintf(arisen+" %s of new, and in none of base", inRuns(c.New.nonzero(), len(j.new)))
	case j.narrow(c, m):
		return Same, ""
	}
	return CannotTell, ""
}

// tooFew says how many runs would do, where those that there are could not show
// anything that decides; "" where they could.
func (j *judge) tooFew() string { return j.tooFewFor(j.live) }

func (j *judge) tooFewFor(metrics int) string {
	if clearest(len(j.base), len(j.new), metrics) < j.Alpha {
		return ""
	}
	return fmt.Sprintf("too few runs; %d of each would do", enough(metrics, j.Alpha))
}

// arisen begins the note of what came up on the new side only.
const arisen = "not 0 in"

// appeared reports whether something was counted on the new side only, too
// seldom to be certain. A message lost is no noise.
func (c *Change) appeared() bool {
	return c.Unit == Count && c.Better == Lower && c.Base.Max == 0 && c.New.Max > 0
}

// seldom says in how many runs something was counted, where most runs of both
// sides have none of it, so that their middle tells nothing of the difference.
func (c *Change) seldom(base, candidate int) string {
	if !c.hidden() {
		return ""
	}
	return fmt.Sprintf(arisen+" %s of new, and in %s of base", inRuns(c.New.nonzero(), candidate), inRuns(c.Base.nonzero(), base))
}

// hidden reports whether the middle of the differences shows none.
func (c *Change) hidden() bool { return c.Difference != nil && *c.Difference == 0 }

// better says what a difference amounts to that points this way. The ranks say
// so, as they say that there is one: half of all runs may be equal.
func (c *Change) better(way int) Outcome {
	switch {
	case c.Better == Neither:
		return Differs
	case (way > 0) == (c.Better == Higher):
		return Improved
	}
	return Worse
}

// floor is the difference, in the metric's unit, below which nothing is made of
// it: a part of the base, and never less than the instrument can tell.
func (j *judge) floor(c *Change) float64 {
	if c.Unit == Share {
		return j.Noise / 10
	}
	return max(j.Noise*math.Abs(c.Base.Median), c.Unit.told())
}

// told is the least difference, in u, that the instrument can tell.
func (u Unit) told() float64 {
	switch u {
	case Millis:
		return report.Resolution
	case Seconds:
		return report.ProcessorTick
	}
	return 0
}

// belowNoise reports whether a change is too small to matter. Nothing is, of
// what most runs of base have none of.
func (j *judge) belowNoise(c *Change) bool {
	floor := j.floor(c)
	return c.Difference != nil && floor > 0 && math.Abs(*c.Difference) <= floor
}

// narrow reports whether the interval leaves no room for a change worth
// knowing. What is a lower bound leaves room for any.
func (j *judge) narrow(c *Change, m measured) bool {
	if c.DifferenceLow == nil || c.DifferenceHigh == nil {
		return false
	}
	low, high := *c.DifferenceLow, *c.DifferenceHigh
	if c.Base.AtLeast+c.New.AtLeast > 0 {
		_, low, _ = shift(sample{numbers(m.base, true), numbers(m.new, false)}, 1-j.Alpha)
		_, _, high = shift(sample{numbers(m.base, false), numbers(m.new, true)}, 1-j.Alpha)
	}
	room := max(j.floor(c), SameWithin*math.Abs(c.Base.Median))
	if c.Unit == Share {
		room = j.floor(c)
	}
	return -room <= low && high <= room
}

// conclude gives the verdict and its reasons.
func (j *judge) conclude() {
	for i := range j.Metrics {
		if c := &j.Metrics[i]; c.never() > 0 || c.Judged && c.Outcome == CannotTell && strings.HasPrefix(c.Note, arisen) {
			j.Warnings = append(j.Warnings, fmt.Sprintf("%s: %s.", c.Metric, c.Note))
		}
	}
	j.Verdict, j.Reasons = report.Passed, []string{}
	if j.Rounds != nil && j.Rounds.Stopped != "" {
		j.Verdict = report.Inconclusive
		j.Reasons = append(j.Reasons, "The rounds ended at "+j.Rounds.Stopped)
	}
	if worse := j.regressions(); len(worse) > 0 {
		j.Verdict = report.Failed
		j.Reasons = append(j.Reasons, worse...)
		return
	}
	if unclear := j.doubts(); len(unclear) > 0 {
		j.Verdict = report.Inconclusive
		j.Reasons = append(j.Reasons, unclear...)
	}
}

// regressions says what got worse.
func (j *judge) regressions() []string {
	why := []string{}
	if j.New.Died > 0 && j.Base.Died == 0 {
		why = append(why, fmt.Sprintf("The server of new ended unasked in %s (%s), that of base in none.",
			inRuns(j.New.Died, j.New.Runs+len(j.New.LeftOut)), someOf(j.New.DiedIn)))
	}
	for _, g := range j.FailOn {
		if g.Verdict == report.Failed {
			why = append(why, fmt.Sprintf("%s failed: %s.", g.Text, g.Note))
		}
	}
	for i := range j.Metrics {
		if c := &j.Metrics[i]; len(j.FailOn) == 0 && c.Judged && c.Outcome == Worse {
			why = append(why, c.Sentence()+".")
		}
	}
	return why
}

// doubts says why it cannot be told whether anything got worse.
func (j *judge) doubts() []string {
	why := []string{}
	if same, is := j.itself(); is {
		return append(why, same)
	}
	if j.Base.Runs == 0 {
		why = append(why, "No run of base could be used.")
	}
	if j.New.Runs == 0 {
		why = append(why, "No run of new could be used.")
	}
	if len(why) > 0 {
		return why
	}
	if j.tooFew() != "" {
		return append(why, fmt.Sprintf("Too few runs to tell: %d of base and %d of new; %d of each would do for %s.",
			j.Base.Runs, j.New.Runs, j.Needed, percent(1-j.Alpha)))
	}
	for _, g := range j.FailOn {
		if g.Verdict == report.Inconclusive {
			why = append(why, fmt.Sprintf("%s cannot be told: %s.", g.Text, g.Note))
		}
	}
	return why
}

// percent shows a part of one in percent, as short as it goes.
func percent(v float64) string { return strconv.FormatFloat(100*v, 'g', 3, 64) + " %" }

// noise is the note of a change that is certain and too small to matter.
const noise = "below the noise floor"
