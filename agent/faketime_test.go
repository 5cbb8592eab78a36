package agent_test

import (
	"context"
	"net"
	"testing"
	"testing/synctest"

	"github.com/imbench/imbench/agent"
	"github.com/imbench/imbench/internal/memnet"
	"github.com/imbench/imbench/report"
	"github.com/imbench/imbench/testserver"
)

// inMemory runs a scenario against a reference server over connections in
// memory, in fake time: a minute takes no time at all, and times come out as
// the schedule implies.
func inMemory(t *testing.T, c testserver.Config, yaml string) *report.Result {
	t.Helper()
	return watched(t, c, yaml, nil)
}

// watched does the same while progress is told how it goes.
func watched(t *testing.T, c testserver.Config, yaml string, progress func(report.Snapshot)) *report.Result {
	t.Helper()
	var r *report.Result
	synctest.Test(t, func(t *testing.T) {
		s, err := testserver.New(c)
		if err != nil {
			t.Fatal(err)
		}
		l := memnet.Listen()
		served := make(chan error, 1)
		go func() { served <- s.Serve(l) }()
		r, err = agent.Run(t.Context(), load(t, "target: ws://memory.example/ws\n"+yaml), agent.Options{
			Shards: 2, Progress: progress,
			Dial: func(ctx context.Context, _ uint32) (net.Conn, error) { return l.Dial(ctx) },
		})
		if err != nil {
			t.Error(err)
		}
		if err := s.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return r
}

func TestASilentDisconnectIsNoticedWhenTheHeartbeatImplies(t *testing.T) {
	r := inMemory(t, testserver.Config{}, `
clients: {count: 100, heartbeat: {every: 10s, timeout: 20s}, reconnect: {backoff: constant, base: 3s}}
rooms: {size: 10}
traffic: {rate: 50/s, arrivals: even}
faults: [{name: nat, at: 10s, kind: silence, clients: 20%}]
duration: 60s
thresholds: [lost == 0, never_recovered == 0, "detect{nat}.max < 20100ms"]
`)
	if r == nil {
		t.Fatal("no result")
	}
	f := r.Faults[0]
	if f.Clients != 20 || f.Detected != 20 || f.Recovered != 20 {
		t.Errorf("silenced %d, noticed %d, back %d; want 20 of each", f.Clients, f.Detected, f.Recovered)
	}
	// The last answer came up to 10 s before the silence, and counts for 20 s.
	if f.Detect.Min < 10_000-100 || f.Detect.Max > 20_000+100 {
		t.Errorf("noticed after %.0f to %.0f ms; the timers imply 10 to 20 s", f.Detect.Min, f.Detect.Max)
	}
	if f.Reconnect.Min < 3000 || f.Reconnect.Max > 3100 {
		t.Errorf("back after %.0f to %.0f ms; the policy says 3 s", f.Reconnect.Min, f.Reconnect.Max)
	}
	if r.Verdict != report.Passed {
		t.Errorf("%s: %v", r.Verdict, r.Reasons)
	}
	if t.Failed() {
		_ = report.Text(t.Output(), r, report.TextOptions{})
	}
}

// A shard sleeps between sends: what is due while it does, right before the
// traffic ends, has to leave all the same.
func TestTheLastMessagesOfThePlanLeave(t *testing.T) {
	for _, seed := range []string{"1", "2", "3", "4"} {
		r := inMemory(t, testserver.Config{}, `
seed: `+seed+`
clients: 20
rooms: {size: 10}
traffic: 3000/s
duration: 1s
drain: 1s
`)
		if r == nil {
			t.Fatal("no result")
		}
		if r.Counts["unsent"] != 0 || r.Verdict != report.Passed {
			t.Errorf("seed %s: %d of %d unsent, %s: %v", seed, r.Counts["unsent"], r.Counts["planned"], r.Verdict, r.Reasons)
		}
	}
}

// Who is away for less than a second is seen in the timeline, and who leaves
// because the run is over is not.
func TestTheTimelineTellsTheFewestOnline(t *testing.T) {
	r := inMemory(t, testserver.Config{}, `
clients: {count: 50, connect_rate: 1000/s, heartbeat: {every: 1s, timeout: 2s}, reconnect: {backoff: constant, base: 300ms}}
faults: [{at: 2300ms, kind: storm}, {at: 5100ms, kind: reset, clients: 20}]
duration: 8s
`)
	for _, s := range r.Timeline {
		want := map[float64]int64{3: 0, 6: 30}
		if s.TS <= 0 {
			continue
		}
		fewest, dips := want[s.TS]
		if !dips {
			fewest = 50
		}
		if s.FewestConnected() != fewest {
			t.Errorf("in the second before %g, %d were online at the fewest, want %d", s.TS, s.FewestConnected(), fewest)
		}
		if s.Connected != 50 {
			t.Errorf("at %g, %d were online", s.TS, s.Connected)
		}
	}
}
