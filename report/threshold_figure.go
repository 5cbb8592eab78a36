package report

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// figure is what was measured, as text: a rate as the limit is written, in
// percent or as a part of one, and with as many digits as tell it from the limit.
// It is "unknown" without a value.
func (t ThresholdResult) figure() string {
	if t.Value == nil {
		return "unknown"
	}
	v, limit, text := *t.Value, math.NaN(), ""
	if f := strings.Fields(t.Text); len(f) > 0 {
		text = f[len(f)-1]
		limit = parseLimit(text)
	}
	switch {
	case t.Unit == "ms":
		return apart(v, limit, millisTo)
	case (strings.HasPrefix(t.Text, "reach") || strings.HasPrefix(t.Text, "loss")) && strings.HasSuffix(text, "%"):
		return apart(v, limit, func(v float64, digits int) string { return percent(v, digits-1) })
	case v != math.Trunc(v) || math.Abs(v) >= 1e15:
		return apart(v, limit, part) + t.unit()
	}
	return number(int64(v)) + t.unit()
}

func (t ThresholdResult) unit() string {
	if t.Unit == "" {
		return ""
	}
	return " " + shorten(clean(t.Unit), 8)
}

// part shows a part of one, never as none or all of it unless it is.
func part(v float64, digits int) (s string) {
	for decimals := digits + 1; decimals < 20; decimals++ {
		s = strconv.FormatFloat(v, 'f', decimals, 64)
		if shown, _ := strconv.ParseFloat(s, 64); shown != math.Trunc(shown) || shown == v {
			break
		}
	}
	return s
}

// apart shows v with as many digits as it takes to tell it from the limit it
// was held against: 200.04 ms is not "200 ms" when 200 ms was the limit.
func apart(v, limit float64, show func(v float64, digits int) string) string {
	for digits := 3; digits < 15; digits++ {
		if s := show(v, digits); v == limit || s != show(limit, digits) {
			return s
		}
	}
	return show(v, 15)
}

// parseLimit reads a threshold's limit: a time in milliseconds, a percentage
// as a part of one, or a number.
func parseLimit(s string) float64 {
	if d, err := time.ParseDuration(s); err == nil {
		return float64(d) / float64(time.Millisecond)
	}
	v, err := parsePart(s)
	if err != nil {
		return math.NaN()
	}
	return v
}
