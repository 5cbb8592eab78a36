// Package problem says what is wrong with a text that somebody wrote: where,
// what, and what would be right. Scenarios and descriptions of protocols are
// read with it.
//
// Nothing here is safe for concurrent use.
package problem

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Problem is one thing that is wrong.
type Problem struct {
	File    string
	Line    int    // from 1; 0 when the problem has no place in the file
	Column  int    // from 1
	Instead string // what it comes from instead of a place in a file, like --set seed=x
	Path    string // of the key, like faults[0].for; may be empty
	Problem string
	Remedy  string // may be empty
}

// Error prints the problem on one line: file:line:column: path: problem; remedy.
func (p *Problem) Error() string {
	var b strings.Builder
	switch {
	case p.Instead != "":
		b.WriteString(p.Instead)
	case p.Line > 0:
		b.WriteString(p.File + ":" + strconv.Itoa(p.Line) + ":" + strconv.Itoa(p.Column))
	default:
		b.WriteString(p.File)
	}
	if p.Path != "" {
		b.WriteString(": " + Printable(p.Path))
	}
	b.WriteString(": " + p.Problem)
	if p.Remedy != "" {
		b.WriteString("; " + p.Remedy)
	}
	return b.String()
}

// Problems is everything that is wrong, and the error that tells it.
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

// All returns the list as an error, a *Problems, nil for none. They stand in
// the order of file, those of other files after it, what comes from no file
// last. The list is All's from then on.
func All(file string, list []*Problem) error {
	if len(list) == 0 {
		return nil
	}
	rank := func(q *Problem) int {
		switch {
		case q.Instead != "":
			return 2
		case q.File != file:
			return 1
		}
		return 0
	}
	slices.SortStableFunc(list, func(a, b *Problem) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return &Problems{list}
}

// Said is what stands at n: its text Quoted, or what else it is.
func Said(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a map"
	case yaml.SequenceNode:
		return "a list"
	}
	return Quoted(n.Value)
}

// Quoted prints what somebody wrote in a message: escaped, and cut when long.
func Quoted(s string) string {
	const most = 60
	if r := []rune(s); len(r) > most {
		s = string(r[:most]) + "…"
	}
	return strconv.Quote(s)
}

// Printable escapes s only if it must be.
func Printable(s string) string {
	if q := strconv.Quote(s); len(s) > 200 || q[1:len(q)-1] != strings.ReplaceAll(s, `"`, `\"`) {
		return Quoted(s)
	}
	return s
}
