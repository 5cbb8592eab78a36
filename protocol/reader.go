package protocol

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/imbench/imbench/protocol/jsonpath"
	"github.com/imbench/imbench/protocol/wire"
)

// Bounds on a description; aliases count as often as they are used.
const (
	maxSource = 256 << 10 // bytes
	maxNodes  = 20_000
	maxDepth  = 32
)

// reader reads YAML nodes strictly and collects what is wrong with them.
type reader struct {
	file     string
	problems []*Problem
	visited  int
}

func (r *reader) problem(n *yaml.Node, path, problem, remedy string) {
	r.problems = append(r.problems, &Problem{
		File: r.file, Line: max(1, n.Line), Column: max(1, n.Column), Path: path, Problem: problem, Remedy: remedy,
	})
}

// document returns the top of the one document in src, nil with a problem.
func (r *reader) document(src []byte) *yaml.Node {
	top := &yaml.Node{Line: 1, Column: 1}
	if len(src) > maxSource {
		r.problem(top, "", fmt.Sprintf("the file is larger than %d bytes", maxSource), "a protocol is a page of YAML")
		return nil
	}
	var doc yaml.Node
	err := yaml.Load(src, &doc)
	var syntax *yaml.LoadError
	switch {
	case err == nil && doc.Kind == yaml.DocumentNode && len(doc.Content) == 1:
		return doc.Content[0]
	case err != nil && doc.Kind == yaml.DocumentNode:
		r.problem(top, "", "the file has several documents", "write one protocol a file")
	case errors.As(err, &syntax) && !strings.Contains(syntax.Message, "no documents"):
		at := &yaml.Node{Line: syntax.Mark.Line, Column: syntax.Mark.Column}
		r.problem(at, "", "not YAML: "+syntax.Message, "")
	case err != nil && syntax == nil:
		r.problem(top, "", "not YAML: "+err.Error(), "")
	default:
		r.problem(top, "", "the protocol is empty", "begin with name: and message:")
	}
	return nil
}

// resolve follows an alias; ok is false where there is nothing to read.
func (r *reader) resolve(n *yaml.Node, path string) (_ *yaml.Node, ok bool) {
	at := n
	for hops := 0; n.Kind == yaml.AliasNode && hops < maxDepth; hops++ {
		n = n.Alias
	}
	if r.visited++; r.visited > maxNodes || n.Kind == yaml.AliasNode {
		if r.visited <= maxNodes+1 {
			r.visited = maxNodes + 1
			r.problem(at, path, "the protocol is too large once its aliases are filled in", "write it out, with fewer aliases")
		}
		return nil, false
	}
	return n, n.Kind != yaml.ScalarNode || n.Tag != "!!null"
}

// key is one key of a map, and who reads its value.
type key struct {
	name string
	read func(n *yaml.Node, path string)
}

// object reads a map with known keys. Keys without a value are left out.
func (r *reader) object(n *yaml.Node, path string, keys ...key) {
	n, ok := r.resolve(n, path)
	if !ok {
		return
	}
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = k.name
	}
	if n.Kind != yaml.MappingNode {
		r.problem(n, path, said(n)+" is not a map", "write a map of "+strings.Join(names, ", "))
		return
	}
	r.entries(n, path, func(k, v *yaml.Node) {
		i := slices.Index(names, k.Value)
		if i < 0 {
			r.problem(k, under(path, k.Value), "unknown key", "known are "+strings.Join(names, ", "))
			return
		}
		keys[i].read(v, under(path, k.Value))
	})
}

// entries goes over a map's keys and resolved values.
func (r *reader) entries(n *yaml.Node, path string, each func(k, v *yaml.Node)) {
	first := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		if k.Kind != yaml.ScalarNode {
			r.problem(k, path, "a key is a map or a list", "keys are plain words")
			continue
		}
		if line := first[k.Value]; line > 0 {
			r.problem(k, under(path, k.Value), "duplicate key", fmt.Sprintf("it stands in line %d already; keep one of them", line))
			continue
		}
		first[k.Value] = k.Line
		if v, ok := r.resolve(n.Content[i+1], under(path, k.Value)); ok {
			each(k, v)
		}
	}
}

// items goes over a list; a single value is a list of one.
func (r *reader) items(n *yaml.Node, path string, each func(n *yaml.Node, path string)) {
	if n.Kind != yaml.SequenceNode {
		each(n, path)
		return
	}
	for i, item := range n.Content {
		at := path + "[" + strconv.Itoa(i) + "]"
		if v, ok := r.resolve(item, at); ok {
			each(v, at)
		} else if r.visited <= maxNodes {
			r.problem(item, at, "is empty", "write a value, or leave the line out")
		}
	}
}

// text reads a scalar.
func (r *reader) text(n *yaml.Node, path string) (string, bool) {
	if n.Kind != yaml.ScalarNode {
		r.problem(n, path, said(n)+" is not text", "write text")
		return "", false
	}
	return n.Value, true
}

