package protocol

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/imbench/imbench/internal/problem"
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
		r.problem(n, path, problem.Said(n)+" is not a map", "write a map of "+strings.Join(names, ", "))
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
		r.problem(n, path, problem.Said(n)+" is not text", "write text")
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
			r.problem(n, path, problem.Said(n)+" is not true or false", "write true or false")
		}
		*p = b
	}
}

func (r *reader) duration(p *time.Duration) func(*yaml.Node, string) {
	return func(n *yaml.Node, path string) {
		d, err := time.ParseDuration(strings.TrimSpace(n.Value))
		if n.Kind != yaml.ScalarNode || err != nil || d < 0 {
			r.problem(n, path, problem.Said(n)+" is not a duration", "write a number and a unit, like 10s, 500ms or 2m")
			return
		}
		*p = d
	}
}

func (r *reader) count(p *int) func(*yaml.Node, string) {
	return func(n *yaml.Node, path string) {
		i, err := strconv.ParseUint(n.Value, 10, 31)
		if n.Kind != yaml.ScalarNode || err != nil {
			r.problem(n, path, problem.Said(n)+" is not a whole number", "write digits alone")
			return
		}
		*p = int(i)
	}
}

func under(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
