package agent_test

import (
	"strings"
	"testing"

	"github.com/imbench/imbench/report"
	"github.com/imbench/imbench/testserver"
)

// A run that did not pass names the clients whose story says why.
func TestAFailingRunNamesTheClientsWorthLookingAt(t *testing.T) {
	const clients = `
clients: {count: 40, heartbeat: {every: 5s, timeout: 10s}, reconnect: {backoff: constant, base: 3s}}
rooms: {size: 10}
traffic: {rate: 20/s, arrivals: even}
faults: [{name: nat, at: 10s, kind: silence, clients: 20%}]
`
	for name, tt := range map[string]struct {
		yaml string
		bug  string
		why  string // of the first; "" for nobody
		most int
	}{
		"nobody when it passed":   {clients + "duration: 40s\nthresholds: [lost == 0]", "", "", 0},
		"those that lost most":    {clients + "duration: 40s\nthresholds: [lost == 0]", "drop=1/20", "lost ", 10},
		"those that were slowest": {clients + "duration: 40s\nthresholds: ['detect{nat}.max < 6s']", "", "noticed nat after ", 8},
		"those that came back late": {
			clients + "duration: 40s\nthresholds: [reconnect.max < 1s]", "", "came back from nat 3.00 s after it noticed", 8,
		},
		"those that were out too long": {clients + "duration: 40s\nthresholds: [outage.p50 < 1s]", "", "heard nothing new for ", 8},
		"those that had not noticed": {
			clients + "duration: 14s\ndrain: 1s\nthresholds: [never_detected == 0]", "", "never noticed nat, in 5.00 s", 8,
		},
		"those that had not come back": {
			strings.Replace(clients, "base: 3s", "base: 1m", 1) + "duration: 40s\nthresholds: [never_recovered == 0]", "", "after it noticed nat", 8,
		},
		"those that were dropped for nothing": {
			clients + "duration: 40s\nthresholds: [false_disconnects == 0]", "no-heartbeat-ack", "lost its connection ", 10,
		},
	} {
		t.Run(name, func(t *testing.T) {
			config := testserver.Config{}
			if tt.bug != "" {
				config.Bugs = []testserver.Bug{parsedBug(t, tt.bug)}
			}
			r := inMemory(t, config, tt.yaml)
			if tt.why == "" {
				if r.Verdict != report.Passed || len(r.LookAt) > 0 {
					t.Errorf("%s, names %v", r.Verdict, r.LookAt)
				}
				return
			}
			if r.Verdict == report.Passed || len(r.LookAt) == 0 || len(r.LookAt) > tt.most {
				t.Fatalf("%s, names %v", r.Verdict, r.LookAt)
			}
			found := false
			for _, n := range r.LookAt {
				found = found || strings.Contains(n.Why, tt.why)
			}
			if !found {
				t.Errorf("names %v; want %q", r.LookAt, tt.why)
			}
		})
	}
}
