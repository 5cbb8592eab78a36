package report_test

import (
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/imbench/imbench/report"
)

// docs/result.md is what people write programs by: no field, metric or count
// of the result may be missing from it.
func TestTheResultsPageNamesEveryFieldMetricAndCount(t *testing.T) {
	page, err := os.ReadFile("../docs/result.md")
	if err != nil {
		t.Fatal(err)
	}
	explained := func(name string) bool { return strings.Contains(string(page), "`"+name+"`") }
	for _, name := range fieldsOf(reflect.TypeFor[report.Result]()) {
		if !explained(name) {
			t.Errorf("docs/result.md does not have the field `%s`", name)
		}
	}
	for m := range report.NumMetrics {
		if !explained(m.String()) {
			t.Errorf("docs/result.md does not have the metric `%s`", m)
		}
	}
	for c := range report.NumCounts {
		if !explained(c.String()) {
			t.Errorf("docs/result.md does not have the count `%s`", c)
		}
	}
	if !strings.Contains(string(page), report.Schema) {
		t.Errorf("docs/result.md does not name the schema %s", report.Schema)
	}
}

// fieldsOf returns the names of all JSON fields of t and of what it holds.
func fieldsOf(t reflect.Type) (names []string) {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		return fieldsOf(t.Elem())
	case reflect.Struct:
	default:
		return nil
	}
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		if name == "" { // time.Time's own, which are not written
			continue
		}
		names = append(names, name)
		names = append(names, fieldsOf(t.Field(i).Type)...)
	}
	return names
}
