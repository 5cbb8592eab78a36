package scenario

import (
	"cmp"

	"github.com/imbench/imbench/internal/problem"
)

// Problem is one thing wrong with a scenario, or with a file that it names:
// where, what, and what would be right.
type Problem = problem.Problem

// Problems is everything wrong with a scenario and the files that it names, in
// the order of the file, those of other files after it, what comes from --set
// last. Load returns it as its error.
type Problems = problem.Problems

// fromTheSet is where a problem comes from that the ith --set makes, without
// what could be a secret.
func (d *decoder) fromTheSet(i int) string {
	return "--set " + printable(shownSet(cmp.Or(d.sets[i], `""`)))
}

// allProblems is everything that was found wrong, in the order of the file; nil
// for nothing.
func (d *decoder) allProblems() error { return problem.All(d.file, d.problems) }

func quoted(s string) string    { return problem.Quoted(s) }
func printable(s string) string { return problem.Printable(s) }
