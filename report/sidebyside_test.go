package report

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

// policies are runs of one storm with three reconnect policies, and one that
// could not be made.
func policies() []Column {
	run := func(v Verdict, back50, back99 float64, back100 *float64, peak int64, delivery float64) *Result {
		return &Result{
			Verdict: v, Counts: map[string]int64{"lost": 0, "attempts": peak * 3, "connects": 1000}, Rates: map[string]float64{"reach": 1},
			Metrics:    map[string]*Stats{"delivery": {Unit: "ms", Count: 5000, P50: 1.5, P99: delivery, Max: delivery * 2}, "detect": {Unit: "ms", Count: 9, P50: 1}},
			Thresholds: []ThresholdResult{{Text: "delivery.p99 < 200ms", Value: &delivery, Unit: "ms", Verdict: v}},
			Faults: []FaultResult{{
				Name: "cut", Kind: "storm", Clients: 1000, Recovered: 1000,
				Detect:    &Stats{Unit: "ms", Count: 1000, P50: 0.5, P99: 1, Max: 2},
				Reconnect: &Stats{Unit: "ms", Count: 1000, P50: back50 * 1000, P99: back99 * 1000, Max: back99 * 1100, AtLeast: []string{"max"}},
				Storm:     &Storm{Clients: 1000, PeakOffered: peak, PeakAccepted: peak / 2, Back50S: &back50, Back99S: &back99, Back100S: back100},
			}},
			Server: &Server{CPUS: 1.5, RSSMaxBytes: 40 << 20}, Generator: Generator{CPUS: 2},
		}
	}
	all := 9.75
	return []Column{
		{Name: "phoenix", Result: run(Failed, 0.02, 0.5, &all, 3000, 400)},
		{Name: "socketio", Result: run(Passed, 0.9, 1.5, &all, 700, 40)},
		{Name: "aws-full-jitter", Result: run(Passed, 0.5, 2, nil, 500, 30)},
		{Name: "nats", Err: "the server did not answer"},
	}
}

