package scenario

import (
	"errors"
	"path/filepath"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/imbench/imbench/protocol"
)

// Description is a protocol's description as YAML, without comments; "" where
// a preset says it all. It is written as a file's name, or as the description
// itself.
type Description string

// described is what target.protocol says: a file's name or a map.
type described struct {
	file string
	node *yaml.Node
}

// system is the protocol of the run as far as only its description tells.
type system struct {
	*protocol.System // nil when there is something wrong with it
	behaviour        protocol.Behaviour
	answers          bool // says what answers a beat
	pinged           bool // the server tells how long without its pings is too long
	reconnect        Reconnect
}

func (d *decoder) descriptionForm(n *yaml.Node, path string) {
	switch {
	case n.Kind == yaml.MappingNode:
		d.described = &described{node: n}
	case n.Kind == yaml.ScalarNode && n.Value != "":
		d.described = &described{file: n.Value}
	default:
		d.wrongKind(n, path, reflect.TypeFor[Description]())
	}
}

// findSystem says which protocol the run speaks; nil when there is something
// wrong with it, which is reported.
func (d *decoder) findSystem(s *Scenario) *system {
	if d.described == nil {
		if !d.given("target.preset") && !d.given("target.protocol") {
			s.Target.Preset = defaultPreset
		}
		found, ok := protocol.SystemByName(s.Target.Preset)
		if !ok {
			if !d.failed["target.protocol"] {
				d.problemAt("target.preset", quoted(s.Target.Preset)+" is not a preset", didYouMean(s.Target.Preset, presetNames()))
			}
			return nil
		}
		return d.understand(found, d.sourceOf(found), "")
	}
	d.check(!d.given("target.preset"), "target.preset", "stands beside target.protocol", "keep one of the two")
	root, found := d.readDescription()
	if found == nil {
		return nil
	}
	s.Target.Preset, s.Target.Protocol = "", canonical(root)
	return d.understand(found, root, "target.protocol")
}

// readDescription parses what target.protocol says.
func (d *decoder) readDescription() (root *yaml.Node, found *protocol.System) {
	const at = "target.protocol"
	if inline := d.described.node; inline != nil {
		budget := maxNodes
		if root = clone(inline, &budget, 0); root == nil {
			d.problemAt(at, "is too deep or too large once its aliases are filled in", "write it out, with fewer aliases")
			return nil, nil
		}
		found, err := protocol.ParseNode(shifted(root), d.file)
		d.adopt(err, at)
		return root, found
	}
	src, ok := d.read(at, d.described.file, MaxFile)
	if !ok {
		return nil, nil
	}
	name := d.beside(d.described.file)
	if i := firstBadByte(src); i >= 0 {
		line, column := position(src, i)
		d.problems = append(d.problems, &Problem{File: name, Line: line, Column: column,
			Problem: "the file is not plain text here", Remedy: "write YAML in UTF-8"})
		d.failed[at] = true
		return nil, nil
	}
	found, err := protocol.Parse(src, name)
	d.adopt(err, "")
	if found == nil {
		return nil, nil
	}
	if root = d.sourceOf(found); root == nil {
		d.problemAt(at, "is too deep or too large once its aliases are filled in", "write it out, with fewer aliases")
		return nil, nil
	}
	return root, found
}

// sourceOf is the tree of a description that was parsed before.
func (d *decoder) sourceOf(s *protocol.System) *yaml.Node {
	var doc yaml.Node
	if yaml.Load([]byte(s.Source), &doc) != nil || len(doc.Content) != 1 {
		return nil
	}
	budget := maxNodes
	return clone(doc.Content[0], &budget, 0)
}

// read returns the contents of a file that the scenario names.
func (d *decoder) read(at, name string, most int) (src []byte, ok bool) {
	if d.readFile == nil {
		d.problemAt(at, "names a file, and none can be read here", "write out what is in it")
		return nil, false
	}
	src, err := d.readFile(d.beside(name))
	switch {
	case err != nil:
		d.problemAt(at, "cannot be read: "+printable(err.Error()), "write the name of a file, as seen from the scenario's folder")
		return nil, false
	case len(src) > most:
		d.problemAt(at, quoted(name)+" is too large", "")
		return nil, false
	}
	return src, true
}

// beside is a file's name as seen from here, when it is seen from the scenario.
func (d *decoder) beside(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(filepath.Dir(d.file), name)
}

// fromSet is added to the number of a --set to make a line of it, for readers
// that know lines only.
const fromSet = 1 << 30

// shifted is a copy of n whose places of --set are lines beyond any file's.
func shifted(n *yaml.Node) *yaml.Node {
	c := *n
	if c.Line < 0 {
		c.Line, c.Column = fromSet-c.Line, 1
	}
	c.Content = make([]*yaml.Node, len(n.Content))
	for i := range n.Content {
		c.Content[i] = shifted(n.Content[i])
	}
	return &c
}

// adopt takes over what is wrong with a description that stands at a path of
// the scenario, or in a file of its own.
func (d *decoder) adopt(err error, at string) {
	var problems *protocol.Problems
	if !errors.As(err, &problems) {
		return
	}
	d.failed["target.protocol"] = true
	for _, p := range problems.List {
		q := &Problem{File: p.File, Line: p.Line, Column: p.Column, Path: p.Path, Problem: printable(p.Problem), Remedy: p.Remedy}
		if at != "" {
			q.Path = strings.TrimSuffix(child(at, p.Path), ".")
		}
		if set := p.Line - fromSet; set > 0 && set <= len(d.sets) {
			q.Line, q.Column, q.Instead = 0, 0, d.fromTheSet(set-1)
		}
		d.problems = append(d.problems, q)
	}
}

// understand reads of a description what the protocol itself does not tell.
func (d *decoder) understand(s *protocol.System, root *yaml.Node, at string) *system {
	out := &system{System: s, behaviour: s.Behaviour}
	speaks := "websocket"
	if n := valueOf(root, "speaks", 0); n != nil {
		speaks = n.Value
	}
	out.pinged = speaks == "socketio"
	out.answers = speaks == "envelope"
	if beat := valueOf(root, "heartbeat", 0); beat != nil && valueOf(beat, "answer", 0) != nil {
		out.answers = true
	}
	policy := valueOf(root, "reconnect", 0)
	if policy == nil {
		out.reconnect, _ = ReconnectByName(defaultReconnect)
		return out
	}
	file := d.file
	if d.described == nil || d.described.node == nil { // its path counts from the top of its own file
		file, at = s.File, ""
	}
	sub := &decoder{file: file, sets: d.sets, places: map[string]place{}, failed: map[string]bool{}}
	path := child(at, "reconnect")
	sub.decode(policy, path, reflect.ValueOf(&out.reconnect).Elem(), 0)
	sub.completeReconnect(&out.reconnect, path)
	sub.validateReconnect(path, out.reconnect)
	d.problems = append(d.problems, sub.problems...)
	return out
}

// understandPreset is understand for a preset that there is.
func (d *decoder) understandPreset(name string) *system {
	s, _ := protocol.SystemByName(name)
	return d.understand(s, d.sourceOf(s), "")
}

func presetNames() (names []string) {
	for _, s := range protocol.Systems() {
		names = append(names, s.Name)
	}
	return names
}
