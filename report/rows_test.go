package report

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRowsHaveTheWordsOfTheTextReport(t *testing.T) {
	r := sampleQuickstart()
	text := render(t, r, TextOptions{Width: mostWidth})
	said := strings.Join(strings.Fields(text), " ")
	all := append(append(r.DeliveryRows(), r.ConnectionRows()...), r.ProcessRows()...)
	for _, f := range r.Faults {
		all = append(all, r.FaultRows(f)...)
	}
	if len(all) < 10 {
		t.Errorf("%d rows", len(all))
	}
	for _, row := range all {
		if !strings.Contains(said, strings.TrimSpace(row.Label+" "+row.Text)) {
			t.Errorf("the text report does not say: %s %s", row.Label, row.Text)
		}
	}
}

func TestRowsAreCleanAndSayWhatToLookAt(t *testing.T) {
	r := &Result{Server: &Server{Exit: "signal\x1b[2J: killed"}}
	want := []Row{
		{Label: "server", Text: "CPU 0 s; memory 0 B; 0 fds"},
		{Text: `the server ended unasked: signal\x1b[2J: killed`, Look: true},
	}
	if d := cmp.Diff(want, r.ProcessRows()); d != "" {
		t.Error(d)
	}
}

func TestAFlapIsUnderWayForTheTimeOfEachStrike(t *testing.T) {
	for text, want := range map[string]float64{
		"{name: f, at: 12s, kind: flap, of: latency, for: 6s, down: 1s, up: 1s}": 1,
		"{name: f, kind: flap, of: silence, down: 1m30s, up: 1s}":                90,
		"{name: f, kind: flap, of: reset, up: 1s}":                               0,
	} {
		if got := (FaultResult{Kind: "flap", Text: text, ForS: 6}).Lasted(); got != want {
			t.Errorf("%s: %g s, not %g", text, got, want)
		}
	}
	if got := (FaultResult{Kind: "silence", Text: "{down: 1s}", ForS: 6}).Lasted(); got != 6 {
		t.Errorf("a silence: %g s", got)
	}
}
