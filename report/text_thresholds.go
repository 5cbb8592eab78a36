package report

import (
	"cmp"
	"math"
	"strconv"
	"strings"
	"time"
)

// thresholds lists each threshold with what was measured.
func (p *page) thresholds(ts []ThresholdResult) {
	p.section("Thresholds")
	most := 0
	for _, t := range ts {
		most = max(most, columns(clean(t.Text)))
	}
	most = min(most, p.width/2)
	for _, t := range ts {
		mark, i := t.Verdict.sign()
		text := shorten(clean(t.Text), most)
		value, note := measured(t)
		head := p.ink.paint(i, mark) + " " + padded(text, most) + "  "
		if t.Verdict != Failed {
			i = plain
		}
		at := gutter + most + 2
		value = shorten(clean(value), p.width-at)
		if note != "" && at+columns(value)+2+columns(clean(note)) <= p.width {
			value, note = p.ink.paint(i, value)+"  "+clean(note), ""
		} else {
			value = p.ink.paint(i, value)
		}
		p.line(head, value)
		for _, l := range wrapped(shorten(clean(note), longest), min(p.width, proseMax)-2*gutter) {
			p.line(blank(2*gutter), l)
		}
	}
}

// measured is a threshold's value as text, and what is to be said about it.
func measured(t ThresholdResult) (value, note string) {
	note = t.Note
	if t.Value == nil {
		return cmp.Or(note, "no value"), ""
	}
	v := *t.Value
	limit := math.NaN()
	if f := strings.Fields(t.Text); len(f) > 0 {
		limit = parseLimit(f[len(f)-1])
	}
	switch {
	case t.Unit == "ms":
		value = apart(v, limit, millisTo)
	case strings.HasPrefix(t.Text, "reach") || strings.HasPrefix(t.Text, "loss"):
		value = apart(v, limit, func(v float64, digits int) string { return percent(v, digits-1) })
	case v == math.Trunc(v) && math.Abs(v) < 1e15:
		value = number(int64(v))
	default:
		value = strconv.FormatFloat(v, 'g', 6, 64)
	}
	if t.Unit != "" && t.Unit != "ms" {
		value += " " + shorten(clean(t.Unit), 8)
	}
	if bound, rest, found := cutLowerBound(note); found {
		value, note = bound+value, rest
	}
	return value, note
}

// cutLowerBound takes the words "at least" off a note: the report writes ≥.
func cutLowerBound(note string) (mark, rest string, found bool) {
	if rest, found = strings.CutPrefix(note, atLeast); found {
		return lowerBound, strings.TrimLeft(rest, " ,;:"), true
	}
	return "", note, false
}

// apart shows v with as many digits as it takes to tell it from the limit it
// was held against: 200.04 ms is not "200 ms" when 200 ms was the limit.
func apart(v, limit float64, show func(v float64, digits int) string) string {
	for digits := 3; digits < 9; digits++ {
		if s := show(v, digits); v == limit || s != show(limit, digits) {
			return s
		}
	}
	return show(v, 9)
}

// parseLimit reads a threshold's limit: a time in milliseconds, a percentage
// as a part of one, or a number.
func parseLimit(s string) float64 {
	if d, err := time.ParseDuration(s); err == nil {
		return float64(d) / float64(time.Millisecond)
	}
	scale := 1.0
	if number, ok := strings.CutSuffix(s, "%"); ok {
		s, scale = number, 0.01
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return math.NaN()
	}
	return v * scale
}
