package jsonpath

import (
	"encoding/binary"
	"math/bits"
)

// The functions here read what begins at place i of a text and return the place
// after it; -1 when it is not what it should be.

// scalar reads a value that begins with c and has nothing in it.
func scalar(t []byte, i int, c byte) int {
	switch {
	case c == '"':
		end, _ := text(t, i)
		return end
	case c == '-' || '0' <= c && c <= '9':
		return number(t, i)
	case c == 't':
		return literal(t, i, "true")
	case c == 'f':
		return literal(t, i, "false")
	case c == 'n':
		return literal(t, i, "null")
	}
	return -1
}

// text reads from quote to quote and reports whether there are escapes.
func text(t []byte, i int) (end int, escaped bool) {
	i++
	for {
		i = plainUntil(t, i)
		switch {
		case i >= len(t) || t[i] < ' ':
			return -1, escaped
		case t[i] == '"':
			return i + 1, escaped
		}
		escaped = true
		n := escapeLen(t[i:])
		if n == 0 {
			return -1, escaped
		}
		i += n
	}
}

// plainUntil returns where from i on the first quote, backslash or control
// character stands, or the end. It looks at eight bytes at a time: subtracting
// n from each byte of a word borrows into the high bit of those below n, and
// the lowest such bit is always right. Turning one bit of each byte puts the
// quote beside the control characters.
func plainUntil(t []byte, i int) int {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	for ; i+8 <= len(t); i += 8 {
		word := binary.LittleEndian.Uint64(t[i:])
		low := word ^ ones*('"'^' ')
		slash := word ^ ones*'\\'
		if found := ((low-ones*(' '+1))&^low | (slash-ones)&^slash) & highs; found != 0 {
			return i + bits.TrailingZeros64(found)/8
		}
	}
	for i < len(t) && t[i] >= ' ' && t[i] != '"' && t[i] != '\\' {
		i++
	}
	return i
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
func number(t []byte, i int) int {
	if t[i] == '-' {
		i++
	}
	if at(t, i) == '0' {
		i++
	} else if i = digits(t, i); i < 0 {
		return -1
	}
	if at(t, i) == '.' {
		if i = digits(t, i+1); i < 0 {
			return -1
		}
	}
	if c := at(t, i); c == 'e' || c == 'E' {
		i++
		if c := at(t, i); c == '+' || c == '-' {
			i++
		}
		return digits(t, i)
	}
	return i
}

// digits reads one digit or more.
func digits(t []byte, i int) int {
	start := i
	for i < len(t) && '0' <= t[i] && t[i] <= '9' {
		i++
	}
	if i == start {
		return -1
	}
	return i
}

func literal(t []byte, i int, word string) int {
	if len(t)-i < len(word) || string(t[i:i+len(word)]) != word {
		return -1
	}
	return i + len(word)
}
