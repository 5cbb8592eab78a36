package scenario

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// Options change what a file says.
type Options struct {
	Set  []string // PATH=VALUE each, in order
	Seed *uint64  // instead of the scenario's; nil: keep it
	// Env looks up environment variables, as os.LookupEnv does. ${VAR} is
	// checked but not expanded; see Expand. Nil: not checked, and a protocol
	// that asks for variables cannot be had.
	Env func(name string) (value string, ok bool)
	// ReadFile reads the files that a scenario names, by paths from here, not
	// from the scenario. Nil: a scenario may name none, but for certificates.
	ReadFile func(name string) ([]byte, error)
	// Now is the time at which logins are signed. Nil: time.Now.
	Now func() time.Time
}

// MaxFile bounds the size of a scenario in bytes.
const MaxFile = 1 << 20

// Load reads a scenario from YAML; file is its name, for messages and as the
// default of the scenario's own. The error is a *Problems with everything that
// is wrong. What it returns is the effective scenario: checked, presets and
// defaults filled in, times on the run's clock, ${VAR} not expanded.
func Load(src []byte, file string, o Options) (*Scenario, error) {
	d := newDecoder(file, o)
	root := d.parse(src)
	if root == nil {
		return nil, d.allProblems()
	}
	root = d.applySets(root, o.Set)
	if matrix := d.takeMatrix(root); matrix != nil {
		d.problem(placeOf(matrix), matrixKey, "makes several runs of one scenario, and one is wanted here",
			"leave it out by --set matrix=, and choose by --set PATH=VALUE")
	}
	return d.finish(root, o)
}

// finish makes the effective scenario of an edited tree.
func (d *decoder) finish(root *yaml.Node, o Options) (*Scenario, error) {
	s := &Scenario{File: d.file, Set: shownSets(o.Set)}
	d.decodeScenario(root, s)
	if o.Seed != nil {
		s.Seed = *o.Seed
	} else if !d.given("seed") {
		s.Seed = 1
	}
	d.complete(s)
	d.validate(s)
	for i := range s.Faults {
		s.Faults[i] = d.completeFault(s.Faults[i])
	}
	d.toRunClock(s)
	if err := d.allProblems(); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(encode(s.asWritten().withoutSecrets(), withoutSeed))
	s.Hash = hex.EncodeToString(sum[:])
	return s, nil
}

// parse returns the one document's top node, or nil and the problems.
func (d *decoder) parse(src []byte) *yaml.Node {
	fail := func(line, column int, problem, remedy string) *yaml.Node {
		d.problems = append(d.problems, &Problem{File: d.file, Line: line, Column: column, Problem: problem, Remedy: remedy})
		return nil
	}
	if len(src) > MaxFile {
		return fail(1, 1, fmt.Sprintf("the file is larger than %d bytes", MaxFile), "a scenario is a page or two of YAML")
	}
	if i := firstBadByte(src); i >= 0 {
		line, column := position(src, i)
		return fail(line, column, "the file is not plain text here", "write YAML in UTF-8")
	}
	var doc yaml.Node
	err := yaml.Load(src, &doc)
	if doc.Kind == yaml.DocumentNode && len(doc.Content) == 1 && err == nil {
		return doc.Content[0]
	}
	if doc.Kind == yaml.DocumentNode && err != nil { // the first document is fine: others follow
		line := nextDocument(src)
		return fail(line, 1, "the file has several documents", "write one scenario a file")
	}
	var syntax *yaml.LoadError
	if !errors.As(err, &syntax) || strings.Contains(syntax.Message, "no documents") {
		return fail(1, 1, "the scenario is empty", "the smallest is: {}")
	}
	at := syntax.Mark
	problem := "not YAML: " + syntax.Message
	if syntax.ContextMsg != "" {
		problem += " " + syntax.ContextMsg
		if m := syntax.ContextMark; m.Line > 0 && m.Line != at.Line {
			problem += fmt.Sprintf(" that begins at line %d", m.Line)
		}
	}
	remedy := ""
	if strings.Contains(syntax.Message, "cannot start any token") {
		remedy = "indent by spaces, not tabs, and put quotes around text that begins with a special character"
	}
	return fail(max(1, at.Line), max(1, at.Column), problem, remedy)
}

// firstBadByte finds what is not UTF-8 or a control character that YAML does
// not allow; -1 for none.
func firstBadByte(src []byte) int {
	for i := 0; i < len(src); {
		r, n := utf8.DecodeRune(src[i:])
		if r == utf8.RuneError && n == 1 || r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0x7f {
			return i
		}
		i += n
	}
	return -1
}

func position(src []byte, offset int) (line, column int) {
	before := string(src[:offset])
	return 1 + strings.Count(before, "\n"), 1 + utf8.RuneCountInString(before[1+strings.LastIndexByte(before, '\n'):])
}

// nextDocument is the line of the marker after which the second document
// begins.
func nextDocument(src []byte) int {
	content := false
	for i, line := range strings.Split(string(src), "\n") {
		switch {
		case strings.HasPrefix(line, "---") && content:
			return i + 1
		case strings.TrimSpace(line) != "" && !strings.HasPrefix(line, "---") && line[0] != '#' && line[0] != '%':
			content = true
		}
	}
	return 1
}
