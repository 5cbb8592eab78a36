package scenario

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/imbench/imbench/faults"
	"github.com/imbench/imbench/internal/unit"
	"github.com/imbench/imbench/protocol"
	"github.com/imbench/imbench/report"
)

// same compares scenarios; a threshold is compared as it prints, a protocol by
// its name: its description is compared besides.
var same = cmp.Options{
	cmpopts.IgnoreUnexported(Scenario{}), cmpopts.IgnoreFields(Scenario{}, "Set"),
	cmp.Transformer("text", report.Threshold.String),
	cmp.Transformer("name", func(p protocol.Protocol) string { return p.Name() }),
	cmp.Transformer("behaviour", func(s *protocol.System) protocol.Behaviour { return s.Behaviour }),
}

func environment(vars map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) { v, ok := vars[name]; return v, ok }
}

func TestTheDefaultsMakeARunOfAnything(t *testing.T) {
	s, err := Load([]byte("{}"), "dir/first-try.yaml", Options{})
	if err != nil {
		t.Fatal(err)
	}
	policy, _ := ReconnectByName("aws-full-jitter")
	want := &Scenario{
		Name: "first-try", Seed: 1, File: "dir/first-try.yaml", Hash: s.Hash,
		Target: Target{Preset: "envelope"},
		Clients: []Group{{
			Name: "default", Count: 100, ConnectRate: 500, ConnectTimeout: 10 * time.Second,
			Heartbeat: Heartbeat{Every: 10 * time.Second, Timeout: 20 * time.Second}, Reconnect: policy,
		}},
		Duration: 30 * time.Second, Drain: 5 * time.Second, TimeScale: 1, Protocol: s.Protocol, System: s.System,
	}
	if diff := cmp.Diff(want, s, same); diff != "" {
		t.Error(diff)
	}
	if len(s.Hash) != 64 {
		t.Errorf("hash %q", s.Hash)
	}
}

func TestEveryKeyIsRead(t *testing.T) {
	s, err := Load([]byte(`
name: everything
seed: 18446744073709551615
target:
  url: wss://chat.example/ws
  preset: envelope
  start:
    command: [./im-server, --port, "8080"]
    dir: /srv
    env: {PORT: 8080}
    ready: http://127.0.0.1:8080/healthz
    within: 1m30s
  headers: {Authorization: "Bearer ${IM_TOKEN}"}
  token: ${IM_TOKEN}
  tls: {ca: ca.pem, insecure: true}
  local_ips: [127.0.0.2, "::1"]
clients:
  - name: mobile
    count: 1_000
    connect_rate: 30/min
    connect_timeout: 3s
    heartbeat: {every: 5s, timeout: 12s}
    reconnect: {backoff: exponential, base: 1s, factor: 1.5, max: 30s, jitter: ±20%, first_jitter: full, offset: 5ms, jitter_first: true, attempts: 10}
  - {name: desktop, count: 5, heartbeat: none, reconnect: none}
rooms: {count: 20}
traffic:
  stages: [{for: 10s, rate: 100/s..1000/s}, {rate: 5/s}]
  arrivals: even
  size: 1KiB
  to: all
faults:
  - {name: nat, at: 10s, kind: silence, clients: 20%, group: mobile, for: 5s, every: 20s, direction: inbound}
  - {at: 0s, kind: bye, clients: 5, code: 1001}
duration: 60s
drain: 1500ms
thresholds: [delivery.p99 < 200ms, "detect{nat}.max < 21s", never_recovered == 0]
`), "x.yaml", Options{})
	if err != nil {
		t.Fatal(err)
	}
	full := Jitter{Below: 1}
	want := &Scenario{
		Name: "everything", Seed: 1<<64 - 1, File: "x.yaml", Hash: s.Hash,
		Target: Target{
			URL: "wss://chat.example/ws", Preset: "envelope",
			Start: &Start{
				Command: []string{"./im-server", "--port", "8080"}, Dir: "/srv", Env: map[string]string{"PORT": "8080"},
				Ready: "http://127.0.0.1:8080/healthz", Within: 90 * time.Second,
			},
			Headers: map[string]string{"Authorization": "Bearer ${IM_TOKEN}"}, Token: "${IM_TOKEN}",
			TLS: TLS{CA: "ca.pem", Insecure: true}, LocalIPs: []string{"127.0.0.2", "::1"},
		},
		Clients: []Group{
			{
				Name: "mobile", Count: 1000, ConnectRate: 0.5, ConnectTimeout: 3 * time.Second,
				Heartbeat: Heartbeat{Every: 5 * time.Second, Timeout: 12 * time.Second},
				Reconnect: Reconnect{
					Backoff: Exponential, Base: time.Second, Factor: 1.5, Max: 30 * time.Second, Jitter: Jitter{Below: 0.2, Above: 0.2},
					FirstJitter: &full, Offset: 5 * ms, JitterFirst: true, Attempts: 10,
				},
			},
			{Name: "desktop", Count: 5, ConnectRate: 500, ConnectTimeout: 10 * time.Second, Reconnect: Reconnect{Preset: "none", Backoff: Never}},
		},
		Rooms: Rooms{Count: 20},
		Traffic: Traffic{
			Stages:   []Stage{{For: 10 * time.Second, Rate: unit.Ramp{From: 100, To: 1000}}, {For: 50 * time.Second, Rate: unit.Ramp{From: 5, To: 5}}},
			Arrivals: Even, Size: 1024, To: ToAll,
		},
		Faults: []faults.Config{
			{Name: "nat", At: 10 * time.Second, Kind: faults.Silence, Clients: unit.Share{Percent: 20}, Group: "mobile", For: 5 * time.Second, Every: 20 * time.Second, Direction: faults.Inbound},
			{Name: "bye-1", Kind: faults.Bye, Clients: unit.Share{Count: 5}, Code: 1001},
		},
		Duration: time.Minute, Drain: 1500 * ms, TimeScale: 1,
		Thresholds: s.Thresholds, Protocol: s.Protocol, System: s.System,
	}
	if diff := cmp.Diff(want, s, same); diff != "" {
		t.Error(diff)
	}
	if got := fmt.Sprint(s.Thresholds); got != "[delivery.p99 < 200ms detect{nat}.max < 21s never_recovered == 0]" {
		t.Error(got)
	}
}

