package compare_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/imbench/imbench/report"
	"github.com/imbench/imbench/report/compare"
)

func mustCompare(t testing.TB, base, candidate []compare.Run, o compare.Options) *compare.Comparison {
	t.Helper()
	c, err := compare.Compare(base, candidate, o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func changeOf(t testing.TB, c *compare.Comparison, name string) compare.Change {
	t.Helper()
	i := slices.IndexFunc(c.Metrics, func(m compare.Change) bool { return m.Metric == name })
	if i < 0 {
		t.Fatalf("%s was not compared", name)
	}
	return c.Metrics[i]
}

func TestComparisons(t *testing.T) {
	lost := func(n int64) func(int, *report.Result) {
		return func(i int, r *report.Result) { r.Counts["lost"] = n + int64(i) }
	}
	for _, c := range []struct {
		name      string
		base, new []compare.Run
		o         compare.Options
		want      report.Verdict
		reason    string
		metric    string
		outcome   compare.Outcome
	}{
		{
			"a build against itself is no regression", runs("base", 6, 1), runs("new", 6, 1.001), compare.Options{},
			report.Passed, "", "delivery.p50", compare.Same,
		},
		{
			"a tenth slower is a regression", runs("base", 6, 1), runs("new", 6, 1.1), compare.Options{},
			report.Failed, "delivery.p50 is worse, +", "delivery.p50", compare.Worse,
		},
		{
			"a tenth faster is none", runs("base", 6, 1), runs("new", 6, 0.9), compare.Options{},
			report.Passed, "", "delivery.p50", compare.Improved,
		},
		{
			"what is certain and below the noise floor is the same", runs("base", 9, 1), runs("new", 9, 1.04), compare.Options{Noise: 0.1},
			report.Passed, "", "delivery.p50", compare.Same,
		},
		{
			"three runs of each cannot tell, and say how many could", runs("base", 3, 1), runs("new", 3, 2), compare.Options{},
			report.Inconclusive, "Too few runs to tell: 3 of base and 3 of new; 5 of each would do for 95 %.", "delivery.p50", compare.CannotTell,
		},
		{
			"four of each can, of one metric", runs("base", 4, 1), runs("new", 4, 1.2), compare.Options{FailOn: failOn("delivery.p50 +5%")},
			report.Failed, "delivery.p50 +5% failed: delivery.p50 is worse", "delivery.p50", compare.Worse,
		},
		{
			"messages lost in each run are a regression", runs("base", 6, 1), runs("new", 6, 1, lost(3)), compare.Options{},
			report.Failed, "lost is worse, +5", "lost", compare.Worse,
		},
		{
			"lower reach is worse", runs("base", 6, 1), runs("new", 6, 1, func(_ int, r *report.Result) { r.Rates["reach"] = 0.98 }), compare.Options{},
			report.Failed, "reach is worse, -2.00 points", "reach", compare.Worse,
		},
		{
			"a change within the limit passes", runs("base", 6, 1), runs("new", 6, 1.1), compare.Options{FailOn: failOn("delivery.p50 +20%")},
			report.Passed, "", "delivery.p50", compare.Worse,
		},
		{
			"what was not asked for does not decide", runs("base", 6, 1), runs("new", 6, 1.5, lost(9)), compare.Options{FailOn: failOn("connect.p99 +5%")},
			report.Passed, "", "lost", compare.Worse,
		},
		{
			"an absolute limit", runs("base", 6, 1), runs("new", 6, 1.5), compare.Options{FailOn: failOn("delivery.p50 +400us")},
			report.Failed, "delivery.p50 +400us failed", "delivery.p50", compare.Worse,
		},
		{
			"any certain increase of what was 0", runs("base", 6, 1), runs("new", 6, 1, lost(1)), compare.Options{FailOn: failOn("lost +0", "lost +50%")},
			report.Failed, "lost +50% failed", "lost", compare.Worse,
		},
		{
			"a limit on what was never measured cannot be told", runs("base", 6, 1), runs("new", 6, 1), compare.Options{FailOn: failOn("detect.p99 +5%")},
			report.Inconclusive, "detect.p99 +5% cannot be told: no samples.", "delivery.p50", compare.Same,
		},
		{
			"the generator's own figures differ, and are neither better nor worse", runs("base", 6, 1),
			runs("new", 6, 1, func(_ int, r *report.Result) { r.Generator.CPUS = 9 }), compare.Options{},
			report.Passed, "", "generator.cpu_s", compare.Differs,
		},
		{
			"a server that died is a regression, however few runs", runs("base", 2, 1),
			runs("new", 2, 1, func(_ int, r *report.Result) {
				r.Server.Exit, r.Failure, r.Verdict = "exit status 2", "it ended unasked", report.Failed
			}), compare.Options{},
			report.Failed, "The server of new ended unasked in 2 of 2 runs", "delivery.p50", compare.CannotTell,
		},
		{
			"no run that can be used", runs("base", 4, 1), runs("new", 4, 1, func(_ int, r *report.Result) { r.Verdict = report.Interrupted }), compare.Options{},
			report.Inconclusive, "No run of new could be used.", "delivery.p50", compare.CannotTell,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := mustCompare(t, c.base, c.new, c.o)
			if got.Verdict != c.want {
				t.Errorf("%s, want %s; %q", got.Verdict, c.want, got.Reasons)
			}
			if text := strings.Join(got.Reasons, "\n"); !strings.Contains(text, c.reason) || c.reason == "" && text != "" {
				t.Errorf("the reasons are\n%s\nwant %q", text, c.reason)
			}
			if m := changeOf(t, got, c.metric); m.Outcome != c.outcome {
				t.Errorf("%s is %s, want %s: %s", c.metric, m.Outcome, c.outcome, m.Sentence())
			}
		})
	}
}

// A result of before a count was counted says nothing of it, least of all that
// there was none.
func TestACountThatAnOlderResultLacksIsNoZero(t *testing.T) {
	older := runs("base", 6, 1, func(_ int, r *report.Result) { delete(r.Counts, "protocol_errors") })
	newer := runs("new", 6, 1, func(i int, r *report.Result) { r.Counts["protocol_errors"] = int64(i + 1) })
	got := mustCompare(t, older, newer, compare.Options{})
	if m := changeOf(t, got, "protocol_errors"); m.Outcome != compare.CannotTell || m.Note != "measured in 0 of 6 runs of base and 6 of 6 runs of new" || got.Verdict != report.Passed {
		t.Errorf("%s: %s, %s", got.Verdict, m.Outcome, m.Sentence())
	}
	gated := mustCompare(t, older, newer, compare.Options{FailOn: failOn("protocol_errors +0")})
	if gated.Verdict != report.Inconclusive {
		t.Errorf("%s: %+v", gated.Verdict, gated.FailOn)
	}
}

func TestRunsThatSayNothingAreLeftOut(t *testing.T) {
	for _, c := range []struct {
		name, why string
		change    func(*report.Result)
		stays     bool
	}{
		{"a failed threshold says nothing against the figures", "", func(r *report.Result) { r.Verdict = report.Failed }, true},
		{"a threshold without samples neither", "", func(r *report.Result) { r.Verdict = report.Inconclusive }, true},
		{"a generator that was the bottleneck", "the bottleneck: sends left late", func(r *report.Result) {
			r.Generator.Limits = []string{"sends left late"}
		}, false},
		{"an interrupted run", "interrupted", func(r *report.Result) { r.Verdict = report.Interrupted }, false},
		{"a run that could not be made", "could not be run to its end: no route", func(r *report.Result) { r.Failure = "no route" }, false},
		{"a run without clients", "no client was ever online", func(r *report.Result) { r.Counts["connects"] = 0 }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			base := runs("base", 6, 1)
			c.change(base[2].Result)
			got := mustCompare(t, base, runs("new", 6, 1), compare.Options{})
			if c.stays {
				if got.Base.Runs != 6 || len(got.Base.LeftOut) != 0 {
					t.Errorf("%+v", got.Base)
				}
				return
			}
			if got.Base.Runs != 5 || len(got.Base.LeftOut) != 1 || got.Base.LeftOut[0].Run != "base-3.json" || !strings.Contains(got.Base.LeftOut[0].Why, c.why) {
				t.Errorf("%+v", got.Base)
			}
			if !strings.Contains(strings.Join(got.Warnings, "\n"), "base-3.json of base was left out") {
				t.Errorf("the warnings are %q", got.Warnings)
			}
		})
	}
}

