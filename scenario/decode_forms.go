package scenario

import (
	"reflect"
	"strings"

	"github.com/imbench/imbench/internal/unit"
	"github.com/imbench/imbench/protocol"
	"go.yaml.in/yaml/v4"
)

// none is written for a heartbeat or defects that there are not.
const none = "none"

// decodeScenario fills s from the top of a file.
func (d *decoder) decodeScenario(n *yaml.Node, s *Scenario) {
	d.places[""] = placeOf(n)
	d.decode(n, "", reflect.ValueOf(s).Elem(), 0)
}

// form decodes the values that can be written in more than one way. It reports
// whether v is one.
func (d *decoder) form(n *yaml.Node, path string, v reflect.Value, depth int) bool {
	switch p := v.Addr().Interface().(type) {
	case *Target:
		if n.Kind != yaml.ScalarNode {
			return false
		}
		d.scalar(n, path, reflect.ValueOf(&p.URL).Elem())
	case *[]Group:
		d.groupsForm(n, path, p, depth)
	case *Heartbeat:
		if n.Kind != yaml.ScalarNode || n.Value != none {
			return false
		}
		d.places[child(path, none)] = placeOf(n)
	case *Reconnect:
		return d.reconnectForm(n, path, p)
	case *protocol.Defects:
		if n.Kind != yaml.ScalarNode || n.Value != none {
			return false
		}
		d.places[child(path, none)] = placeOf(n)
	case *Description:
		d.descriptionForm(n, path)
	case *Object:
		d.objectForm(n, path, p, depth)
	case *Traffic:
		d.trafficForm(n, path, p, depth)
	case *[]string:
		return d.wordForm(n, path, p)
	default:
		return false
	}
	return true
}

// wordForm reads a fault's list of words that is written as its only one.
func (d *decoder) wordForm(n *yaml.Node, path string, p *[]string) (done bool) {
	last := path[1+strings.LastIndexByte(path, '.'):]
	if n.Kind != yaml.ScalarNode || last != "forms" && last != "ghost" {
		return false
	}
	*p = make([]string, 1)
	d.scalar(n, path, reflect.ValueOf(&(*p)[0]).Elem())
	d.places[index(path, 0)] = placeOf(n)
	return true
}

// groupsForm reads a number of clients, one group, or a list of them.
func (d *decoder) groupsForm(n *yaml.Node, path string, p *[]Group, depth int) {
	switch n.Kind {
	case yaml.ScalarNode:
		*p, d.groups = make([]Group, 1), []string{path}
		d.places[child(path, "count")] = placeOf(n)
		d.scalar(n, path, reflect.ValueOf(&(*p)[0].Count).Elem())
	case yaml.MappingNode:
		*p, d.groups = make([]Group, 1), []string{path}
		d.structure(n, path, reflect.ValueOf(p).Elem().Index(0), depth)
	default:
		d.list(n, path, reflect.ValueOf(p).Elem(), depth)
		for i := range *p {
			d.groups = append(d.groups, index(path, i))
		}
	}
}

// reconnectForm reads a preset's name, or lays the preset under a map that
// names one.
func (d *decoder) reconnectForm(n *yaml.Node, path string, p *Reconnect) (done bool) {
	name, at := n, path
	if n.Kind == yaml.MappingNode {
		name, at = valueOf(n, "preset", 0), child(path, "preset")
	}
	if name == nil || name.Kind != yaml.ScalarNode {
		return false
	}
	preset, ok := ReconnectByName(name.Value)
	if !ok {
		var names []string
		for _, r := range ReconnectPresets() {
			names = append(names, r.Name)
		}
		d.problem(placeOf(name), at, quoted(name.Value)+" is not a reconnect policy", didYouMean(name.Value, names))
	}
	*p = preset
	return n.Kind == yaml.ScalarNode
}

// valueOf returns a map's value for a key, aliases resolved; the map's own goes
// before a merged one.
func valueOf(n *yaml.Node, key string, depth int) *yaml.Node {
	n = resolved(n)
	if depth > maxDepth {
		return nil
	}
	var merges []*yaml.Node
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		switch k, v := n.Content[i], n.Content[i+1]; {
		case k.Tag == "!!merge":
			merges = append(merges, v)
		case k.Value == key:
			return resolved(v)
		}
	}
	if n.Kind == yaml.SequenceNode && depth > 0 {
		merges = n.Content
	}
	for _, m := range merges {
		if v := valueOf(m, key, depth+8); v != nil {
			return v
		}
	}
	return nil
}

// resolved follows an alias to what it stands for.
func resolved(n *yaml.Node) *yaml.Node {
	for hops := 0; n.Kind == yaml.AliasNode && hops < maxDepth; hops++ {
		n = n.Alias
	}
	return n
}

// trafficMap is traffic as a map writes it.
type trafficMap struct {
	Rate     unit.Ramp `yaml:"rate"`
	Stages   []Stage   `yaml:"stages"`
	Arrivals string    `yaml:"arrivals"`
	Size     unit.Size `yaml:"size"`
	From     string    `yaml:"from"`
	To       string    `yaml:"to"`
}

// trafficForm reads a rate, a list of stages, or a map with one of the two.
func (d *decoder) trafficForm(n *yaml.Node, path string, p *Traffic, depth int) {
	switch n.Kind {
	case yaml.ScalarNode:
		p.Stages = make([]Stage, 1)
		d.text(n, path, reflect.ValueOf(&p.Stages[0].Rate).Elem(), &p.Stages[0].Rate)
	case yaml.SequenceNode:
		d.list(n, path, reflect.ValueOf(&p.Stages).Elem(), depth)
	default:
		var m trafficMap
		d.structure(n, path, reflect.ValueOf(&m).Elem(), depth)
		p.Stages, p.Arrivals, p.Size, p.From, p.To = m.Stages, m.Arrivals, m.Size, m.From, m.To
		rate, stages := d.given(child(path, "rate")), d.given(child(path, "stages"))
		switch {
		case rate && stages:
			d.problemAt(child(path, "rate"), "stands beside stages", "keep one of the two; each stage has its own rate")
		case rate:
			p.Stages = []Stage{{Rate: m.Rate}}
		case !stages:
			d.problemAt(path, "has no rate", "add rate: 500/s, or stages, or leave traffic out for none")
		}
	}
}
