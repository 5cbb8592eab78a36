package agent_test

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/imbench/imbench/agent"
	"github.com/imbench/imbench/report"
	"github.com/imbench/imbench/testserver"
)

func neverReaps() testserver.Config {
	return testserver.Config{Bugs: []testserver.Bug{{Name: "never-reap"}}}
}

// survivalOf finds what one method says of one story.
func survivalOf(t *testing.T, f report.FaultResult, method, story string) report.Survival {
	t.Helper()
	for _, s := range f.GhostSurvival {
		if s.Method == method && s.Story == story {
			return s
		}
	}
	t.Fatalf("%s: nothing by %s of %s ghosts in %+v", f.Name, method, story, f.GhostSurvival)
	return report.Survival{}
}

// expect compares clients, forgotten, held and unknown.
func expect(t *testing.T, s report.Survival, counts ...int64) {
	t.Helper()
	if got := []int64{s.Clients, s.Forgotten, s.Held, s.Unknown}; fmt.Sprint(got) != fmt.Sprint(counts) {
		t.Errorf("%s, %s: %v clients, forgotten, held and unknown; want %v", s.Method, s.Story, got, counts)
	}
}

// The two stories of a server that leaves it to its kernel to find the dead: a
// ghost that nobody writes to dies by keepalive, here after three seconds; one
// that is being sent chat lives on, because keepalive waits while data are in
// flight.
func TestAKernelFindsIdleGhostsAndNotThoseBeingSentChat(t *testing.T) {
	leavesNothing(t)
	l, err := (&net.ListenConfig{KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: time.Second, Interval: time.Second, Count: 2}}).
		Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	serveOn(t, l, neverReaps())
	var events bytes.Buffer
	s := load(t, "target: ws://"+l.Addr().String()+`/ws
clients:
  - {name: quiet, count: 5, heartbeat: {every: 300ms, timeout: 800ms}, reconnect: mqttjs}
  - {name: chatting, count: 10, heartbeat: {every: 300ms, timeout: 800ms}, reconnect: mqttjs}
rooms: {size: 5}
traffic: {rate: 50/s, to: room, from: chatting}
faults:
  - {name: idle, at: 500ms, kind: silence, clients: 4, group: quiet, ghost: [inet_diag]}
  - {name: chat, at: 500ms, kind: silence, clients: 4, group: chatting, ghost: [inet_diag, presence]}
duration: 6s
drain: 500ms
`)
	r, err := agent.Run(t.Context(), s, agent.Options{Events: &events})
	if err != nil {
		t.Fatal(err)
	}
	idle := survivalOf(t, r.Faults[0], "inet_diag", "idle")
	expect(t, idle, 4, 4, 0, 0)
	if gone := idle.Curve[len(idle.Curve)-1]; gone.Share != 0 || gone.AfterS < 1.5 || gone.AfterS > 5 || idle.States["gone"] != 4 {
		t.Errorf("keepalive is to find them after about 3 s: %+v", idle)
	}
	if got := r.Faults[0].Ghost; got.Count != 4 || got.Censored != 0 || got.Min < 1500 || r.Faults[0].Ghosts != 0 {
		t.Errorf("the ghost times are %+v", got)
	}
	chat := survivalOf(t, r.Faults[1], "inet_diag", "chat")
	expect(t, chat, 4, 0, 4, 0)
	if last := chat.Curve[len(chat.Curve)-1]; last.Share != 1 || last.AfterS < 5 || chat.States["ESTABLISHED"] != 4 {
		t.Errorf("they are to live to the end: %+v", chat)
	}
	expect(t, survivalOf(t, r.Faults[1], "presence", "chat"), 4, 0, 4, 0)
	if r.Faults[1].Ghosts != 4 || r.Counts["ghosts"] != 4 {
		t.Errorf("%d ghosts of the fault, %d in all", r.Faults[1].Ghosts, r.Counts["ghosts"])
	}
	if n := strings.Count(events.String(), `"event":"ghost","fault":"idle","method":"inet_diag","state":"gone"`); n != 4 {
		t.Errorf("%d events tell of idle ghosts that went", n)
	}
	if n := strings.Count(events.String(), `"event":"ghost","fault":"chat","method":"presence","state":"held"`); n != 4 {
		t.Errorf("%d events tell of chat ghosts that were held", n)
	}
}