func TestShortFormsMeanWhatTheyStandFor(t *testing.T) {
	for _, c := range []struct{ name, short, long string }{
		{"a target as its URL", "target: ws://h:1/ws", "target: {url: ws://h:1/ws}"},
		{"clients as their number", "clients: 7", "clients: {count: 7}"},
		{"one group as a list of one", "clients: {count: 7}", "clients: [{name: default, count: 7}]"},
		{"traffic as its rate", "traffic: 5/s", "traffic: {rate: 5/s}"},
		{"a rate as the one stage", "traffic: 5/s", "traffic: {stages: [{rate: 5/s}]}"},
		{"traffic as its stages", "traffic: [{for: 1s, rate: 5/s}, {for: 2s, rate: 6/s}]", "traffic: {stages: [{for: 1s, rate: 5/s}, {for: 2s, rate: 6/s}]}"},
		{"a reconnect policy as its preset", "clients: {reconnect: nats}", "clients: {reconnect: {preset: nats}}"},
		{"a preset that the map changes", "clients: {reconnect: {preset: mqttjs, base: 3s}}", "clients: {reconnect: {backoff: constant, base: 3s}}"},
		{"a preset that the map repeats", "clients: {reconnect: {preset: mqttjs, base: 1s}}", "clients: {reconnect: mqttjs}"},
		{"a factor of 2", "clients: {reconnect: {backoff: exponential, base: 3s}}", "clients: {reconnect: {backoff: exponential, base: 3s, factor: 2}}"},
		{"a linear step as long as its base", "clients: {reconnect: {backoff: linear, base: 3s}}", "clients: {reconnect: {backoff: linear, base: 3s, step: 3s}}"},
		{"a key without a value as left out", "{faults: , rooms: ~, traffic: null}", "{}"},
		{"traffic to rooms where there are rooms", "{rooms: {size: 5}, traffic: 5/s}", "{rooms: {size: 5}, traffic: {rate: 5/s, to: room}}"},
		{"traffic to oneself where there are none", "traffic: 5/s", "traffic: {rate: 5/s, to: self}"},
		{"a storm on everybody", "faults: [{at: 1s, kind: storm}]", "faults: [{name: storm-1, at: 1s, kind: storm, clients: 100%}]"},
		{"an alias", "x", ""},
		{"a merge, where the map's own goes first", "clients: [&a {name: a, count: 5, connect_rate: 7/s}, {<<: *a, name: b}]",
			"clients: [{name: a, count: 5, connect_rate: 7/s}, {name: b, count: 5, connect_rate: 7/s}]"},
		{"a merge of several, the earlier going first", "clients: [&a {name: a, count: 5}, &b {name: b, count: 6}, {<<: [*b, *a], name: c}]",
			"clients: [{name: a, count: 5}, {name: b, count: 6}, {name: c, count: 6}]"},
		{"a merged preset under a map", "clients: [&a {name: a, count: 5, reconnect: &r {preset: mqttjs}}, {name: b, count: 5, reconnect: {<<: *r, base: 3s}}]",
			"clients: [{name: a, count: 5, reconnect: mqttjs}, {name: b, count: 5, reconnect: {backoff: constant, base: 3s}}]"},
	} {
		if c.long == "" {
			c.short, c.long = "clients: [{name: a, count: &n 5}, {name: b, count: *n}]", "clients: [{name: a, count: 5}, {name: b, count: 5}]"
		}
		short, long := must(t, c.short), must(t, c.long)
		if diff := cmp.Diff(long, short, same); diff != "" {
			t.Errorf("%s:\n%s", c.name, diff)
		}
	}
}

