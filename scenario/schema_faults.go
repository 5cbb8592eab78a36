package scenario

import (
	"reflect"
	"slices"
	"time"

	"github.com/imbench/imbench/faults"
	"github.com/imbench/imbench/internal/unit"
)

// fault is the schema of a fault: its keys, and for each kind which of them it
// must and cannot have. That is not written here, but asked of the faults'
// own check.
func (b *schemaBuilder) fault() node {
	s := required(b.structure(reflect.TypeFor[faults.Config]()), "kind")
	var rules []node
	for _, kind := range faults.Kinds() {
		rules = append(rules, node{
			"if":   node{"properties": node{"kind": node{"const": string(kind)}}, "required": []string{"kind"}},
			"then": kindRule(kind),
		})
	}
	s["allOf"] = rules
	return s
}

// kindRule says which keys a kind must and cannot have.
func kindRule(kind faults.Kind) node {
	bare := faults.Config{Kind: kind}
	rule, all := node{}, []node{}
	need := func(keys ...string) {
		var either []node
		for _, k := range keys {
			either = append(either, node{"required": []string{k}})
		}
		all = append(all, anyOf(either...))
	}
	for _, e := range fieldErrors(bare.Validate()) {
		switch e.Field {
		case "clients":
			need("clients", "group")
		case "idle":
			need("idle", "box", "lifetime")
		default:
			need(e.Field)
		}
	}
	if len(all) > 0 {
		rule["allOf"] = all
	}
	never := node{}
	for key, give := range keySamples() {
		f := bare
		give(&f)
		if kind != faults.Flap && complains(f, key) { // a flap has the keys of what it repeats
			never[key] = false
		}
	}
	if len(never) > 0 {
		rule["properties"] = never
	}
	return rule
}

// keySamples gives a fault each key with a value that is right for the kinds
// that have it.
func keySamples() map[string]func(f *faults.Config) {
	return map[string]func(f *faults.Config){
		"clients":   func(f *faults.Config) { f.Clients = unit.Share{Count: 1} },
		"group":     func(f *faults.Config) { f.Group = "group" },
		"for":       func(f *faults.Config) { f.For = time.Second },
		"every":     func(f *faults.Config) { f.Every, f.For = 10*time.Second, time.Second },
		"of":        func(f *faults.Config) { f.Of = faults.Reset },
		"down":      func(f *faults.Config) { f.Down = time.Second },
		"up":        func(f *faults.Config) { f.Up = time.Second },
		"direction": func(f *faults.Config) { f.Direction = faults.Both },
		"mechanism": func(f *faults.Config) { f.Mechanism = faults.Stall },
		"code":      func(f *faults.Config) { f.Code = 1000 },
		"box":       func(f *faults.Config) { f.Box = faults.Boxes()[0].Name },
		"idle":      func(f *faults.Config) { f.Idle = time.Second },
		"expiry":    func(f *faults.Config) { f.Expiry = faults.ExpireSilent },
		"counts":    func(f *faults.Config) { f.Counts = faults.CountPackets },
		"lifetime":  func(f *faults.Config) { f.Lifetime = time.Second },
		"delay":     func(f *faults.Config) { f.Delay = time.Second },
		"jitter":    func(f *faults.Config) { f.Delay, f.Jitter = time.Second, time.Second },
		"rate":      func(f *faults.Config) { f.Rate = 1 },
		"size":      func(f *faults.Config) { f.Size = 1 },
		"gap":       func(f *faults.Config) { f.Size, f.Gap = 1, time.Second },
		"buffer":    func(f *faults.Config) { f.Buffer = 4000 },
		"forms":     func(f *faults.Config) { f.Forms = slices.Clone(faults.Forms()) },
		"ghost":     func(f *faults.Config) { f.Ghost = []string{faults.GhostNone} },
	}
}
