package scenario

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/imbench/imbench/internal/problem"
)

// decoder turns a tree of YAML nodes into a Scenario, strictly, and collects
// what is wrong on the way. It remembers where each key's value stands, so that
// what is found wrong later can be shown there, too.
type decoder struct {
	file     string
	env      func(string) (string, bool)
	sets     []string
	problems []*Problem
	places   map[string]place // by path; only of what was given
	failed   map[string]bool  // paths with a problem
	visited  int
	groups   []string // path of each group

	readFile  func(string) ([]byte, error)
	now       func() time.Time
	described *described // target.protocol; nil for a preset
	system    *system
	columnsOf map[string][]string // by the file of a login.csv
}

// place is a line and a column of the file; a negative line is the −line-th
// --set.
type place struct{ line, column int }

// Bounds on what anchors and aliases can unfold to.
const (
	maxNodes = 100_000
	maxDepth = 64
)

func (d *decoder) given(path string) bool { _, ok := d.places[path]; return ok }

// problemAt reports a problem with the value at path, at its place or that of
// the nearest key around it. What is inside a value that already has a problem
// is not reported again.
func (d *decoder) problemAt(path, problem, remedy string) {
	for p := path; p != ""; p = parent(p) {
		if d.failed[p] {
			return
		}
	}
	d.problem(d.placeAround(path), path, problem, remedy)
}

// placeAround is where the value at path stands, or the nearest key around it.
func (d *decoder) placeAround(path string) place {
	at := d.places[path]
	for at.line == 0 && path != "" {
		path = parent(path)
		at = d.places[path]
	}
	return at
}

func (d *decoder) problem(at place, path, problem, remedy string) {
	d.failed[path] = true
	p := &Problem{File: d.file, Line: at.line, Column: at.column, Path: path, Problem: problem, Remedy: remedy}
	if at.line < 0 {
		p.Line, p.Column, p.Instead = 0, 0, d.fromTheSet(-at.line-1)
	}
	d.problems = append(d.problems, p)
}

// parent cuts the last key or index off a path.
func parent(path string) string { return path[:max(0, strings.LastIndexAny(path, ".["))] }

func child(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func index(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }

func placeOf(n *yaml.Node) place { return place{n.Line, n.Column} }

// enter resolves an alias, counts the node against the bounds and remembers
// its place. ok is false when there is nothing to decode.
func (d *decoder) enter(n *yaml.Node, path string, depth int) (_ *yaml.Node, ok bool) {
	at := placeOf(n)
	n = resolved(n)
	if d.visited++; d.visited > maxNodes || depth > maxDepth || n.Kind == yaml.AliasNode {
		if !d.failed["*"] {
			d.failed["*"] = true
			d.problem(at, path, "the scenario is too deep or too large once its aliases are filled in", "write it out, with fewer aliases")
		}
		return nil, false
	}
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		return nil, false // a key without a value: left out
	}
	d.places[path] = at
	return n, true
}

// decode fills v from n.
func (d *decoder) decode(n *yaml.Node, path string, v reflect.Value, depth int) {
	n, ok := d.enter(n, path, depth)
	if !ok {
		return
	}
	if d.form(n, path, v, depth) {
		return
	}
	if t, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		d.text(n, path, v, t)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		d.structure(n, path, v, depth)
	case reflect.Slice:
		d.list(n, path, v, depth)
	case reflect.Map:
		d.table(n, path, v, depth)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		d.places[path] = placeOf(n)
		d.decode(n, path, v.Elem(), depth+1)
	default:
		d.scalar(n, path, v)
	}
}

// structure fills a struct from a map whose keys are its yaml tags.
func (d *decoder) structure(n *yaml.Node, path string, v reflect.Value, depth int) {
	entries, ok := d.mapping(n, path, v.Type())
	if !ok {
		return
	}
	fields := fieldsOf(v.Type())
	for _, e := range entries {
		i, known := fields.index[e.key]
		if !known {
			names := fields.names
			if path == "" {
				names = slices.Concat(names, []string{matrixKey}) // taken out before
			}
			d.problem(placeOf(e.at), child(path, e.key), "unknown key", didYouMean(e.key, names))
			continue
		}
		d.decode(e.value, child(path, e.key), v.Field(i), depth+1)
	}
}

// fields of a struct by the names that a scenario gives them.
type fields struct {
	names []string
	index map[string]int
}

