package compare

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/imbench/imbench/report"
)

// sameRun reports whether two results are of one run: a copy is no second
// observation.
func sameRun(a, b *report.Result) bool {
	return a == b || !a.Started.IsZero() && a.Started.Equal(b.Started) && a.Scenario.Seed == b.Scenario.Seed &&
		reflect.DeepEqual(a.Counts, b.Counts) && a.Generator.CPUS == b.Generator.CPUS
}

// twinOf is the first of runs that is the same run as r; "" for none.
func twinOf(r *report.Result, runs []Run) (name string, ok bool) {
	i := slices.IndexFunc(runs, func(o Run) bool { return sameRun(o.Result, r) })
	if i < 0 {
		return "", false
	}
	return runs[i].Name, true
}

// onBothSides is why a run is left out that was given for both builds. It is of
// one of them at most, and nobody can tell of which; held against itself it
// would pass for an observation that nothing changed.
const onBothSides = "it is on both sides, as "

// shared lists the left out runs of a side that are on the other, too.
func (s Side) shared() (names []string) {
	for _, out := range s.LeftOut {
		if other, is := strings.CutPrefix(out.Why, onBothSides); is {
			if other != out.Run {
				out.Run += " (" + other + ")"
			}
			names = append(names, out.Run)
		}
	}
	return names
}

// itself says that a comparison is one of runs with themselves, where nothing
// else is left of a side.
func (c *Comparison) itself() (why string, is bool) {
	n := len(c.Base.shared())
	if n == 0 || c.Base.Runs > 0 && c.New.Runs > 0 {
		return "", false
	}
	return fmt.Sprintf("Nothing independent is left to compare: %s on both sides.", report.Plural(int64(n), "run is", "runs are")), true
}
