package agent_test

import (
	"testing"

	"github.com/imbench/imbench/testserver"
)

// What faults come to when they meet on the same clients; TestSumsAddUp looks
// for what nobody thought of.

func TestASlowPathThatCostsAConnectionWasNotRiddenOut(t *testing.T) {
	r := inMemory(t, quiet, `
clients: {count: 4, heartbeat: {every: 2s, timeout: 5s}, reconnect: {backoff: constant, base: 1s}}
faults: [{name: far, at: 5s, kind: latency, clients: 100%, delay: 10s}]
duration: 30s
`)
	if f := r.Faults[0]; f.Clients != 4 || f.Detected != 4 || f.Unnoticed != 0 || r.Counts["false_disconnects"] != 0 {
		t.Errorf("of %d, %d lost their connection and %d rode it out, %d false; want 4, 4, 0 and 0",
			f.Clients, f.Detected, f.Unnoticed, r.Counts["false_disconnects"])
	}
	told(t, r)
}

func TestASlowPathThatComesAgainIsNoSlower(t *testing.T) {
	r := inMemory(t, quiet, `
clients: {count: 4}
traffic: {rate: 4/s, arrivals: even, to: self}
faults: [{name: far, at: 0s, kind: latency, clients: 100%, delay: 100ms, every: 5s}]
duration: 20s
`)
	if f, d := r.Faults[0], r.Metrics["delivery"]; f.Clients != 4 || f.Skipped != 12 || d.Max > 210 {
		t.Errorf("applied to %d, skipped %d, deliveries of %.0f ms; want 4, 12 and 200 ms", f.Clients, f.Skipped, d.Max)
	}
	told(t, r)
}

func TestWhatIsStuckOnASlowPathWasNotLostByTheServer(t *testing.T) {
	for name, direction := range map[string]string{"on its way to the receiver": "inbound", "on its way from the sender": "outbound"} {
		t.Run(name, func(t *testing.T) {
			r := inMemory(t, quiet, `
clients: {count: 4, heartbeat: none}
rooms: {size: 4}
traffic: {rate: 4/s, arrivals: even, size: 2KB}
faults: [{name: thin, at: 5s, kind: bandwidth, clients: 1, rate: 100B/s, direction: `+direction+`}]
duration: 30s
drain: 2s
`)
			if c := r.Counts; c["lost"] != 0 || c["acked_lost"] != 0 || c["missed"]+c["indeterminate"] == 0 {
				t.Errorf("%d lost, %d missed, %d indeterminate; none was lost by the server", c["lost"], c["missed"], c["indeterminate"])
			}
			told(t, r)
		})
	}
}

// A server that loses messages is found out on a slow path, too.
func TestASlowPathDoesNotHideWhatTheServerLoses(t *testing.T) {
	r := inMemory(t, testserver.Config{Bugs: []testserver.Bug{{Name: "drop", Every: 10}}}, `
clients: {count: 10}
rooms: {size: 10}
traffic: {rate: 20/s, arrivals: even}
faults: [{name: far, at: 0s, kind: latency, clients: 100%, delay: 200ms}]
duration: 20s
drain: 2s
`)
	if c := r.Counts; c["lost"] < 100 || c["missed"] != 0 {
		t.Errorf("%d lost, %d missed; the server drops a tenth of 3600", c["lost"], c["missed"])
	}
	told(t, r)
}

func TestAMiddleboxForgetsWhoIsInTheDark(t *testing.T) {
	r := inMemory(t, quiet, `
clients: {count: 4, heartbeat: {every: 4s, timeout: 60s}, reconnect: none}
faults:
  - {name: nat, at: 0s, kind: idle_expiry, clients: 100%, idle: 10s}
  - {name: tunnel, at: 5s, kind: silence, clients: 100%, for: 20s, mechanism: stall}
duration: 50s
`)
	box, tunnel := r.Faults[0], r.Faults[1]
	if tunnel.Unnoticed != 4 || box.Box.Expired != 4 || box.NeverDetected != 4 {
		t.Errorf("%d came out of the tunnel, the box had forgotten %d, %d have not noticed; want 4 of each",
			tunnel.Unnoticed, box.Box.Expired, box.NeverDetected)
	}
	told(t, r)
}

func TestAHeartbeatCannotKeepAConnectionYoung(t *testing.T) {
	r := inMemory(t, quiet, `
clients: {count: 4, heartbeat: {every: 5s, timeout: 10s}, reconnect: {backoff: constant, base: 1s}}
faults: [{name: gateway, at: 0s, kind: idle_expiry, clients: 100%, idle: 10s, lifetime: 30s, expiry: close, counts: data}]
duration: 50s
`)
	if b := r.Faults[0].Box; b.Expired != 4 || b.Aged != 4 || !b.HeartbeatKept {
		t.Errorf("%d expired, %d of age, the heartbeat kept them: %v; want 4, 4 and true", b.Expired, b.Aged, b.HeartbeatKept)
	}
	told(t, r)
}

