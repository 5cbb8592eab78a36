package scenario

import (
	"strings"
	"testing"

	"github.com/imbench/imbench/faults"
)

func TestFaultsThatTheScenarioCannotHave(t *testing.T) {
	const socketIO = "target: {url: 'ws://h/', preset: socketio}\n"
	for _, c := range []struct{ name, yaml, problem string }{
		{"a version that the protocol does not have", socketIO + "faults: [{at: 1s, kind: malformed, clients: 5, forms: [bad-json, wrong-version]}]",
			`t.yaml:2:66: faults[0].forms[1]: the frames of "socketio" carry no version; leave it out; there are bad-json, oversize,`},
		{"the same, as the only one", socketIO + "faults: [{at: 1s, kind: malformed, clients: 5, forms: wrong-version}]", "t.yaml:2:55: faults[0].forms[0]: the frames of"},
		{"presence that the protocol does not tell", socketIO + "faults: [{at: 1s, kind: silence, clients: 5, ghost: presence}]",
			`t.yaml:2:53: faults[0].ghost[0]: "socketio" does not tell who is online; write [inet_diag] or [probe]`},
		{"a form that there is not", "faults: [{at: 1s, kind: malformed, clients: 5, forms: [bad-jason]}]", `t.yaml:1:55: faults[0].forms: "bad-jason" is not a form of malformed frame; did you mean bad-json?`},
		{"a box that there is not", "faults: [{at: 1s, kind: idle_expiry, clients: 5, box: aws-nbl}]", `t.yaml:1:55: faults[0].box: "aws-nbl" is not a middlebox; did you mean aws-nlb?`},
		{"a bandwidth without a unit", "faults: [{at: 1s, kind: bandwidth, clients: 5, rate: 16}]", `t.yaml:1:54: faults[0].rate: "16" is not a bandwidth`},
		{"a flap of nothing", "faults: [{at: 1s, kind: flap, clients: 5, up: 1s}]", "t.yaml:1:10: faults[0].of: is missing"},
		{"another kind's key beside a flap's", "faults: [{at: 1s, kind: flap, of: silence, clients: 5, up: 1s, down: 1s, delay: 5ms}]", "t.yaml:1:81: faults[0].delay: only latency has a delay"},
		{"a box on a server that nobody started", "target: ws://h\nfaults: [{at: 1s, kind: server.freeze, for: 1s}]", "t.yaml:2:25: faults[0].kind: server.freeze needs a server"},
	} {
		_, err := Load([]byte(c.yaml), "t.yaml", Options{})
		if err == nil || !strings.HasPrefix(err.Error(), c.problem) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got  %v\nwant %s", c.name, err, c.problem)
		}
	}
}

func TestMalformedFramesAreOfTheFormsThatTheProtocolHas(t *testing.T) {
	const fault = "faults: [{at: 1s, kind: malformed, clients: 5}]"
	if got := must(t, fault).Faults[0].Forms; len(got) != len(faults.Forms()) {
		t.Errorf("the envelope has only %v", got)
	}
	s := must(t, "target: {url: 'ws://h/', preset: socketio}\n"+fault)
	if got := strings.Join(s.Faults[0].Forms, " "); strings.Contains(got, faults.WrongVersion) || !strings.Contains(got, faults.BadJSON) {
		t.Errorf("Socket.IO has %v", got)
	}
	roundTrip(t, s)
}

