package report

import (
	"cmp"
	"strings"
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
		if p.narrow() {
			p.line(head)
			p.beneath(i, value)
			p.beneath(plain, note)
			continue
		}
		at := gutter + most + 2
		value = shorten(clean(value), p.width-at)
		if note != "" && at+columns(value)+2+columns(clean(note)) <= p.width {
			value, note = p.ink.paint(i, value)+"  "+clean(note), ""
		} else {
			value = p.ink.paint(i, value)
		}
		p.line(head, value)
		p.beneath(plain, note)
	}
}

// beneath prints a text that is set in.
func (p *page) beneath(i ink, text string) {
	for _, l := range wrapped(shorten(clean(text), longest), p.wraps-2*gutter) {
		p.line(blank(2*gutter), p.ink.paint(i, l))
	}
}

// measured is a threshold's value as text, and what is to be said about it.
func measured(t ThresholdResult) (value, note string) {
	note = t.Note
	if t.Value == nil {
		return cmp.Or(note, "no value"), ""
	}
	value = t.figure()
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
