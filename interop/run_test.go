package interop_test

import (
	"context"
	"encoding/json"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/imbench/imbench/agent"
	"github.com/imbench/imbench/report"
	"github.com/imbench/imbench/scenario"
)

// stage is what the runs have in common; what one sets comes after it, in the
// form of --set.
const stage = `
clients:
  count: 6
  connect_rate: 100/s
traffic: {rate: 40/s, arrivals: even, to: all}
duration: 2s
drain: 1s
`

// faultless is what a run without faults must come to.
var faultless = []string{
	"sent >= 60", "connects == 6", "connect_failures == 0", "disconnects == 0",
	"reach == 100%", "lost == 0", "duplicated == 0", "reordered == 0",
	"unexpected == 0", "protocol_errors == 0", "rejected == 0",
}

// run executes the stage with what is set and holds the thresholds against it.
func run(t *testing.T, set []string, holds ...string) *report.Result {
	t.Helper()
	set = append(set, "thresholds="+asYAML(t, holds))
	r, err := attempt(t, agent.Options{}, set)
	if err != nil {
		t.Fatal(err)
	}
	hold(t, r)
	return r
}

// hold fails the test when a threshold does not hold. A verdict on the
// generator is none of its business: on a busy machine, late is all it is.
func hold(t *testing.T, r *report.Result) {
	t.Helper()
	for _, th := range r.Thresholds {
		if th.Verdict != report.Passed {
			value := "no value"
			if th.Value != nil {
				value = strconv.FormatFloat(*th.Value, 'g', 6, 64)
			}
			t.Errorf("%s: %s, it is %s %s", th.Text, th.Verdict, value, th.Unit)
		}
	}
	if r.Verdict != report.Passed {
		t.Logf("%s %q\ncounts %v\ncloses %v\nprotocol errors %+v\nconnect errors %+v\nwarnings %q",
			r.Verdict, r.Reasons, r.Counts, r.Closes, r.ProtocolErrors, r.ConnectErrors, r.Warnings)
	}
}

// attempt is run without an opinion on how it ends.
func attempt(t *testing.T, o agent.Options, set []string) (*report.Result, error) {
	t.Helper()
	s, err := scenario.Load([]byte(stage), "interop.yaml", scenario.Options{Set: set, ReadFile: os.ReadFile})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	return agent.Run(ctx, s, o)
}

// asYAML is a value as --set takes it.
func asYAML(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v) // JSON is YAML
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
