package arch

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestImportsKeepTheFloors(t *testing.T) {
	pkgs := list(t)
	for _, p := range pkgs {
		depend(t, p.Dir)
		for _, wrong := range violations(p) {
			t.Error(wrong)
		}
	}
	if !slices.ContainsFunc(pkgs, func(p pkg) bool { return p.ImportPath == module+"internal/arch" }) {
		t.Error("go list does not know this package: nothing was checked")
	}
}

// depend looks at dir and its Go files from inside this process, so that the
// go command runs the test again when one of them changes, and does not
// answer from its cache.
func depend(t *testing.T, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") {
			continue
		}
		if _, err := os.Stat(filepath.Join(dir, e.Name())); err != nil {
			t.Log(err) // gone since ReadDir: the next run sees it
		}
	}
}

// list asks go list for all packages of the module.
func list(t *testing.T) []pkg {
	t.Helper()
	root, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		t.Fatal(explain(err))
	}
	cmd := exec.Command("go", "list", "-json=Dir,ImportPath,Imports,TestImports,XTestImports", "./...")
	cmd.Dir = strings.TrimSpace(string(root))
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(explain(err))
	}
	var pkgs []pkg
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return pkgs
		} else if err != nil {
			t.Fatal(err)
		}
		pkgs = append(pkgs, p)
	}
}

// explain adds what the go command said to why it failed.
func explain(err error) string {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return "go list: " + err.Error() + "\n" + string(exit.Stderr)
	}
	return "go list: " + err.Error()
}

func TestViolations(t *testing.T) {
	tests := map[string]struct {
		pkg  pkg
		want string // the message's part that gives the reason; "" for none
	}{
		"downward": {pkg{ImportPath: module + "agent",
			Imports: []string{module + "scenario", module + "faults", module + "report", module + "protocol"}}, ""},
		"upward": {pkg{ImportPath: module + "protocol", Imports: []string{module + "scenario"}},
			"protocol imports scenario: imports run downward only, and scenario is on floor 2, protocol on floor 0"},
		"sideways": {pkg{ImportPath: module + "faults", Imports: []string{module + "report"}},
			"both are on floor 1"},
		"within a room": {pkg{ImportPath: module + "report/html", Imports: []string{module + "report"}}, ""},
		"on the ground floor rooms may share": {
			pkg{ImportPath: module + "protocol", Imports: []string{module + "internal/unit"}}, ""},
		"the clients and the server": {pkg{ImportPath: module + "agent", Imports: []string{module + "testserver"}},
			"agent imports testserver: simulated clients and reference server meet on the wire only"},
		"the server and the clients": {pkg{ImportPath: module + "testserver", Imports: []string{module + "agent"}},
			"imports run downward only"},
		"the plan and the server": {pkg{ImportPath: module + "scenario", Imports: []string{module + "testserver"}},
			"meet on the wire only"},
		"the command and everybody": {pkg{ImportPath: module + "cmd/imbench",
			Imports: []string{module + "agent", module + "testserver", "github.com/urfave/cli/v2"}}, ""},
		"a test may bring the server": {pkg{ImportPath: module + "agent",
			XTestImports: []string{module + "testserver", module + "internal/memnet", "testing"}}, ""},
		"a test upward": {pkg{ImportPath: module + "faults", TestImports: []string{module + "agent"}},
			"a test of faults imports agent: imports run downward only"},
		"memory for a network": {pkg{ImportPath: module + "agent", Imports: []string{module + "internal/memnet"}},
			"it stands in for the network in tests"},
		"flags below the command": {pkg{ImportPath: module + "scenario", Imports: []string{"github.com/urfave/cli/v2"}},
			"are floor 4's"},
		"a package nobody placed": {pkg{ImportPath: module + "extras"}, "extras is on no floor"},
		"others' packages":        {pkg{ImportPath: "example.com/other", Imports: []string{module + "cmd/imbench"}}, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := strings.Join(violations(tt.pkg), "\n")
			if (tt.want == "") != (got == "") || !strings.Contains(got, tt.want) {
				t.Errorf("violations: %q; want %q", got, tt.want)
			}
		})
	}
}