func TestTheEffectiveScenarioLoadsToItself(t *testing.T) {
	for _, src := range []string{
		"{}", "{clients: [{name: a, count: 3}, {name: 中文, count: 4, heartbeat: none, reconnect: none}]}",
		"{name: 'yes', clients: {heartbeat: {every: 3s}}, drain: 0s, seed: 0}", `{name: "a \"b\" # c: d☺"}`,
		"{name: '007', target: {url: 'ws://h:1/a b?x=%20', local_ips: ['::1'], headers: {X-Run: '${A} ${B}'}}}",
		"{target: {reference: [--bug, drop=1/1000, '', -x, '- y', 'a,b', '#'], token: '${T}'}}",
		"{target: {url: 'wss://h', tls: {ca: 'my ca.pem'}, start: {command: [x, 'yes', '', 'x: y', '-', '1.5'], env: {A: 'yes', B: '', F: '${X}'}, dir: '~'}}}",
		"{target: {url: 'ws://h', pid: 12}, faults: [{kind: server.freeze, at: 0s, for: 1s}]}",
		"{traffic: [{for: 10s, rate: 1/s}], duration: 20s}", "{traffic: [{for: 10s, rate: 1/min..2/s}, {rate: 0.3/s}]}",
		"{traffic: {rate: 1/h, size: 1MiB, to: peer, from: default}, rooms: {size: 3}}",
		"{clients: {reconnect: {backoff: steps, steps: [0s, 1500ms], jitter: +15%, attempts: 3}}, duration: 1h30m}",
		"{clients: {reconnect: {backoff: decorrelated, base: 1s, max: 2s}}}",
		"{faults: [{kind: silence, at: 1s, clients: 0.5%}, {kind: silence, at: 1s, clients: 3, direction: outbound}, {kind: bye, at: 1s, clients: 1}, {kind: close, at: 1s, clients: 1, every: 3s}]}",
		"{traffic: 5/s, thresholds: ['reach >= 99.9%', 'lost != 3', 'delivery{default}.p999 <= 1.5s']}",
	} {
		roundTrip(t, must(t, src))
	}
}

// roundTrip checks that what a scenario prints loads to the same scenario.
func roundTrip(t *testing.T, s *Scenario) {
	t.Helper()
	roundTripWith(t, s, Options{})
}

func roundTripWith(t *testing.T, s *Scenario, o Options) {
	t.Helper()
	printed, err := Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Load(printed, s.File, o)
	if err != nil {
		t.Fatalf("%v\n%s", err, printed)
	}
	want := s.Redacted()
	if !bytes.Equal(encode(want, withoutSeed), encode(s.withoutSecrets(), withoutSeed)) {
		want.Hash = again.Hash // of what is masked, but is no secret
	}
	if diff := cmp.Diff(want, again, same, cmp.Comparer(func(a, b map[string]string) bool {
		return len(a) == 0 && len(b) == 0 || reflect.DeepEqual(a, b)
	}), cmp.Comparer(func(a, b []faults.Config) bool {
		return len(a) == 0 && len(b) == 0 || reflect.DeepEqual(a, b)
	}), cmp.Comparer(func(a, b []string) bool {
		return len(a) == 0 && len(b) == 0 || reflect.DeepEqual(a, b)
	})); diff != "" {
		t.Errorf("%s\n%s", diff, printed)
	}
}

func TestTheHashIsOfWhatRuns(t *testing.T) {
	hash := func(yaml string) string { return must(t, yaml).Hash }
	base := hash("{clients: 100, seed: 1}")
	if hash("{seed: 99} # another seed, and the default written out or not") != base {
		t.Error("the seed or the form changed the hash")
	}
	if hash("clients: 101") == base {
		t.Error("another scenario has the same hash")
	}
	secret := hash("target: {url: 'ws://h', headers: {A: one}}")
	if hash("target: {url: 'ws://h', headers: {A: two}}") != secret {
		t.Error("a secret is in the hash")
	}
	query := hash("target: {url: 'ws://h/?v=1', start: {command: [x, --token, one], env: {MODE: fast}}}")
	for differs, other := range map[string]string{
		"":                "target: {url: 'ws://h/?v=1', start: {command: [x, --token, two], env: {MODE: fast}}}",
		"the query":       "target: {url: 'ws://h/?v=2', start: {command: [x, --token, one], env: {MODE: fast}}}",
		"the environment": "target: {url: 'ws://h/?v=1', start: {command: [x, --token, one], env: {MODE: slow}}}",
		"the command":     "target: {url: 'ws://h/?v=1', start: {command: [y, --token, one], env: {MODE: fast}}}",
	} {
		if (hash(other) == query) != (differs == "") {
			t.Errorf("%q: masked in what is printed, and lost to the hash or in it", differs)
		}
	}
}

