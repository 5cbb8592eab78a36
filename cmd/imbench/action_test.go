package main

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// action is what of action.yml must fit together.
type action struct {
	Name, Description string
	Inputs            map[string]struct {
		Description string
		Required    bool
		Default     *string
	}
	Outputs map[string]struct{ Description, Value string }
	Runs    struct {
		Using string
		Steps []step
	}
}

type step struct {
	ID, Name, If, Uses, Run, Shell string
	With, Env                      map[string]string
}

func TestTheActionFitsTogether(t *testing.T) {
	text, err := os.ReadFile("../../action.yml")
	if err != nil {
		t.Fatal(err)
	}
	script, err := os.ReadFile("../../scripts/action.sh")
	if err != nil {
		t.Fatal(err)
	}
	var a action
	if err := yaml.Unmarshal(text, &a); err != nil {
		t.Fatal(err)
	}
	if a.Runs.Using != "composite" || a.Name == "" || a.Description == "" {
		t.Errorf("%+v", a)
	}
	for name, in := range a.Inputs {
		if in.Description == "" || in.Required == (in.Default != nil) {
			t.Errorf("input %s: described %q, required %v, default %v", name, in.Description, in.Required, in.Default)
		}
		if !strings.Contains(string(text), "inputs."+name) {
			t.Errorf("input %s is not used", name)
		}
	}
	for _, used := range regexp.MustCompile(`inputs\.([\w-]+)`).FindAllStringSubmatch(string(text), -1) {
		if _, ok := a.Inputs[used[1]]; !ok {
			t.Errorf("there is no input %s", used[1])
		}
	}
	var ids []string
	for _, s := range a.Runs.Steps {
		ids = append(ids, s.ID)
		checkStep(t, s, string(script))
	}
	for _, used := range regexp.MustCompile(`steps\.([\w-]+)\.outputs`).FindAllStringSubmatch(string(text), -1) {
		if !slices.Contains(ids, used[1]) {
			t.Errorf("there is no step %s", used[1])
		}
	}
}

func checkStep(t *testing.T, s step, script string) {
	t.Helper()
	if s.Name == "" || (s.Uses == "") == (s.Run == "") {
		t.Errorf("step %+v", s)
	}
	if s.Uses != "" && !regexp.MustCompile(`^actions/[\w/-]+@v\d+$`).MatchString(s.Uses) {
		t.Errorf("%s: uses %s", s.Name, s.Uses)
	}
	if s.Run == "" {
		return
	}
	if s.Shell != "bash" {
		t.Errorf("%s: the shell is %q", s.Name, s.Shell)
	}
	// What a pull request's author can choose must not become shell.
	if strings.Contains(s.Run, "${{") {
		t.Errorf("%s: an expression stands in the command", s.Name)
	}
	if !strings.Contains(s.Run, "scripts/action.sh") {
		return
	}
	part := regexp.MustCompile(`(?ms)^` + s.Run[strings.LastIndexByte(strings.TrimSpace(s.Run), ' ')+1:] + `\(\) \{.*?^\}`).FindString(script)
	if part == "" {
		t.Errorf("%s: action.sh has no such part: %s", s.Name, s.Run)
	}
	for _, used := range regexp.MustCompile(`IMBENCH_[A-Z_]+`).FindAllString(part, -1) {
		if _, ok := s.Env[used]; !ok {
			t.Errorf("%s: %s is not set", s.Name, used)
		}
	}
}