func fieldsOf(t reflect.Type) fields {
	f := fields{index: map[string]int{}}
	for i := range t.NumField() {
		if name := t.Field(i).Tag.Get("yaml"); name != "" && name != "-" {
			f.names = append(f.names, name)
			f.index[name] = i
		}
	}
	return f
}

func (d *decoder) list(n *yaml.Node, path string, v reflect.Value, depth int) {
	if n.Kind != yaml.SequenceNode {
		d.wrongKind(n, path, v.Type())
		return
	}
	out := reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content))
	for i, item := range n.Content {
		if item.Kind == yaml.ScalarNode && item.Tag == "!!null" {
			d.problem(placeOf(item), index(path, i), "is empty", "write "+expected(v.Type().Elem())+", or leave the line out")
			continue
		}
		d.decode(item, index(path, i), out.Index(i), depth+1)
	}
	v.Set(out)
}

// table fills a map of strings.
func (d *decoder) table(n *yaml.Node, path string, v reflect.Value, depth int) {
	entries, ok := d.mapping(n, path, v.Type())
	if !ok {
		return
	}
	out := reflect.MakeMap(v.Type())
	for _, e := range entries {
		value := reflect.New(v.Type().Elem()).Elem()
		d.decode(e.value, child(path, e.key), value, depth+1)
		out.SetMapIndex(reflect.ValueOf(e.key), value)
	}
	v.Set(out)
}

// text fills a value that parses itself. Its error says what is wrong and,
// after a semicolon, what would be right.
func (d *decoder) text(n *yaml.Node, path string, v reflect.Value, t encoding.TextUnmarshaler) {
	if n.Kind != yaml.ScalarNode {
		d.wrongKind(n, path, v.Type())
		return
	}
	if err := t.UnmarshalText([]byte(n.Value)); err != nil {
		problem, remedy, _ := strings.Cut(err.Error(), "; ")
		d.problem(placeOf(n), path, printable(problem), remedy)
	}
}

// scalar fills a string, number, truth value or duration.
func (d *decoder) scalar(n *yaml.Node, path string, v reflect.Value) {
	if n.Kind != yaml.ScalarNode {
		d.wrongKind(n, path, v.Type())
		return
	}
	if v.Kind() == reflect.String {
		v.SetString(n.Value)
		return
	}
	plain := n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) == 0
	var err error
	switch {
	case v.Type() == reflect.TypeFor[time.Duration]():
		var dur time.Duration
		dur, err = time.ParseDuration(strings.TrimSpace(n.Value))
		v.SetInt(int64(dur))
	case !plain:
		err = strconv.ErrSyntax
	case v.CanInt():
		var i int64
		i, err = strconv.ParseInt(number(n.Value))
		v.SetInt(i)
	case v.CanUint():
		var u uint64
		u, err = strconv.ParseUint(number(n.Value))
		v.SetUint(u)
	case v.CanFloat():
		var f float64
		if f, err = strconv.ParseFloat(n.Value, 64); f-f != 0 { // NaN or Inf
			f, err = 0, strconv.ErrSyntax
		}
		v.SetFloat(f)
	case v.Kind() == reflect.Bool:
		var b bool
		b, err = strconv.ParseBool(n.Value)
		if n.Tag != "!!bool" {
			err = strconv.ErrSyntax
		}
		v.SetBool(b)
	default:
		panic(fmt.Sprintf("scenario: no way to decode a %s", v.Type()))
	}
	if err != nil {
		v.SetZero()
		d.wrongKind(n, path, v.Type())
	}
}

// number gives strconv what it needs to read a YAML number: 1_000, 0x1f.
func number(s string) (digits string, base, bits int) {
	s = strings.ReplaceAll(s, "_", "")
	if hex, ok := strings.CutPrefix(s, "0x"); ok {
		return hex, 16, 64
	}
	return s, 10, 64
}

// wrongKind reports a value of the wrong type.
func (d *decoder) wrongKind(n *yaml.Node, path string, want reflect.Type) {
	d.problem(placeOf(n), path, said(n, path)+" is not "+noun(want), "write "+expected(want))
}

// said is what stands at a path, as it may be shown.
func said(n *yaml.Node, path string) string {
	steps := stepsOf(path)
	last := steps[max(0, len(steps)-1):]
	switch {
	case n.Kind != yaml.ScalarNode || len(last) == 0:
	case isCommand(path):
		return quoted(strings.Join(redactedWords(strings.Fields(n.Value)), " "))
	case slices.Contains(secretKeys, last[0]), isSecretField(last[0]):
		return quoted(mask)
	}
	return problem.Said(n)
}