func textOf(t *testing.T, s *SideBySide, width int) string {
	t.Helper()
	var b bytes.Buffer
	if err := s.Text(&b, TextOptions{Width: width}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestRunsStandSideBySide(t *testing.T) {
	got := textOf(t, NewSideBySide("storm, by clients.reconnect", policies()), 120)
	for _, want := range []string{
		"phoenix", "✗ failed", "✓ passed", "the server did not answer",
		"peak offered", "3,000/s", "700/s -77 %", "500/s -83 %",
		"50 % back", "20.0 ms", "900 ms ×45", "100 % back", "9.75 s", "never",
		"delivery.p99 < 200ms", "✗ 400 ms", "✓ 40.0 ms", "delivery.max",
		"lost  ", "reconnect.max", "≥ 550 ms", "One run each does not tell a change from chance",
		"✗ 1 OF 4 COULD NOT BE RUN  storm", "1 could not be run: nats", "1 failed: phoenix", "2 passed: socketio, aws-full-jitter",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
	for _, same := range []string{"delivery.p50", "connects", "server CPU", "detect.p50"} {
		if strings.Contains(got, same) {
			t.Errorf("%s is the same in all runs, and is printed:\n%s", same, got)
		}
	}
}

func rowNamed(t *testing.T, s *SideBySide, label string) SideRow {
	t.Helper()
	for _, b := range s.Blocks {
		for _, row := range b.Rows {
			if row.Label == label {
				return row
			}
		}
	}
	t.Fatalf("no row %q", label)
	return SideRow{}
}

func TestChangesAreAgainstTheFirstRunThatCameToItsEnd(t *testing.T) {
	run := func(name string, recovery float64, atLeast ...string) Column {
		r := &Result{Metrics: map[string]*Stats{}}
		if recovery > 0 {
			r.Metrics["recovery"] = &Stats{Unit: "ms", Count: 9, P99: recovery, AtLeast: atLeast}
		}
		return Column{Name: name, Result: r}
	}
	died := run("d", 300)
	died.Result.Failure = "it died"
	cut := run("i", 200)
	cut.Result.Verdict = Interrupted
	for _, c := range []struct {
		name    string
		columns []Column
		want    string // the changes
		against string
	}{
		{"the first came to no end", []Column{died, run("b", 100), run("c", 50)}, "  -50 %", "against b;"},
		{"the last was interrupted", []Column{run("b", 100), run("c", 50), cut}, " -50 % ", "against b;"},
		{"none came to its end", []Column{died, cut}, " ", "None came to its end: there are no changes."},
		{"the first has the figure", []Column{run("a", 100), run("b", 200), run("c", 150)}, " +100 % +50 %", "against a;"},
		{"the first has none: neither is there a change", []Column{run("a", 0), run("b", 195), run("c", 193)}, "  ", "against a;"},
		{"the first is a lower bound", []Column{run("a", 100, "p99"), run("b", 195), run("c", 193)}, "  ", "against a;"},
		{"another has none", []Column{run("a", 100), run("b", 0), run("c", 50)}, "  -50 %", "against a;"},
		{"another is a lower bound", []Column{run("a", 100), run("b", 900, "p99"), run("c", 50)}, "  -50 %", "against a;"},
		{"the first could not be made", []Column{{Name: "a", Err: "refused"}, run("b", 100), run("c", 50)}, "  -50 %", "against b;"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := NewSideBySide("", c.columns)
			var changes []string
			for _, cell := range rowNamed(t, s, "recovery.p99").Cells {
				changes = append(changes, cell.Change)
			}
			if got := strings.Join(changes, " "); got != c.want {
				t.Errorf("changes %q, want %q", got, c.want)
			}
			if len(s.Notes) != 1 || !strings.Contains(s.Notes[0], c.against) {
				t.Errorf("%q does not say %q", s.Notes, c.against)
			}
		})
	}
}

func TestAChangeIsShownOnlyOfFiguresThatDiffer(t *testing.T) {
	run := func(cpu, p99 float64) Column {
		return Column{Result: &Result{Server: &Server{CPUS: cpu}, Metrics: map[string]*Stats{"delivery": {Unit: "ms", Count: 9, P99: p99}}}}
	}
	s := NewSideBySide("", []Column{run(0.71, 10.06), run(0.64, 10.12), run(12.345, 10.5)})
	for _, c := range []struct{ label, want string }{
		{"server CPU", "0.71 s, 0.64 s -10 %, 12.3 s ×17"},
		{"delivery.p99", "10.1 ms, 10.1 ms, 10.5 ms +4 %"}, // the histogram knows three digits
	} {
		var cells []string
		for _, cell := range rowNamed(t, s, c.label).Cells {
			cells = append(cells, cell.plain())
		}
		if got := strings.Join(cells, ", "); got != c.want {
			t.Errorf("%s: %s, want %s", c.label, got, c.want)
		}
	}
}

func TestTheHeadlineIsWhatTheRunsCameTo(t *testing.T) {
	of := func(verdicts ...Verdict) (columns []Column) {
		for i, v := range verdicts {
			columns = append(columns, Column{Name: string(rune('a' + i)), Result: &Result{Verdict: v}})
		}
		return columns
	}
	for _, c := range []struct {
		name     string
		columns  []Column
		verdict  Verdict
		headline string
		reasons  string
	}{
		{"none", nil, Inconclusive, "no runs", ""},
		{"one", of(Passed), Passed, "passed", ""},
		{"all alike", of(Passed, Passed, Passed), Passed, "all 3 passed", ""},
		{"one failed", of(Passed, Failed, Passed), Failed, "1 of 3 failed", "1 failed: b; 2 passed: a, c"},
		{"one cannot tell", of(Inconclusive, Passed), Inconclusive, "1 of 2 inconclusive", "1 inconclusive: a; 1 passed: b"},
		{"one is of a version to come", of("splendid", Passed), Inconclusive, "1 of 2 inconclusive", "1 inconclusive: a; 1 passed: b"},
		{"interrupted in the second", append(of(Failed, Interrupted), Column{Name: "c"}), Interrupted, "1 of 3 interrupted", "1 interrupted: b; 1 not begun: c; 1 failed: a"},
		{"one could not be made to its end", append(of(Failed), Column{Name: "b", Err: "it died", Result: &Result{Verdict: Failed, Failure: "it died"}}),
			Failed, "1 of 2 could not be run", "1 could not be run: b; 1 failed: a"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := NewSideBySide("", c.columns)
			if v, headline := s.Headline(); v != c.verdict || headline != c.headline {
				t.Errorf("%s, %q", v, headline)
			}
			if got := strings.Join(s.Reasons(), "; "); got != c.reasons {
				t.Errorf("reasons: %q", got)
			}
		})
	}
	many := NewSideBySide("", append(of(Failed), make([]Column, 20)...))
	if got := many.Reasons()[0]; !strings.HasSuffix(got, " and 8 more") {
		t.Error(got)
	}
}

func TestTheNoteOnClocksHoldsForAllRuns(t *testing.T) {
	for _, c := range []struct {
		name   string
		scales []float64
		want   string // "" for no note
	}{
		{"all on the story's clock", []float64{0, 1}, ""},
		{"all on a tenth of it", []float64{0.1, 0.1}, "Times are on the run's clock: 1 s is 10 s of the story"},
		{"one on the story's clock, one on a tenth of it", []float64{1, 0.1}, "Times are on each run's own clock"},
	} {
		var columns []Column
		for _, scale := range c.scales {
			columns = append(columns, Column{Result: &Result{TimeScale: scale}})
		}
		notes := strings.Join(NewSideBySide(c.name, columns).Notes, "\n")
		if !strings.Contains(notes, c.want) || c.want == "" && strings.Contains(notes, "clock") {
			t.Errorf("%s: %s", c.name, notes)
		}
	}
}

func TestManyRunsStandBeneathEachOtherOnANarrowPage(t *testing.T) {
	var columns []Column
	for range 5 {
		columns = append(columns, policies()...)
	}
	got := textOf(t, NewSideBySide("many", columns), 80)
	for line := range strings.Lines(got) {
		if w := columnsOf(line); w > 80 {
			t.Errorf("a line of %d columns: %s", w, line)
		}
	}
	_, table, _ := strings.Cut(got, "Verdicts")
	table, _, _ = strings.Cut(table, "Notes")
	if n := strings.Count(table, "phoenix"); n != 5 {
		t.Errorf("phoenix heads %d columns, want 5\n%s", n, got)
	}
}

func columnsOf(line string) int { return columns(strings.TrimRight(line, "\n")) }

func TestRunsThatCouldNotBeMadeStandThereWithTheReason(t *testing.T) {
	s := NewSideBySide("none", []Column{{Name: "a", Err: "refused"}, {Name: "b"}})
	if got := s.Blocks[0].Rows[0].Cells; got[0].Text != "refused" || got[1].Text != "not run" || len(s.Blocks) != 1 {
		t.Errorf("%+v", s.Blocks)
	}
	if len(s.Notes) != 0 {
		t.Error(s.Notes)
	}
}

func TestChanges(t *testing.T) {
	for _, c := range []struct {
		base, v float64
		want    string
	}{
		{Resolution / 20, 3, ""}, {Resolution * 0.99, 300, ""}, {Resolution, 2.4, "×120"}, {1, 1 + Resolution/2, ""}, // a ratio to what cannot be told

		{100, 100, ""}, {100, 100.4, ""}, {100, 110, "+10 %"}, {100, 50, "-50 %"}, {100, 294, "+194 %"}, {100, 300, "×3.0"}, {1, 1200, "×1200"}, {0, 5, ""}, {5, 0, "-100 %"},
		{1000, 5, "-99.5 %"}, {1000, 4, "-99.6 %"}, {10_000, 3, "-99.97 %"}, {1e9, 1, "-99.999 %"}, // not all of it
	} {
		if got := changed(c.base, c.v, Resolution); got != c.want {
			t.Errorf("from %v to %v: %q, want %q", c.base, c.v, got, c.want)
		}
	}
}

func TestSideBySideAsMarkdownIsATable(t *testing.T) {
	var b bytes.Buffer
	if err := NewSideBySide("storm | x", policies()).Markdown(&b); err != nil {
		t.Fatal(err)
	}
	var bars []int
	for line := range strings.Lines(b.String()) {
		if strings.HasPrefix(line, "|") {
			bars = append(bars, strings.Count(line, "|"))
		}
	}
	if len(bars) < 10 || slices.Min(bars) != slices.Max(bars) {
		t.Errorf("rows of different length: %v\n%s", bars, b.String())
	}
	if !strings.Contains(b.String(), "✗ 400 ms") {
		t.Error(b.String())
	}
}

func TestACellSaysInOneLineWhyARunCouldNotBeMade(t *testing.T) {
	for err, want := range map[string]string{
		"it did not start: exit status 3; its last words:\nno more\nall": "it did not start: exit status 3",
		"it did not start: exit status 3; its last words: no more":       "it did not start: exit status 3; its last words: no more",
		"": "not run",
	} {
		s := NewSideBySide("s", []Column{{Name: "a", Err: err}})
		got := s.Blocks[0].Rows[0].Cells[0]
		if got.Text != want {
			t.Errorf("%q, want %q", got.Text, want)
		}
		if verdict, _ := s.Headline(); got.Verdict != verdict {
			t.Errorf("%q is marked as %s beneath a headline of %s", got.Text, got.Verdict, verdict)
		}
	}
}
