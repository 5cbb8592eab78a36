package rounds_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/imbench/imbench/report"
	"github.com/imbench/imbench/report/compare"
	"github.com/imbench/imbench/rounds"
)

// runOf is a run whose deliveries took so long, in ms.
func runOf(t rounds.Turn, p50 float64) *report.Result {
	return &report.Result{
		Verdict:  report.Passed,
		Scenario: report.ScenarioInfo{Name: "s", Hash: "h", Seed: t.Seed},
		Metrics:  map[string]*report.Stats{"delivery": {Count: 1000, P50: p50, P99: 4 * p50}},
		Counts:   map[string]int64{"connects": 10},
	}
}

// brief is what a failed test tells of a comparison.
func brief(c *compare.Comparison) []any {
	if c == nil {
		return nil
	}
	return []any{c.Verdict, c.Reasons, c.Base.Runs, c.New.Runs, c.Rounds}
}

// builds runs a base of 1 ms and a new build that takes so much longer, with
// noise.
func builds(random *rand.Rand, slower, noise float64) func(context.Context, rounds.Turn) (*report.Result, error) {
	return func(_ context.Context, t rounds.Turn) (*report.Result, error) {
		p50 := math.Exp(noise * random.NormFloat64())
		if t.Side == rounds.New {
			p50 *= 1 + slower
		}
		return runOf(t, p50), nil
	}
}

func TestBothBuildsRunInTurnWithTheSameSeeds(t *testing.T) {
	var got []string
	for turn := range (rounds.Plan{Rounds: 3, Seed: 7, Warmup: true}).Turns() {
		got = append(got, turn.Name()+" "+string(rune('0'+turn.Seed)))
	}
	want := []string{
		"round-00-base 7", "round-00-new 7", "round-01-base 7", "round-01-new 7",
		"round-02-new 8", "round-02-base 8", "round-03-base 9", "round-03-new 9",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestARegressionIsFound(t *testing.T) {
	var done []string
	c, err := rounds.Play(t.Context(), rounds.Plan{Rounds: 6, Seed: 1, Warmup: true}, rounds.Player{
		Run:  builds(rand.New(rand.NewPCG(1, 1)), 0.1, 0.01),
		Done: func(turn rounds.Turn, _ *report.Result) error { done = append(done, turn.Name()); return nil },
	})
	if err != nil || c.Verdict != report.Failed || c.Rounds.Done != 6 || c.Base.Runs != 6 || c.New.Runs != 6 || len(done) != 14 {
		t.Errorf("%v, %v, after %q", brief(c), err, done)
	}
}

func TestAClearAnswerEndsTheRounds(t *testing.T) {
	for _, slower := range []float64{0.2, -0.2} {
		looked := 0
		plan := rounds.Plan{Rounds: 12, UntilSignificant: true}
		c, err := rounds.Play(t.Context(), plan, rounds.Player{
			Run: builds(rand.New(rand.NewPCG(2, 2)), slower, 0.01), Looked: func(*compare.Comparison) { looked++ },
		})
		if err != nil || c.Rounds.Done != 6 || !slices.Equal(c.Rounds.Looks, []int{6}) || c.Alpha != 0.0125 || looked != 0 {
			t.Errorf("%v slower: %+v at %v, %v", slower, c.Rounds, c.Alpha, err)
		}
	}
}

// What got better is no answer while something else that decides is open: it
// may yet be worse.
func TestTheRoundsGoOnWhileWhatDecidesIsOpen(t *testing.T) {
	for _, c := range []struct {
		name   string
		failOn []string
		p99    float64 // how far the new build's tail spreads
		done   int
	}{
		{"all limits are shown to hold", []string{"delivery.p50 +10%", "delivery.p99 +10%"}, 0.01, 6},
		{"one of two limits is open", []string{"delivery.p50 +10%", "delivery.p99 +10%"}, 2, 12},
		{"a metric that decides cannot be told", nil, 2, 12},
		{"all that decides can be told", nil, 0.01, 6},
	} {
		t.Run(c.name, func(t *testing.T) {
			random := rand.New(rand.NewPCG(8, 8))
			run := builds(random, -0.2, 0.01)
			plan := rounds.Plan{Rounds: 12, UntilSignificant: true}
			for _, text := range c.failOn {
				f, err := compare.ParseFailOn(text)
				if err != nil {
					t.Fatal(err)
				}
				plan.Compare.FailOn = append(plan.Compare.FailOn, f)
			}
			got, err := rounds.Play(t.Context(), plan, rounds.Player{Run: func(ctx context.Context, turn rounds.Turn) (*report.Result, error) {
				r, err := run(ctx, turn)
				r.Metrics["delivery"].P99 = 4 * math.Exp(c.p99*random.NormFloat64())
				return r, err
			}})
			if err != nil || got.Rounds.Done != c.done {
				t.Errorf("%v, %v; want %d rounds", brief(got), err, c.done)
			}
		})
	}
}

func TestAnOpenAnswerIsLookedAtThreeTimes(t *testing.T) {
	looked := 0
	c, err := rounds.Play(t.Context(), rounds.Plan{Rounds: 12, UntilSignificant: true}, rounds.Player{
		Run: builds(rand.New(rand.NewPCG(3, 3)), 0, 0.01), Looked: func(*compare.Comparison) { looked++ },
	})
	if err != nil || c.Verdict != report.Passed || !slices.Equal(c.Rounds.Looks, []int{6, 9, 12}) || looked != 2 || math.Abs(c.Alpha-0.025) > 1e-12 {
		t.Errorf("%s, %+v at %v, %v", c.Verdict, c.Rounds, c.Alpha, err)
	}
}

// The correction for looking repeatedly is checked by looking repeatedly: a
// build against itself is found different in at most alpha of all cases.
func TestLookingRepeatedlyFindsNoMoreByChance(t *testing.T) {
	random := rand.New(rand.NewPCG(4, 4))
	for _, c := range []struct{ rounds, times int }{{6, 400}, {7, 200}} {
		found := 0
		for range c.times {
			got, err := rounds.Play(t.Context(), rounds.Plan{Rounds: c.rounds, UntilSignificant: true}, rounds.Player{Run: builds(random, 0, 0.05)})
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range got.Metrics {
				if m.Judged && (m.Outcome == compare.Worse || m.Outcome == compare.Improved) {
					found++
					break
				}
			}
		}
		if share := float64(found) / float64(c.times); share > 0.05+0.02 {
			t.Errorf("%d rounds: a difference in %v of the comparisons", c.rounds, share)
		}
	}
}

func TestARunThatSaysNothingIsMadeAgain(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 5))
	run, calls, again := builds(random, 0, 0.01), 0, 0
	c, err := rounds.Play(t.Context(), rounds.Plan{Rounds: 5}, rounds.Player{
		Run: func(ctx context.Context, turn rounds.Turn) (*report.Result, error) {
			r, err := run(ctx, turn)
			if calls++; calls%3 == 0 {
				r.Generator.Limits = []string{"sends left late"}
			}
			return r, err
		},
		Again: func(rounds.Turn, *report.Result) { again++ },
	})
	if err != nil || c.Base.Runs != 5 || c.New.Runs != 5 || again != 4 || c.Rounds.Repeated != 4 {
		t.Errorf("%v, %d made again, %v", brief(c), again, err)
	}
	limited := func(_ context.Context, turn rounds.Turn) (*report.Result, error) {
		r := runOf(turn, 1)
		r.Generator.Limits = []string{"sends left late"}
		calls++
		return r, nil
	}
	calls = 0
	if c, err = rounds.Play(t.Context(), rounds.Plan{Rounds: 5}, rounds.Player{Run: limited}); err != nil || calls != 15 || c.Verdict != report.Inconclusive {
		t.Errorf("a machine that is always too busy: %d runs, %s, %v", calls, c.Verdict, err)
	}
}

