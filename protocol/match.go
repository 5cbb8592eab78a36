package protocol

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/imbench/imbench/protocol/jsonpath"
)

// matcher is a list of conditions that a frame must meet, all of them. A nil
// matcher matches nothing.
type matcher []condition

type test uint8

const (
	exists   test = iota // of a path
	absent               // of a path
	equal                // … of a path to a literal
	unequal              //
	below                // … of a number
	atMost               //
	above                //
	atLeast              //
	isText               // of the whole frame
	begins               //
	contains             //
	matches              // a regular expression
)

// condition is one thing to hold of a frame.
type condition struct {
	test    test
	slot    int    // of the path
	text    []byte // literal: a string's text, or a raw true, false or null
	str     bool   // literal is a string
	isNum   bool   // literal is a number
	number  float64
	pattern *regexp.Regexp
}

// places are where in a frame the values of the rules' paths stand; nil for a
// frame that is not JSON. It goes beside the frame, not in one struct with it:
// what is taken out of the frame would take the places to the heap.
type places = *[jsonpath.MaxPaths]jsonpath.Span

func (m matcher) match(frame []byte, at places) bool {
	for i := range m {
		if !m[i].holds(frame, at) {
			return false
		}
	}
	return m != nil
}

func (c *condition) holds(frame []byte, at places) bool {
	switch c.test {
	case isText:
		return bytes.Equal(frame, c.text)
	case begins:
		return bytes.HasPrefix(frame, c.text)
	case contains:
		return bytes.Contains(frame, c.text)
	case matches:
		return c.pattern.Match(frame)
	}
	if at == nil {
		return false
	}
	value := at[c.slot].In(frame)
	switch c.test {
	case exists:
		return value != nil
	case absent:
		return value == nil
	case equal:
		return value != nil && c.equals(value)
	case unequal:
		return value == nil || !c.equals(value)
	}
	return c.ordered(value)
}

func (c *condition) equals(v jsonpath.Value) bool {
	switch {
	case c.str:
		return v.Says(c.text)
	case c.isNum:
		n, ok := numberOf(v)
		return ok && n == c.number
	}
	return bytes.Equal(v, c.text)
}

func (c *condition) ordered(v jsonpath.Value) bool {
	n, ok := numberOf(v)
	if !ok {
		return false
	}
	switch c.test {
	case below:
		return n < c.number
	case atMost:
		return n <= c.number
	case above:
		return n > c.number
	default:
		return n >= c.number
	}
}

// numberOf reads a number without allocating when it is short and whole.
func numberOf(v jsonpath.Value) (n float64, ok bool) {
	if !v.IsNumber() {
		return 0, false
	}
	whole := 0
	for _, c := range v {
		if c < '0' || c > '9' || len(v) > 15 {
			n, err := strconv.ParseFloat(string(v), 64)
			return n, err == nil
		}
		whole = whole*10 + int(c-'0')
	}
	return float64(whole), true
}

// parseCondition reads a condition on a JSON path: $.path, !$.path, or $.path
// OP LITERAL.
func parseCondition(text string, paths *jsonpath.Set) (c condition, err error) {
	rest := strings.TrimSpace(text)
	if negated, ok := strings.CutPrefix(rest, "!"); ok {
		c.test = absent
		c.slot, err = paths.Add(strings.TrimSpace(negated))
		return c, err
	}
	path, rest := jsonpath.Cut(rest)
	if c.slot, err = paths.Add(path); err != nil {
		return c, err
	}
	rest = strings.TrimSpace(rest)
	if rest == "" {
		return c, nil
	}
	for _, op := range []struct {
		sign string
		test test
	}{{"==", equal}, {"!=", unequal}, {"<=", atMost}, {">=", atLeast}, {"<", below}, {">", above}} {
		if literal, ok := strings.CutPrefix(rest, op.sign); ok {
			c.test = op.test
			err = c.literal(strings.TrimSpace(literal))
			return c, err
		}
	}
	return c, fmt.Errorf("%q is no comparison; there are ==, !=, <, <=, > and >=", rest)
}

// literal reads what a value is compared to.
func (c *condition) literal(text string) error {
	if len(text) > 1 && text[0] == '\'' && text[len(text)-1] == '\'' {
		c.str, c.text = true, []byte(text[1:len(text)-1])
	} else {
		var v any
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			return fmt.Errorf("%q is not a value; write text in quotes, or a number, true, false or null", text)
		}
		switch v := v.(type) {
		case string:
			c.str, c.text = true, []byte(v)
		case float64:
			c.isNum, c.number = true, v
		case bool, nil:
			c.text = []byte(text)
		default:
			return errors.New("a list or a map cannot be compared; compare what is in it")
		}
	}
	if c.test != equal && c.test != unequal && !c.isNum {
		return errors.New("only numbers are less or more; use == or !=")
	}
	return nil
}

// extraction takes a text out of a frame: the value at a JSON path, or what a
// regular expression's first group matched. A nil extraction takes nothing.
type extraction struct {
	slot    int
	pattern *regexp.Regexp
}

func (x *extraction) from(frame []byte, at places) []byte {
	switch {
	case x == nil:
		return nil
	case x.pattern != nil:
		if m := x.pattern.FindSubmatch(frame); m != nil {
			return m[1]
		}
	case at != nil:
		if value := at[x.slot].In(frame); string(value) != "null" {
			return value.Text()
		}
	}
	return nil
}
