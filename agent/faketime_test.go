package agent_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"strconv"
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
	return inMemoryWith(t, c, agent.Options{}, yaml)
}

// inMemoryWith does the same with options of its own.
func inMemoryWith(t *testing.T, c testserver.Config, o agent.Options, yaml string) *report.Result {
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
		o.Shards = 2
		o.Dial = func(ctx context.Context, _ uint32) (net.Conn, error) { return l.Dial(ctx) }
		r, err = agent.Run(t.Context(), load(t, "target: ws://memory.example/ws\n"+yaml), o)
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

func parsedBug(t *testing.T, text string) testserver.Bug {
	t.Helper()
	b, err := testserver.ParseBug(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Each loss is an event of the client that was to receive the message, up to
// fifty of a client.
func TestTheEventsTellWhatWasLost(t *testing.T) {
	for _, drop := range []string{"drop=1/50", "drop=1/2"} {
		var events bytes.Buffer
		r := inMemoryWith(t, testserver.Config{Bugs: []testserver.Bug{parsedBug(t, drop)}}, agent.Options{Events: &events}, `
clients: {count: 10, heartbeat: {every: 1s, timeout: 2s}}
rooms: {size: 5}
traffic: 100/s
duration: 20s
`)
		told, more := int64(0), int64(0)
		for line := range bytes.Lines(events.Bytes()) {
			var e struct{ Client, Event, From, Sent, More string }
			if err := json.Unmarshal(line, &e); err != nil {
				t.Fatal(err)
			}
			if e.Event != "lost" {
				continue
			}
			if e.More != "" {
				n, err := strconv.ParseInt(e.More, 10, 64)
				if err != nil {
					t.Error(err)
				}
				more += n
				continue
			}
			if told++; e.From == e.Client || e.From == "" || e.Sent == "" {
				t.Errorf("%s", line)
			}
		}
		if lost := r.Counts["lost"]; lost == 0 || told+more != lost || (more > 0) != (lost > 10*50) {
			t.Errorf("%s: %d were lost, the events tell of %d and %d more", drop, lost, told, more)
		}
	}
}
