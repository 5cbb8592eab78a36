package scenario

import (
	"reflect"
	"strings"
	"time"

	"github.com/imbench/imbench/faults"
	"github.com/imbench/imbench/internal/unit"
	"github.com/imbench/imbench/protocol"
	"github.com/imbench/imbench/report"
)

// wording is how messages speak of a type: "… is not NOUN; write EXAMPLE".
type wording struct{ noun, example string }

// wordingOf returns the wording of the types that have one of their own.
func wordingOf(t reflect.Type) (wording, bool) {
	w, ok := map[reflect.Type]wording{
		reflect.TypeFor[time.Duration]():    {"a duration", "a number and a unit, like 10s, 500ms or 2m"},
		reflect.TypeFor[unit.Rate]():        {"a rate", "a number and a unit of time, like 500/s or 30/min"},
		reflect.TypeFor[unit.Ramp]():        {"a rate", "a number and a unit of time, like 500/s, or a ramp like 100/s..1000/s"},
		reflect.TypeFor[unit.Size]():        {"a size", "a number and a unit, like 200B or 4KB"},
		reflect.TypeFor[unit.Bandwidth]():   {"a bandwidth", "bytes a second, like 16KB/s or 1MiB/s"},
		reflect.TypeFor[unit.Share]():       {"a share of clients", "a percentage or a count, like 20% or 50"},
		reflect.TypeFor[report.Threshold](): {"a threshold", "METRIC[.STAT] OP VALUE, like delivery.p99 < 200ms"},
		reflect.TypeFor[Jitter]():           {"a jitter", "none, full, equal, ±20%, +15% or +100ms"},
		reflect.TypeFor[Heartbeat]():        {"a heartbeat", "{every: 10s, timeout: 20s}, or none"},
		reflect.TypeFor[Reconnect]():        {"a reconnect policy", "a preset's name, like aws-full-jitter, or a map like {backoff: exponential, base: 1s, max: 30s, jitter: full}"},
		reflect.TypeFor[Description]():      {"a protocol", "a file's name, or a map with name: and message:"},
		reflect.TypeFor[Login]():            {"a login", `{token: "${IM_TOKEN}"}, {tokens: FILE}, {csv: FILE} or {jwt: {…}}`},
		reflect.TypeFor[JWT]():              {"how tokens are signed", `{secret: "${JWT_SECRET}", claims: {sub: "${client}"}}`},
		reflect.TypeFor[Object]():           {"a map", `a map like {sub: "${client}"}`},
		reflect.TypeFor[protocol.Defects](): {"a set of defects", "{no_answer_expected: true}, or none"},
		reflect.TypeFor[Rooms]():            {"a layout of rooms", "{size: 50} or {count: 20}"},
		reflect.TypeFor[faults.Config]():    {"a fault", "{at: 10s, kind: silence, clients: 20%}"},
		reflect.TypeFor[Stage]():            {"a stage", "{for: 10s, rate: 100/s}"},
		reflect.TypeFor[Group]():            {"a group of clients", "{name: mobile, count: 100}"},
		reflect.TypeFor[Scenario]():         {"a scenario", "a map of " + strings.Join(fieldsOf(reflect.TypeFor[Scenario]()).names, ", ")},
	}[t]
	return w, ok
}

// noun says what a value of type t is.
func noun(t reflect.Type) string {
	if w, ok := wordingOf(t); ok {
		return w.noun
	}
	switch t.Kind() {
	case reflect.Slice:
		return "a list"
	case reflect.Struct, reflect.Map:
		return "a map"
	case reflect.Bool:
		return "true or false"
	case reflect.Float64:
		return "a number"
	case reflect.String:
		return "text"
	default:
		return "a whole number"
	}
}

// expected says what to write for a value of type t.
func expected(t reflect.Type) string {
	if w, ok := wordingOf(t); ok {
		return w.example
	}
	switch t.Kind() {
	case reflect.Slice:
		return "a list, each item like " + expected(t.Elem())
	case reflect.Struct:
		return "a map of " + strings.Join(fieldsOf(t).names, ", ")
	case reflect.Map:
		return "a map like {NAME: VALUE}"
	case reflect.Bool:
		return "true or false"
	case reflect.Float64:
		return "a number like 1.5"
	case reflect.String:
		return "text"
	default:
		return "digits alone, without quotes or a unit"
	}
}
