package scenario

import (
	"slices"
	"strings"

	"github.com/imbench/imbench/faults"
)

// Patterns in the syntax that Go and ECMAScript share.
const (
	numberPattern = `([0-9]+(\.[0-9]*)?|\.[0-9]+)`
	ratePattern   = numberPattern + `\s*/\s*(s|sec|m|min|h)`
	sizePattern   = numberPattern + `\s*(KiB|MiB|GiB|KB|kB|MB|GB|B)`
	timePattern   = `(` + numberPattern + `(ns|us|µs|μs|ms|s|m|h))+`
	jitterPattern = `^\s*(none|full|equal|(±|\+-|\+/-|\+|-)` + numberPattern + `%|\+` + timePattern + `)\s*$`
)

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
