// Package wire reads and writes JSON in the one layout that a known writer
// produces, without parsing it: key after key in the order they were written,
// no white space, no escapes.
//
// A Cursor is strict. Whatever it steps over is valid JSON, so a caller that
// reaches End has seen what encoding/json would have seen; a caller whose step
// fails hands the whole frame to encoding/json instead, which takes any layout.
// Nothing here allocates.
package wire

import (
	"bytes"
	"encoding/json"
)

// Cursor stands in a frame. The zero Cursor is at the end of an empty one. It
// is a value: copying it marks a place to come back to.
type Cursor struct{ rest []byte }

// At returns a Cursor at the start of frame, which it does not copy.
func At(frame []byte) Cursor { return Cursor{frame} }

// Skip steps over literal and reports whether it was there; if not, the cursor
// stays.
func (c *Cursor) Skip(literal string) bool {
	if len(c.rest) < len(literal) || string(c.rest[:len(literal)]) != literal {
		return false
	}
	c.rest = c.rest[len(literal):]
	return true
}

// Name reads the rest of a JSON string whose opening quote is behind the
// cursor, and its closing quote. It takes printable ASCII without escapes only.
func (c *Cursor) Name() (name []byte, ok bool) {
	for i, b := range c.rest {
		switch {
		case b == '"':
			name, c.rest = c.rest[:i], c.rest[i+1:]
			return name, true
		case b < ' ' || b >= 0x7f || b == '\\':
			return nil, false
		}
	}
	return nil, false
}

// Text is Name for strings with characters beyond ASCII in them, too. Whether
// they are valid UTF-8 is the caller's question.
func (c *Cursor) Text() (text []byte, ok bool) {
	i := bytes.IndexByte(c.rest, '"')
	if i < 0 {
		return nil, false
	}
	text = c.rest[:i]
	for _, b := range text {
		if b < ' ' || b == '\\' {
			return nil, false
		}
	}
	c.rest = c.rest[i+1:]
	return text, true
}

// Number reads a whole number from 0 to 999,999,999,999,999, which is exact in
// every JSON reader.
func (c *Cursor) Number() (n int64, ok bool) {
	i := 0
	for ; i < len(c.rest) && '0' <= c.rest[i] && c.rest[i] <= '9'; i++ {
		if i == 15 {
			return 0, false
		}
		n = n*10 + int64(c.rest[i]-'0')
	}
	if i == 0 || i > 1 && c.rest[0] == '0' {
		return 0, false
	}
	c.rest = c.rest[i:]
	return n, true
}

// End reports whether the whole frame is behind the cursor.
func (c *Cursor) End() bool { return len(c.rest) == 0 }

// AppendString appends s to dst as a JSON string, with its quotes.
func AppendString[T []byte | string](dst []byte, s T) []byte {
	for i := range len(s) {
		if b := s[i]; b < ' ' || b >= 0x7f || b == '"' || b == '\\' {
			quoted, err := json.Marshal(string(s))
			if err != nil { // no string fails to marshal; invalid UTF-8 is replaced
				quoted = []byte(`""`)
			}
			return append(dst, quoted...)
		}
	}
	dst = append(dst, '"')
	dst = append(dst, s...)
	return append(dst, '"')
}
