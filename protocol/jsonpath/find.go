package jsonpath

import "errors"

// What Find can say of a text.
var (
	ErrNotJSON = errors.New("not JSON")
	ErrTooDeep = errors.New("nested deeper than 200 levels")
)

const (
	maxDepth = 200
	maxSteps = 12 // of one path
)

// Find looks up the set's paths in text. The place of path n's value goes to
// places[n], the zero Span where there is none; places must be as long as the
// set. A text may be up to 4 GiB long.
func (s *Set) Find(text []byte, places []Span) error {
	clear(places)
	var f finder
	f.set, f.places, f.node = s, places, none
	if len(s.nodes) > 0 {
		f.node = 0
	}
	return f.end(text, f.value(text, space(text, 0)))
}

// Elements cuts the first element off the rest of a JSON array: what begins
// with [ for the whole of it, or with the comma after the last element. Rest is
// nil when there is none left. The element is checked, what follows is not.
func Elements(array []byte) (first, rest []byte, err error) {
	if len(array) == 0 {
		return nil, nil, ErrNotJSON
	}
	f := finder{set: &empty, node: none}
	start := space(array, 1) // after [ or ,
	if at(array, start) == ']' && array[0] == '[' {
		return nil, nil, f.end(array, start+1)
	}
	end := f.value(array, start)
	next := space(array, end)
	switch at(array, next) {
	case ',':
		return array[start:end], array[next:], nil
	case ']':
		next++
	default:
		f.bad = true
	}
	if err := f.end(array, next); err != nil {
		return nil, nil, err
	}
	return array[start:end], nil, nil
}

// empty looks for nothing.
var empty Set

// none is the node of a value that no path leads to.
const none = -1

// finder goes through a text in one loop, without recursion, to need little
// stack. What reads takes the text and a place in it, and returns the place
// after what it read: the end of the text once it has failed.
type finder struct {
	set    *Set
	places []Span
	node   int    // of the value that comes next
	seen   uint64 // of the first 64 nodes, those that have come
	bad    bool
	deep   bool
	list   bool                         // whether the innermost that is open is a list
	depth  int                          // of lists and objects that are open
	outer  [(maxDepth + 63) / 64]uint64 // which of those around the innermost are lists
	paths  int                          // how many of them, from the top, a path leads through
	open   [maxSteps]level              // those
}

// level is an open list or object that a path leads to.
type level struct {
	start uint32
	node  int16
	count uint16 // of elements so far
}

// end is what is wrong, once everything was read up to i.
func (f *finder) end(t []byte, i int) error {
	switch {
	case f.deep:
		return ErrTooDeep
	case f.bad || space(t, i) != len(t):
		return ErrNotJSON
	}
	return nil
}

func (f *finder) fail(t []byte) int {
	f.bad = true
	return len(t)
}

// at is the byte at i, 0 at the end.
func at(t []byte, i int) byte {
	if i < len(t) {
		return t[i]
	}
	return 0
}

// space returns where from i on no white space stands.
func space(t []byte, i int) int {
	for i < len(t) && t[i] <= ' ' && (t[i] == ' ' || t[i] == '\n' || t[i] == '\r' || t[i] == '\t') {
		i++
	}
	return i
}

// value reads one value with all that is in it.
func (f *finder) value(t []byte, i int) int {
	for {
		follows := false
		if c := at(t, i); c == '{' || c == '[' {
			i, follows = f.enter(t, i, c == '[')
		} else {
			start := i
			if i = scalar(t, i, c); i < 0 {
				return f.fail(t)
			}
			f.found(start, i)
		}
		for !follows { // a value has ended
			if f.bad || f.depth == 0 {
				return i
			}
			i = space(t, i)
			switch c := at(t, i); c {
			case ',':
				i = f.following(t, space(t, i+1))
				follows = true
			case '}', ']':
				i = f.leave(t, i, c == ']')
			default:
				return f.fail(t)
			}
		}
		if f.bad {
			return len(t)
		}
	}
}

