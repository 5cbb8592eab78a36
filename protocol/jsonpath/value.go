package jsonpath

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// Span is where in a text a value stands; the zero Span is nowhere. It holds no
// pointer, so that a place for many of them can stand on the stack.
type Span struct{ from, to uint32 }

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

// Says reports whether the value is a string that says text.
func (v Value) Says(text []byte) bool {
	if !v.IsString() {
		return false
	}
	for _, c := range v {
		if c == '\\' || c >= 0x80 {
			return bytes.Equal(v.Text(), text)
		}
	}
	return bytes.Equal(v[1:len(v)-1], text)
}

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