func TestASeedGivenBesideGoesFirst(t *testing.T) {
	seed := uint64(7)
	if s, err := Load([]byte("seed: 3"), "", Options{Seed: &seed}); err != nil || s.Seed != 7 {
		t.Error(s, err)
	}
}

func TestExamplesAreRight(t *testing.T) {
	files, err := filepath.Glob("../examples/*.yaml")
	if err != nil || len(files) < 8 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		o := Options{Env: environment(nil), ReadFile: os.ReadFile}
		cells, err := Cells(src, file, o)
		if err != nil {
			t.Error(err)
			continue
		}
		for _, c := range cells {
			checkExample(t, c.Scenario, file, o)
		}
	}
}

func checkExample(t *testing.T, s *Scenario, file string, o Options) {
	t.Helper()
	roundTripWith(t, s, o)
	if _, err := s.Credentials(o); err != nil {
		t.Error(err)
	}
	for _, w := range NewPlan(s).Warnings() {
		if !strings.HasPrefix(w, "time_scale is ") {
			t.Errorf("%s: %q", file, w)
		}
	}
	if want := strings.TrimSuffix(filepath.Base(file), ".yaml"); s.Name != want {
		t.Errorf("%s calls itself %s", file, s.Name)
	}
	if len(s.Thresholds) == 0 {
		t.Errorf("%s expects nothing", file)
	}
}

func FuzzLoad(f *testing.F) {
	files, _ := filepath.Glob("../examples/*.yaml")
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(src, "clients.count=50")
	}
	for _, c := range problemRows {
		f.Add([]byte(c.yaml), "faults.nat.for=2s")
	}
	for _, c := range problemsOfSystems {
		f.Add([]byte(c.yaml), "target.protocol.message.send=${content}")
	}
	for _, p := range Presets() {
		system, _ := protocol.SystemByName(p.Name)
		f.Add([]byte("traffic: 1/s\ntarget:\n  protocol:\n    "+strings.ReplaceAll(system.Source, "\n", "\n    ")), "clients.login.token=${client}${A}")
		f.Add([]byte("target: {preset: "+p.Name+"}"), "clients.defects.overwritten_timer=true")
	}
	f.Add([]byte("clients: {count: 2, login: {csv: users.csv, jwt: {secret: '${A}', claims: {a: ['${client}', 1.5, ~, {b: 1e3}]}}}}"), "clients.login.reuse=true")
	f.Add([]byte("a: &a [*a]"), "clients[0].reconnect.base=1s")
	f.Add([]byte(tenfold), "time_scale=0.001")
	f.Add([]byte("faults: [{at: 1s, kind: flap, of: malformed, forms: bad-utf8, up: 1s, clients: 5}]\ntime_scale: 3"), "faults[0].down=1s")
	f.Add([]byte("faults: [{at: 1s, kind: idle_expiry, box: nginx, idle: 9s, clients: 5, ghost: none}]"), "faults[0].lifetime=1s")
	f.Add([]byte("{clients: [{name: a, count: 3}], traffic: {rate: 1/s, from: a}}"), "traffic.from=b")
	f.Add([]byte("faults: [{at: 1s, kind: bandwidth, rate: 1KB/s, clients: 1}, {at: 1s, kind: slice, size: 1B, gap: 1us, clients: 1}]"), "faults[1].every=2s")
	f.Add([]byte("clients: &a {<<: *a}"), "traffic.size=1B")
	f.Fuzz(func(t *testing.T, src []byte, set string) {
		o := withFiles()
		again := o
		o.Set = []string{set}
		s, err := Load(src, "f.yaml", o)
		var problems *Problems
		switch {
		case err == nil:
			roundTripWith(t, s, again)
			if _, err := s.Credentials(o); err != nil {
				t.Fatal(err)
			}
			p := NewPlan(s)
			p.Warnings()
			n := 0
			for range p.Sends(0, 1) {
				if n++; n > 1000 {
					break
				}
			}
		case !errors.As(err, &problems) || len(problems.List) == 0:
			t.Fatalf("a failure without problems: %v", err)
		default:
			for _, p := range problems.List {
				if p.Line < 1 && p.Instead == "" || p.Problem == "" || strings.ContainsAny(p.Error(), "\n\x00\x1b") {
					t.Fatalf("%#v", p)
				}
			}
		}
	})
}
