package agent_test

import (
	"slices"
	"testing"
	"time"

	"github.com/imbench/imbench/report"
	"github.com/imbench/imbench/testserver"
)

// told prints the whole report of a test that failed.
func told(t *testing.T, r *report.Result) {
	t.Helper()
	if t.Failed() {
		_ = report.Text(t.Output(), r, report.TextOptions{})
	}
}

func TestASlowPathDelaysEveryMessageBothWays(t *testing.T) {
	r := inMemory(t, testserver.Config{}, `
clients: {count: 20, heartbeat: {every: 10s, timeout: 20s}}
rooms: {size: 10}
traffic: {rate: 20/s, arrivals: even}
faults:
  - {name: far, at: 0s, kind: latency, clients: 100%, delay: 100ms, for: 30s}
duration: 30s
`)
	if r == nil {
		t.Fatal("no result")
	}
	// From the sender to the server, and from there to the receiver.
	if d := r.Metrics["delivery"]; d.P50 < 200 || d.P50 > 205 || d.Max > 210 {
		t.Errorf("delivery p50 %.1f ms, max %.1f ms; two ways of 100 ms make 200", d.P50, d.Max)
	}
	if f := r.Faults[0]; f.Clients != 20 || f.Unnoticed != 20 || f.Detected != 0 || r.Counts["lost"] != 0 {
		t.Errorf("applied to %d, %d rode it out, %d lost their connection, %d messages lost; want 20, 20, 0, 0",
			f.Clients, f.Unnoticed, f.Detected, r.Counts["lost"])
	}
	told(t, r)
}

func TestASlowPathOutlivesTheConnection(t *testing.T) {
	r := inMemory(t, testserver.Config{}, `
clients: {count: 10, heartbeat: {every: 10s, timeout: 20s}, reconnect: {backoff: constant, base: 1s}}
faults:
  - {name: far, at: 0s, kind: latency, clients: 100%, delay: 500ms, for: 60s}
  - {name: cut, at: 10s, kind: reset, clients: 100%}
duration: 30s
`)
	if r == nil {
		t.Fatal("no result")
	}
	// The handshake's request and answer, and the greeting behind it.
	if f := r.Faults[1]; f.Recovered != 10 || f.Reconnect.Min < 2000 {
		t.Errorf("%d back after %.0f ms at the least; 1 s of backoff and a way there and back of 500 ms each make 2 s", f.Recovered, f.Reconnect.Min)
	}
	told(t, r)
}

// quiet is a server that says nothing of its own accord.
var quiet = testserver.Config{PingEvery: time.Hour, ReapAfter: 2 * time.Hour}

func TestAHeartbeatThatIsTooSlowLosesItsConnectionToAMiddlebox(t *testing.T) {
	r := inMemory(t, quiet, `
clients:
  - {name: quick, count: 10, heartbeat: {every: 20s, timeout: 40s}, reconnect: {backoff: constant, base: 1s}}
  - {name: slow, count: 10, heartbeat: {every: 100s, timeout: 110s}, reconnect: {backoff: constant, base: 1s}}
faults:
  - {name: box-quick, at: 0s, kind: idle_expiry, group: quick, idle: 60s, counts: data}
  - {name: box-slow, at: 0s, kind: idle_expiry, group: slow, idle: 60s, counts: data}
duration: 300s
`)
	if r == nil {
		t.Fatal("no result")
	}
	quick, slow := r.Faults[0].Box, r.Faults[1].Box
	if !quick.HeartbeatKept || quick.Expired != 0 || quick.Connections != 10 {
		t.Errorf("beats every 20 s: kept %v, %d of %d expired; want all 10 kept", quick.HeartbeatKept, quick.Expired, quick.Connections)
	}
	if quick.LongestGapS < 19 || quick.LongestGapS > 21 {
		t.Errorf("the longest gap is %.1f s, beats come every 20", quick.LongestGapS)
	}
	if slow.HeartbeatKept || slow.Expired < 10 {
		t.Errorf("beats every 100 s: kept %v, %d expired; want all 10 lost at least once", slow.HeartbeatKept, slow.Expired)
	}
	if slow.SafeHeartbeatS < 55 || slow.SafeHeartbeatS >= 60 {
		t.Errorf("the longest safe heartbeat is given as %.1f s, of a box that waits 60", slow.SafeHeartbeatS)
	}
	if f := r.Faults[1]; f.Detected < 10 || f.Detect.Max > 110_000+100 {
		t.Errorf("%d noticed, after %.0f ms at the latest; the timers imply 110 s", f.Detected, f.Detect.Max)
	}
	told(t, r)
}

