package report

import (
	"cmp"
	"slices"
	"strings"
)

// signSoFar is a threshold's mark and ink while the run goes on, when it is no
// reproach that something cannot be told yet.
func (t ThresholdResult) signSoFar() (mark string, i ink) {
	if t.Verdict == Inconclusive {
		return "·", faint
	}
	return t.Verdict.sign()
}

// thresholdLines are the thresholds so far, in at most so many lines. When
// there is no room for all, those that fail come first.
func (v view) thresholdLines(width, most int) (lines []line) {
	all := v.thresholds
	switch {
	case len(all) == 0 || most < 1:
		return nil
	case most == 1 && len(all) > 1:
		return []line{inOneLine(all)}
	}
	var rest []ThresholdResult
	if len(all) > most {
		all = slices.SortedStableFunc(slices.Values(all), func(a, b ThresholdResult) int {
			return cmp.Compare(concern(a), concern(b))
		})
		all, rest = all[:most-1], all[most-1:]
	}
	widest := 0
	for _, t := range all {
		widest = max(widest, columns(clean(t.Text)))
	}
	widest = min(widest, width/2)
	for _, t := range all {
		lines = append(lines, t.lineSoFar(widest))
	}
	if len(rest) > 0 {
		lines = append(lines, append(line{{faint, "  and " + number(int64(len(rest))) + " more:  "}}, inOneLine(rest)...))
	}
	return lines
}

// concern is in which order thresholds are looked at.
func concern(t ThresholdResult) int {
	return slices.Index([]Verdict{Failed, Passed, Inconclusive}, t.Verdict)
}

// lineSoFar is the threshold, its text over so many columns, with its value and
// what there is to be said about it.
func (t ThresholdResult) lineSoFar(widest int) line {
	mark, how := t.signSoFar()
	l := line{{how, mark + " "}, {plain, padded(shorten(clean(t.Text), widest), widest)}}
	if t.Value == nil {
		return append(l, piece{faint, "  " + t.Note})
	}
	value, note := measured(t)
	l = append(l, piece{plain, "  " + flushed(value, 7)})
	if t.Verdict == Failed {
		l = append(l, piece{bad, "  failing"})
	}
	if note != "" {
		l = append(l, piece{faint, "  " + note})
	}
	return l
}

// inOneLine counts thresholds by how they stand, and names those that fail.
func inOneLine(all []ThresholdResult) line {
	var failing []string
	n := map[Verdict]int64{}
	for _, t := range all {
		n[t.Verdict]++
		if t.Verdict == Failed {
			failing = append(failing, clean(t.Text))
		}
	}
	var l line
	say := func(v Verdict, word string) {
		if n[v] == 0 {
			return
		}
		mark, how := ThresholdResult{Verdict: v}.signSoFar()
		if len(l) > 0 {
			l = append(l, piece{plain, "  "})
		}
		l = append(l, piece{how, mark + " "}, piece{plain, number(n[v]) + " " + word})
	}
	say(Passed, "ok")
	say(Inconclusive, "open")
	say(Failed, "failing")
	if len(failing) > 0 {
		l = append(l, piece{plain, ": " + strings.Join(failing, ", ")})
	}
	return l
}
