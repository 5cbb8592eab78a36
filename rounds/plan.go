package rounds

import (
	"errors"
	"fmt"
	"iter"

	"github.com/imbench/imbench/report/compare"
)

// Side is one of the two builds.
type Side uint8

// The builds.
const (
	Base Side = iota
	New
)

func (s Side) String() string {
	if s == New {
		return "new"
	}
	return "base"
}

// Plan says how builds are compared.
type Plan struct {
	Rounds int
	Seed   uint64 // of the first round; each further one has the next
	Warmup bool   // run both once before that, and forget it
	// UntilSignificant stops after the round at which the answer is clear.
	UntilSignificant bool
	Compare          compare.Options
}

// Validate says what is wrong with p.
func (p Plan) Validate() error {
	const most = 1000
	if p.Rounds < 1 || p.Rounds > most {
		return fmt.Errorf("%d rounds are not from 1 to %d", p.Rounds, most)
	}
	if p.UntilSignificant && p.Rounds < 2 {
		return errors.New("one round cannot be stopped early")
	}
	return nil
}

// Turn is one run of one build.
type Turn struct {
	Round int // from 1; 0 is the warm-up
	Side  Side
	Seed  uint64
}

// Name is what the run of the turn is called: round-03-new.
func (t Turn) Name() string { return fmt.Sprintf("round-%02d-%s", t.Round, t.Side) }

// In says which of so many rounds the turn is of: "round 3 of 8, new".
func (t Turn) In(rounds int) string {
	if t.Round == 0 {
		return "warm-up, " + t.Side.String()
	}
	return fmt.Sprintf("round %d of %d, %s", t.Round, rounds, t.Side)
}

// Turns are the runs in their order.
func (p Plan) Turns() iter.Seq[Turn] {
	return func(yield func(Turn) bool) {
		first := 1
		if p.Warmup {
			first = 0
		}
		for round := first; round <= p.Rounds; round++ {
			seed := p.Seed + uint64(max(round-1, 0))
			order := [2]Side{Base, New}
			if round%2 == 0 && round > 0 {
				order = [2]Side{New, Base}
			}
			for _, side := range order {
				if !yield(Turn{round, side, seed}) {
					return
				}
			}
		}
	}
}

// Look is a round after which the answer is looked at, and how often a build
// compared with itself may be found different at that look.
type Look struct {
	After int
	Alpha float64
}

// looks shares alpha out among the looks: who looks often finds something by
// chance more often. A quarter goes to a look after half of the rounds, a
// quarter to one after three quarters, what is left to the last. Whatever the
// looks have in common, the chance that any of them errs is at most the sum,
// which is alpha.
func (p Plan) looks() []Look {
	last := Look{p.Rounds, p.Compare.Alpha}
	if !p.UntilSignificant {
		return []Look{last}
	}
	var all []Look
	for _, after := range []int{(p.Rounds + 1) / 2, (3*p.Rounds + 3) / 4} {
		part := p.Compare.Alpha / 4
		// At a look that could not find anything, nothing is spent.
		if after >= p.Rounds || len(all) > 0 && all[len(all)-1].After == after || !compare.Possible(after, after, part) {
			continue
		}
		all = append(all, Look{after, part})
		last.Alpha -= part
	}
	return append(all, last)
}