func TestWhatWasMeasuredIsComparedWhenTheRoundsEndEarly(t *testing.T) {
	run := builds(rand.New(rand.NewPCG(6, 6)), 0, 0.01)
	t.Run("by an interruption", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		calls, dropped := 0, ""
		c, err := rounds.Play(ctx, rounds.Plan{Rounds: 9}, rounds.Player{
			Run: func(ctx context.Context, turn rounds.Turn) (*report.Result, error) {
				if calls++; calls == 8 {
					cancel()
				}
				return run(ctx, turn)
			},
			Dropped: func(turn rounds.Turn) { dropped += turn.Name() },
		})
		if c != nil && (dropped != "round-04-base" || c.Rounds.Dropped != dropped) {
			t.Errorf("dropped %q, the comparison says %q", dropped, c.Rounds.Dropped)
		}
		if !errors.Is(err, context.Canceled) || c == nil || c.Base.Runs != 3 || c.New.Runs != 4 {
			t.Errorf("%v, %v", brief(c), err)
		}
	})
	broken := errors.New("connection refused")
	t.Run("by a server that cannot be run", func(t *testing.T) {
		calls := 0
		c, err := rounds.Play(t.Context(), rounds.Plan{Rounds: 9}, rounds.Player{Run: func(ctx context.Context, turn rounds.Turn) (*report.Result, error) {
			if calls++; calls == 8 {
				return nil, broken
			}
			return run(ctx, turn)
		}})
		if !errors.Is(err, broken) || c == nil || c.Rounds.Done != 3 {
			t.Fatalf("%v, %v", brief(c), err)
		}
		want := "round 4 of 9, base: connection refused"
		if err.Error() != want || c.Rounds.Stopped != want || c.Verdict != report.Inconclusive || c.Reasons[0] != "The rounds ended at "+want {
			t.Errorf("%v, %v, want %q", brief(c), err, want)
		}
	})
	t.Run("before there is anything of both", func(t *testing.T) {
		c, err := rounds.Play(t.Context(), rounds.Plan{Rounds: 9}, rounds.Player{Run: func(context.Context, rounds.Turn) (*report.Result, error) {
			return nil, broken
		}})
		if !errors.Is(err, broken) || c != nil {
			t.Errorf("%v, %v", brief(c), err)
		}
	})
}

func TestAServerThatDiesIsAFinding(t *testing.T) {
	c, err := rounds.Play(t.Context(), rounds.Plan{Rounds: 2}, rounds.Player{Run: func(_ context.Context, turn rounds.Turn) (*report.Result, error) {
		r := runOf(turn, 1)
		if turn.Side == rounds.New {
			r.Server, r.Failure = &report.Server{Exit: "exit status 2"}, "it ended unasked"
			return r, errors.New("the server under test ended unasked")
		}
		return r, nil
	}})
	if err != nil || c.Verdict != report.Failed || !strings.Contains(c.Reasons[0], "ended unasked in 2 of 2 runs") {
		t.Errorf("%v, %v", brief(c), err)
	}
}

func TestPlansThatCannotBeAreRefused(t *testing.T) {
	for _, p := range []rounds.Plan{{}, {Rounds: -1}, {Rounds: 5000}, {Rounds: 1, UntilSignificant: true}} {
		if _, err := rounds.Play(t.Context(), p, rounds.Player{}); err == nil {
			t.Errorf("%+v was played", p)
		}
	}
}