// A server that reaps lets go of its sockets as soon as it tells so.
func TestSocketsAndPresenceOfAReapingServerAgree(t *testing.T) {
	leavesNothing(t)
	for _, address := range []string{"127.0.0.1:0", "[::1]:0", ":0"} {
		l, err := testserver.Listen(t.Context(), address)
		if err != nil {
			t.Logf("no %s here: %v", address, err)
			continue
		}
		t.Run(address, func(t *testing.T) {
			serveOn(t, l, testserver.Config{PingEvery: 200 * time.Millisecond, ReapAfter: 700 * time.Millisecond})
			to := l.Addr().String()
			if address == ":0" { // the server's sockets are of both families
				_, port, _ := net.SplitHostPort(to)
				to = "127.0.0.1:" + port
			}
			r, err := agent.Run(t.Context(), load(t, "target: ws://"+to+"/ws\n"+stage[:strings.Index(stage, "duration")]+
				"duration: 3s\ndrain: 500ms\nfaults: [{at: 300ms, kind: silence, clients: 5}]\n"), agent.Options{})
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range r.Faults[0].GhostSurvival {
				if s.Forgotten != s.Clients || s.Curve[len(s.Curve)-1].Share != 0 {
					t.Errorf("not all were let go: %+v", s)
				}
			}
			if n := len(r.Faults[0].GhostSurvival); n == 0 || n%2 != 0 {
				t.Errorf("the two ways tell %d stories", n)
			}
		})
	}
}

// A probe asks servers that tell nothing by themselves. Each connection is
// asked once, at a time of its own.
func TestAProbeFindsOutWhetherTheServerStillHoldsAGhost(t *testing.T) {
	leavesNothing(t)
	const scene = `
clients:
  - {name: roaming, count: 12, heartbeat: {every: 300ms, timeout: 800ms}, reconnect: {backoff: constant, base: 100ms}}
  - {name: steady, count: 8, heartbeat: {every: 300ms, timeout: 30s}, reconnect: mqttjs}
faults: [{name: nat, at: 200ms, kind: silence, group: roaming, ghost: [probe]}]
thresholds: [ghosts == 0]
duration: 2s
drain: 2500ms
`
	for _, tt := range []struct {
		name    string
		server  testserver.Config
		secure  bool
		held    int64
		verdict report.Verdict
	}{
		{"one that never reaps still holds all", neverReaps(), false, 12, report.Inconclusive},
		{"so it does over TLS", neverReaps(), true, 12, report.Inconclusive},
		{"one that lets the new connection take the place of the old has forgotten all", testserver.Config{}, false, 0, report.Passed},
		{"so it has over TLS", testserver.Config{}, true, 0, report.Passed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l, err := testserver.Listen(t.Context(), "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			target := "target: ws://" + l.Addr().String() + "/ws"
			if tt.secure {
				target = "target: {url: wss://" + l.Addr().String() + "/ws, tls: {insecure: true}}"
				own := httptest.NewUnstartedServer(nil) // for its certificate
				own.StartTLS()
				l = tls.NewListener(l, &tls.Config{Certificates: own.TLS.Certificates})
				own.Close()
			}
			serveOn(t, l, tt.server)
			var events bytes.Buffer
			r, err := agent.Run(t.Context(), load(t, target+scene), agent.Options{Events: &events})
			if err != nil {
				t.Fatal(err)
			}
			held := tt.held
			if held == 0 { // on a busy machine some are asked before the server knows their new connection
				held = askedTooEarly(t, events.Bytes())
			}
			expect(t, survivalOf(t, r.Faults[0], "probe", "idle"), 12, 12-held, held, 0)
			if held == tt.held && r.Thresholds[0].Verdict != tt.verdict || held-tt.held > 6 || r.Faults[0].Ghost.Count != 0 {
				t.Errorf("%d were held, the threshold is %+v, the ghost times %+v", held, r.Thresholds[0], r.Faults[0].Ghost)
			}
			if n := strings.Count(events.String(), `"answer":"beat"`) + strings.Count(events.String(), `"answer":"pong"`); int64(n) != held {
				t.Errorf("%d answers:\n%s", n, events.String())
			}
			if n := r.Groups["steady"].Counts["disconnects"]; n != 0 {
				t.Errorf("probing disturbed %d who were not asked", n)
			}
		})
	}
}

