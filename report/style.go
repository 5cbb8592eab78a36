package report

import "github.com/muesli/termenv"

// ink is what a piece of text means, and so how it is coloured.
type ink uint8

const (
	plain  ink = iota
	strong     // headings and names
	faint      // what is read second
	good
	bad
	doubt // warnings, inconclusive verdicts
)

// palette paints text, or leaves it alone when it is false. It uses the
// terminal's own sixteen colours, which its user chose to be readable.
type palette bool

func (p palette) paint(i ink, s string) string {
	if !p || i == plain || s == "" {
		return s
	}
	t := termenv.String(s)
	switch i {
	case strong:
		t = t.Bold()
	case faint:
		t = t.Faint()
	case good:
		t = t.Bold().Foreground(termenv.ANSIGreen)
	case bad:
		t = t.Bold().Foreground(termenv.ANSIRed)
	case doubt:
		t = t.Bold().Foreground(termenv.ANSIYellow)
	}
	return t.String()
}

// sign is a verdict's mark and ink. Anything that is not a known verdict is
// shown as one that cannot tell.
func (v Verdict) sign() (mark string, i ink) {
	switch v {
	case Passed:
		return "✓", good
	case Failed:
		return "✗", bad
	case Interrupted:
		return "■", doubt
	default:
		return "?", doubt
	}
}
