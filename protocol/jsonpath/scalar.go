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
//
// It looks at eight bytes at a time for a quote, a backslash or a control
// character: subtracting n from each byte of a word borrows into the high bit
// of those below n, and the lowest such bit is always right. Turning one bit of
// each byte puts the quote beside the control characters.
func text(t []byte, i int) (end int, escaped bool) {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	for i++; i+8 <= len(t); {
		word := binary.LittleEndian.Uint64(t[i:])
		low := word ^ ones*('"'^' ')
		slash := word ^ ones*'\\'
		found := ((low-ones*(' '+1))&^low | (slash-ones)&^slash) & highs
		if found == 0 {
			i += 8
			continue
		}
		i += bits.TrailingZeros64(found) / 8
		if t[i] == '"' {
			return i + 1, escaped
		}
		n := escapeLen(t[i:])
		if n == 0 {
			return -1, escaped
		}
		escaped = true
		i += n
	}
	return lastText(t, i, escaped)
}

// lastText is text for the last bytes of a frame.
func lastText(t []byte, i int, escaped bool) (end int, _ bool) {
	for i < len(t) && t[i] >= ' ' {
		switch t[i] {
		case '"':
			return i + 1, escaped
		case '\\':
			n := escapeLen(t[i:])
			if n == 0 {
				return -1, escaped
			}
			escaped = true
			i += n
		default:
			i++
		}
	}
	return -1, escaped
}

// escapeLen is the length of the escape at the start of t, 0 when it is none.
func escapeLen(t []byte) int {
	if len(t) < 2 || t[0] != '\\' {
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
			if digit, letter := '0' <= c && c <= '9', 'a' <= c|0x20 && c|0x20 <= 'f'; !digit && !letter {
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
