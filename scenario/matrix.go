package scenario

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"github.com/imbench/imbench/internal/problem"
)

// Cell is one run of a scenario with a matrix: one combination of its values.
type Cell struct {
	Name     string   // what is different about it, like "phoenix"; "" without a matrix
	Set      []string // the same as --set PATH=VALUE, in the order of the matrix; secrets read ***
	Scenario *Scenario
}

// MaxCells bounds the runs that a matrix makes.
const MaxCells = 64

const matrixKey = "matrix"

// axis is one path of a matrix and the values that it takes.
type axis struct {
	path   string
	at     *yaml.Node // where the path stands
	steps  []string
	values []*yaml.Node
	names  []string // of the values, each its own
}

// Cells reads a scenario as Load does, but makes as many of it as its matrix
// has combinations: the last path's values change fastest. Without a matrix it
// is the one that Load returns. The error is a *Problems with what is wrong in
// any of them, each problem once.
func Cells(src []byte, file string, o Options) ([]Cell, error) {
	d := newDecoder(file, o)
	root := d.parse(src)
	if root == nil {
		return nil, d.allProblems()
	}
	root = d.applySets(root, o.Set)
	matrix := d.takeMatrix(root)
	if matrix == nil {
		s, err := d.finish(root, o)
		if err != nil {
			return nil, err
		}
		return []Cell{{Scenario: s}}, nil
	}
	axes := d.axes(matrix)
	if len(axes) == 0 { // reported; the rest is checked all the same
		_, err := d.finish(root, o)
		return nil, err
	}
	cells := make([]Cell, product(axes))
	var all problemSet
	for i := range cells {
		var wrong []*Problem
		cells[i], wrong = makeCell(src, file, o, i)
		all.add(cells[i].Name, wrong)
	}
	if err := all.problems(file, len(cells)); err != nil {
		return nil, err
	}
	return cells, nil
}

// makeCell makes the i-th combination, from the source on: what is edited in
// one cell must not be seen in another.
func makeCell(src []byte, file string, o Options, i int) (Cell, []*Problem) {
	d := newDecoder(file, o)
	root := d.applySets(d.parse(src), o.Set)
	axes := d.axes(d.takeMatrix(root))
	c := Cell{}
	var names []string
	for _, a := range slices.Backward(axes) {
		k := i % len(a.values)
		i /= len(a.values)
		budget := maxNodes
		v := clone(a.values[k], &budget, 0)
		if v == nil {
			d.problem(placeOf(a.values[k]), matrixKey, "is too deep or too large once its aliases are filled in", "write it out, with fewer aliases")
			continue
		}
		name := a.names[k]
		if len(axes) > 1 {
			name = a.steps[len(a.steps)-1] + "=" + name
		}
		names = append(names, name)
		c.Set = append(c.Set, a.path+"="+flowYAML(v))
		if problem, remedy := d.edit(&root, a.steps, v, ""); problem != "" {
			d.problem(placeOf(a.at), matrixKey, problem, remedy)
		}
	}
	slices.Reverse(names)
	slices.Reverse(c.Set)
	c.Name, c.Set = strings.Join(names, ", "), shownSets(c.Set)
	o.Set = slices.Concat(o.Set, []string{matrixKey + "="}, c.Set)
	s, err := d.finish(root, o)
	if err != nil {
		return c, d.problems
	}
	c.Scenario = s
	return c, nil
}

// takeMatrix cuts the matrix out of a scenario's tree; nil when there is none.
func (d *decoder) takeMatrix(root *yaml.Node) (matrix *yaml.Node) {
	root = resolved(root)
	for i := 0; root.Kind == yaml.MappingNode && i+1 < len(root.Content); i += 2 {
		if k := root.Content[i]; k.Kind == yaml.ScalarNode && k.Value == matrixKey {
			matrix = root.Content[i+1]
			root.Content = slices.Concat(root.Content[:i], root.Content[i+2:])
			break
		}
	}
	if matrix != nil && matrix.Kind == yaml.ScalarNode && matrix.Tag == "!!null" {
		return nil
	}
	return matrix
}

// axes reads a matrix; none when there is something wrong with it, which is
// reported.
func (d *decoder) axes(matrix *yaml.Node) (axes []axis) {
	const remedy = "write paths and their values, like {clients.reconnect: [phoenix, socketio]}"
	n := resolved(matrix)
	if n.Kind != yaml.MappingNode || len(n.Content) == 0 {
		d.problem(placeOf(matrix), matrixKey, "is not a map of paths", remedy)
		return nil
	}
	before := len(d.problems)
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		a := axis{path: k.Value, at: k}
		var wrong string
		switch a.steps, wrong = splitPath(k.Value); {
		case k.Kind != yaml.ScalarNode || k.Tag == "!!merge" || wrong != "" || a.steps[0] == matrixKey:
			d.problem(placeOf(k), matrixKey, printable(k.Value)+" is not the path of a key", remedy)
			continue
		case slices.ContainsFunc(axes, func(o axis) bool { return o.path == a.path }):
			d.problem(placeOf(k), child(matrixKey, a.path), "duplicate key", "keep one of them")
			continue
		}
		d.values(&a, n.Content[i+1])
		axes = append(axes, a)
	}
	if cells := product(axes); cells > MaxCells {
		d.problem(placeOf(matrix), matrixKey, fmt.Sprintf("makes more than %d runs", MaxCells), "write fewer values")
	}
	if len(d.problems) > before {
		return nil
	}
	return axes
}