func TestWhatAFaultDoesIsNotTheAnswerToAMalformedFrame(t *testing.T) {
	for _, kind := range []string{"reset", "close", "bye", "storm", "rebind", "idle_expiry, idle: 10ms, expiry: reset-both, for: 100ms"} {
		t.Run(kind, func(t *testing.T) {
			r := inMemory(t, quiet, `
clients: {count: 4, heartbeat: none, reconnect: {backoff: constant, base: 1s}}
faults:
  - {name: far, at: 0s, kind: latency, clients: 100%, delay: 3s, for: 15s} # the answer comes too late
  - {name: bad, at: 5s, kind: malformed, clients: 100%, forms: [bad-json]}
  - {name: other, at: 7s, clients: 100%, kind: `+kind+`}
duration: 20s
`)
			if m := r.Faults[1].Malformed[0]; m.Answers["nothing"] != 4 {
				t.Errorf("the answers are %v; the server had said nothing yet", m.Answers)
			}
			if f := r.Faults[2]; f.Detected != 4 || r.Faults[1].Unnoticed != 4 {
				t.Errorf("%d lost their connection to the fault, %d had stood theirs; want 4 and 4", f.Detected, r.Faults[1].Unnoticed)
			}
			told(t, r)
		})
	}
}

func TestMalformedFramesInQuickSuccessionEachHaveTheirAnswer(t *testing.T) {
	r := inMemory(t, quiet, `
clients: {count: 2, heartbeat: none}
faults:
  - {name: far, at: 0s, kind: latency, clients: 100%, delay: 1s, for: 40s}
  - {name: bad, at: 1s, kind: flap, of: malformed, clients: 100%, forms: [bad-json], up: 4s, for: 20s}
duration: 40s
`)
	if m := r.Faults[1].Malformed[0]; m.Sent != 10 || m.Answers["error"] != 10 || r.Counts["rejected"] != 0 {
		t.Errorf("sent %d, answered %v, %d errors nobody had asked for; want 10, 10 and 0", m.Sent, m.Answers, r.Counts["rejected"])
	}
	told(t, r)
}

// The healing of a path that its client has long left is no part of the outage.
func TestAnOutageEndsWithTheReconnectNotWithTheHealing(t *testing.T) {
	r := inMemory(t, quiet, `
clients: {count: 4, heartbeat: {every: 2s, timeout: 5s}, reconnect: {backoff: constant, base: 1s}}
faults: [{name: nat, at: 5s, kind: silence, clients: 100%, for: 30s}]
duration: 60s
`)
	if o := r.Faults[0].Outage; o.Count != 4 || o.Censored != 0 || o.Max > 6100 {
		t.Errorf("%d outages of up to %.0f ms, %d without end; noticing takes 5 s, and coming back one", o.Count, o.Max, o.Censored)
	}
	told(t, r)
}

func TestWhoIsDueNothingBetweenTwoFaultsIsNotOut(t *testing.T) {
	r := inMemory(t, quiet, `
clients: {count: 2, heartbeat: {every: 10s, timeout: 20s}}
rooms: {size: 2}
traffic: {stages: [{for: 30s, rate: 1/s}, {for: 70s, rate: 0/s}]}
faults: [{name: lift, at: 40s, kind: flap, of: silence, clients: 100%, down: 2s, up: 8s}]
duration: 100s
`)
	if o := r.Faults[0].Outage; o.Censored != 0 || o.Max > 2010 {
		t.Errorf("outages of up to %.0f ms, %d without end; each lasted 2 s", o.Max, o.Censored)
	}
	told(t, r)
}

func TestTwoFaultsMakeTwoOutages(t *testing.T) {
	r := inMemory(t, quiet, `
clients: {count: 2, heartbeat: {every: 30s, timeout: 100s}, reconnect: {backoff: constant, base: 3s}}
rooms: {size: 2}
traffic: {rate: 10/s, arrivals: even}
faults:
  - {name: tunnel, at: 5s, kind: silence, clients: 100%, for: 2s, mechanism: stall, direction: inbound}
  - {name: cut, at: 20s, kind: close, clients: 100%}
duration: 40s
`)
	if a, b := r.Faults[0].Outage, r.Faults[1].Outage; a.Count != 2 || a.Max > 2200 || b.Count != 2 || b.Min < 3000 || b.Max > 3300 {
		t.Errorf("out for up to %.0f ms (%d), then %.0f to %.0f ms (%d); want 2 s, then 3 s", a.Max, a.Count, b.Min, b.Max, b.Count)
	}
	told(t, r)
}
