package protocol

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// Problem is one thing wrong with the description of a protocol: where, what,
// and what would be right.
type Problem struct {
	File         string
	Line, Column int    // from 1
	Path         string // of the key, like heartbeat.send
	Problem      string
	Remedy       string // may be empty
}

// Error prints the problem on one line: file:line:column: path: problem; remedy.
func (p *Problem) Error() string {
	var b strings.Builder
	b.WriteString(p.File + ":" + strconv.Itoa(p.Line) + ":" + strconv.Itoa(p.Column))
	if p.Path != "" {
		b.WriteString(": " + p.Path)
	}
	b.WriteString(": " + p.Problem)
	if p.Remedy != "" {
		b.WriteString("; " + p.Remedy)
	}
	return b.String()
}

// Problems is everything wrong with a description, in the order of the file.
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

func (p *Problems) sort() {
	slices.SortStableFunc(p.List, func(a, b *Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
}