func TestWarningsSayWhatElseMayHaveMadeADifference(t *testing.T) {
	for _, c := range []struct {
		name, want string
		change     func(*report.Result)
	}{
		{"other seeds", "The seeds differ (seeds 1 to 5; seeds 101 to 105)", func(r *report.Result) { r.Scenario.Seed += 100 }},
		{"another imbench", "Different versions of imbench measured them: 1.2.3, 1.3.0.", func(r *report.Result) { r.Version = "1.3.0" }},
		{"another machine", "measured on different machines: AMD EPYC × 2, linux amd64", func(r *report.Result) {
			r.Generator.Machine = &report.Machine{OS: "linux", Arch: "arm64", CPU: "Neoverse", Cores: 2, Kernel: "6.1"}
		}},
		{"inconclusive runs", "5 runs were inconclusive by a threshold", func(r *report.Result) { r.Verdict = report.Inconclusive }},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := mustCompare(t, runs("base", 5, 1), runs("new", 5, 1, func(_ int, r *report.Result) { c.change(r) }), compare.Options{})
			if !strings.Contains(strings.Join(got.Warnings, "\n"), c.want) {
				t.Errorf("the warnings are %q, want %q", got.Warnings, c.want)
			}
		})
	}
	if got := mustCompare(t, runs("base", 5, 1), runs("new", 5, 1), compare.Options{}); len(got.Warnings) > 0 {
		t.Errorf("warnings without a reason: %q", got.Warnings)
	}
	tenth := func(_ int, r *report.Result) { r.TimeScale = 0.1 }
	scaled := mustCompare(t, runs("base", 5, 1, tenth), runs("new", 5, 1, tenth), compare.Options{})
	if want := []string{"Times, and limits on them, are on the runs' clock: 1 s is 10 s of the story (time_scale 0.1)."}; !slices.Equal(scaled.Warnings, want) {
		t.Errorf("the warnings are %q, want %q", scaled.Warnings, want)
	}
}

