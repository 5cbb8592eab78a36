package proxy

import (
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

// The page's tables of toxics are held against the code.
func TestThePageHasEveryToxicAndItsAttributes(t *testing.T) {
	page, err := os.ReadFile("../docs/proxy.md")
	must(t, err)
	rows := map[string]string{}
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\| (.*) \\| .* \\|$").FindAllStringSubmatch(string(page), -1) {
		rows[m[1]] = m[2]
	}
	for _, kind := range Types() {
		attributes, told := rows[kind]
		if !told {
			t.Errorf("%s is not on the page", kind)
			continue
		}
		delete(rows, kind)
		settings := reflect.TypeOf(newEffect(kind)).Elem()
		for i := range settings.NumField() {
			name, _, _ := strings.Cut(settings.Field(i).Tag.Get("json"), ",")
			if !strings.Contains(attributes, "`"+name+"`") {
				t.Errorf("%s: the attribute %s is not on the page", kind, name)
			}
		}
	}
	for kind := range rows {
		t.Errorf("%s is on the page, but not in the code", kind)
	}
}
