package scenario

import (
	"strings"

	"github.com/imbench/imbench/internal/nearest"
)

// didYouMean is the remedy for an unknown name: the nearest one when one is
// near, and all there are.
func didYouMean(name string, known []string) string {
	all := "known are " + strings.Join(known, ", ")
	if len(known) == 1 {
		all = "the only one is " + known[0]
	}
	if near := nearest.Name(name, known); near != "" {
		return "did you mean " + near + "? " + all
	}
	return all
}