func TestDifferentScenariosAreRefused(t *testing.T) {
	written := func(hash, yaml string) func(int, *report.Result) {
		return func(_ int, r *report.Result) { r.Scenario.Hash, r.Scenario.YAML = hash, yaml }
	}
	const scenario = "target: {url: ws://a:1/ws, preset: envelope}\nclients: 200\nthresholds: [lost == 0]\n"
	for _, c := range []struct {
		name, yaml, want string
	}{
		{"other clients", "target: {url: ws://a:1/ws, preset: envelope}\nclients: 300\nduration: 5s\n", "of different scenarios (they differ in clients, duration); --force"},
		{"another protocol", "target: {url: ws://a:1/ws, preset: socketio}\nclients: 200\n", "differ in target.preset"},
		{"one that cannot be read", "clients: [200", "of different scenarios; --force"},
		{"nothing known of it", "", "of different scenarios; --force"},
	} {
		t.Run(c.name, func(t *testing.T) {
			base, candidate := runs("base", 5, 1, written("a", scenario)), runs("new", 5, 1, written("b", c.yaml))
			if _, err := compare.Compare(base, candidate, compare.Options{}); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("the error is %v, want %q", err, c.want)
			}
			got := mustCompare(t, base, candidate, compare.Options{Force: true})
			if !strings.Contains(got.Warnings[0], "different scenarios") {
				t.Errorf("the warnings are %q", got.Warnings)
			}
		})
	}
	t.Run("another server, name and thresholds are the same scenario", func(t *testing.T) {
		other := "name: x\ntarget: {url: ws://b:2/ws, preset: envelope, start: {command: [./new]}}\nclients: 200\n"
		mustCompare(t, runs("base", 5, 1, written("a", scenario)), runs("new", 5, 1, written("b", other)), compare.Options{})
	})
}

