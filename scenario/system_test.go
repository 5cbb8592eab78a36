package scenario

import (
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/imbench/imbench/protocol"
)

// files reads from a map of names, as the scenarios in tests name them.
func files(m map[string]string) func(string) ([]byte, error) {
	return func(name string) ([]byte, error) {
		src, ok := m[path.Clean(strings.ReplaceAll(name, `\`, "/"))]
		if !ok {
			return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
		}
		return []byte(src), nil
	}
}

const ownProtocol = `
# ours
name: own
ready: open
headers: {X-User: "${column.user}", X-Key: "${env.A}"}
to: [room, peer]
message:
  send: {to: "${client}", text: "${content}"}
heartbeat:
  every: 3s
  timeout: 7s
  send: {type: ping, at: 1}
  answer: '$.type == "pong"'
reconnect: {backoff: constant, base: 3s}
defects: {attempts_after_open: 4}
`

// testFiles are what scenarios in tests may name.
var testFiles = map[string]string{
	"own.yaml":    ownProtocol,
	"users.csv":   "user,token\nada,t1\nbob,t2\neve,t3\n",
	"ages.csv":    "age,user\n17,mallory\n",
	"tokens.txt":  "a\nb\n\nc\n",
	"bad.txt":     "a\nsec ret\n",
	"bad.csv":     "a,b\n1,2,3\n",
	"empty.txt":   "",
	"wrong.yaml":  "name: wrong\nready: open\nto: everybody\nmessage: {send: \"${contents}\"}\n",
	"broken.yaml": "name: [",
	"latin.yaml":  "name: caf\xe9",
	"short.yaml":  "name: short\nready: open\nmessage: {send: \"${content}\"}\nheartbeat: {every: 5s, timeout: 5s, send: ping, answer: {text: pong}}\n",
	"policy.yaml": "name: policy\nready: open\nmessage: {send: \"${content}\"}\nreconnect: socket-io\ndefects: {no_reconnect_after: [timeout]}\n",
	"key.pem":     "-----BEGIN NOTHING-----\n",
}

// withFiles are options with testFiles, one variable and no other.
func withFiles() Options {
	return Options{Env: environment(map[string]string{"A": "hunter2"}), ReadFile: files(testFiles)}
}

func mustWith(t testing.TB, yaml string, o Options) *Scenario {
	t.Helper()
	s, err := Load([]byte(yaml), "test.yaml", o)
	if err != nil {
		t.Fatalf("%v\n%s", err, yaml)
	}
	return s
}

func TestASystemGivesItsClientsBehaviour(t *testing.T) {
	for _, c := range []struct{ name, yaml, heartbeat, reconnect, to, defects string }{
		{"the default", "traffic: 1/s", "{every: 10s, timeout: 20s}", "aws-full-jitter", ToSelf, ""},
		{"a recommended client", "{target: {preset: browser-ws}, traffic: 1/s}", "{every: 10s, timeout: 20s}", "browser-ws", ToAll, ""},
		{"a published client", "{target: {preset: browser-ws-as-published}, traffic: 1/s}", "{every: 10s}", "browser-ws", ToAll,
			"defects: {no_answer_expected: true}"},
		{"a published client, cured", "{target: {preset: browser-ws-as-published}, clients: {defects: none}, traffic: 1/s}",
			"{every: 10s, timeout: 20s}", "browser-ws", ToAll, "defects: none"},
		{"a published client, cured of one", "{target: {preset: heart-class}, clients: {defects: {attempts_after_open: 0}}, traffic: 1/s}",
			"{every: 5s}", "heart-class", ToAll, "defects: {no_answer_expected: true, attempts_after_open: 0}"},
		{"a published client, made worse", "{target: {preset: angular-socketio}, clients: {defects: {no_reconnect_after: [close_1001]}}, traffic: 1/s}",
			"{every: 5s, timeout: 10s}", "socketio", ToAll, "defects: {overwritten_timer: true, no_reconnect_after: [close_1001]}"},
		{"one cured of the look at its state, with nothing to send", "{target: {preset: ionic-service}, clients: {defects: none}, traffic: 1/s}",
			"none", "ionic-service", ToAll, "defects: none"},
		{"one whose server pings", "{target: {preset: socketio-chat}, traffic: 1/s}", "none", "socketio-chat", ToAll,
			"defects: {no_reconnect_after: [server_disconnect]}"},
		{"timers of the scenario's own", "{target: {preset: browser-ws}, clients: {heartbeat: {every: 1s}, reconnect: none}, traffic: 1/s}",
			"{every: 1s}", "none", ToAll, ""},
		{"a described one", "{target: {protocol: own.yaml}, clients: {count: 3, login: {csv: users.csv}}, traffic: 1/s}",
			"{every: 3s, timeout: 7s}", "{backoff: constant, base: 3s}", ToSelf, "defects: {attempts_after_open: 4}"},
		{"a described one with rooms", "{target: {protocol: own.yaml}, clients: {count: 3, login: {csv: users.csv}}, rooms: {size: 3}, traffic: 1/s}",
			"{every: 3s, timeout: 7s}", "{backoff: constant, base: 3s}", ToRoom, "defects: {attempts_after_open: 4}"},
		{"a described one that says nothing", "target: {protocol: {name: x, ready: open, message: {send: '${content}'}}}\ntraffic: 1/s",
			"none", "aws-full-jitter", ToAll, ""},
	} {
		s := mustWith(t, c.yaml, withFiles())
		g := s.Clients[0]
		var w yamlWriter
		w.defects("", g.Defects, s.System.Behaviour.Defects)
		got := []string{g.Heartbeat.String(), g.Reconnect.String(), s.Traffic.To, strings.TrimSpace(w.String())}
		if diff := cmp.Diff([]string{c.heartbeat, c.reconnect, c.to, c.defects}, got); diff != "" {
			t.Errorf("%s:\n%s", c.name, diff)
		}
		roundTripWith(t, s, withFiles())
	}
}

func TestAProtocolFromAFileIsTheSameAsInline(t *testing.T) {
	const clients = "\nclients: {count: 3, login: {csv: users.csv}}\n"
	file := mustWith(t, "target: {protocol: own.yaml}"+clients, withFiles())
	inline := mustWith(t, "target:\n  protocol:\n    "+strings.ReplaceAll(strings.TrimSpace(ownProtocol), "\n", "\n    ")+clients, withFiles())
	if diff := cmp.Diff(file, inline, same, cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Source" }, cmp.Ignore())); diff != "" {
		t.Error(diff)
	}
	if file.Target.Preset != "" || file.Hash != inline.Hash {
		t.Error(file.Target, file.Hash, inline.Hash)
	}
	other := mustWith(t, "target: {protocol: own.yaml}"+clients, Options{Env: withFiles().Env, ReadFile: files(map[string]string{
		"users.csv": testFiles["users.csv"], "own.yaml": strings.Replace(ownProtocol, "type: ping", "type: beat", 1)})})
	if other.Hash == file.Hash {
		t.Error("another protocol has the same hash")
	}
}

func TestTheProtocolIsReadyToUse(t *testing.T) {
	s := mustWith(t, "{target: {protocol: own.yaml}, clients: {count: 3, login: {csv: users.csv}}}", withFiles())
	_, header := s.Protocol.Handshake(&url.URL{Scheme: "ws", Host: "h"}, protocol.Login{Client: "c1", Row: []string{"bob", "t2"}})
	if header.Get("X-User") != "bob" || header.Get("X-Key") != "hunter2" {
		t.Error(header)
	}
	if got := string(s.Protocol.AppendHeartbeat(nil, 5)); got != `{"type":"ping","at":1}` {
		t.Error(got)
	}
}

func TestFilesAreSeenFromTheScenario(t *testing.T) {
	o := withFiles()
	o.ReadFile = files(map[string]string{"conf/p/own.yaml": ownProtocol, "users.csv": testFiles["users.csv"], "/abs/own.yaml": ownProtocol})
	for name, yaml := range map[string]string{
		"beside it": "{target: {protocol: p/own.yaml}, clients: {count: 1, login: {csv: ../users.csv}}}",
		"anywhere":  "{target: {protocol: /abs/own.yaml}, clients: {count: 1, login: {csv: ../users.csv}}}",
	} {
		if _, err := Load([]byte(yaml), "conf/s.yaml", o); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestASetReachesIntoAProtocol(t *testing.T) {
	const inline = "target: {protocol: {name: x, ready: open, message: {send: '${content}'}}}\ntraffic: 1/s"
	for set, want := range map[string]string{
		"target.protocol.message.send=<${content}>":           "<",
		"target.protocol=own.yaml":                            "{",
		"target.protocol.heartbeat={every: 1m, send: ${time}": "", // no YAML
	} {
		o := withFiles()
		o.Set = []string{"clients={count: 3, login: {csv: users.csv}}", set}
		s, err := Load([]byte(inline), "test.yaml", o)
		switch {
		case want == "":
			if err == nil || !strings.HasPrefix(err.Error(), "--set "+set) {
				t.Errorf("%s: %v", set, err)
			}
		case err != nil:
			t.Errorf("%s: %v", set, err)
		default:
			if frame := s.Protocol.AppendMessage(nil, protocol.Message{All: true}); !strings.HasPrefix(string(frame), want) {
				t.Errorf("%s: %s", set, frame)
			}
		}
	}
	o := withFiles()
	o.Set = []string{"seed=1", "target.protocol.message.sent=x"}
	if _, err := Load([]byte(inline), "test.yaml", o); err == nil ||
		!strings.HasPrefix(err.Error(), "--set target.protocol.message.sent=x: target.protocol.message.sent: unknown key") {
		t.Error(err)
	}
}

func TestAProtocolsSecretsAreNotPrinted(t *testing.T) {
	s := mustWith(t, `
target:
  protocol:
    name: x
    speaks: socketio
    headers: {Cookie: hunter2, Authorization: "Bearer ${token}", X: "hunter2-${env.A}"}
    query: {token: hunter2, room: lobby}
    socketio: {auth: {user: hunter2, deep: [hunter2, "${client}"]}}
    open:
      - [login, {password: hunter2, name: "${client}"}]
    message: {send: [m, "${content}"]}
`, withFiles())
	printed, err := Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(printed), "hunter2") {
		t.Errorf("a secret is printed:\n%s", printed)
	}
	for _, want := range []string{"Bearer ${token}", "***${env.A}", "room: \"***\"", "name: \"${client}\""} {
		if !strings.Contains(string(printed), want) {
			t.Errorf("%s is missing:\n%s", want, printed)
		}
	}
	_, header := s.Protocol.Handshake(&url.URL{Scheme: "ws", Host: "h"}, protocol.Login{})
	if header.Get("Cookie") != "hunter2" {
		t.Error("printing changed the protocol")
	}
}

func TestCanonicalDescriptionsMeanWhatWasWritten(t *testing.T) {
	for _, name := range presetNames() {
		system, _ := protocol.SystemByName(name)
		d := newDecoder("", Options{})
		text := canonical(d.sourceOf(system))
		again, err := protocol.Parse([]byte(text), "again")
		if err != nil {
			t.Errorf("%v\n%s", err, text)
			continue
		}
		m := protocol.Message{Tag: protocol.Tag{Number: 7}, Size: 60, Client: []byte("c1"), UnixMillis: 1234, All: true}
		a := fmt.Sprintf("%s %s %+v", system.Protocol.AppendMessage(nil, m), system.Protocol.AppendHeartbeat(nil, 99), system.Behaviour)
		b := fmt.Sprintf("%s %s %+v", again.Protocol.AppendMessage(nil, m), again.Protocol.AppendHeartbeat(nil, 99), again.Behaviour)
		if a != b {
			t.Errorf("%s:\n%s\n%s", name, a, b)
		}
		if twice := canonical(d.sourceOf(again)); twice != text {
			t.Errorf("%s changes when it is read again:\n%s\n%s", name, text, twice)
		}
	}
	for _, frame := range []string{"${time}", `"${time}"`, "'${time}'", "'007'", "007", "[1, two, null]", "{a: }", "{a: yes}", "|\n  two\n   lines\n", `"\t\"\\\u263a"`,
		"!!binary aGk=", "{a: [], b: {}}", "'a: b # c'", "1e3", "~", "{'': x}", `["a,b", 'it''s', "{}"]`} {
		src := "name: x\nready: open\nformat: text\nopen:\n- " + strings.ReplaceAll(frame, "\n", "\n  ") + "\nmessage: {send: \"${content}\"}\n"
		system, err := protocol.Parse([]byte(src), "x")
		if err != nil {
			t.Logf("%s: %v", frame, err)
			continue
		}
		text := canonical(newDecoder("", Options{}).sourceOf(system))
		again, err := protocol.Parse([]byte(text), "again")
		if err != nil {
			t.Errorf("%s: %v\n%s", frame, err, text)
			continue
		}
		a := fmt.Sprintf("%q", system.Protocol.(protocol.Opener).Open(protocol.Login{UnixMillis: 5}))
		if b := fmt.Sprintf("%q", again.Protocol.(protocol.Opener).Open(protocol.Login{UnixMillis: 5})); a != b {
			t.Errorf("%s: %s became %s\n%s", frame, a, b, text)
		}
	}
}

func TestWhatTheProtocolImpliesForNoticing(t *testing.T) {
	s := time.Second
	beats := Heartbeat{Every: 5 * s, Timeout: 12 * s}
	for _, c := range []struct {
		name              string
		g                 Group
		shortest, longest time.Duration
		ok                bool
	}{
		{"answered beats", Group{Heartbeat: beats}, 7 * s, 12 * s, true},
		{"a timer for each beat", Group{Heartbeat: beats, Defects: protocol.Defects{OverwrittenTimer: true}}, 12 * s, 17 * s, true},
		{"answers that nobody looks for", Group{Heartbeat: beats, Defects: protocol.Defects{NoAnswerExpected: true}}, 0, 0, false},
		{"a look at its own state", Group{Heartbeat: beats, Defects: protocol.Defects{ChecksStateOnly: true}}, 0, 0, false},
		{"beats only after a reconnect", Group{Heartbeat: beats, Defects: protocol.Defects{HeartbeatStartsAfterReconnect: true}}, 0, 0, false},
		{"the server's pings", Group{Alive: 45 * s}, 0, 45 * s, true},
		{"both, whichever is sooner", Group{Heartbeat: beats, Alive: 8 * s}, 0, 8 * s, true},
		{"nothing", Group{}, 0, 0, false},
	} {
		if shortest, longest, ok := c.g.DetectBound(); shortest != c.shortest || longest != c.longest || ok != c.ok {
			t.Errorf("%s: %s to %s, %t", c.name, shortest, longest, ok)
		}
	}
}

func TestThePlanWarnsOfWhatTheProtocolCannotTell(t *testing.T) {
	for yaml, want := range map[string]string{
		"{target: {preset: browser-ws}, rooms: {size: 5}}":                                                    "rooms are without effect",
		"{target: {preset: browser-ws, token: x}}":                                                            "group default has a token, and nothing in browser-ws sends one",
		"{target: {preset: browser-ws}, traffic: 5/s, thresholds: [acked_lost == 0]}":                         "threshold acked_lost == 0: the protocol has no acks, so the run cannot tell",
		"{target: {preset: browser-ws}, traffic: 5/s, thresholds: [roundtrip.p99 < 1s]}":                      "has neither acks nor an echo",
		"{target: {preset: browser-ws}, faults: [{at: 1s, kind: storm}], thresholds: [ghosts == 0]}":          "no fault makes ghosts that are watched",
		"{target: {preset: browser-ws-as-published}, faults: [{at: 1s, kind: silence, clients: 1}]}":          "no client there notices silence-1 by itself",
		"{target: {preset: socketio-chat}, faults: [{at: 1s, kind: silence, clients: 1}]}":                    "may need 45s to notice",
		"{target: {protocol: {name: x, ready: open, query: {t: '${token}'}, message: {send: '${content}'}}}}": "group default has no token, and x sends one",
	} {
		s := mustWith(t, yaml, withFiles())
		if got := strings.Join(NewPlan(s).Warnings(), "\n"); !strings.Contains(got, want) {
			t.Errorf("%s warns of\n%s\nnot of %s", yaml, got, want)
		}
	}
	s := mustWith(t, "{target: {preset: angular-socketio}, traffic: 5/s, clients: {login: {jwt: {secret: '${A}'}}}}", withFiles())
	var b strings.Builder
	if err := WritePlan(&b, NewPlan(s)); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"angular-socketio: sends to all; no acks; echo to the sender; does not tell who is online",
		"notices a silence after 10s to 15s", "tokens signed HS256", "defects: overwritten_timer, no_reconnect_after: [heartbeat_timeout, server_disconnect]"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}

func TestPresetsComeFromTheProtocols(t *testing.T) {
	if first := Presets()[0]; first.Name != defaultPreset || first.Heartbeat.Every == 0 {
		t.Error(first)
	}
	if p, ok := PresetByName("heart-class"); !ok || !p.Defects.NoAnswerExpected || p.Reconnect != "heart-class" {
		t.Error(p, ok)
	}
	if _, ok := PresetByName("no-such"); ok {
		t.Error("there is a preset no-such")
	}
	for _, p := range Presets() {
		src, err := os.ReadFile("../protocol/presets/" + p.Name + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		o := Options{ReadFile: files(map[string]string{"p.yaml": string(src)})}
		roundTripWith(t, mustWith(t, "{target: {protocol: p.yaml}, traffic: 1/s}", o), o)
		roundTripWith(t, mustWith(t, "{target: {preset: "+p.Name+"}, traffic: 1/s}", Options{}), Options{})
	}
}
