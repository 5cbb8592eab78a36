package wire

import (
	"encoding/json"
	"fmt"
	"testing"
	"unicode/utf8"
)

func TestCursorTakesOnlyWhatIsPlain(t *testing.T) {
	name := func(c *Cursor) bool { _, ok := c.Name(); return ok }
	text := func(c *Cursor) bool { _, ok := c.Text(); return ok }
	number := func(c *Cursor) bool { _, ok := c.Number(); return ok }
	for what, c := range map[string]struct {
		rest string
		step func(*Cursor) bool
		want bool
	}{
		"a name":                             {`c12"`, name, true},
		"an empty name":                      {`"`, name, true},
		"a name with an escape":              {`c\"12"`, name, false},
		"a name beyond ASCII":                {`房"`, name, false},
		"a name without an end":              {`c12`, name, false},
		"a text beyond ASCII":                {`房"`, text, true},
		"a text with a raw line break":       {"a\nb\"", text, false},
		"a text with an escape":              {`\u5df2"`, text, false},
		"a text without an end":              {`abc`, text, false},
		"a number":                           {`17,`, number, true},
		"nought":                             {`0`, number, true},
		"a number with a leading nought":     {`017`, number, false},
		"a number below nought":              {`-1`, number, false},
		"the largest number":                 {`999999999999999`, number, true},
		"a number that floats would distort": {`1000000000000000`, number, false},
		"no number":                          {`x`, number, false},
	} {
		cursor := At([]byte(c.rest))
		if got := c.step(&cursor); got != c.want {
			t.Errorf("%s: %v", what, got)
		}
	}
}

func TestAppendedStringsAreJSON(t *testing.T) {
	for _, s := range []string{"", "c12", "a b", `"`, `\`, "\n\x00", "房间", "<&>", "\x7f"} {
		var back string
		if err := json.Unmarshal(AppendString(nil, s), &back); err != nil || back != s {
			t.Errorf("%q came back as %q, %v", s, back, err)
		}
	}
}

func FuzzStringsAreReadAsJSONReadsThem(f *testing.F) {
	f.Add(`c12"`)
	f.Add(`房"rest`)
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) {
			return
		}
		c := At([]byte(s))
		text, ok := c.Text()
		if !ok {
			return
		}
		var want string
		if err := json.Unmarshal([]byte(`"`+string(text)+`"`), &want); err != nil || want != string(text) {
			t.Errorf("%q was read as %q, JSON says %q, %v", s, text, want, err)
		}
	})
}

func ExampleCursor() {
	c := At([]byte(`{"id":"c12","n":5}`))
	if c.Skip(`{"id":"`) {
		id, _ := c.Name()
		fmt.Printf("%s %v\n", id, c.Skip(`,"n":`))
	}
	n, _ := c.Number()
	fmt.Println(n, c.Skip(`}`), c.End())
	// Output:
	// c12 true
	// 5 true true
}
