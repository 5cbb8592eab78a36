package interop_test

import (
	"testing"

	"github.com/imbench/imbench/agent"
	"github.com/imbench/imbench/report"
)

// system is a published system and its real server.
type system struct {
	preset  string
	script  string
	answers bool     // the server answers heartbeats
	set     []string // what its clients need to be set
}

var systems = []system{
	{preset: "angular-socketio", script: "angular-socketio.js", answers: true},
	{preset: "browser-ws", script: "browser-ws.js", answers: true},
	{preset: "browser-ws-as-published", script: "browser-ws.js", answers: true},
	{preset: "socketio-chat", script: "socketio-chat.js"},
	{preset: "heart-class", script: "heart-class.js"},
	{preset: "json-manager", script: "json-manager.js", set: []string{"target.token=t0ken"}},
	{preset: "ionic-service", script: "ionic-service.js"},
}

// beating is a heartbeat that beats often enough to be seen in a short run.
func (s system) beating() []string {
	if !s.answers {
		return nil
	}
	every := "clients.heartbeat={every: 300ms, timeout: 3s}"
	if s.preset == "browser-ws-as-published" { // does not look
		every = "clients.heartbeat={every: 300ms}"
	}
	return []string{every}
}

func TestPresetsDeliverEverythingOnTheirRealServers(t *testing.T) {
	for _, s := range systems {
		t.Run(s.preset, func(t *testing.T) {
			t.Parallel()
			addr, _ := node(t, s.script)
			set := append(s.beating(), "target.url=ws://"+addr, "target.preset="+s.preset)
			holds := faultless
			if s.answers {
				holds = append(holds[:len(holds):len(holds)], "heartbeat.count >= 30")
			}
			r := run(t, append(set, s.set...), holds...)
			receivers := int64(5) // all others
			if s.preset == "angular-socketio" {
				receivers = 6 // the sender, too
			}
			if sent, got := r.Counts["sent"], r.Counts["delivered"]; got != sent*receivers {
				t.Errorf("%d delivered of %d sent to %d", got, sent, receivers)
			}
		})
	}
}

func TestPresetsComeBackAfterTheirRealServerWasKilled(t *testing.T) {
	for _, s := range systems {
		t.Run(s.preset, func(t *testing.T) {
			t.Parallel()
			addr := freeAddr(t)
			command := script(t, s.script, "--port", portOf(addr))
			set := append(s.beating(),
				"target.url=ws://"+addr, "target.preset="+s.preset,
				"target.start="+asYAML(t, map[string]any{"command": command, "ready": "tcp://" + addr, "within": "30s"}),
				"clients.reconnect={backoff: constant, base: 200ms}",
				"faults=[{name: kill, at: 1s, kind: server.kill, for: 300ms}]",
				"duration=6s", "drain=3s",
			)
			r := run(t, append(set, s.set...),
				"disconnects == 6", "reconnects == 6", "never_detected == 0", "never_recovered == 0",
				"lost == 0", "unexpected == 0", "duplicated == 0", "protocol_errors == 0", "outage{kill}.count == 6",
			)
			if late := deliveredSince(r, 4); late == 0 {
				t.Errorf("nothing was delivered from second 4 on, when all are back: %+v", r.Timeline)
			}
		})
	}
}

// deliveredSince counts the deliveries from a second of the run on.
func deliveredSince(r *report.Result, second float64) (n int64) {
	for _, s := range r.Timeline {
		if s.TS >= second {
			n += s.Delivered
		}
	}
	return n
}

func TestSocketIOChatBeginsWithPollingAndUpgrades(t *testing.T) {
	t.Parallel()
	addr, p := node(t, "socketio-chat.js")
	run(t, []string{"target.url=ws://" + addr, "target.preset=socketio-chat"}, faultless...)
	if polling, upgraded := p.count("transport polling"), p.count("upgraded to websocket"); polling != 6 || upgraded != 6 {
		t.Errorf("%d began with polling and %d upgraded, of 6", polling, upgraded)
	}
}

func TestSocketIOChatOutlivesTheServersPings(t *testing.T) {
	t.Parallel()
	addr, _ := node(t, "socketio-chat.js", "--ping-interval", "600", "--ping-timeout", "1500")
	run(t, []string{"target.url=ws://" + addr, "target.preset=socketio-chat", "duration=5s"}, faultless...)
}

func TestAServerThatWantsATokenRefusesClientsWithoutOne(t *testing.T) {
	t.Parallel()
	addr, _ := node(t, "json-manager.js")
	_, err := attempt(t, agent.Options{}, []string{"target.url=ws://" + addr, "target.preset=json-manager", "clients.reconnect=none"})
	if err == nil {
		t.Error("the run was made without anybody online")
	}
}
