package agent

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strconv"
	"strings"
	"testing"
)

// Whoever meets one of these names in a report looks it up in
// docs/troubleshooting.md: none may be missing there.
func TestTheTroubleshootingPageNamesEveryCauseAndEveryConnectError(t *testing.T) {
	page, err := os.ReadFile("../docs/troubleshooting.md")
	if err != nil {
		t.Fatal(err)
	}
	names := constantsOf(t, "cause.go")
	if len(names) < 20 {
		t.Fatalf("only %d names were found in cause.go: %q", len(names), names)
	}
	for _, name := range names {
		if !strings.Contains(string(page), "`"+name) { // a status or a code may follow
			t.Errorf("docs/troubleshooting.md does not have `%s`", name)
		}
	}
}

// constantsOf returns the string constants that a Go file declares.
func constantsOf(t *testing.T, file string) (values []string) {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(parsed, func(n ast.Node) bool {
		declared, ok := n.(*ast.GenDecl)
		if !ok || declared.Tok != token.CONST {
			return true
		}
		ast.Inspect(declared, func(n ast.Node) bool {
			if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING {
				value, err := strconv.Unquote(literal.Value)
				if err != nil {
					t.Fatal(err)
				}
				values = append(values, value)
			}
			return true
		})
		return false
	})
	return values
}
