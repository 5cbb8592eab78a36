package scenario

import (
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
	want(matrixKey)
	for _, r := range ReconnectPresets() {
		want(r.Name)
	}
	for _, p := range Presets() {
		want(p.Name)
		row := rowOf(doc, p.Name)
		for _, name := range append(defectsOf(p.Defects), p.Reconnect) {
			if !strings.Contains(row, "`"+name+"`") {
				t.Errorf("docs/scenario.md says of %s: %q, without %s", p.Name, row, name)
			}
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

// rowOf is the first row of a table that begins with a name.
func rowOf(doc, name string) string {
	_, rest, _ := strings.Cut(doc, "\n| `"+name+"` |")
	row, _, _ := strings.Cut(rest, "\n")
	return row
}

func defectsOf(f protocol.Defects) (names []string) {
	v := reflect.ValueOf(f)
	for name, i := range fieldsOf(v.Type()).index {
		if !isNone(v.Field(i)) {
			names = append(names, name)
		}
	}
	return names
}
