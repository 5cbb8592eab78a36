package protocol

import (
	"fmt"
	"slices"
	"sort"

	"go.yaml.in/yaml/v4"

	"github.com/imbench/imbench/internal/problem"
)

// System is a kind of server that imbench can talk to: its protocol, and what
// its published clients do.
type System struct {
	Name      string
	Doc       string
	File      string // where it was described
	Source    string // the YAML it was parsed from; "" when it was part of another text
	Protocol  Protocol
	Behaviour Behaviour
	// Env and Columns are the names in ${env.NAME} and ${column.NAME}, sorted.
	// A system that has any must be bound before use.
	Env, Columns []string
	// Token, Room: whether ${token} or ${room} stands anywhere, so that a
	// scenario without them can be told what is missing.
	Token, Room bool
}

// Parse reads the description of a protocol. The error is a *Problems with
// everything that is wrong with it.
func Parse(src []byte, file string) (*System, error) {
	r := &reader{file: file}
	top := r.document(src)
	if top == nil {
		return nil, problem.All(r.file, r.problems)
	}
	s, err := r.system(top)
	if err == nil {
		s.Source = string(src)
	}
	return s, err
}

// ParseNode reads a description that stands within another YAML text.
func ParseNode(n *yaml.Node, file string) (*System, error) {
	return (&reader{file: file}).system(n)
}

func (r *reader) system(n *yaml.Node) (*System, error) {
	s := &System{File: r.file}
	d := &draft{reader: r, node: n}
	if n.Kind != yaml.MappingNode {
		r.problem(n, "", problem.Said(n)+" is not a protocol", "write a map with name: and message:")
	} else {
		d.read(s)
	}
	if err := problem.All(r.file, r.problems); err != nil {
		return nil, err
	}
	return s, nil
}

// templated are the protocols that have slots.
type templated interface {
	Protocol
	templates() []*template
	rebound(b binding) Protocol
}

// needs lists what the slots of p ask for.
func (s *System) needs() {
	p, ok := s.Protocol.(templated)
	if !ok {
		return
	}
	env, columns := map[string]bool{}, map[string]bool{}
	for _, t := range p.templates() {
		s.Token = s.Token || t.uses(slotToken)
		s.Room = s.Room || t.uses(slotRoom)
		for _, g := range t.segments {
			switch g.slot {
			case slotEnv:
				env[g.name] = true
			case slotColumn:
				columns[g.name] = true
			}
		}
	}
	s.Env, s.Columns = sortedKeys(env), sortedKeys(columns)
}

func sortedKeys(m map[string]bool) (keys []string) {
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

// binding is what slots with names are filled from.
type binding struct {
	env     func(name string) (value string, ok bool)
	columns []string
}

func (b binding) variable(name string) string {
	v, _ := b.env(name)
	return v
}

func (b binding) column(name string) int { return slices.Index(b.columns, name) }

// Bind returns s with the variables of the environment filled in, which env
// looks up as os.LookupEnv does, and its columns found in the header of the
// table that Login.Row and Message.Row are rows of. The error names what is
// not there.
func (s *System) Bind(env func(name string) (value string, ok bool), columns []string) (*System, error) {
	for _, name := range s.Env {
		if _, ok := env(name); !ok {
			return nil, fmt.Errorf("%s: the environment variable %s is not set", s.File, name)
		}
	}
	for _, name := range s.Columns {
		if !slices.Contains(columns, name) {
			return nil, fmt.Errorf("%s: there is no column %q for ${column.%s}", s.File, name, name)
		}
	}
	out := *s
	if p, ok := s.Protocol.(templated); ok {
		out.Protocol = p.rebound(binding{env, columns})
	}
	return &out, nil
}
