package scenario

import (
	"fmt"
	"reflect"

	"go.yaml.in/yaml/v4"
)

// entry is one key of a map and its value.
type entry struct {
	key   string
	at    *yaml.Node // where the key stands
	value *yaml.Node
}

// mapping lists the entries of a map in their order, merge keys (<<) filled in:
// a key of the map's own goes before a merged one. want is what the map is to
// become, for the message when it is none.
func (d *decoder) mapping(n *yaml.Node, path string, want reflect.Type) (entries []entry, ok bool) {
	if n.Kind != yaml.MappingNode {
		d.wrongKind(n, path, want)
		return nil, false
	}
	first := map[string]*yaml.Node{}
	var merges []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		k = resolved(k)
		switch {
		case k.Kind == yaml.ScalarNode && k.Tag == "!!merge":
			merges = append(merges, v)
		case k.Kind != yaml.ScalarNode:
			d.problem(placeOf(n.Content[i]), path, "a key is a map or a list", "keys are plain words")
		case first[k.Value] != nil:
			d.problem(placeOf(n.Content[i]), child(path, k.Value), "duplicate key",
				fmt.Sprintf("it stands in line %d already; keep one of them", first[k.Value].Line))
		default:
			first[k.Value] = k
			entries = append(entries, entry{k.Value, n.Content[i], v})
		}
	}
	for _, m := range merges {
		for _, e := range d.merged(m, path, want, 0) {
			if first[e.key] == nil {
				first[e.key] = e.at
				entries = append(entries, e)
			}
		}
	}
	return entries, true
}

// merged lists what a merge key brings: the entries of a map, or of a list of
// maps, the earlier going before the later.
func (d *decoder) merged(n *yaml.Node, path string, want reflect.Type, depth int) (entries []entry) {
	at := n
	n = resolved(n)
	if d.visited += 1 + len(n.Content); d.visited > maxNodes || depth > maxDepth {
		d.enter(at, path, maxDepth+1) // reports it
		return nil
	}
	switch {
	case n.Kind == yaml.SequenceNode && depth == 0:
		for _, item := range n.Content {
			entries = append(entries, d.merged(item, path, want, depth+1)...)
		}
	case n.Kind == yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			k, v := n.Content[i], n.Content[i+1]
			if k.Kind == yaml.ScalarNode && k.Tag == "!!merge" {
				entries = append(entries, d.merged(v, path, want, depth+1)...)
			} else if k.Kind == yaml.ScalarNode {
				entries = append(entries, entry{k.Value, k, v})
			}
		}
	default:
		d.problem(placeOf(at), path, "<< is followed by something else than a map", "write <<: *NAME, where NAME is the anchor of a map")
	}
	return entries
}