// askedTooEarly counts the ghosts that answered before, or up to a second
// after, their client was ready again: the answer may have been read late.
func askedTooEarly(t *testing.T, events []byte) (n int64) {
	t.Helper()
	ready := map[string][]float64{}
	for line := range bytes.Lines(events) {
		var e struct {
			T             float64
			Client, Event string
			Answer        string
		}
		if err := json.Unmarshal(line, &e); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		switch {
		case e.Event == "ready":
			ready[e.Client] = append(ready[e.Client], e.T)
		case e.Event == "ghost" && (e.Answer == "beat" || e.Answer == "pong"):
			if again := ready[e.Client]; len(again) < 2 || e.T < again[1]+1 {
				n++
			}
		}
	}
	return n
}

// In fake time, to the minute: the server reaps after a minute, and whoever is
// probed before then is held.
func TestProbesAreSpreadOverTheRun(t *testing.T) {
	r := inMemory(t, testserver.Config{PingEvery: 20 * time.Second, ReapAfter: time.Minute}, `
clients: {count: 40, heartbeat: {every: 5s, timeout: 10s}, reconnect: {backoff: constant, base: 10m}} # else the server would know by the new connection
faults: [{name: nat, at: 5s, kind: silence, clients: 40, ghost: [probe, presence]}]
duration: 2m
`)
	probes, presence := survivalOf(t, r.Faults[0], "probe", "idle"), survivalOf(t, r.Faults[0], "presence", "idle")
	if probes.Clients != 40 || probes.Unknown != 0 || probes.Held < 12 || probes.Held > 25 {
		t.Errorf("of 40 probed from 10 s to 115 s after the silence, about 18 were asked within the minute: %+v", probes)
	}
	for _, p := range probes.Curve {
		if p.AfterS < 50 && p.Share != 1 || p.AfterS > 62 && p.Share != 0 {
			t.Errorf("the server reaps after a minute, and it says %+v", p)
		}
	}
	if first := probes.Curve[1].AfterS; first < 10 || first > 13 {
		t.Errorf("the first was asked after %gs", first)
	}
	if presence.Held != probes.Held || presence.Forgotten != probes.Forgotten {
		t.Errorf("who was asked before it was reaped is lost sight of: %+v", presence)
	}
}

func TestWhereGhostsCannotBeWatchedItIsSaid(t *testing.T) {
	for _, tt := range []struct {
		ghost, method, warning string
	}{
		{"[none]", "none", ""},
		{"[inet_diag]", "none", "ghosts cannot be watched by inet_diag"},
		{"[presence]", "presence", ""},
	} {
		r := inMemory(t, testserver.Config{}, `
clients: {count: 5, heartbeat: {every: 1s, timeout: 2s}, reconnect: mqttjs}
faults: [{name: nat, at: 1s, kind: silence, clients: 3, ghost: `+tt.ghost+`}]
thresholds: [ghosts == 0]
duration: 2m
`)
		if s := r.Faults[0].GhostSurvival; len(s) != 1 || s[0].Method != tt.method || s[0].Clients != 3 {
			t.Errorf("%s: %+v", tt.ghost, s)
		}
		if (r.Thresholds[0].Verdict == report.Passed) != (tt.method == "presence") {
			t.Errorf("%s: %+v", tt.ghost, r.Thresholds[0])
		}
		if w := strings.Join(r.Warnings, "\n"); !strings.Contains(w, tt.warning) {
			t.Errorf("%s: the warnings are %q", tt.ghost, w)
		}
	}
}

// Who is healed while the client still has the connection was no ghost, but
// how long the server held it is known as far as it goes.
func TestGhostsHealedInTimeAreNoGhosts(t *testing.T) {
	r := inMemory(t, testserver.Config{}, `
clients: {count: 5, heartbeat: {every: 1s, timeout: 10s}, reconnect: mqttjs}
faults: [{name: nat, at: 1s, kind: silence, clients: 3, for: 2s}]
thresholds: [ghosts == 0, disconnects == 0]
duration: 20s
`)
	s := survivalOf(t, r.Faults[0], "presence", "idle")
	expect(t, s, 3, 0, 3, 0)
	if last := s.Curve[len(s.Curve)-1]; last.AfterS < 1.9 || last.AfterS > 2.1 || r.Faults[0].Ghost.Count != 0 || r.Verdict != report.Passed {
		t.Errorf("%+v, %+v, %s", s, r.Faults[0].Ghost, r.Verdict)
	}
}
