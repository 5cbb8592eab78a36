package agent_test

import (
	"maps"
	"testing"

	"github.com/imbench/imbench/report"
	"github.com/imbench/imbench/testserver"
)

// The reference server is right about each form of being wrong, and survives.
func TestTheReferenceServerAnswersEachMalformedFrameInItsWay(t *testing.T) {
	r := inMemory(t, testserver.Config{}, `
clients: {count: 10, heartbeat: {every: 10s, timeout: 20s}, reconnect: {backoff: constant, base: 1s}}
faults: [{name: wrong, at: 5s, kind: malformed, clients: 100%}]
duration: 20s
`)
	if r == nil {
		t.Fatal("no result")
	}
	got := map[string]map[string]int64{}
	for _, m := range r.Faults[0].Malformed {
		if m.Sent != 2 {
			t.Errorf("%s was sent by %d clients; ten share five forms", m.Form, m.Sent)
		}
		got[m.Form] = m.Answers
	}
	want := map[string]map[string]int64{
		"bad-json":      {"error": 2},
		"wrong-version": {"error": 2},
		"oversize":      {"close 1009": 2},
		"bad-utf8":      {"close 1007": 2},
		"unmasked":      {"close 1002": 2},
	}
	if !maps.EqualFunc(got, want, maps.Equal) {
		t.Errorf("the server answered %v; want %v", got, want)
	}
	if r.Counts["false_disconnects"] != 0 || r.Counts["rejected"] != 0 {
		t.Errorf("%d false disconnects, %d rejected; what was provoked is neither", r.Counts["false_disconnects"], r.Counts["rejected"])
	}
	if f := r.Faults[0]; f.Detected != 6 || f.Recovered != 6 || f.Detect.Count != 0 {
		t.Errorf("%d lost their connection, %d came back, %d detect samples; want 6, 6 and none", f.Detected, f.Recovered, f.Detect.Count)
	}
	told(t, r)
	_ = report.Passed
}
