package scenario

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"

	"github.com/imbench/imbench/docs"
	"github.com/imbench/imbench/faults"
	"github.com/imbench/imbench/internal/unit"
	"github.com/imbench/imbench/protocol"
)

// schemaID names the schema; editors do not fetch it.
const schemaID = "https://github.com/imbench/imbench/scenario.schema.json"

// node is a JSON Schema, or a part of one.
type node map[string]any

// Schema returns the JSON Schema (draft 2020-12) of a scenario, for editors. It
// is made of the types that Load fills, and what it says of a key is its row in
// docs/scenario.md; the error names keys that have none. What it takes, Load
// may still refuse: it cannot know one key of another, but for a fault's kind.
func Schema() ([]byte, error) {
	b := schemaBuilder{rows: keyRows(docs.Scenario), defs: map[string]node{}}
	properties := b.properties(reflect.TypeFor[Scenario]())
	properties[matrixKey] = b.described("Scenario", matrixKey, matrixSchema())
	root := closedMap(properties)
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["$id"] = schemaID
	root["title"] = "imbench scenario"
	root["description"] = "One run of imbench, or with a matrix several: docs/scenario.md explains every key."
	root["$defs"] = b.defs
	if len(b.undescribed) > 0 {
		slices.Sort(b.undescribed)
		return nil, fmt.Errorf("docs/scenario.md has no row for %q", b.undescribed)
	}
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(root); err != nil {
		return nil, fmt.Errorf("write schema: %w", err)
	}
	return text.Bytes(), nil
}

// schemaBuilder makes schemas of types; those that are used by several keys
// stand once, in defs.
type schemaBuilder struct {
	rows        map[string]keyRow
	defs        map[string]node
	undescribed []string
}

// structure is the schema of a struct: a map of its keys.
func (b *schemaBuilder) structure(t reflect.Type) node { return closedMap(b.properties(t)) }

func closedMap(properties node) node {
	return node{"type": "object", "additionalProperties": false, "properties": properties}
}

func (b *schemaBuilder) properties(t reflect.Type) node {
	fields := fieldsOf(t)
	properties := node{}
	for _, key := range fields.names {
		field := t.Field(fields.index[key])
		properties[key] = b.described(t.Name(), key, b.key(t, key, field.Type))
	}
	return properties
}

// described adds to a key's schema what the docs say of it. A key without a
// value is left out, so null is always right.
func (b *schemaBuilder) described(owner, key string, s node) node {
	row, ok := b.rows[owner+"."+key]
	if !ok {
		b.undescribed = append(b.undescribed, owner+"."+key)
	}
	s = orNull(s)
	s["description"] = row.text()
	return s
}

func orNull(s node) node {
	if alternatives, ok := s["anyOf"].([]node); ok && len(s) == 1 {
		return anyOf(append(slices.Clone(alternatives), node{"type": "null"})...)
	}
	return anyOf(s, node{"type": "null"})
}

func anyOf(alternatives ...node) node { return node{"anyOf": alternatives} }

// key is the schema of one key's value.
func (b *schemaBuilder) key(owner reflect.Type, key string, t reflect.Type) node {
	name := owner.Name() + "." + key
	switch known := words()[name]; {
	case len(known) > 0 && t.Kind() == reflect.Slice:
		return listOf(anyWord(known), name)
	case len(known) > 0:
		return anyWord(known)
	}
	if least, ok := leastOf(name); ok {
		return node{"type": "integer", "minimum": least}
	}
	if name == "Scenario.time_scale" {
		return node{"type": "number", "exclusiveMinimum": 0, "maximum": mostTimeScale}
	}
	return b.value(t)
}

// leastOf returns the least value of a key that is a whole number.
func leastOf(name string) (least int, ok bool) {
	least, ok = map[string]int{
		"Scenario.seed": 0, "Target.pid": 1, "Group.count": 1, "Rooms.size": 1, "Rooms.count": 1,
		"Reconnect.attempts": 1, "Defects.attempts_after_open": 0,
	}[name]
	return least, ok
}