// into returns a reader of text.
func (r *reader) into(p *string) func(*yaml.Node, string) {
	return func(n *yaml.Node, path string) { *p, _ = r.text(n, path) }
}

// oneOf returns a reader of one of the words.
func (r *reader) oneOf(p *string, words ...string) func(*yaml.Node, string) {
	return func(n *yaml.Node, path string) {
		s, ok := r.text(n, path)
		if ok && !slices.Contains(words, s) {
			r.problem(n, path, strconv.Quote(s)+" is not known", "known are "+strings.Join(words, ", "))
			return
		}
		*p = s
	}
}

func (r *reader) truth(p *bool) func(*yaml.Node, string) {
	return func(n *yaml.Node, path string) {
		b, err := strconv.ParseBool(n.Value)
		if err != nil || n.Tag != "!!bool" {
			r.problem(n, path, said(n)+" is not true or false", "write true or false")
		}
		*p = b
	}
}

func (r *reader) duration(p *time.Duration) func(*yaml.Node, string) {
	return func(n *yaml.Node, path string) {
		d, err := time.ParseDuration(strings.TrimSpace(n.Value))
		if n.Kind != yaml.ScalarNode || err != nil || d < 0 {
			r.problem(n, path, said(n)+" is not a duration", "write a number and a unit, like 10s, 500ms or 2m")
			return
		}
		*p = d
	}
}

func (r *reader) count(p *int) func(*yaml.Node, string) {
	return func(n *yaml.Node, path string) {
		i, err := strconv.ParseUint(n.Value, 10, 31)
		if n.Kind != yaml.ScalarNode || err != nil {
			r.problem(n, path, said(n)+" is not a whole number", "write digits alone")
			return
		}
		*p = int(i)
	}
}

// template reads text with slots.
func (r *reader) template(p **template, q quoting, allowed func(slot) error) func(*yaml.Node, string) {
	return func(n *yaml.Node, path string) {
		if s, ok := r.text(n, path); ok {
			*p = r.compile(n, path, s, q, allowed)
		}
	}
}

// frame reads a frame: text, bytes in base64 (!!binary), or a map or list that
// becomes JSON.
func (r *reader) frame(p **template, allowed func(slot) error) func(*yaml.Node, string) {
	return func(n *yaml.Node, path string) {
		if n.Kind == yaml.ScalarNode && n.Tag == "!!binary" {
			if b, ok := r.bytes(n, path); ok {
				*p = &template{segments: []segment{{text: string(b)}}}
			}
			return
		}
		if n.Kind == yaml.ScalarNode {
			*p = r.compile(n, path, n.Value, plain, allowed)
			return
		}
		if text, ok := r.json(nil, n, path, 0); ok {
			*p = r.compile(n, path, string(text), plain, allowed)
		}
	}
}

func (r *reader) bytes(n *yaml.Node, path string) ([]byte, bool) {
	b, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(n.Value), ""))
	if err != nil {
		r.problem(n, path, said(n)+" is not base64", "write the bytes in standard base64, with padding")
	}
	return b, err == nil
}

func (r *reader) compile(n *yaml.Node, path, text string, q quoting, allowed func(slot) error) *template {
	t, err := parseTemplate(text, allowed, q)
	if err != nil {
		problem, remedy, _ := strings.Cut(err.Error(), "; ")
		r.problem(n, path, problem, remedy)
		return nil
	}
	return t
}

// json appends n as JSON, keys in their order. A value that is one slot without
// quotes stays without quotes.
func (r *reader) json(dst []byte, n *yaml.Node, path string, depth int) (_ []byte, ok bool) {
	if depth > maxDepth {
		r.problem(n, path, "nested too deeply", "")
		return nil, false
	}
	switch n.Kind {
	case yaml.MappingNode:
		ok = true
		dst = append(dst, '{')
		first := true
		for i := 0; i+1 < len(n.Content); i += 2 {
			if !first {
				dst = append(dst, ',')
			}
			first = false
			dst = append(wire.AppendString(dst, n.Content[i].Value), ':')
			var fine bool
			dst, fine = r.jsonValue(dst, n.Content[i+1], under(path, n.Content[i].Value), depth)
			ok = ok && fine
		}
		return append(dst, '}'), ok
	case yaml.SequenceNode:
		ok = true
		dst = append(dst, '[')
		for i, item := range n.Content {
			if i > 0 {
				dst = append(dst, ',')
			}
			var fine bool
			dst, fine = r.jsonValue(dst, item, path+"["+strconv.Itoa(i)+"]", depth)
			ok = ok && fine
		}
		return append(dst, ']'), ok
	}
	return r.jsonScalar(dst, n, path)
}