func TestTheLongestSafeHeartbeatLeavesRoomForTheAnswerWhereThatCounts(t *testing.T) {
	for counts, want := range map[string]float64{"packets": 59, "data": 59, "server-data": 56} {
		r := inMemory(t, quiet, `
clients: {count: 5, heartbeat: {every: 20s, timeout: 40s}}
faults:
  - {name: far, at: 0s, kind: latency, clients: 100%, delay: 1600ms, for: 90s}
  - {name: box, at: 0s, kind: idle_expiry, clients: 100%, idle: 60s, counts: `+counts+`}
duration: 90s
`)
		if r == nil {
			t.Fatal("no result")
		}
		if got := r.Faults[1].Box.SafeHeartbeatS; got != want {
			t.Errorf("of a box that waits 60 s for %s: %v s, want %v", counts, got, want)
		}
	}
}

func TestThatNobodyWasAnsweredInLessThanABeatSaysNothingOfABox(t *testing.T) {
	r := inMemory(t, quiet, `
clients: {count: 1, heartbeat: {every: 50s, timeout: 60s}}
faults: [{name: box, at: 0s, kind: idle_expiry, clients: 100%, box: nginx}]
duration: 5s
`)
	if r == nil {
		t.Fatal("no result")
	}
	if got := r.Faults[0].Box.SafeHeartbeatS; r.Metrics["heartbeat"] != nil || got != 59 {
		t.Errorf("%v s are safe; want 59", got)
	}
}

func TestABoxThatClosesTellsBothEndsAtOnce(t *testing.T) {
	r := inMemory(t, quiet, `
clients: {count: 10, heartbeat: none, reconnect: {backoff: constant, base: 1s}}
faults: [{name: alb, at: 0s, kind: idle_expiry, clients: 100%, box: aws-alb}]
duration: 65s
`)
	if r == nil {
		t.Fatal("no result")
	}
	if f := r.Faults[0]; f.Box.Expired != 10 || f.Detected != 10 || f.Detect.Max > 50 || f.Causes["eof"] != 10 {
		t.Errorf("%d expired, %d noticed after %.0f ms, by %v; want 10 at once, by eof", f.Box.Expired, f.Detected, f.Detect.Max, f.Causes)
	}
	told(t, r)
}

func TestAFlapStrikesAgainAndAgain(t *testing.T) {
	r := inMemory(t, testserver.Config{}, `
clients: {count: 10, heartbeat: {every: 10s, timeout: 20s}, reconnect: {backoff: constant, base: 1s}}
rooms: {size: 10}
traffic: {rate: 10/s, arrivals: even}
faults: [{name: lift, at: 5s, kind: flap, of: silence, down: 3s, up: 7s, for: 30s, clients: 50%}]
duration: 40s
`)
	if r == nil {
		t.Fatal("no result")
	}
	if f := r.Faults[0]; f.Clients != 15 || f.Unnoticed+f.Detected != 15 || r.Counts["lost"] != 0 {
		t.Errorf("applied %d times, ridden out or noticed %d times, %d lost; want 5 clients three times and 0 lost",
			f.Clients, f.Unnoticed+f.Detected, r.Counts["lost"])
	}
	told(t, r)
}

func TestAClientWithANewAddressIsBackAtOnce(t *testing.T) {
	r := inMemory(t, testserver.Config{}, `
clients: {count: 10, heartbeat: {every: 10s, timeout: 20s}, reconnect: {backoff: constant, base: 30s}}
faults: [{name: wifi, at: 5s, kind: rebind, clients: 50%}]
duration: 20s
`)
	if r == nil {
		t.Fatal("no result")
	}
	f := r.Faults[0]
	if f.Clients != 5 || f.Recovered != 5 || f.Reconnect.Max > 100 || f.Causes["network_changed"] != 5 {
		t.Errorf("%d moved, %d back after %.0f ms, by %v; want 5 at once, without the backoff", f.Clients, f.Recovered, f.Reconnect.Max, f.Causes)
	}
	told(t, r)
}

func TestASlowConsumerStopsHearing(t *testing.T) {
	r := inMemory(t, testserver.Config{}, `
clients: {count: 10, heartbeat: {every: 10s, timeout: 20s}, reconnect: {backoff: constant, base: 1s}}
rooms: {size: 10}
traffic: {rate: 10/s, arrivals: even}
faults: [{name: busy, at: 5s, kind: stall, clients: 2, for: 5s}]
duration: 30s
`)
	if r == nil {
		t.Fatal("no result")
	}
	if f := r.Faults[0]; f.Clients != 2 || f.Unnoticed != 2 || f.Outage.Count != 2 || f.Outage.Min < 5000 {
		t.Errorf("%d stalled, %d rode it out, out for %.0f ms; want 2 for 5 s", f.Clients, f.Unnoticed, f.Outage.Min)
	}
	if d := r.Metrics["delivery"]; d.Max < 4500 || r.Counts["lost"] != 0 {
		t.Errorf("the latest delivery took %.0f ms, %d lost; what waited for the consumer is late, not lost", d.Max, r.Counts["lost"])
	}
	told(t, r)
}

