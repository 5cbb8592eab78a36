package scenario

import (
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/imbench/imbench/faults"
	"github.com/imbench/imbench/protocol"
)

func TestTheReferenceNamesEveryKeyPresetAndKind(t *testing.T) {
	src, err := os.ReadFile("../docs/scenario.md")
	if err != nil {
		t.Fatal(err)
	}
	doc := string(src)
	want := func(name string) {
		if !strings.Contains(doc, "`"+name+"`") && !strings.Contains(doc, "."+name+"`") {
			t.Errorf("docs/scenario.md does not explain %s", name)
		}
	}
	for _, v := range []any{Scenario{}, Target{}, Start{}, TLS{}, Group{}, Login{}, JWT{}, protocol.Defects{}, Reconnect{}, trafficMap{}, faults.Config{}} {
		for _, key := range fieldsOf(reflect.TypeOf(v)).names {
			if key != "tls" {
				want(key)
			}
		}
	}
	for _, r := range ReconnectPresets() {
		want(r.Name)
	}
	for _, p := range Presets() {
		want(p.Name)
		if row := fmt.Sprintf("| `%s` |", p.Reconnect); !strings.Contains(doc, row) {
			t.Errorf("docs/scenario.md has no row for a system with %s", row)
		}
	}
	for _, c := range Causes() {
		want(c)
	}
	for _, k := range faults.Kinds() {
		want(string(k))
	}
	for _, c := range curves {
		want(c)
	}
}
