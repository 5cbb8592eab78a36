package protocol

import (
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/imbench/imbench/internal/problem"
	"github.com/imbench/imbench/protocol/wire"
)

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
		r.problem(n, path, problem.Said(n)+" is not base64", "write the bytes in standard base64, with padding")
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
	r.problem(n, path, problem.Said(n)+" cannot be written in JSON", "put quotes around it to make it text")
	return dst, false
}
