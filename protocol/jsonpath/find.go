package jsonpath

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"math/bits"
	"unicode/utf8"
)

// What Find can say of a text.
var (
	ErrNotJSON = errors.New("not JSON")
	ErrTooDeep = errors.New("nested deeper than 200 levels")
)

const maxDepth = 200

// Find looks up the set's paths in text. The place of path n's value goes to
// places[n], the zero Span where there is none; places must be as long as the
// set.
func (s *Set) Find(text []byte, places []Span) error {
	clear(places)
	f := finder{text: text, set: s, places: places}
	at := none
	if len(s.nodes) > 0 {
		at = 0
	}
	f.space()
	f.value(at, 0)
	f.space()
	switch {
	case f.deep:
		return ErrTooDeep
	case f.bad || f.pos != len(f.text):
		return ErrNotJSON
	}
	return nil
}

// Elements cuts the first element off the rest of a JSON array: what begins
// with [ for the whole of it, or with the comma after the last element. Rest is
// nil when there is none left. The element is checked, what follows is not.
func Elements(array []byte) (first, rest []byte, err error) {
	if len(array) == 0 {
		return nil, nil, ErrNotJSON
	}
	f := finder{text: array, set: &empty}
	f.pos++ // [ or ,
	f.space()
	if f.peek() == ']' && array[0] == '[' {
		f.pos++
		return nil, nil, f.end()
	}
	start := f.pos
	f.value(none, 1)
	first = array[start:f.pos]
	f.space()
	switch {
	case f.bad:
		return nil, nil, ErrNotJSON
	case f.deep:
		return nil, nil, ErrTooDeep
	case f.peek() == ',':
		return first, array[f.pos:], nil
	case f.peek() == ']':
		f.pos++
		if err := f.end(); err != nil {
			return nil, nil, err
		}
		return first, nil, nil
	}
	return nil, nil, ErrNotJSON
}

// empty looks for nothing.
var empty Set

// none is the node of a value that no path leads to.
const none = -1

// finder stands in a text. Once bad or deep, it moves to the end.
type finder struct {
	text   []byte
	pos    int
	set    *Set
	places []Span
	bad    bool
	deep   bool
}

func (f *finder) end() error {
	f.space()
	if f.bad || f.pos != len(f.text) {
		return ErrNotJSON
	}
	return nil
}

// peek is the byte at the cursor, 0 at the end.
func (f *finder) peek() byte {
	if f.pos < len(f.text) {
		return f.text[f.pos]
	}
	return 0
}

func (f *finder) fail() { f.bad, f.pos = true, len(f.text) }

func (f *finder) space() {
	for f.pos < len(f.text) {
		switch f.text[f.pos] {
		case ' ', '\t', '\n', '\r':
			f.pos++
		default:
			return
		}
	}
}

// value reads one value, which is that of node at, or of none.
func (f *finder) value(at, depth int) {
	start := f.pos
	switch c := f.peek(); {
	case c == '"':
		f.string()
	case c == '{':
		f.object(at, depth)
	case c == '[':
		f.array(at, depth)
	case c == '-' || '0' <= c && c <= '9':
		f.number()
	case c == 't':
		f.literal("true")
	case c == 'f':
		f.literal("false")
	case c == 'n':
		f.literal("null")
	default:
		f.fail()
	}
	if at != none && !f.bad {
		if slot := f.set.nodes[at].slot; slot >= 0 {
			f.places[slot] = Span{start, f.pos}
		}
	}
}

// object reads from { to }.
func (f *finder) object(at, depth int) {
	if depth == maxDepth {
		f.deep = true
		f.fail()
		return
	}
	f.pos++
	f.space()
	if f.peek() == '}' {
		f.pos++
		return
	}
	for {
		start := f.pos
		if f.peek() != '"' {
			f.fail()
			return
		}
		escaped := f.string()
		child := none
		if at != none && !f.bad {
			child = f.member(at, f.text[start:f.pos], escaped)
		}
		f.space()
		if f.peek() != ':' {
			f.fail()
			return
		}
		f.pos++
		f.space()
		f.value(child, depth+1)
		f.space()
		switch f.peek() {
		case ',':
			f.pos++
			f.space()
		case '}':
			f.pos++
			return
		default:
			f.fail()
			return
		}
	}
}

