package rounds

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/imbench/imbench/report"
	"github.com/imbench/imbench/report/compare"
)

// Player does what rounds need done.
type Player struct {
	// Run makes one run against a fresh server. Its error ends the rounds,
	// unless the result that comes with it says that the server died; which run
	// it was is added to it.
	Run func(context.Context, Turn) (*report.Result, error)
	// Done is called after each run that counts or warms up, with its result;
	// its error ends the rounds. It may be nil.
	Done func(Turn, *report.Result) error
	// Again is called when a run says nothing, because the generator was the
	// bottleneck, and is made once more. It may be nil.
	Again func(Turn, *report.Result)
	// Dropped is called when ctx ended while a run was under way, which is left
	// out. It may be nil.
	Dropped func(Turn)
	// Looked is called after a look that left the answer open. It may be nil.
	Looked func(*compare.Comparison)
}

// Play runs the rounds of p and compares. When ctx ends, it stops and compares
// what there is. A comparison comes with an error if there is something of both
// builds to compare.
func Play(ctx context.Context, p Plan, player Player) (*compare.Comparison, error) {
	p.Compare.Alpha = cmp.Or(p.Compare.Alpha, compare.DefaultAlpha)
	if err := p.Validate(); err != nil {
		return nil, err
	}
	g := game{Plan: p, Player: player, left: p.Compare.Alpha, open: p.looks(), spare: p.Rounds}
	for turn := range p.Turns() {
		if err := g.turn(ctx, turn); err != nil {
			return g.end(err)
		}
		if !g.roundOver(turn) {
			continue
		}
		g.done = turn.Round
		if turn.Round != g.open[0].After || len(g.open) == 1 {
			continue
		}
		c, err := g.look(g.open[0].Alpha)
		if err != nil || answered(c) {
			return c, err
		}
		if g.Looked != nil {
			g.Looked(c)
		}
		g.open = g.open[1:]
	}
	return g.end(nil)
}

// game is rounds under way.
type game struct {
	Plan
	Player
	runs    [2][]compare.Run // by side
	done    int              // whole rounds
	open    []Look           // looks still to come
	taken   []int            // rounds after which was looked
	left    float64          // of alpha
	spare   int              // runs that may still be made again
	dropped string           // the run that was under way when the rounds were interrupted
	stopped string           // which run could not be made, and why
}

// turn makes one run, and again while it says nothing: whoever left it out
// would be left with fewer runs of one build than of the other.
func (g *game) turn(ctx context.Context, t Turn) error {
	r, err := g.once(ctx, t)
	for err == nil && len(r.Generator.Limits) > 0 && g.spare > 0 {
		g.spare--
		if g.Again != nil {
			g.Again(t, r)
		}
		r, err = g.once(ctx, t)
	}
	if err != nil {
		return err
	}
	if g.Done != nil {
		if err := g.Done(t, r); err != nil {
			return err
		}
	}
	if t.Round > 0 {
		g.runs[t.Side] = append(g.runs[t.Side], compare.Run{Name: t.Name(), Result: r})
	}
	return nil
}

// once makes a run. A server that died in it is a finding, and no error.
func (g *game) once(ctx context.Context, t Turn) (*report.Result, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	r, err := g.Run(ctx, t)
	switch {
	case ctx.Err() != nil:
		g.drop(t)
		return nil, ctx.Err()
	case err != nil && !died(r):
		err = fmt.Errorf("%s: %w", t.In(g.Rounds), err)
		g.stopped = err.Error()
		return nil, err
	}
	return r, nil
}

// drop tells of a run that was cut short: what it measured is of part of its
// story.
func (g *game) drop(t Turn) {
	if t.Round > 0 { // no warm-up counts
		g.dropped = t.Name()
	}
	if g.Dropped != nil {
		g.Dropped(t)
	}
}

// died reports whether the server ended unasked in the run.
func died(r *report.Result) bool { return r != nil && r.Server != nil && r.Server.Exit != "" }

// roundOver reports whether t was the second run of a round that counts.
func (g *game) roundOver(t Turn) bool {
	return t.Round > 0 && len(g.runs[Base]) == t.Round && len(g.runs[New]) == t.Round
}

// look compares what there is at a part of alpha.
func (g *game) look(alpha float64) (*compare.Comparison, error) {
	g.taken = append(g.taken, g.done)
	g.left -= alpha
	o := g.Compare
	o.Rounds = &compare.Rounds{Planned: g.Rounds, Done: g.done, Repeated: g.Rounds - g.spare, Dropped: g.dropped, Stopped: g.stopped, Alpha: o.Alpha}
	if g.UntilSignificant {
		o.Rounds.Looks = g.taken
	}
	o.Alpha = alpha
	return compare.Compare(g.runs[Base], g.runs[New], o)
}

// end is the last look, with all that is left of alpha: at the end as planned,
// or at another that had nothing to do with what was seen.
func (g *game) end(why error) (*compare.Comparison, error) {
	if len(g.runs[Base]) == 0 || len(g.runs[New]) == 0 {
		return nil, why
	}
	c, err := g.look(g.left)
	return c, errors.Join(why, err)
}

// answered reports whether a comparison has an answer that further rounds would
// not change: something is worse; or all that was asked for is shown to hold;
// or, where nothing was, something is better, and nothing that decides is open.
func answered(c *compare.Comparison) bool {
	switch {
	case c.Verdict == report.Failed:
		return true
	case c.Verdict != report.Passed:
		return false
	case len(c.FailOn) > 0:
		return true
	}
	better := false
	for _, m := range c.Metrics {
		if m.Judged && m.Outcome == compare.CannotTell {
			return false
		}
		better = better || m.Judged && m.Outcome == compare.Improved
	}
	return better
}
