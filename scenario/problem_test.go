package scenario

import (
	"errors"
	"strings"
	"testing"

	"github.com/imbench/imbench/internal/unit"
)

// problemRows are scenarios with something wrong, and the start of what Load
// says to each problem, in order.
var problemRows = []struct {
	name, yaml string
	problems   []string
}{
	{"an unknown key, near a known one", "faults:\n  - {at: 1s, kind: storm, clints: 5}", []string{
		"t.yaml:2:27: faults[0].clints: unknown key; did you mean clients? known are name, at, kind, of, clients, group, for, every, down, up, direction, mechanism, code, box, idle, expiry, counts, lifetime, delay, jitter, rate, size, gap, buffer, forms, ghost"}},
	{"an unknown key, near none", "frobnicate: 1", []string{"t.yaml:1:1: frobnicate: unknown key; known are name, seed, target, "}},
	{"a duplicate key", "seed: 1\nclients: 5\nseed: 2", []string{"t.yaml:3:1: seed: duplicate key; it stands in line 1 already; keep one of them"}},
	{"several problems at once, in the order of the file", "seed: x\nclients: -1\nduration: 5", []string{
		`t.yaml:1:7: seed: "x" is not a whole number; write digits alone, without quotes or a unit`,
		"t.yaml:2:10: clients.count: -1 is out of range; write at least 1 client",
		`t.yaml:3:11: duration: "5" is not a duration; write a number and a unit, like 10s, 500ms or 2m`}},
	{"a number in quotes", `clients: "5"`, []string{`t.yaml:1:10: clients: "5" is not a whole number`}},
	{"a list where a map belongs", "target: [ws://h]", []string{"t.yaml:1:9: target: a list is not a map; write a map of url, preset, protocol, start, "}},
	{"a map where a list belongs", "faults: {at: 1s}", []string{"t.yaml:1:9: faults: a map is not a list; write a list, each item like {at: 10s, kind: silence, clients: 20%}"}},
	{"a word where a map belongs", "rooms: large", []string{`t.yaml:1:8: rooms: "large" is not a layout of rooms; write {size: 50} or {count: 20}`}},
	{"a word where truth belongs", "target: {url: 'wss://h', tls: {insecure: maybe}}", []string{`t.yaml:1:42: target.tls.insecure: "maybe" is not true or false`}},
	{"a list in the place of a duration", "duration: [10s]", []string{"t.yaml:1:11: duration: a list is not a duration"}},
	{"an item without a value", "faults:\n  -", []string{"t.yaml:2:4: faults[0]: is empty; write {at: 10s, kind: silence, clients: 20%}, or leave the line out"}},
	{"a rate without a unit", "traffic: 500", []string{`t.yaml:1:10: traffic: "500" is not a rate; write a number and a unit of time, like 500/s or 30/min`}},
	{"a size without a unit", "traffic: {rate: 5/s, size: 200}", []string{`t.yaml:1:28: traffic.size: "200" is not a size; write a number and a unit`}},
	{"a wrong threshold", "traffic: 5/s\nthresholds:\n  - delivery.p99 < 200", []string{"t.yaml:3:5: thresholds[0]: threshold "}},
	{"a map as a key", "? {a: b}\n: c", []string{"t.yaml:1:3: a key is a map or a list; keys are plain words"}},
	{"not a map at all", "hello", []string{`t.yaml:1:1: "hello" is not a scenario; write a map of name, seed, `}},

	{"nothing", "", []string{"t.yaml:1:1: the scenario is empty; the smallest is: {}"}},
	{"only a comment", "# later\n", []string{"t.yaml:1:1: the scenario is empty"}},
	{"two documents", "seed: 1\n---\nseed: 2", []string{"t.yaml:2:1: the file has several documents; write one scenario a file"}},
	{"broken YAML", "clients: [1,\nseed: 2", []string{"t.yaml:3:1: not YAML: did not find expected ',' or ']' while parsing a flow sequence that begins at line 1"}},
	{"a tab for indentation", "target:\n\turl: x", []string{"t.yaml:2:1: not YAML: found character that cannot start any token"}},
	{"an unknown alias", "seed: *x", []string{"t.yaml:1:7: not YAML: unknown anchor"}},
	{"a control character", "seed: 1\nname: a\x00b", []string{"t.yaml:2:8: the file is not plain text here; write YAML in UTF-8"}},
	{"Latin-1", "name: caf\xe9", []string{"t.yaml:1:10: the file is not plain text here"}},
	{"an alias inside itself", "faults: &a [*a]", []string{"t.yaml:1:9: faults[0]: a list is not a fault"}},
	{"a merge of itself", "clients: &a {<<: *a}", []string{"t.yaml:1:18: clients: the scenario is too deep or too large once its aliases are filled in"}},
	{"a merge of a word", "clients: {<<: x}", []string{"t.yaml:1:15: clients: << is followed by something else than a map"}},

	{"a URL that is not a WebSocket's", "target: http://h", []string{`t.yaml:1:9: target.url: "http://h" is not a WebSocket URL; write ws://HOST:PORT/PATH or wss://HOST/PATH`}},
	{"a URL without a host", "target: {url: 'ws:///ws'}", []string{"t.yaml:1:15: target.url: \"ws:///ws\" has no host"}},
	{"a port that there is not", "target: ws://h:70000", []string{`t.yaml:1:9: target.url: "ws://h:70000" has no port from 1 to 65535`}},
	{"a URL with a password is not shown", "target: http://me:secret@h/?token=secret", []string{`t.yaml:1:9: target.url: "http://me:***@h/?token=***" is not`}},
	{"a URL beside the reference server", "target: {url: 'ws://h', reference: [--bug, drop=1/2]}", []string{"t.yaml:1:36: target.reference: stands beside target.url"}},
	{"a server to start that listens nowhere", "target: {start: {command: [x]}}", []string{"t.yaml:1:9: target: starts a server, but does not say where it listens; add url:"}},
	{"nothing to start", "target: {url: 'ws://h', start: {ready: x}}", []string{
		"t.yaml:1:32: target.start.command: is empty",
		`t.yaml:1:40: target.start.ready: "x" cannot be asked whether the server is ready; write tcp://HOST:PORT or http://HOST:PORT/PATH`}},
	{"TLS without TLS", "target: {url: 'ws://h', tls: {insecure: true}}", []string{"t.yaml:1:30: target.tls: the URL is ws://, without TLS"}},
	{"an unknown preset", "target: {preset: envlope}", []string{`t.yaml:1:18: target.preset: "envlope" is not a preset; did you mean envelope? known are envelope, angular-socketio, `}},
	{"a header of the handshake", "target: {url: 'ws://h', headers: {Upgrade: x}}", []string{"t.yaml:1:44: target.headers.Upgrade: belongs to the WebSocket handshake"}},
	{"an undefined variable", "target:\n  url: ws://h\n  headers: {A: \"Bearer ${IM_TOKEN}\"}", []string{
		"t.yaml:3:16: target.headers.A: the environment variable IM_TOKEN is not set; set the variable, or write $${ for a plain ${"}},
	{"a malformed variable", "target: {url: 'ws://h', token: '${a b}'}", []string{"t.yaml:1:32: target.token: a ${ is not followed by a name and }"}},

	{"no clients", "clients: 0", []string{"t.yaml:1:10: clients.count: 0 is out of range; write at least 1 client"}},
	{"more clients than a tag can tell apart", "clients: 16777216", []string{"t.yaml:1:10: clients: more than 16777215 clients in all"}},
	{"groups of one name", "clients:\n  - {name: a, count: 1}\n  - {name: a, count: 1}", []string{`t.yaml:3:12: clients[1].name: "a" is the name of clients[0] already`}},
	{"a group without a name or count", "clients: [{connect_rate: 5/s}]", []string{
		"t.yaml:1:11: clients[0]: has no name; give each group of a list a name"}},
	{"a name that no threshold could write", "clients: [{name: 'a b', count: 1}]", []string{`t.yaml:1:18: clients[0].name: "a b" is not a name; write up to 64 letters`}},
	{"a timeout without beats", "clients: {heartbeat: {timeout: 5s}}", []string{"t.yaml:1:22: clients.heartbeat: has no every; add every: 10s, or write heartbeat: none"}},
	{"a timeout that no answer could meet", "clients: {heartbeat: {every: 5s, timeout: 5s}}", []string{"t.yaml:1:43: clients.heartbeat.timeout: 5s is not longer than every (5s); it counts from the last answer"}},
	{"an unknown reconnect policy", "clients: {reconnect: socket-io}", []string{`t.yaml:1:22: clients.reconnect: "socket-io" is not a reconnect policy; did you mean socketio?`}},
	{"a backoff that there is not", "clients: {reconnect: {backoff: fibonacci, base: 1s}}", []string{`t.yaml:1:32: clients.reconnect.backoff: "fibonacci" is not a backoff; known are exponential, linear`}},
	{"a policy without a backoff", "clients: {reconnect: {base: 1s}}", []string{"t.yaml:1:22: clients.reconnect: has no backoff"}},
	{"keys that do not go together", "clients: {reconnect: {backoff: constant, base: 1s, factor: 2, step: 1s}}", []string{
		"t.yaml:1:60: clients.reconnect.factor: does not go with backoff: constant", "t.yaml:1:69: clients.reconnect.step: does not go"}},
	{"a policy that never waits", "clients: {reconnect: {backoff: exponential}}", []string{"t.yaml:1:22: clients.reconnect.base: is missing or 0"}},
	{"zero attempts", "clients: {reconnect: {backoff: constant, base: 1s, attempts: 0}}", []string{"t.yaml:1:62: clients.reconnect.attempts: 0 is out of range; write 1 or more, leave it out for no limit, or write reconnect: none"}},
	{"a wrong jitter", "clients: {reconnect: {backoff: constant, base: 1s, jitter: much}}", []string{`t.yaml:1:60: clients.reconnect.jitter: "much" is not a jitter; write none, full, equal`}},

	{"rooms of both kinds", "rooms: {size: 5, count: 5}", []string{"t.yaml:1:8: rooms: has both size and count"}},
	{"more rooms than clients", "{clients: 5, rooms: {count: 6}}", []string{"t.yaml:1:29: rooms.count: 6 rooms are more than the 5 clients"}},
	{"rooms for one, and talk in them", "{rooms: {size: 1}, traffic: 5/s}", []string{"t.yaml:1:16: rooms.size: leaves rooms with a single client"}},
	{"talk in rooms that there are not", "traffic: {rate: 5/s, to: room}", []string{"t.yaml:1:26: traffic.to: room, but there are no rooms; add rooms: {size: 50}"}},
	{"talk to a peer that there is not", "{clients: 1, traffic: {rate: 5/s, to: peer}}", []string{"t.yaml:1:39: traffic.to: peer needs at least 2 clients"}},
	{"talk from a group that there is not", "clients: [{name: phones, count: 5}]\ntraffic: {rate: 5/s, from: phone}", []string{`t.yaml:2:28: traffic.from: no group is named "phone"; did you mean phones?`}},
	{"a size too small for the tag", "traffic: {rate: 5/s, size: 20B}", []string{"t.yaml:1:28: traffic.size: 20B is out of range; write 40B to 16MiB: the content carries a tag of 40 bytes"}},
	{"traffic without a rate", "traffic: {size: 200B}", []string{"t.yaml:1:10: traffic: has no rate; add rate: 500/s, or stages, or leave traffic out for none"}},
	{"a rate beside stages", "traffic: {rate: 5/s, stages: [{for: 1s, rate: 5/s}]}", []string{"t.yaml:1:17: traffic.rate: stands beside stages"}},
	{"stages longer than the run", "{duration: 10s, traffic: [{for: 8s, rate: 5/s}, {for: 8s, rate: 5/s}]}", []string{"t.yaml:1:49: traffic[1]: the stages last longer than the run's duration (10s)"}},
	{"a stage before the last without an end", "traffic: [{rate: 5/s}, {for: 8s, rate: 5/s}]", []string{"t.yaml:1:11: traffic[0]: does not say how long it lasts"}},
	{"a stage without a rate", "traffic: [{for: 5s}]", []string{"t.yaml:1:11: traffic[0]: has no rate"}},

	{"a fault after the run", "{duration: 10s, faults: [{at: 10s, kind: storm}]}", []string{"t.yaml:1:31: faults[0].at: 10s is not within the run's duration (10s)"}},
	{"a fault on a group that there is not", "clients: [{name: phones, count: 5}]\nfaults: [{at: 1s, kind: storm, group: phone}]", []string{`t.yaml:2:39: faults[0].group: no group is named "phone"; did you mean phones? the only one is phones`}},
	{"faults of one name", "faults:\n  - {name: a, at: 1s, kind: storm}\n  - {name: a, at: 2s, kind: storm}", []string{`t.yaml:3:12: faults[1].name: "a" is a name already`}},
	{"a fault named as a group", "clients: [{name: a, count: 1}]\nfaults: [{name: a, at: 1s, kind: storm}]", []string{`t.yaml:2:17: faults[0].name: "a" is a name already`}},
	{"killing a server that imbench did not start", "target: ws://h\nfaults: [{at: 1s, kind: server.kill}]", []string{"t.yaml:2:25: faults[0].kind: server.kill needs a server that imbench started; add target.start, or leave target.url out"}},
	{"freezing a server that imbench has no hold of", "target: ws://h\nfaults: [{at: 1s, kind: server.freeze, for: 1s}]", []string{"t.yaml:2:25: faults[0].kind: server.freeze needs a server that imbench can stop; add target.start, or target.pid"}},
	{"a fault that happens too often", "faults: [{at: 0s, kind: storm, every: 1ms}]", []string{"t.yaml:1:39: faults[0].every: the faults happen too often to plan them"}},
	{"a flap that happens too often", "faults: [{at: 0s, kind: flap, of: reset, clients: 1, up: 1ns}]", []string{"t.yaml:1:58: faults[0].up: the faults happen too often to plan them"}},
	{"a flap that is on too often", "faults: [{at: 0s, kind: flap, of: latency, delay: 1ms, clients: 1, down: 3ns, up: 1ns}]", []string{"t.yaml:1:74: faults[0].down: the faults happen too often"}},
	{"a fault again after no time", "faults: [{at: 0s, kind: storm, every: 0s}]", []string{"t.yaml:1:39: faults[0].every: 0s is no time; write how long, like 5s, or leave it out"}},
	{"a fault for no time", "faults: [{at: 0s, kind: silence, clients: 1, for: 0s}]", []string{"t.yaml:1:51: faults[0].for: 0s is no time"}},
	{"a box that expires at once", "faults: [{at: 0s, kind: idle_expiry, clients: 1, box: aws-nlb, idle: 0s, lifetime: 0s}]", []string{
		"t.yaml:1:70: faults[0].idle: 0s is no time", "t.yaml:1:84: faults[0].lifetime: 0s is no time"}},
	{"a threshold on a fault that there is not", "faults: [{name: nat, at: 1s, kind: storm}]\nthresholds:\n  - detect{nut}.max < 5s", []string{`t.yaml:3:5: thresholds[0]: no fault or group is named "nut"; did you mean nat?`}},
	{"a time_scale of nothing", "time_scale: 0", []string{"t.yaml:1:13: time_scale: 0 is out of range; write a number above 0, up to 1000: 0.1 tells a story of 350s in 35s"}},
	{"a time_scale that leaves no time", "time_scale: 0.00001", []string{"t.yaml:1:13: time_scale: 1e-05 is too small: duration would be 300µs; write a larger one"}},
	{"a time_scale that makes the run endless", "{time_scale: 1000, duration: 24h}", []string{"t.yaml:1:14: time_scale: makes the run last 24000h"}},
	{"a duration out of range", "{duration: 0s, drain: -1s}", []string{"t.yaml:1:12: duration: 0s is out of range; write a duration from 1ms to 168h", "t.yaml:1:23: drain: -1s is out of range"}},
}

