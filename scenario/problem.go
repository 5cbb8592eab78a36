package scenario

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// Problem is one thing wrong with a scenario: where, what, and what would be
// right.
type Problem struct {
	File    string
	Line    int    // from 1; 0 when the problem has no place in the file
	Column  int    // from 1
	Set     string // the --set that it comes from, instead of a place in the file
	Path    string // of the key, like faults[0].for
	Problem string
	Remedy  string // may be empty
}

// Error prints the problem on one line: file:line:column: path: problem; remedy.
func (p *Problem) Error() string {
	var b strings.Builder
	switch {
	case p.Set != "":
		b.WriteString("--set " + printable(shownSet(p.Set)))
	case p.Line > 0:
		b.WriteString(p.File + ":" + strconv.Itoa(p.Line) + ":" + strconv.Itoa(p.Column))
	default:
		b.WriteString(p.File)
	}
	if p.Path != "" {
		b.WriteString(": " + printable(p.Path))
	}
	b.WriteString(": " + p.Problem)
	if p.Remedy != "" {
		b.WriteString("; " + p.Remedy)
	}
	return b.String()
}

// Problems is everything wrong with a scenario and the files that it names, in
// the order of the file, those of other files after it, what comes from --set
// last. Load returns it as its error.
type Problems struct{ List []*Problem }

// Error prints one problem a line.
func (p *Problems) Error() string {
	lines := make([]string, len(p.List))
	for i, q := range p.List {
		lines[i] = q.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives the single problems.
func (p *Problems) Unwrap() []error {
	errs := make([]error, len(p.List))
	for i, q := range p.List {
		errs[i] = q
	}
	return errs
}

func (p *Problems) sort(file string) {
	rank := func(q *Problem) int {
		switch {
		case q.Set != "":
			return 2
		case q.File != file:
			return 1
		}
		return 0
	}
	slices.SortStableFunc(p.List, func(a, b *Problem) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
}

// quoted prints text from a scenario in a message: escaped, and cut when long.
func quoted(s string) string {
	const most = 60
	if r := []rune(s); len(r) > most {
		s = string(r[:most]) + "…"
	}
	return strconv.Quote(s)
}

// printable escapes s only if it must be.
func printable(s string) string {
	if q := strconv.Quote(s); len(s) > 200 || q[1:len(q)-1] != strings.ReplaceAll(s, `"`, `\"`) {
		return quoted(s)
	}
	return s
}
