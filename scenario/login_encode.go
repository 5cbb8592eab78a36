package scenario

import (
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/imbench/imbench/internal/unit"
	"github.com/imbench/imbench/protocol"
)

func (w *yamlWriter) login(indent string, l Login) {
	if l == (Login{}) {
		return
	}
	w.line(indent, "login", "")
	indent += "  "
	w.text(indent, "token", l.Token)
	w.text(indent, "tokens", l.Tokens)
	w.text(indent, "csv", l.CSV)
	if l.Reuse {
		w.line(indent, "reuse", "true")
	}
	j := l.JWT
	if j == nil {
		return
	}
	w.line(indent, "jwt", "")
	indent += "  "
	w.text(indent, "alg", j.Alg)
	w.text(indent, "secret", j.Secret)
	w.text(indent, "key", j.Key)
	if j.Claims != nil {
		w.line(indent, "claims", flowTree(map[string]any(j.Claims)))
	}
	w.line(indent, "ttl", unit.Duration(j.TTL))
	if j.Header != nil {
		w.line(indent, "header", flowTree(map[string]any(j.Header)))
	}
}

// flowTree prints a value as JSON has them, on one line of YAML.
func flowTree(v any) string {
	switch v := v.(type) {
	case map[string]any:
		var items []string
		for _, k := range slices.Sorted(maps.Keys(v)) {
			items = append(items, flowText(k)+": "+flowTree(v[k]))
		}
		return "{" + strings.Join(items, ", ") + "}"
	case []any:
		return "[" + strings.Join(texts(v, flowTree), ", ") + "]"
	case string:
		return flowText(v)
	case bool:
		return strconv.FormatBool(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		text := strconv.FormatFloat(v, 'g', -1, 64)
		if !strings.ContainsAny(text, ".e") {
			text += ".0" // to be read as what it is
		}
		return text
	}
	return "null"
}

// defects writes those of a group that it has, or that the published client
// has and it has not.
func (w *yamlWriter) defects(indent string, own, published protocol.Defects) {
	a, b := reflect.ValueOf(own), reflect.ValueOf(published)
	fields := fieldsOf(a.Type())
	var items []string
	for _, name := range fields.names {
		v := a.Field(fields.index[name])
		if isNone(v) && isNone(b.Field(fields.index[name])) {
			continue
		}
		text := "[]"
		switch v := v.Interface().(type) {
		case bool:
			text = strconv.FormatBool(v)
		case int:
			text = strconv.Itoa(v)
		case []string:
			text = "[" + strings.Join(texts(v, flowText), ", ") + "]"
		}
		items = append(items, name+": "+text)
	}
	switch {
	case len(items) == 0:
	case isClean(own):
		w.line(indent, "defects", none)
	default:
		w.line(indent, "defects", "{"+strings.Join(items, ", ")+"}")
	}
}

func isNone(v reflect.Value) bool { return v.IsZero() || v.Kind() == reflect.Slice && v.Len() == 0 }

// isClean reports whether there are no defects.
func isClean(f protocol.Defects) bool {
	v := reflect.ValueOf(f)
	for i := range v.NumField() {
		if !isNone(v.Field(i)) {
			return false
		}
	}
	return true
}
