package protocol

import "github.com/imbench/imbench/internal/problem"

// Problem is one thing wrong with the description of a protocol: where, what,
// and what would be right.
type Problem = problem.Problem

// Problems is everything wrong with a description, in the order of the file.
type Problems = problem.Problems