// value is the schema of a type, by reference where it has a name of its own.
func (b *schemaBuilder) value(t reflect.Type) node {
	if t.Kind() == reflect.Pointer {
		return b.value(t.Elem())
	}
	if name, build, ok := b.named(t); ok {
		if b.defs[name] == nil {
			b.defs[name] = node{} // for a type within itself
			b.defs[name] = build()
		}
		return node{"$ref": "#/$defs/" + name}
	}
	switch t.Kind() {
	case reflect.Slice:
		return node{"type": "array", "items": b.value(t.Elem())}
	case reflect.Map:
		return node{"type": "object", "additionalProperties": anyScalar()}
	case reflect.Bool:
		return node{"type": "boolean"}
	case reflect.String:
		return anyScalar()
	case reflect.Float64:
		return node{"type": "number"}
	default:
		return node{"type": "integer"}
	}
}

// anyScalar is text: what looks like a number or a truth value is text, too.
func anyScalar() node { return node{"type": []string{"string", "number", "boolean"}} }

func matrixSchema() node {
	return node{
		"type": "object", "minProperties": 1,
		"additionalProperties": node{"type": "array", "minItems": 1, "maxItems": MaxCells, "uniqueItems": true},
		"propertyNames":        node{"pattern": `^[^.\[\]]+(\[[0-9]+\])*(\.[^.\[\]]+(\[[0-9]+\])*)*$`},
	}
}

// named returns what makes the schema of a type that stands in defs.
func (b *schemaBuilder) named(t reflect.Type) (name string, build func() node, ok bool) {
	if q, ok := quantitySchemas()[t]; ok {
		return q.name, q.build, true
	}
	structure := func() node { return b.structure(t) }
	or := func(short node) func() node { return func() node { return anyOf(short, b.structure(t)) } }
	requiring := func(key string) func() node { return func() node { return required(b.structure(t), key) } }
	s, ok := map[reflect.Type]namedSchema{
		reflect.TypeFor[Target]():           {"target", or(node{"type": "string"})},
		reflect.TypeFor[[]Group]():          {"clients", b.clients},
		reflect.TypeFor[Group]():            {"group", structure},
		reflect.TypeFor[Heartbeat]():        {"heartbeat", or(node{"const": none})},
		reflect.TypeFor[Reconnect]():        {"reconnect", or(anyWord(words()["Reconnect.preset"]))},
		reflect.TypeFor[protocol.Defects](): {"defects", or(node{"const": none})},
		reflect.TypeFor[Traffic]():          {"traffic", b.traffic},
		reflect.TypeFor[Stage]():            {"stage", requiring("rate")},
		reflect.TypeFor[faults.Config]():    {"fault", b.fault},
		reflect.TypeFor[Rooms]():            {"rooms", structure},
		reflect.TypeFor[Start]():            {"start", requiring("command")},
		reflect.TypeFor[TLS]():              {"tls", structure},
		reflect.TypeFor[Login]():            {"login", structure},
		reflect.TypeFor[JWT]():              {"jwt", structure},
	}[t]
	return s.name, s.build, ok
}

func required(s node, keys ...string) node {
	s["required"] = keys
	return s
}

// clients is a number, one group, or a list of groups that say who they are.
func (b *schemaBuilder) clients() node {
	group := b.value(reflect.TypeFor[Group]())
	item := node{"allOf": []node{group}, "required": []string{"name"}}
	return anyOf(node{"type": "integer", "minimum": 1}, group, node{"type": "array", "minItems": 1, "items": item})
}

// traffic is a rate, a list of stages, or a map with one of the two.
func (b *schemaBuilder) traffic() node {
	stages := node{"type": "array", "minItems": 1, "items": b.value(reflect.TypeFor[Stage]())}
	m := b.structure(reflect.TypeFor[trafficMap]())
	m["oneOf"] = []node{{"required": []string{"rate"}}, {"required": []string{"stages"}}}
	return anyOf(b.value(reflect.TypeFor[unit.Ramp]()), stages, m)
}