func TestAStormTellsWhenEverybodyIsBack(t *testing.T) {
	r := inMemory(t, testserver.Config{}, `
clients: {count: 100, heartbeat: {every: 10s, timeout: 20s}, reconnect: {backoff: constant, base: 3s}}
faults: [{name: storm, at: 5s, kind: storm}]
duration: 20s
`)
	if r == nil {
		t.Fatal("no result")
	}
	s := r.Faults[0].Storm
	if s == nil {
		t.Fatal("no storm in the result")
	}
	if s.Clients != 100 || s.PeakOffered != 100 || s.PeakAccepted != 100 {
		t.Errorf("%d lost their connection, peaks of %d and %d; want 100 of each", s.Clients, s.PeakOffered, s.PeakAccepted)
	}
	if len(s.Offered) != 4 || s.Offered[3] != 100 || s.Accepted[3] != 100 {
		t.Errorf("offered %v, accepted %v; want 100 in the fourth second", s.Offered, s.Accepted)
	}
	if len(s.RunOffered) != 4 || s.RunOffered[3] != 100 || s.RunAccepted[3] != 100 {
		t.Errorf("by the run's clock, offered %v, accepted %v; want 100 in the fourth second", s.RunOffered, s.RunAccepted)
	}
	for name, at := range map[string]*float64{"50 %": s.Back50S, "99 %": s.Back99S, "100 %": s.Back100S} {
		if at == nil || *at < 3 || *at > 3.1 {
			t.Errorf("%s back after %v; want 3 s", name, at)
		}
	}
	told(t, r)
}

func TestAStormsPeakIsOfASecondOfTheRun(t *testing.T) {
	r := inMemory(t, testserver.Config{}, `
clients:
  - {name: a, count: 30, reconnect: {backoff: constant, base: 3500ms}}
  - {name: b, count: 20, reconnect: {backoff: constant, base: 1500ms}}
faults: [{name: cut, at: 5s, kind: storm, every: 10s}]
duration: 18s
`)
	if r == nil {
		t.Fatal("no result")
	}
	s := r.Faults[0].Storm
	if want := []int64{0, 20, 0, 30, 0, 0, 0, 0, 0, 0, 0, 20, 0, 30}; !slices.Equal(s.RunOffered, want) || s.PeakOffered != 30 || s.PeakAccepted != 30 {
		t.Errorf("by the run's clock %v were offered, peaks of %d and %d; want %v and 30 at most", s.RunOffered, s.PeakOffered, s.PeakAccepted, want)
	}
	if want := []int64{0, 40, 0, 60}; !slices.Equal(s.Offered, want) {
		t.Errorf("since each client's fault %v were offered; want %v, both times added up", s.Offered, want)
	}
	told(t, r)
}

func TestThoseWhoNeverCameBackLeaveTheStormOpen(t *testing.T) {
	r := inMemory(t, testserver.Config{}, `
clients:
  - {name: stubborn, count: 60, reconnect: {backoff: constant, base: 1s}}
  - {name: gone, count: 40, reconnect: none}
faults: [{name: storm, at: 5s, kind: storm}]
duration: 10s
`)
	if r == nil {
		t.Fatal("no result")
	}
	s := r.Faults[0].Storm
	if s.Clients != 100 || s.Back50S == nil || s.Back99S != nil || s.Back100S != nil {
		t.Errorf("of %d: half back %v, 99 %% %v, all %v; want a time for half only", s.Clients, s.Back50S, s.Back99S, s.Back100S)
	}
	told(t, r)
}

func TestAFaultThatMissesSomeMakesItsThresholdsInconclusive(t *testing.T) {
	r := inMemory(t, testserver.Config{}, `
clients: {count: 10, heartbeat: {every: 2s, timeout: 4s}, reconnect: {backoff: constant, base: 20s}}
faults:
  - {name: cut, at: 5s, kind: reset, clients: 50%}
  - {name: nat, at: 8s, kind: silence, clients: 100%}
duration: 20s
thresholds: ["detect{nat}.max < 10s"]
`)
	if r == nil {
		t.Fatal("no result")
	}
	if f := r.Faults[1]; f.Clients != 5 || f.NotApplied != 5 || len(f.Errors) == 0 {
		t.Errorf("applied to %d, not to %d, because of %v; want 5 and 5, with the reason", f.Clients, f.NotApplied, f.Errors)
	}
	if r.Thresholds[0].Verdict != report.Inconclusive {
		t.Errorf("the threshold on it is %s; want inconclusive", r.Thresholds[0].Verdict)
	}
	told(t, r)
}