func TestLowerBoundsDecideOnlyWhereTheyCannotMisleadAnybody(t *testing.T) {
	ghosts := func(p99 float64, atLeast ...string) func(int, *report.Result) {
		return func(i int, r *report.Result) {
			v := p99 + float64(i)
			r.Metrics["ghost"] = &report.Stats{Unit: "ms", Count: 20, P50: v, P99: v, Max: v, AtLeast: atLeast}
		}
	}
	got := mustCompare(t, runs("base", 6, 1, ghosts(1000)), runs("new", 6, 1, ghosts(9000, "p99")), compare.Options{})
	if m := changeOf(t, got, "ghost.p99"); m.Outcome != compare.Worse || !strings.Contains(m.Note, "6 values are lower bounds") {
		t.Errorf("bounds that are all above: %s, %s", m.Outcome, m.Note)
	}
	got = mustCompare(t, runs("base", 6, 1, ghosts(1000)), runs("new", 6, 1, ghosts(100, "p99")), compare.Options{})
	if m := changeOf(t, got, "ghost.p99"); m.Outcome != compare.CannotTell || got.Verdict != report.Passed {
		t.Errorf("bounds that are all below: %s, %s", m.Outcome, m.Note)
	}
}

func TestWhatIsMissingInSomeRunsCannotBeTold(t *testing.T) {
	got := mustCompare(t, runs("base", 5, 1), runs("new", 5, 1, func(i int, r *report.Result) {
		if i < 2 {
			r.Server = nil
		}
	}), compare.Options{})
	if m := changeOf(t, got, "server.cpu_s"); m.Outcome != compare.CannotTell || m.Note != "measured in 5 of 5 runs of base and 3 of 5 runs of new" {
		t.Errorf("%s, %s", m.Outcome, m.Note)
	}
}

func TestWhatAppearsInARunOrTwoIsToldThoughItProvesNothing(t *testing.T) {
	got := mustCompare(t, runs("base", 6, 1), runs("new", 6, 1, func(i int, r *report.Result) {
		if i == 3 {
			r.Counts["lost"] = 7
		}
	}), compare.Options{})
	if m := changeOf(t, got, "lost"); m.Outcome != compare.CannotTell || !strings.Contains(strings.Join(got.Warnings, "\n"), "lost: not 0 in 1 of 6 runs of new, and in none of base.") {
		t.Errorf("%s, %s; %q", m.Outcome, m.Note, got.Warnings)
	}
}

func TestTheRangeHoldsTheChange(t *testing.T) {
	got := mustCompare(t, runs("base", 8, 1), runs("new", 8, 1.1), compare.Options{})
	m := changeOf(t, got, "delivery.p50")
	if *m.ChangeLow > 0.1 || *m.ChangeHigh < 0.1 || math.Abs(*m.Change-0.1) > 0.02 || *m.PAdjusted > 0.01 {
		t.Errorf("%s", m.Sentence())
	}
}