func (r *reader) jsonValue(dst []byte, n *yaml.Node, path string, depth int) ([]byte, bool) {
	v, ok := r.resolve(n, path)
	if !ok {
		return append(dst, "null"...), r.visited <= maxNodes
	}
	return r.json(dst, v, path, depth+1)
}

func (r *reader) jsonScalar(dst []byte, n *yaml.Node, path string) ([]byte, bool) {
	const quotes = yaml.SingleQuotedStyle | yaml.DoubleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle
	switch {
	case n.Tag == "!!binary":
		return wire.AppendString(dst, n.Value), true
	case n.Tag == "!!str" && n.Style&quotes == 0 && strings.HasPrefix(n.Value, "${") && strings.Index(n.Value, "}") == len(n.Value)-1:
		return append(dst, n.Value...), true
	case n.Tag == "!!str":
		return wire.AppendString(dst, n.Value), true
	case json.Valid([]byte(n.Value)):
		return append(dst, n.Value...), true
	}
	var v any
	if err := n.Load(&v); err == nil {
		if b, err := json.Marshal(v); err == nil {
			return append(dst, b...), true
		}
	}
	r.problem(n, path, said(n)+" cannot be written in JSON", "put quotes around it to make it text")
	return dst, false
}

// conditions reads what a frame must be: a condition on a JSON path, a map of
// text, prefix, contains or regexp, or a list of them that must all hold.
func (r *reader) conditions(p *matcher, paths *jsonpath.Set) func(*yaml.Node, string) {
	return func(n *yaml.Node, path string) {
		m := matcher{}
		r.items(n, path, func(n *yaml.Node, path string) {
			if n.Kind == yaml.MappingNode {
				r.object(n, path, r.textConditions(&m)...)
				return
			}
			s, ok := r.text(n, path)
			if !ok {
				return
			}
			if !strings.HasPrefix(strings.TrimLeft(s, " !"), "$") {
				r.problem(n, path, strconv.Quote(s)+" is no condition", `write one like '$.type == "pong"', or {text: pong}`)
				return
			}
			c, err := parseCondition(s, paths)
			if err != nil {
				problem, remedy, _ := strings.Cut(err.Error(), "; ")
				r.problem(n, path, problem, remedy)
				return
			}
			m = append(m, c)
		})
		if len(m) == 0 {
			if n.Kind != yaml.ScalarNode && len(n.Content) == 0 {
				r.problem(n, path, "has no condition", `write one like '$.type == "pong"', or {text: pong}`)
			}
			return
		}
		*p = m
	}
}

// textConditions are the keys of conditions on the frame as text.
func (r *reader) textConditions(m *matcher) []key {
	add := func(t test) func(*yaml.Node, string) {
		return func(n *yaml.Node, path string) {
			c := condition{test: t}
			switch s, ok := r.text(n, path); {
			case !ok:
				return
			case n.Tag == "!!binary":
				if c.text, ok = r.bytes(n, path); !ok {
					return
				}
			case t == matches:
				if c.pattern = r.pattern(n, path, s); c.pattern == nil {
					return
				}
			default:
				c.text = []byte(s)
			}
			*m = append(*m, c)
		}
	}
	return []key{{"text", add(isText)}, {"prefix", add(begins)}, {"contains", add(contains)}, {"regexp", add(matches)}}
}

func (r *reader) pattern(n *yaml.Node, path, text string) *regexp.Regexp {
	p, err := regexp.Compile(text)
	if err != nil {
		r.problem(n, path, "not a regular expression: "+err.Error(), "write one of Go's (RE2)")
		return nil
	}
	return p
}

// extraction reads where in a frame a text is found.
func (r *reader) extraction(p **extraction, paths *jsonpath.Set) func(*yaml.Node, string) {
	return func(n *yaml.Node, path string) {
		if n.Kind == yaml.MappingNode {
			x := &extraction{}
			r.object(n, path, key{"regexp", func(n *yaml.Node, path string) {
				s, ok := r.text(n, path)
				if !ok {
					return
				}
				if x.pattern = r.pattern(n, path, s); x.pattern != nil && x.pattern.NumSubexp() < 1 {
					r.problem(n, path, "has no group", "put the part that is meant in ( and )")
					x.pattern = nil
				}
			}})
			if x.pattern != nil {
				*p = x
			}
			return
		}
		s, ok := r.text(n, path)
		if !ok {
			return
		}
		slot, err := paths.Add(s)
		if err != nil {
			r.problem(n, path, err.Error(), "write a path like $.data.id, or {regexp: 'id=(\\d+)'}")
			return
		}
		*p = &extraction{slot: slot}
	}
}

// said is what stands at n, for messages.
func said(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a map"
	case yaml.SequenceNode:
		return "a list"
	}
	const most = 60
	s := n.Value
	if runes := []rune(s); len(runes) > most {
		s = string(runes[:most]) + "…"
	}
	return strconv.Quote(s)
}

func under(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
