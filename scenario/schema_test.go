package scenario

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"

	"github.com/imbench/imbench/faults"
)

func compiled(t testing.TB) *jsonschema.Schema {
	t.Helper()
	text, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	if err := c.AddResource(schemaID, doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile(schemaID)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// asJSON reads YAML as an editor does.
func asJSON(t testing.TB, src string) any {
	t.Helper()
	var v any
	if err := yaml.Unmarshal([]byte(src), &v); err != nil {
		t.Fatalf("%v\n%s", err, src)
	}
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatalf("%v\n%s", err, src)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestEveryExampleIsRightByTheSchema(t *testing.T) {
	schema := compiled(t)
	files, err := filepath.Glob("../examples/*.yaml")
	if err != nil || len(files) < 10 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(asJSON(t, string(src))); err != nil {
			t.Errorf("%s: %v", file, err)
		}
		cells, err := Cells(src, file, Options{Env: environment(nil), ReadFile: os.ReadFile})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cells { // what check prints is a scenario, too
			printed, err := Marshal(c.Scenario)
			if err != nil {
				t.Fatal(err)
			}
			if err := schema.Validate(asJSON(t, string(printed))); err != nil {
				t.Errorf("%s as check prints it: %v\n%s", file, err, printed)
			}
		}
	}
}

func TestTheSchemaTakesWhatLoadTakes(t *testing.T) {
	schema := compiled(t)
	for _, src := range []string{
		"{}", "clients: 1000", "traffic: 500/s", "traffic: 100/s..1000/s", "traffic: [{for: 5s, rate: 1/s}, {rate: 2/s}]", "target: 'ws://h'", "faults:",
		"clients: {reconnect: none, heartbeat: none, defects: none}", "clients: [{name: a, count: 5}, {name: b, count: 3}]",
		"clients: {reconnect: {preset: socketio, max: 2s}}", "clients: {reconnect: {backoff: steps, steps: [0s, 1m30s], jitter: ±20%, first_jitter: +100ms}}",
		"faults: [{kind: storm}]", "faults: [{kind: silence, clients: 20%, direction: inbound, ghost: [probe], for: 5s, every: 20s}]", "faults: [{kind: silence, group: default, ghost: none}]",
		"faults: [{kind: idle_expiry, clients: 1, box: aws-nlb}, {kind: idle_expiry, clients: 1, idle: 5s, counts: data, expiry: reset-both}]",
		"faults: [{kind: flap, of: latency, delay: 100ms, jitter: 5ms, down: 5s, up: 10s, clients: 5}]", "faults: [{kind: flap, of: reset, up: 10s, clients: 5}]",
		"faults: [{kind: bandwidth, rate: 16KB/s, clients: 1}, {kind: slice, size: 10B, gap: 1ms, clients: 1}, {kind: stall, clients: 1, buffer: 4KB}, {kind: rebind, clients: 1}]",
		"faults: [{kind: malformed, clients: 5, forms: bad-json}, {kind: bye, clients: 50, code: 1001}, {kind: server.restart, at: 0.5s}]",
		"{matrix: {clients.reconnect: [phoenix, {backoff: constant, base: 1s}], 'traffic.stages[0].rate': [1/s]}, traffic: {stages: [{rate: 5/s}]}}",
		"{time_scale: 0.1, thresholds: [delivery.p99 < 200ms, 'reach >= 99.9%', lost == 0, 'detect{default}.max != 1m30s', 'loss<0.001'], traffic: 5/s}",
		"target: {url: 'ws://h', start: {command: [x], env: {PORT: 8080, A: yes}}, headers: {A: 1}, tls: ~}",
		"target: {protocol: {name: x, ready: open, to: all, message: {send: '${content}'}}}",
	} {
		if _, err := Cells([]byte(src), "t.yaml", Options{}); err != nil {
			t.Fatalf("the test is wrong: %s: %v", src, err)
		}
		if err := schema.Validate(asJSON(t, src)); err != nil {
			t.Errorf("%s: %v", src, err)
		}
	}
	s := must(t, tenfold)
	printed, _ := Marshal(s)
	if err := schema.Validate(asJSON(t, string(printed))); err != nil {
		t.Error(err)
	}
}

func TestTheSchemaRefusesWhatIsWrongForItself(t *testing.T) {
	schema := compiled(t)
	for _, src := range []string{
		"cliens: 5", "clients: 0", "clients: -1", "clients: five", "clients: {cuont: 5}", "clients: [{count: 5}]", "clients: []",
		"clients: {reconnect: phoenxi}", "clients: {reconnect: {backoff: fibonacci}}", "clients: {heartbeat: 10s}", "clients: {heartbeat: {every: 10}}",
		"clients: {reconnect: {jitter: much}}", "clients: {connect_rate: 500}", "clients: {defects: {no_reconnect_after: [boredom]}}",
		"duration: 5", "duration: 5 minutes", "duration: -5s", "time_scale: 0", "time_scale: 2000", "seed: -1", "seed: x",
		"traffic: 500", "traffic: {size: 200B}", "traffic: {rate: 5/s, stages: [{rate: 5/s}]}", "traffic: {rate: 5/s, to: nobody}", "traffic: {rate: 5/s, size: 200}", "traffic: [{for: 5s}]",
		"faults: {kind: storm}", "faults: [{}]", "faults: [{kind: noise}]", "faults: [{kind: silence}]", "faults: [{kind: silence, clients: 120x}]", "faults: [{kind: silence, clients: 5, delay: 5ms}]",
		"faults: [{kind: reset, clients: 5, for: 5s}]", "faults: [{kind: latency, clients: 5}]", "faults: [{kind: idle_expiry, clients: 5}]", "faults: [{kind: idle_expiry, clients: 5, box: aws}]",
		"faults: [{kind: flap, clients: 5, up: 1s}]", "faults: [{kind: flap, of: storm, clients: 5, up: 1s}]", "faults: [{kind: server.freeze}]", "faults: [{kind: server.kill, clients: 5}]",
		"faults: [{kind: malformed, clients: 5, forms: [bad-jason]}]", "faults: [{kind: bandwidth, clients: 5, rate: 16}]",
		"thresholds: [delivery.p99 < 200ms, detected.max < 5s]", "thresholds: [delivery < 200ms]", "thresholds: [lost = 0]", "thresholds: lost == 0",
		"matrix: [5]", "matrix: {seed: 5}", "matrix: {seed: []}", "matrix: {a..b: [1]}", "matrix: {seed: [1, 1]}",
		"target: {start: {ready: x}}", "target: {preset: envlope}", "target: {tls: {insecure: maybe}}", "rooms: 50", "rooms: {size: 0}", "[]", "hello",
	} {
		if err := schema.Validate(asJSON(t, src)); err == nil {
			t.Errorf("%s was taken", src)
		}
		if _, err := Cells([]byte(src), "t.yaml", Options{}); err == nil {
			t.Errorf("the schema refuses what Load takes: %s", src)
		}
	}
}

func TestTheSchemaDescribesEveryKey(t *testing.T) {
	text, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	var walk func(path string, v any)
	keys := 0
	walk = func(path string, v any) {
		switch v := v.(type) {
		case []any:
			for _, item := range v {
				walk(path, item)
			}
		case map[string]any:
			properties, _ := v["properties"].(map[string]any)
			for key, s := range properties {
				at := path + "." + key
				if m, ok := s.(map[string]any); ok && !strings.HasSuffix(path, "/then") && !strings.HasSuffix(path, "/if") {
					keys++
					if text, _ := m["description"].(string); len(text) < 4 || strings.ContainsAny(text, "|[]()") && strings.Contains(text, "](") {
						t.Errorf("%s has the description %q", at, text)
					}
				}
			}
			for key, s := range v {
				walk(path+"/"+key, s)
			}
		}
	}
	var doc any
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	walk("", doc)
	if keys < 90 {
		t.Errorf("only %d keys were looked at", keys)
	}
}

func TestEveryKeyOfAFaultIsHeldAgainstItsKind(t *testing.T) {
	always := []string{"name", "at", "kind"}
	samples := keySamples()
	for _, key := range fieldsOf(reflect.TypeFor[faults.Config]()).names {
		if samples[key] == nil && !slices.Contains(always, key) {
			t.Errorf("keySamples has no value for %s", key)
		}
	}
}