// found notes where the value of the present node stands.
func (f *finder) found(from, to int) {
	if f.node == none {
		return
	}
	if slot := f.set.nodes[f.node].slot; slot >= 0 {
		f.places[slot] = Span{uint32(from), uint32(to)}
	}
}

// enter opens a list or an object and reports whether a value follows in it.
func (f *finder) enter(t []byte, i int, list bool) (_ int, follows bool) {
	if f.depth == maxDepth {
		f.deep = true
		return f.fail(t), false
	}
	if f.node != none {
		f.open[f.paths] = level{start: uint32(i), node: int16(f.node)}
		f.paths++
	}
	word, bit := uint(f.depth)/64, uint64(1)<<(uint(f.depth)%64)
	f.outer[word] &^= bit
	if f.list {
		f.outer[word] |= bit
	}
	f.list = list
	f.depth++
	i = space(t, i+1)
	if !list {
		if at(t, i) == '}' {
			return i, false
		}
		return f.member(t, i), true
	}
	if at(t, i) == ']' {
		return i, false
	}
	f.element()
	return i, true
}

// onPath is the innermost of what is open, when a path leads to it.
func (f *finder) onPath() *level {
	if f.paths != f.depth {
		return nil
	}
	return &f.open[f.paths-1]
}

// following goes on to the next value after a comma.
func (f *finder) following(t []byte, i int) int {
	if !f.list {
		return f.member(t, i)
	}
	if l := f.onPath(); l != nil && l.count < 1<<16-1 {
		l.count++
	}
	f.element()
	return i
}

// leave closes what is open.
func (f *finder) leave(t []byte, i int, list bool) int {
	if f.list != list {
		return f.fail(t)
	}
	if l := f.onPath(); l != nil {
		f.node = int(l.node)
		f.found(int(l.start), i+1)
		f.paths--
	}
	f.depth--
	f.list = f.outer[uint(f.depth)/64]>>(uint(f.depth)%64)&1 == 1
	return i + 1
}

// member reads a key and its colon; the value that comes next is that key's.
func (f *finder) member(t []byte, i int) int {
	if at(t, i) != '"' {
		return f.fail(t)
	}
	end, escaped := text(t, i)
	if end < 0 {
		return f.fail(t)
	}
	f.node = none
	if l := f.onPath(); l != nil {
		if n := &f.set.nodes[l.node]; len(n.children) > 0 {
			f.node = f.child(n, t[i+1:end-1], escaped)
		}
	}
	i = space(t, end)
	if at(t, i) != ':' {
		return f.fail(t)
	}
	return space(t, i+1)
}

// child finds the member of a node that has the key, and forgets what an
// earlier member of that key had.
func (f *finder) child(of *node, key []byte, escaped bool) int {
	if escaped {
		key = unescaped(key)
	}
	for _, c := range of.children {
		n := &f.set.nodes[c]
		if n.key != string(key) || n.index >= 0 {
			continue
		}
		if f.seen>>c&1 == 1 || c >= 64 {
			f.forget(c)
		}
		f.seen |= 1 << c
		return c
	}
	return none
}

// forget drops what was found at node at and below.
func (f *finder) forget(at int) {
	n := &f.set.nodes[at]
	if n.slot >= 0 {
		f.places[n.slot] = Span{}
	}
	for _, c := range n.children {
		f.forget(c)
	}
}

// element makes the value that comes next the element of its list.
func (f *finder) element() {
	f.node = none
	l := f.onPath()
	if l == nil {
		return
	}
	for _, c := range f.set.nodes[l.node].children {
		if f.set.nodes[c].index == int(l.count) {
			f.node = c
			return
		}
	}
}

// unescaped is what a key says. It copies the key: what encoding/json sees
// would go to the heap, and the finder with it.
func unescaped(key []byte) []byte {
	return Value(append(append([]byte{'"'}, key...), '"')).Text()
}
