package problem

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

func TestAProblemIsPrintedOnOneLineWithItsPlaceAndRemedy(t *testing.T) {
	for want, p := range map[string]Problem{
		"t.yaml:2:5: seed: is no number; write one": {File: "t.yaml", Line: 2, Column: 5, Path: "seed", Problem: "is no number", Remedy: "write one"},
		"t.yaml:2:5: is empty":                      {File: "t.yaml", Line: 2, Column: 5, Problem: "is empty"},
		"t.yaml: cannot be read":                    {File: "t.yaml", Problem: "cannot be read"},
		"--set seed=x: seed: is no number":          {File: "t.yaml", Instead: "--set seed=x", Path: "seed", Problem: "is no number"},
		`t.yaml:1:1: "a\x1bb\nc": unknown key`:      {File: "t.yaml", Line: 1, Column: 1, Path: "a\x1bb\nc", Problem: "unknown key"},
	} {
		if got := p.Error(); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestProblemsStandInTheFilesOrderThoseOfOthersAfterIt(t *testing.T) {
	err := All("m.yaml", []*Problem{
		{Instead: "--set a=1", Problem: "8"},
		{File: "z.yaml", Line: 1, Column: 1, Problem: "7"},
		{File: "b.yaml", Line: 9, Column: 1, Problem: "6"},
		{File: "m.yaml", Line: 10, Column: 1, Problem: "5"},
		{File: "m.yaml", Line: 2, Column: 8, Problem: "3"},
		{File: "m.yaml", Line: 2, Column: 8, Problem: "4"},
		{File: "m.yaml", Line: 2, Column: 1, Problem: "2"},
		{File: "m.yaml", Problem: "1"},
	})
	var list *Problems
	if !errors.As(err, &list) {
		t.Fatal(err)
	}
	var order []string
	for _, p := range list.List {
		order = append(order, p.Problem)
	}
	if want := strings.Split("12345678", ""); !slices.Equal(order, want) {
		t.Errorf("the order is %v", order)
	}
	if lines := strings.Split(list.Error(), "\n"); len(lines) != 8 || lines[0] != "m.yaml: 1" {
		t.Errorf("printed as %q", lines)
	}
	if !errors.Is(err, list.List[3]) {
		t.Error("a single problem is not found in all of them")
	}
}

func TestNoProblemIsNoError(t *testing.T) {
	if err := All("m.yaml", nil); err != nil {
		t.Error(err)
	}
}

func TestWhatStandsInAFileIsSaidInAWordOrQuoted(t *testing.T) {
	for src, want := range map[string]string{"{a: b}": "a map", "[a]": "a list", "soon": `"soon"`, "": `""`} {
		var doc yaml.Node
		if err := yaml.Load([]byte("x: "+src), &doc); err != nil {
			t.Fatal(err)
		}
		if got := Said(doc.Content[0].Content[1]); got != want {
			t.Errorf("%s is %s", src, got)
		}
	}
}

func TestWhatSomebodyWroteIsPrintedSafely(t *testing.T) {
	long := strings.Repeat("ä", 300)
	for _, c := range []struct{ name, text, quoted, printable string }{
		{"plain words", "faults[0].for", `"faults[0].for"`, "faults[0].for"},
		{"quotes", `a "b"`, `"a \"b\""`, `a "b"`},
		{"an escape sequence", "\x1b[2J", `"\x1b[2J"`, `"\x1b[2J"`},
		{"a line break", "a\nb", `"a\nb"`, `"a\nb"`},
		{"a long text", long, `"` + long[:2*60] + `…"`, `"` + long[:2*60] + `…"`},
		{"nothing", "", `""`, ""},
	} {
		if got := Quoted(c.text); got != c.quoted {
			t.Errorf("%s is quoted as %s", c.name, got)
		}
		if got := Printable(c.text); got != c.printable {
			t.Errorf("%s is printed as %s", c.name, got)
		}
	}
}