func TestEveryProblemIsReportedWithItsPlaceAndWhatWouldBeRight(t *testing.T) {
	for _, c := range problemRows {
		_, err := Load([]byte(c.yaml), "t.yaml", Options{Env: environment(nil)})
		var problems *Problems
		if !errors.As(err, &problems) {
			t.Errorf("%s: got %v", c.name, err)
			continue
		}
		got := strings.Split(err.Error(), "\n")
		wrong := len(got) != len(c.problems)
		for i := range min(len(got), len(c.problems)) {
			wrong = wrong || !strings.HasPrefix(got[i], c.problems[i])
		}
		if wrong {
			t.Errorf("%s: got\n  %s\nwant\n  %s", c.name, strings.Join(got, "\n  "), strings.Join(c.problems, "\n  "))
		}
	}
}

func TestAliasBombsAndHugeFilesAreRefused(t *testing.T) {
	bomb := "x: &a [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n"
	for c := 'b'; c <= 'i'; c++ {
		p := string(c - 1)
		bomb += "x" + string(c) + ": &" + string(c) + " [" + strings.Repeat("*"+p+", ", 9) + "*" + p + "]\n"
	}
	for name, src := range map[string]string{
		"a bomb":                      bomb,
		"a bomb in a known key":       bomb + "faults: *i",
		"a bomb of merges":            strings.Replace(bomb, "[1, 1, 1, 1, 1, 1, 1, 1, 1, 1]", "{}", 1) + "clients: {<<: *i}",
		"a file of 2 MB":              "name: " + strings.Repeat("x", 2<<20),
		"a nest":                      strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000),
		"many faults through aliases": "x: &f [" + strings.Repeat("{at: 1s, kind: storm},", 2000) + "]\nfaults: *f\n",
	} {
		if _, err := Load([]byte(src), "t.yaml", Options{}); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

func TestSetsEditTheScenario(t *testing.T) {
	const base = `
target: ws://h:1/ws
clients: [&m {name: mobile, count: 10}, {<<: *m, name: desktop}]
traffic: [{for: 10s, rate: 5/s}]
faults:
  - {name: nat, at: 1s, kind: silence, clients: 20%}
`
	for _, c := range []struct {
		name string
		sets []string
		got  func(s *Scenario) any
		want any
	}{
		{"a key", []string{"duration=40s"}, func(s *Scenario) any { return unit.Duration(s.Duration) }, "40s"},
		{"a key twice, the later going last", []string{"seed=4", "seed=5"}, func(s *Scenario) any { return s.Seed }, uint64(5)},
		{"an item by its number", []string{"faults[0].for=2s"}, func(s *Scenario) any { return unit.Duration(s.Faults[0].For) }, "2s"},
		{"an item by its name", []string{"faults.nat.for=2s"}, func(s *Scenario) any { return unit.Duration(s.Faults[0].For) }, "2s"},
		{"a group by its name", []string{"clients.mobile.count=50"}, func(s *Scenario) any { return s.Clients[0].Count }, 50},
		{"not what is merged from it", []string{"clients.mobile.count=50"}, func(s *Scenario) any { return s.Clients[1].Count }, 10},
		{"what is merged, in one place", []string{"clients.desktop.count=50"}, func(s *Scenario) any { return s.Clients[0].Count*1000 + s.Clients[1].Count }, 10050},
		{"all of it", []string{"clients=7"}, func(s *Scenario) any { return s.Clients[0].Count }, 7},
		{"what was a short form", []string{"target.token=abc"}, func(s *Scenario) any { return s.Target.URL + s.Target.Token }, "ws://h:1/wsabc"},
		{"beside a list of stages", []string{"traffic.size=100B"}, func(s *Scenario) any { return s.Traffic.Size.String() + s.Traffic.Stages[0].For.String() }, "100B10s"},
		{"a stage by its number", []string{"traffic[0].for=3s"}, func(s *Scenario) any { return unit.Duration(s.Traffic.Stages[0].For) }, "3s"},
		{"under a policy's name", []string{"clients.mobile.reconnect=socketio", "clients.mobile.reconnect.max=2s"}, func(s *Scenario) any { return unit.Duration(s.Clients[0].Reconnect.Max) }, "2s"},
		{"a path of a matrix, and its end", []string{"matrix.faults.nat.for=[1s, 2s]", "matrix.faults.nat.for="}, func(s *Scenario) any { return s.Name }, "t"},
		{"a list", []string{"thresholds=[lost == 0]"}, func(s *Scenario) any { return s.Thresholds[0].String() }, "lost == 0"},
		{"nothing, to leave it out", []string{"faults="}, func(s *Scenario) any { return len(s.Faults) }, 0},
		{"a value with =", []string{"target.url=ws://h/?a=b"}, func(s *Scenario) any { return s.Target.URL }, "ws://h/?a=b"},
		{"a heartbeat that was none", []string{"clients.mobile.heartbeat=none", "clients.mobile.heartbeat.every=3s"}, func(s *Scenario) any { return s.Clients[0].Heartbeat.String() }, "{every: 3s}"},
	} {
		s, err := Load([]byte(base), "t.yaml", Options{Set: c.sets})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		} else if got := c.got(s); got != c.want {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

func TestProblemsOfASetNameIt(t *testing.T) {
	for set, want := range map[string]string{
		"clients.count=abc":     `--set clients.count=abc: clients.count: "abc" is not a whole number`,
		"clients.cuont=5":       "--set clients.cuont=5: clients.cuont: unknown key; did you mean count?",
		"duration=0s":           "--set duration=0s: duration: 0s is out of range",
		"faults.nut.for=1s":     `--set faults.nut.for=1s: faults has no item named "nut"; did you mean nat?`,
		"faults[7].for=1s":      "--set faults[7].for=1s: faults has no item 7; it has 1",
		"faults[x].for=1s":      "--set faults[x].for=1s: the path has an index that is not like [0]",
		"duration.unit=s":       `--set duration.unit=s: duration is a single value; it has no "unit" inside`,
		"target.token={}":       "--set target.token=***: target.token",
		"target=ftp://a:b@c/":   `--set target=ftp://a:***@c/: target.url: "ftp://a:***@c/" is not a WebSocket URL`,
		"seed":                  "--set seed: there is no =; write PATH=VALUE",
		"a..b=1":                "--set a..b=1: the path has an empty key",
		"name=[":                "--set name=[: the value is not YAML",
		"name=*x":               "--set name=*x: the value is not YAML",
		"thresholds.x.y=1":      "--set thresholds.x.y=1: thresholds is a list without names; write an item's number: thresholds[0]",
		"faults.nat.kind=noise": "--set faults.nat.kind=noise: faults[0].kind: ",
	} {
		const base = "clients: {count: 5}\nduration: 30s\nfaults: [{name: nat, at: 1s, kind: silence, clients: 1}]\nthresholds: [never_recovered == 0]\n"
		_, err := Load([]byte(base), "t.yaml", Options{Set: []string{set}})
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}