// member finds the child of node at that quoted is the key of, and forgets what
// an earlier member of that key had.
func (f *finder) member(at int, quoted []byte, escaped bool) int {
	children := f.set.nodes[at].children
	if len(children) == 0 {
		return none
	}
	key := quoted[1 : len(quoted)-1]
	if escaped {
		key = Value(bytes.Clone(quoted)).Text() // of a copy: what json sees would go to the heap, and the finder with it
	}
	for _, c := range children {
		if n := &f.set.nodes[c]; n.index < 0 && n.key == string(key) {
			f.forget(c)
			return c
		}
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

// array reads from [ to ].
func (f *finder) array(at, depth int) {
	if depth == maxDepth {
		f.deep = true
		f.fail()
		return
	}
	f.pos++
	f.space()
	if f.peek() == ']' {
		f.pos++
		return
	}
	for i := 0; ; i++ {
		f.value(f.element(at, i), depth+1)
		f.space()
		switch f.peek() {
		case ',':
			f.pos++
			f.space()
		case ']':
			f.pos++
			return
		default:
			f.fail()
			return
		}
	}
}

// element finds the child of node at that is its i-th element.
func (f *finder) element(at, i int) int {
	if at == none {
		return none
	}
	for _, c := range f.set.nodes[at].children {
		if f.set.nodes[c].index == i {
			return c
		}
	}
	return none
}

// string reads from quote to quote and reports whether there are escapes.
func (f *finder) string() (escaped bool) {
	t := f.text
	i := f.pos + 1
	for {
		for ; i+8 <= len(t); i += 8 {
			if n := special(binary.LittleEndian.Uint64(t[i:])); n < 8 {
				i += n
				break
			}
		}
		for i < len(t) && t[i] >= ' ' && t[i] != '"' && t[i] != '\\' {
			i++
		}
		if i >= len(t) || t[i] < ' ' {
			f.fail()
			return escaped
		}
		if t[i] == '"' {
			f.pos = i + 1
			return escaped
		}
		escaped = true
		n := escapeLen(t[i:])
		if n == 0 {
			f.fail()
			return escaped
		}
		i += n
	}
}

// special returns the place of the first of eight bytes that is a quote, a
// backslash or a control character; 8 for none. It may name a place too early,
// never too late.
func special(word uint64) int {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	quote := word ^ ones*'"'
	slash := word ^ ones*'\\'
	found := (quote-ones)&^quote | (slash-ones)&^slash | (word-ones*' ')&^word
	return bits.TrailingZeros64(found&highs) / 8
}

// escapeLen is the length of the escape at the start of t, 0 when it is none.
func escapeLen(t []byte) int {
	if len(t) < 2 {
		return 0
	}
	switch t[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if len(t) < 6 {
			return 0
		}
		for _, c := range t[2:6] {
			if !('0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F') {
				return 0
			}
		}
		return 6
	}
	return 0
}

// number reads a number by JSON's grammar.
func (f *finder) number() {
	if f.peek() == '-' {
		f.pos++
	}
	if f.peek() == '0' {
		f.pos++
	} else if !f.digits() {
		return
	}
	if f.peek() == '.' {
		f.pos++
		if !f.digits() {
			return
		}
	}
	if c := f.peek(); c == 'e' || c == 'E' {
		f.pos++
		if c := f.peek(); c == '+' || c == '-' {
			f.pos++
		}
		f.digits()
	}
}

// digits reads one digit or more.
func (f *finder) digits() bool {
	start := f.pos
	for f.pos < len(f.text) && '0' <= f.text[f.pos] && f.text[f.pos] <= '9' {
		f.pos++
	}
	if f.pos == start {
		f.fail()
		return false
	}
	return true
}

func (f *finder) literal(word string) {
	if len(f.text)-f.pos < len(word) || string(f.text[f.pos:f.pos+len(word)]) != word {
		f.fail()
		return
	}
	f.pos += len(word)
}

// Span is where in a text a value stands; the zero Span is nowhere. It holds no
// pointer, so that a place for many of them can stand on the stack.
type Span struct{ from, to int }

// In is the value at the place in text, which it points into; nil for nowhere.
func (p Span) In(text []byte) Value {
	if p.to == 0 {
		return nil
	}
	return text[p.from:p.to]
}

// Value is the raw text of a value; nil when there is none.
type Value []byte

// IsString reports whether the value is a string.
func (v Value) IsString() bool { return len(v) > 0 && v[0] == '"' }

// IsNumber reports whether the value is a number.
func (v Value) IsNumber() bool { return len(v) > 0 && (v[0] == '-' || '0' <= v[0] && v[0] <= '9') }

// Text is what a string says, and the raw text of any other value. A string
// without escapes is not copied.
func (v Value) Text() []byte {
	if !v.IsString() {
		return v
	}
	inner := v[1 : len(v)-1]
	if bytes.IndexByte(inner, '\\') < 0 && utf8.Valid(inner) { // encoding/json repairs what is not UTF-8
		return inner
	}
	var s string
	if json.Unmarshal(v, &s) != nil {
		return inner
	}
	return []byte(s)
}
