package protocol

import (
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/imbench/imbench/protocol/jsonpath"
)

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
