package agent_test

import (
	"context"
	"fmt"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/imbench/imbench/agent"
	"github.com/imbench/imbench/report"
	"github.com/imbench/imbench/scenario"
	"github.com/imbench/imbench/testserver"
)

// serve runs a reference server for the test and returns its URL.
func serve(t testing.TB, c testserver.Config) string {
	t.Helper()
	l, err := testserver.Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	serveOn(t, l, c)
	return "ws://" + l.Addr().String() + "/ws"
}

// serveOn runs one on a listener of one's own.
func serveOn(t testing.TB, l net.Listener, c testserver.Config) {
	t.Helper()
	s, err := testserver.New(c)
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			t.Error("shut the server down:", err)
		}
		if err := <-served; err != nil {
			t.Error("serve:", err)
		}
	})
}

func load(t testing.TB, yaml string) *scenario.Scenario {
	t.Helper()
	s, err := scenario.Load([]byte(yaml), "test.yaml", scenario.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func runScenario(t testing.TB, yaml string) *report.Result {
	t.Helper()
	r, err := agent.Run(t.Context(), load(t, yaml), agent.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// conclusive runs a scenario, and again if the generator judges itself the
// bottleneck: on a machine that is busy with other tests, it may be.
func conclusive(t testing.TB, yaml string, slots chan struct{}) (r *report.Result) {
	t.Helper()
	slots <- struct{}{}
	defer func() { <-slots }()
	for range 4 {
		if r = runScenario(t, yaml); len(r.Generator.Limits) == 0 {
			break
		}
	}
	return r
}

// A bug of the server gives exactly its verdict, and the correct server none:
// the checker is checked.
func TestEveryBugGivesExactlyItsVerdict(t *testing.T) {
	slots := make(chan struct{}, 3) // runs at a time: more would be in each other's way
	const loginLate, slower, roomLate = 1500 * time.Millisecond, 150 * time.Millisecond, 3 * time.Second
	for _, c := range []struct {
		bug   string   // "" is the correct server
		fails []string // the thresholds that fail, and no others
		// What a bug entails now and then, by when the run happens to end.
		perhaps []string
	}{
		{bug: ""},
		{bug: "drop=1/50", fails: []string{"lost == 0"}},
		{bug: "duplicate=1/50", fails: []string{"duplicated == 0"}},
		{bug: "reorder=1/50", fails: []string{"reordered == 0"}},
		{bug: "ack-then-lose=1/50", fails: []string{"lost == 0", "acked_lost == 0"}},
		{bug: "never-reap", fails: []string{"ghosts == 0"}},
		{bug: "no-heartbeat-ack", fails: []string{"false_disconnects == 0"}, perhaps: []string{"never_recovered == 0"}},
		{bug: "slow-login=" + loginLate.String(), fails: []string{"connect.p50 < 1s"}},
		{bug: "slow-delivery=" + slower.String(), fails: []string{"delivery.min < 150ms"}},
		{bug: "stall-room=" + roomLate.String(), fails: []string{"delivery.max < 2500ms"}},
	} {
		name := c.bug
		if name == "" {
			name = "the correct server"
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := testserver.Config{PingEvery: time.Second, ReapAfter: 4 * time.Second}
			if c.bug != "" {
				config.Bugs = []testserver.Bug{parsedBug(t, c.bug)}
			}
			r := conclusive(t, fmt.Sprintf(`
target: %s
clients: {count: 60, connect_rate: 500/s, heartbeat: {every: 1s, timeout: 3s}, reconnect: {backoff: constant, base: 100ms}}
rooms: {size: 6}
traffic: 150/s
faults: [{name: nat, at: 500ms, kind: silence, clients: 10%%}]
duration: 9s
drain: 4s
thresholds:
  - lost == 0
  - duplicated == 0
  - reordered == 0
  - unexpected == 0
  - acked_lost == 0
  - protocol_errors == 0
  - connect_failures == 0
  - false_disconnects == 0
  - never_detected == 0
  - never_recovered == 0
  - ghosts == 0
  - connect.p50 < 1s
  - delivery.min < 150ms
  - delivery.max < 2500ms
`, serve(t, config)), slots)
			for _, th := range r.Thresholds {
				failed := th.Verdict != report.Passed
				switch {
				case slices.Contains(c.perhaps, th.Text):
				case failed != slices.Contains(c.fails, th.Text):
					value := "no value"
					if th.Value != nil {
						value = fmt.Sprint(*th.Value)
					}
					t.Errorf("%s: %s (%s)", th.Text, th.Verdict, value)
				}
			}
			if want := r.Counts["delivered"] + r.Counts["recovered"] + r.Counts["missed"] + r.Counts["lost"] + r.Counts["indeterminate"]; r.Counts["expected"] != want {
				t.Errorf("expected %d, but the classes add up to %d", r.Counts["expected"], want)
			}
			if t.Failed() {
				_ = report.Text(t.Output(), r, report.TextOptions{})
			}
		})
	}
}
