package scenario

import (
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/imbench/imbench/faults"
	"github.com/imbench/imbench/internal/unit"
	"github.com/imbench/imbench/report"
)

// Patterns in the syntax that Go and ECMAScript share.
const (
	numberPattern = `([0-9]+(\.[0-9]*)?|\.[0-9]+)`
	ratePattern   = numberPattern + `\s*/\s*(s|sec|m|min|h)`
	sizePattern   = numberPattern + `\s*(KiB|MiB|GiB|KB|kB|MB|GB|B)`
	timePattern   = `(` + numberPattern + `(ns|us|µs|μs|ms|s|m|h))+`
	jitterPattern = `^\s*(none|full|equal|(±|\+-|\+/-|\+|-)` + numberPattern + `%|\+` + timePattern + `)\s*$`
)

// namedSchema is what makes the schema of a type that stands once, in defs.
type namedSchema struct {
	name  string
	build func() node
}

// quantitySchemas are those of what is written with a unit, or as free YAML.
func quantitySchemas() map[reflect.Type]namedSchema {
	text := func(name, pattern, example string) namedSchema {
		return namedSchema{name, func() node { return node{"type": "string", "pattern": pattern, "examples": []string{example}} }}
	}
	return map[reflect.Type]namedSchema{
		reflect.TypeFor[time.Duration]():    {"duration", durationSchema},
		reflect.TypeFor[unit.Rate]():        text("rate", `^\s*`+ratePattern+`\s*$`, "500/s"),
		reflect.TypeFor[unit.Ramp]():        text("ramp", `^\s*`+ratePattern+`(\s*\.\.\s*`+ratePattern+`)?\s*$`, "100/s..1000/s"),
		reflect.TypeFor[unit.Size]():        text("size", `^\s*`+sizePattern+`\s*$`, "4KB"),
		reflect.TypeFor[unit.Bandwidth]():   text("bandwidth", `^\s*`+sizePattern+`\s*/\s*s\s*$`, "16KB/s"),
		reflect.TypeFor[unit.Share]():       {"share", shareSchema},
		reflect.TypeFor[Jitter]():           text("jitter", jitterPattern, "±20%"),
		reflect.TypeFor[report.Threshold](): text("threshold", report.ThresholdPattern(), "delivery.p99 < 200ms"),
		reflect.TypeFor[Object]():           {"object", func() node { return node{"type": "object"} }},
		reflect.TypeFor[Description]():      {"protocol", func() node { return anyOf(node{"type": "string", "minLength": 1}, node{"type": "object"}) }},
	}
}

func durationSchema() node {
	return anyOf(node{"type": "string", "pattern": `^\s*(0|` + timePattern + `)\s*$`, "examples": []string{"10s"}}, node{"const": 0})
}

func shareSchema() node {
	return anyOf(node{"type": "string", "pattern": `^\s*(` + numberPattern + `\s*%|[1-9][0-9]*)\s*$`, "examples": []string{"20%"}},
		node{"type": "integer", "minimum": 1})
}

// anyWord is one of the words that there are; a cause of a disconnect may be a
// close frame's code, too.
func anyWord(known []string) node {
	if slices.Equal(known, Causes()) {
		return anyOf(node{"enum": known}, node{"type": "string", "pattern": `^close_[1-4][0-9]{3}$`})
	}
	return node{"enum": known}
}

// listOf is a list of words; a fault's can be written as the one word.
func listOf(word node, name string) node {
	list := node{"type": "array", "items": word, "uniqueItems": true}
	if strings.HasPrefix(name, "Config.") {
		return anyOf(word, list)
	}
	return list
}

// words are what the value of a key can be, where that is text.
func words() map[string][]string {
	var systems, policies, boxes []string
	for _, p := range Presets() {
		systems = append(systems, p.Name)
	}
	for _, r := range ReconnectPresets() {
		policies = append(policies, r.Name)
	}
	for _, b := range faults.Boxes() {
		boxes = append(boxes, b.Name)
	}
	return map[string][]string{
		"Target.preset":              systems,
		"Reconnect.preset":           policies,
		"Reconnect.backoff":          curves,
		"trafficMap.arrivals":        {Poisson, Even},
		"trafficMap.to":              {ToRoom, ToAll, ToPeer, ToSelf},
		"JWT.alg":                    {HS256, RS256},
		"Defects.no_reconnect_after": Causes(),
		"Config.kind":                textOf(faults.Kinds()),
		"Config.of":                  repeated(),
		"Config.direction":           textOf(faults.Directions()),
		"Config.mechanism":           {string(faults.MD5), string(faults.MinTTL), string(faults.Stall)},
		"Config.box":                 boxes,
		"Config.expiry":              textOf(faults.Expiries()),
		"Config.counts":              textOf(faults.CountsKnown()),
		"Config.forms":               faults.Forms(),
		"Config.ghost":               faults.GhostWatches(),
	}
}

func textOf[T ~string](list []T) (words []string) {
	for _, w := range list {
		words = append(words, string(w))
	}
	return words
}

// repeated are the kinds that a flap can be of: those it does not complain of.
func repeated() (kinds []string) {
	for _, k := range faults.Kinds() {
		if !complains(faults.Config{Kind: faults.Flap, Of: k}, "of") {
			kinds = append(kinds, string(k))
		}
	}
	return kinds
}

// complains reports whether there is something wrong with a key of a fault.
func complains(f faults.Config, key string) bool {
	for _, e := range fieldErrors(f.Validate()) {
		if e.Field == key {
			return true
		}
	}
	return false
}
