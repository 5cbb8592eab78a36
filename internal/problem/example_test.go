package problem_test

import (
	"fmt"

	"github.com/imbench/imbench/internal/problem"
)

func Example() {
	err := problem.All("nat.yaml", []*problem.Problem{
		{File: "nat.yaml", Line: 9, Column: 3, Path: "faults[0].for", Problem: problem.Quoted("soon") + " is not a duration", Remedy: "write 5s"},
		{File: "nat.yaml", Line: 2, Column: 1, Path: "sed", Problem: "unknown key", Remedy: "did you mean seed?"},
	})
	fmt.Println(err)
	// Output:
	// nat.yaml:2:1: sed: unknown key; did you mean seed?
	// nat.yaml:9:3: faults[0].for: "soon" is not a duration; write 5s
}