// values reads what a path of a matrix takes.
func (d *decoder) values(a *axis, n *yaml.Node) {
	at, list := child(matrixKey, a.path), resolved(n)
	if list.Kind != yaml.SequenceNode || len(list.Content) == 0 {
		d.problem(placeOf(n), at, "is not a list of values", "write them like [phoenix, socketio], also if there is only one")
		return
	}
	if len(list.Content) > MaxCells {
		d.problem(placeOf(n), at, fmt.Sprintf("has %d values, and a matrix makes at most %d runs", len(list.Content), MaxCells), "write fewer values")
		return
	}
	last := a.steps[len(a.steps)-1]
	var texts []string
	for i, v := range list.Content {
		budget := maxNodes / MaxCells
		c := clone(v, &budget, 0)
		if c == nil {
			d.problem(placeOf(v), index(at, i), "is too deep or too large once its aliases are filled in", "write it out, with fewer aliases")
			continue
		}
		text := flowYAML(c)
		if first := slices.Index(texts, text); first >= 0 {
			d.problem(placeOf(v), index(at, i), "stands twice", "every run would be made twice; leave it out, or vary seed instead")
		}
		texts = append(texts, text)
		name := last + "-" + strconv.Itoa(i+1)
		if !holdsSecret(a.path, c, 0) {
			if own := valueName(c, text, name); !slices.Contains(a.names, own) {
				name = own
			}
		}
		for slices.Contains(a.names, name) {
			name += "'"
		}
		a.values, a.names = append(a.values, v), append(a.names, name)
	}
}

// valueName is what a value is called: as it is written if that is short, by
// its own name or preset if it has one, else by its place in the list.
func valueName(v *yaml.Node, text, numbered string) string {
	const longest = 32
	for _, key := range []string{"name", "preset"} {
		if n := valueOf(v, key, 0); n != nil && n.Kind == yaml.ScalarNode && len(v.Content) == 2 {
			return printable(n.Value)
		}
	}
	if v.Kind == yaml.ScalarNode && v.Tag == "!!str" {
		text = v.Value
	}
	if text == "" || utf8.RuneCountInString(text) > longest || strings.ContainsFunc(text, unprintable) {
		return numbered
	}
	return text
}

// flowYAML writes a value on one line, as it can stand after --set PATH=.
func flowYAML(v *yaml.Node) string {
	if v.Kind == yaml.ScalarNode && v.Tag == "!!null" {
		return ""
	}
	n := plainNode(v)
	flow(n)
	out, err := yaml.Dump(n, yaml.WithLineWidth(-1))
	if err != nil {
		return ""
	}
	return strings.TrimRight(string(out), "\n")
}

func flow(n *yaml.Node) {
	if n.Kind != yaml.ScalarNode {
		n.Style |= yaml.FlowStyle
	} else if strings.ContainsAny(n.Value, "\n\r") {
		n.Style = n.Style&^yaml.SingleQuotedStyle | yaml.DoubleQuotedStyle
	}
	for _, c := range n.Content {
		flow(c)
	}
}

// product is the number of combinations, as far as MaxCells + 1.
func product(axes []axis) int {
	n := 1
	for _, a := range axes {
		n = min(n*max(1, len(a.values)), MaxCells+1)
	}
	return n
}

// problemSet collects the problems of several cells, each once.
type problemSet struct {
	list []*Problem
	of   map[string][]string // the cells that have it, by its text
}

func (p *problemSet) add(cell string, problems []*Problem) {
	if p.of == nil {
		p.of = map[string][]string{}
	}
	for _, q := range problems {
		text := q.Error()
		if p.of[text] == nil {
			p.list = append(p.list, q)
		}
		p.of[text] = append(p.of[text], cell)
	}
}

// problems returns them in the order of the file, nil for none. One that not all cells have
// says which has it.
func (p *problemSet) problems(file string, cells int) error {
	for _, q := range p.list {
		if with := p.of[q.Error()]; len(with) < cells && with[0] != "" {
			more := ""
			if len(with) > 1 {
				more = fmt.Sprintf(" and %d more", len(with)-1)
			}
			q.Problem += " (with " + with[0] + more + ")"
		}
	}
	return problem.All(file, p.list)
}
