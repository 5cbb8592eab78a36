package compare

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/imbench/imbench/report"
)

// Show shows a value of a metric with its unit.
func (u Unit) Show(v float64) string {
	switch u {
	case Millis:
		return report.Millis(v)
	case Seconds:
		return report.Millis(1000 * v)
	case Bytes:
		if v < 0 {
			return "-" + report.Memory(int64(-v))
		}
		return report.Memory(int64(v))
	case Share:
		return strconv.FormatFloat(100*v, 'f', 2, 64) + " %"
	}
	if v == math.Trunc(v) && math.Abs(v) < 1e15 {
		return report.Number(int64(v))
	}
	return strconv.FormatFloat(v, 'f', 1, 64)
}

// signed shows a difference with its sign.
func (u Unit) signed(v float64) string {
	if v == 0 {
		v = 0 // not -0
	}
	text := u.Show(v)
	if u == Share {
		text = strconv.FormatFloat(100*v, 'f', 2, 64) + " points"
	}
	if v > 0 {
		return "+" + text
	}
	return text
}

// Shown is a median, and how far the runs lie apart on either side of it.
func (v Values) shown(u Unit) (median, spread string) {
	switch {
	case v.Never > 0:
		return fmt.Sprintf("never in %d of %d", v.Never, v.Never+len(v.Each)), ""
	case len(v.Each) == 0:
		return "–", ""
	}
	median = u.Show(v.Median)
	if v.AtLeast > 0 {
		median = "≥ " + median
	}
	if len(v.Each) > 1 && v.Median > 0 && u != Share {
		far := max(v.Max-v.Median, v.Median-v.Min) / v.Median
		spread = "± " + strconv.FormatFloat(100*far, 'f', 0, 64) + " %"
	}
	return median, spread
}

// signedPercent shows a part of the base: +11.2 %.
func signedPercent(v float64) string {
	if math.Abs(v) >= 1 {
		return report.Change(v, 0)
	}
	return report.Change(v, 1)
}

// Shift is the change as text, and its interval; "" where there is none.
func (c *Change) Shift() (change, interval string) {
	switch {
	case c.Change != nil:
		change = signedPercent(*c.Change)
		if c.ChangeLow != nil && c.ChangeHigh != nil {
			interval = signedPercent(*c.ChangeLow) + " to " + signedPercent(*c.ChangeHigh)
		}
	case c.Difference != nil:
		change = c.Unit.signed(*c.Difference)
		if c.DifferenceLow != nil && c.DifferenceHigh != nil {
			interval = c.Unit.signed(*c.DifferenceLow) + " to " + c.Unit.signed(*c.DifferenceHigh)
		}
	}
	return change, interval
}

// Chance is the p that decides, as text.
func (c *Change) Chance() string {
	p := c.P
	if c.Judged {
		p = c.PAdjusted
	}
	switch {
	case p == nil:
		return ""
	case *p < 0.001:
		return "<0.001"
	}
	return strconv.FormatFloat(*p, 'f', 3, 64)
}

// Sentence says what became of the metric: "delivery.p50 is 11.2 % worse:
// 790 µs, it was 711 µs (+8.1 % to +13.9 %, p 0.008)".
func (c *Change) Sentence() string {
	change, _ := c.Shift()
	return c.sentence(c.verb(change))
}

func (c *Change) sentence(verb string) string {
	base, _ := c.Base.shown(c.Unit)
	now, _ := c.New.shown(c.Unit)
	_, interval := c.Shift()
	values := now + ", it was " + base
	if strings.HasPrefix(c.Note, arisen) { // the medians are alike
		values = c.Note
	}
	text := c.Metric + " " + verb + ": " + values
	if interval != "" && !c.still() {
		text += fmt.Sprintf(" (%s, p %s)", interval, c.Chance())
	}
	return text
}

// still reports whether all runs of both sides came to the same.
func (c *Change) still() bool {
	return c.Outcome == Same && len(c.Base.Each) > 0 && c.Base.Min == c.Base.Max && c.New.Min == c.New.Max && c.Base.Min == c.New.Min
}

func (c *Change) verb(change string) string {
	by := ", " + change
	if c.hidden() {
		by = ""
	}
	switch c.Outcome {
	case Worse, Improved:
		return "is " + string(c.Outcome) + by
	case Differs:
		return "differs" + by
	case Same:
		return "is the same"
	}
	return "cannot be told"
}

// Sign is the outcome's mark.
func (o Outcome) Sign() string {
	switch o {
	case Worse:
		return "✗"
	case Improved:
		return "✓"
	case Differs:
		return "≠"
	case Same:
		return "="
	}
	return "?"
}