func TestNewFaultsWarnOfWhatIsLikelyNotMeant(t *testing.T) {
	for _, c := range []struct{ name, yaml, warning string }{
		{"a box that outlasts the run", "{duration: 60s, faults: [{name: x, at: 10s, kind: idle_expiry, box: aws-nlb, clients: 5}]}",
			"x gives up after 5m50s, and lasts 50s: no connection can expire"},
		{"a box that outlasts its own time", "{duration: 600s, faults: [{name: x, at: 10s, kind: idle_expiry, box: aws-nlb, clients: 5, for: 100s}]}", "x gives up after 5m50s, and lasts 1m40s"},
		{"a move without a second address", "{target: 'ws://chat.example', faults: [{name: x, at: 10s, kind: rebind, clients: 5}]}", "x: the clients have one source address only"},
		{"another clock", "{time_scale: 0.1}", "time_scale is 0.1: the server's own timers"},
	} {
		if w := planOf(t, c.yaml).Warnings(); len(w) != 1 || !strings.Contains(w[0], c.warning) {
			t.Errorf("%s: %q", c.name, w)
		}
	}
	for _, fine := range []string{
		"{duration: 60s, faults: [{at: 10s, kind: idle_expiry, idle: 20s, clients: 5}]}",
		"{duration: 600s, faults: [{at: 10s, kind: idle_expiry, box: aws-apigw-websocket, lifetime: 20s, clients: 5}]}",
		"{target: 'ws://127.0.0.1:1', faults: [{at: 10s, kind: rebind, clients: 5}]}",
		"{target: {url: 'ws://chat.example', local_ips: [10.0.0.1, 10.0.0.2]}, faults: [{at: 10s, kind: rebind, clients: 5}]}",
	} {
		if w := planOf(t, fine).Warnings(); len(w) != 0 {
			t.Errorf("%s: %q", fine, w)
		}
	}
}

func TestThePlanShowsEveryFaultWithItsSettings(t *testing.T) {
	p := planOf(t, `{name: field, time_scale: 0.1, clients: [{name: quick, count: 10, heartbeat: {every: 100s, timeout: 200s}}, {name: slow, count: 10, heartbeat: {every: 400s}}, {name: mute, count: 5, heartbeat: none}],
		duration: 1000s, faults: [
		{name: nlb, at: 10s, kind: idle_expiry, box: aws-nlb, clients: 100%},
		{name: proxy, at: 10s, kind: idle_expiry, box: nginx, lifetime: 900s, clients: 100%, group: slow},
		{name: line, at: 50s, for: 100s, kind: latency, delay: 100ms, jitter: 20ms, clients: 2},
		{name: lift, at: 100s, kind: flap, of: silence, direction: inbound, down: 10s, up: 30s, clients: 2, for: 400s},
		{name: slow-line, at: 60s, kind: bandwidth, rate: 16KB/s, clients: 2}, {name: bits, at: 70s, kind: slice, size: 10B, gap: 1ms, clients: 2},
		{name: full, at: 80s, kind: stall, for: 10s, clients: 2}, {name: move, at: 90s, kind: rebind, clients: 2}, {name: bad, at: 95s, kind: malformed, forms: bad-utf8, clients: 2}]}`)
	var b strings.Builder
	if err := WritePlan(&b, p); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"time_scale 0.1: 1s of the run is 10s of the story", "Plan of field, seed 1: 1m40s (story 16m40s) and 5s of drain",
		"every: 10s, timeout: 20s (story every: 1m40s, timeout: 3m20s)", "notices a silence after 10s to 20s (story 1m40s to 3m20s)",
		"latency of 100ms ± 20ms", "for 10s (story 1m40s)", "silence inbound, flapping", "for 1s (story 10s)", "5 strikes more",
		"bandwidth of 16KB/s", "slice into 10B, 1ms apart", "stall with a buffer of 4KB", "rebind", "malformed: bad-utf8", "idle_expiry of aws-nlb", "to the end",
		"nlb: gives up after 35s (story 5m50s) without a packet; then whoever sends next is answered with RST",
		"group quick beats every 10s (story 1m40s), which keeps its connections alive",
		"group slow beats every 40s (story 6m40s), too seldom",
		"group mute does not beat",
		"proxy: gives up after 6s (story 1m) without a byte from the server, and ends every connection at 1m30s (story 15m); then both get FIN at once",
		"group slow beats every 40s (story 6m40s), which does not count: only what the server sends does",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is missing in\n%s", want, b.String())
		}
	}
}
