package scenario

import (
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/imbench/imbench/faults"
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
	for _, v := range []any{Scenario{}, Target{}, Start{}, TLS{}, Group{}, Reconnect{}, trafficMap{}, faults.Config{}} {
		for _, key := range fieldsOf(reflect.TypeOf(v)).names {
			if key != "tls" {
				want(key)
			}
		}
	}
	for _, r := range ReconnectPresets() {
		want(r.Name)
	}
	for _, k := range faults.Kinds() {
		want(string(k))
	}
	for _, c := range curves {
		want(c)
	}
}