func TestFaultsAndGroupsAreComparedByName(t *testing.T) {
	with := func(detect float64) func(int, *report.Result) {
		return func(i int, r *report.Result) {
			v := detect + float64(i)
			r.Faults = []report.FaultResult{{Name: "nat", Clients: 20, Detect: &report.Stats{Unit: "ms", Count: 20, P50: v, P99: v, Max: v}}}
			r.Groups = map[string]*report.Group{
				"mobile": {Clients: 100, Counts: map[string]int64{"lost": int64(detect)}},
				"web":    {Clients: 100},
			}
		}
	}
	got := mustCompare(t, runs("base", 5, 1, with(1000)), runs("new", 5, 1, with(2000)), compare.Options{FailOn: failOn("detect{nat}.p99 +5%", "lost{mobile} +0")})
	for _, name := range []string{"detect{nat}.p99", "lost{mobile}"} {
		if m := changeOf(t, got, name); m.Outcome != compare.Worse || !m.Judged {
			t.Errorf("%s: %s", name, m.Outcome)
		}
	}
	if _, err := compare.Compare(runs("base", 5, 1, with(1)), runs("new", 5, 1, with(1)), compare.Options{FailOn: failOn("detect{nta}.p99 +5%")}); err == nil ||
		!strings.Contains(err.Error(), `no fault or group "nta"`) {
		t.Errorf("a fault that is not there: %v", err)
	}
}

// storms are runs of a fault after which so many were back in so long, in s.
func storms(name string, back99, back100 func(i int) *float64) []compare.Run {
	return runs(name, 5, 1, func(i int, r *report.Result) {
		half := 1 + float64(i)/100
		r.Faults = []report.FaultResult{{Name: "cut", Clients: 20, Storm: &report.Storm{Clients: 20, Back50S: &half, Back99S: back99(i), Back100S: back100(i)}}}
	})
}

func TestHowLongAStormTookIsCompared(t *testing.T) {
	after := func(s float64) func(int) *float64 {
		return func(i int) *float64 { s := s + float64(i)/100; return &s }
	}
	never := func(int) *float64 { return nil }
	lastOnly := func(i int) *float64 {
		if i < 3 {
			return nil
		}
		return after(2)(i)
	}
	got := mustCompare(t, storms("base", after(2), after(3)), storms("new", after(4), lastOnly), compare.Options{
		FailOn: failOn("back_50{cut} +10%", "back_99{cut} +10%", "back_100{cut} +1s"),
	})
	for i, want := range []struct {
		verdict report.Verdict
		note    string
	}{
		{report.Passed, "back_50{cut} is within the limit"},
		{report.Failed, "back_99{cut} is worse, +99.0 %: 4.02 s, it was 2.02 s"},
		{report.Inconclusive, "reached in 5 of 5 runs of base and 2 of 5 runs of new"},
	} {
		if g := got.FailOn[i]; g.Verdict != want.verdict || !strings.Contains(g.Note, want.note) {
			t.Errorf("%s: %s, %s; want %s, %s", g.Text, g.Verdict, g.Note, want.verdict, want.note)
		}
	}
	m := changeOf(t, got, "back_100{cut}")
	if m.Difference != nil || m.Change != nil || m.P != nil || m.New.Never != 3 || len(m.New.Each) != 2 || m.Outcome != compare.CannotTell {
		t.Errorf("those that were back in time are compared alone: %+v", m)
	}
	if want := "back_100{cut}: reached in 5 of 5 runs of base and 2 of 5 runs of new."; !slices.Contains(got.Warnings, want) {
		t.Errorf("%q is not among the warnings %q", want, got.Warnings)
	}
	got = mustCompare(t, storms("base", never, never), storms("new", never, never), compare.Options{FailOn: failOn("back_99{cut} +10%")})
	if g := got.FailOn[0]; g.Verdict != report.Inconclusive || g.Note != "never reached in any run" {
		t.Errorf("%s, %s", g.Verdict, g.Note)
	}
	if _, err := compare.Compare(runs("base", 5, 1), runs("new", 5, 1), compare.Options{FailOn: failOn("back_99{cut} +10%")}); err == nil ||
		!strings.Contains(err.Error(), `no fault or group "cut"`) {
		t.Errorf("a fault that is not there: %v", err)
	}
}

func TestEachSideNeedsAResult(t *testing.T) {
	if _, err := compare.Compare(nil, runs("new", 4, 1), compare.Options{}); err == nil {
		t.Error("no base, and no error")
	}
}
