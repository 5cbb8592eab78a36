package scenario

import (
	"reflect"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// applySets edits the tree as --set PATH=VALUE asks: clients.count=50,
// faults[0].for=2s, or, an item found by its name, faults.nat.for=2s. What is
// on the way and missing is made; a wrong key shows up when the tree is
// decoded.
func (d *decoder) applySets(root *yaml.Node, sets []string) *yaml.Node {
	d.sets = sets
	for i, set := range sets {
		at := place{line: -(i + 1)}
		path, value, ok := strings.Cut(set, "=")
		path = strings.TrimSpace(path)
		steps, wrong := splitPath(path)
		if axis, found := strings.CutPrefix(path, matrixKey+"."); found { // the path of a matrix has dots of its own
			steps = []string{matrixKey, axis}
		}
		if !ok || wrong != "" {
			if wrong == "" {
				wrong = "there is no ="
			}
			d.problem(at, "", wrong, "write PATH=VALUE, like clients.count=50 or faults.nat.for=2s")
			continue
		}
		var doc yaml.Node
		if strings.TrimSpace(value) == "" {
			doc = yaml.Node{Kind: yaml.DocumentNode, Content: []*yaml.Node{{Kind: yaml.ScalarNode, Tag: "!!null"}}}
		} else if len(value) > MaxFile || firstBadByte([]byte(value)) >= 0 || yaml.Load([]byte(value), &doc) != nil || len(doc.Content) != 1 {
			d.problem(at, "", "the value is not YAML", "write it as it would stand in the file")
			continue
		}
		v := doc.Content[0]
		mark(v, at)
		if problem, remedy := d.edit(&root, steps, v, ""); problem != "" {
			d.problem(at, "", problem, remedy)
		} else if steps[0] == matrixKey && len(steps) > 1 {
			leaveOutNulls(valueOf(root, matrixKey, 0))
		}
	}
	return root
}

// leaveOutNulls takes the paths out of a matrix that have no values, as --set
// leaves them; one without any path is none.
func leaveOutNulls(matrix *yaml.Node) {
	if matrix == nil || matrix.Kind != yaml.MappingNode {
		return
	}
	var kept []*yaml.Node
	for i := 0; i+1 < len(matrix.Content); i += 2 {
		if v := resolved(matrix.Content[i+1]); v.Kind != yaml.ScalarNode || v.Tag != "!!null" {
			kept = append(kept, matrix.Content[i], matrix.Content[i+1])
		}
	}
	if matrix.Content = kept; len(kept) == 0 {
		matrix.Kind, matrix.Tag, matrix.Value = yaml.ScalarNode, "!!null", ""
	}
}

// mark gives a --set's nodes their place.
func mark(n *yaml.Node, at place) {
	n.Line, n.Column = at.line, at.column
	for _, c := range n.Content {
		mark(c, at)
	}
}

// splitPath cuts a path into keys and indices: faults[0].for is faults, 0, for.
func splitPath(path string) (steps []string, wrong string) {
	for _, part := range strings.Split(path, ".") {
		key, rest, _ := strings.Cut(part, "[")
		if key == "" {
			return nil, "the path has an empty key"
		}
		steps = append(steps, key)
		for rest != "" {
			number, after, closed := strings.Cut(rest, "]")
			if _, err := strconv.ParseUint(number, 10, 31); err != nil || !closed {
				return nil, "the path has an index that is not like [0]"
			}
			steps = append(steps, number)
			rest, closed = strings.CutPrefix(after, "[")
			if !closed && rest != "" {
				return nil, "the path has an index that is not like [0]"
			}
		}
	}
	if len(steps) > maxDepth {
		return nil, "the path is too long"
	}
	return steps, ""
}

// edit puts v where steps lead from *n.
func (d *decoder) edit(n **yaml.Node, steps []string, v *yaml.Node, path string) (problem, remedy string) {
	if len(steps) == 0 {
		*n = v
		return "", ""
	}
	if (*n).Kind == yaml.AliasNode || (*n).Anchor != "" { // an edit must not reach what else the anchor stands for
		budget := maxNodes
		c := clone(*n, &budget, 0)
		if c == nil {
			return "the aliases on the path are too deep or too large", "write them out"
		}
		*n = c
	}
	step := steps[0]
	*n = asMap(*n, path, step, v)
	switch (*n).Kind {
	case yaml.MappingNode:
		return d.edit(slot(*n, step, v), steps[1:], v, child(path, step))
	case yaml.SequenceNode:
		items := (*n).Content
		if i, err := strconv.Atoi(step); err == nil {
			if i >= len(items) {
				return printable(path) + " has no item " + step, "it has " + strconv.Itoa(len(items)) + ", counted from 0"
			}
			return d.edit(&items[i], steps[1:], v, path+"[]")
		}
		var names []string
		for i := range items {
			name := valueOf(items[i], "name", 0)
			if name != nil && name.Value == step {
				return d.edit(&items[i], steps[1:], v, path+"[]")
			}
			if name != nil {
				names = append(names, printable(name.Value))
			}
		}
		if len(names) == 0 {
			return printable(path) + " is a list without names", "write an item's number: " + printable(path) + "[0]"
		}
		return printable(path) + " has no item named " + quoted(step), didYouMean(step, names)
	default:
		return printable(path) + " is a single value", "it has no " + quoted(step) + " inside"
	}
}

// slot finds or makes the place of a map's value.
func slot(n *yaml.Node, key string, v *yaml.Node) **yaml.Node {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key && n.Content[i].Tag != "!!merge" {
			return &n.Content[i+1]
		}
	}
	made := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Line: v.Line, Column: v.Column}
	if merged := valueOf(n, key, 0); merged != nil {
		budget := maxNodes
		if c := clone(merged, &budget, 0); c != nil {
			made = c
		}
	}
	n.Content = append(n.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: key, Line: v.Line, Column: v.Column}, made)
	return &n.Content[len(n.Content)-1]
}

// asMap turns the short forms into the maps they stand for, so that there is
// something to edit in.
func asMap(n *yaml.Node, path, step string, v *yaml.Node) *yaml.Node {
	null := n.Kind == yaml.ScalarNode && n.Tag == "!!null"
	wrap := func(key string) *yaml.Node {
		k := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: key, Line: n.Line, Column: n.Column}
		return &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Content: []*yaml.Node{k, n}, Line: n.Line, Column: n.Column}
	}
	last := path[strings.LastIndexByte(path, '.')+1:]
	switch scalar := n.Kind == yaml.ScalarNode; {
	case null, scalar && last == "heartbeat" && n.Value == "none":
		return &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Line: v.Line, Column: v.Column}
	case scalar && path == "target":
		return wrap("url")
	case scalar && path == "clients":
		return wrap("count")
	case scalar && path == "traffic":
		return wrap("rate")
	case n.Kind == yaml.SequenceNode && path == "traffic" && slices.Contains(fieldsOf(reflect.TypeFor[trafficMap]()).names, step):
		return wrap("stages")
	case scalar && last == "reconnect":
		return wrap("preset")
	}
	return n
}

// clone copies a node with all aliases filled in; nil when that takes more than
// the budget.
func clone(n *yaml.Node, budget *int, depth int) *yaml.Node {
	n = resolved(n)
	if *budget--; *budget < 0 || depth > maxDepth || n.Kind == yaml.AliasNode {
		return nil
	}
	c := *n
	c.Anchor, c.Content = "", make([]*yaml.Node, len(n.Content))
	for i := range n.Content {
		if c.Content[i] = clone(n.Content[i], budget, depth+1); c.Content[i] == nil {
			return nil
		}
	}
	return &c
}
