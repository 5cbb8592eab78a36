package scenario

import (
	"strings"
	"testing"
)

func TestExpand(t *testing.T) {
	env := environment(map[string]string{"A": "1", "LONG_NAME2": "two", "EMPTY": "", "NESTED": "${A}"})
	for text, want := range map[string]string{
		"": "", "plain": "plain", "${A}": "1", "a${A}b${LONG_NAME2}c": "a1btwoc", "$A $ {A}": "$A $ {A}",
		"${EMPTY}": "", "$${A}": "${A}", "$$${A}": "$${A}", "${NESTED}": "${A}", "${env.A}": "1", "50$": "50$",
	} {
		if got, err := Expand(text, env); err != nil || got != want {
			t.Errorf("%q expands to %q (%v), want %q", text, got, err, want)
		}
	}
	for _, text := range []string{"${", "${}", "${A", "${1A}", "${A B}", "${A:-x}", "${env.}", "${column.A}", "${env.A.B}", "${MISSING}", "x ${A} ${B}"} {
		if got, err := Expand(text, env); err == nil || got != "" {
			t.Errorf("%q expands to %q", text, got)
		}
	}
}

func TestSecretsAreNotPrinted(t *testing.T) {
	s, err := Load([]byte(`
target:
  url: ws://me:hunter2@h:1/ws?token=hunter2&room=${ROOM}&key=${KEY}
  headers: {Authorization: "Bearer ${IM_TOKEN}", Cookie: hunter2, X: "hunter2-${ROOM}-hunter2"}
  token: hunter2
  start: {command: [x], env: {SECRET: "${KEY}"}}
`), "t.yaml", Options{Env: environment(map[string]string{"ROOM": "expanded", "KEY": "expanded", "IM_TOKEN": "expanded"})})
	if err != nil {
		t.Fatal(err)
	}
	printed, err := Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"hunter2", "expanded"} {
		if strings.Contains(string(printed), secret) {
			t.Errorf("%s is printed:\n%s", secret, printed)
		}
	}
	for _, want := range []string{"Bearer ${IM_TOKEN}", `Cookie: "***"`, "***${ROOM}***", "ws://me:***@h:1/ws?token=***&room=${ROOM}&key=${KEY}", "SECRET: ${KEY}"} {
		if !strings.Contains(string(printed), want) {
			t.Errorf("%s is missing:\n%s", want, printed)
		}
	}
	if s.Target.Token != "hunter2" || s.Target.Headers["Cookie"] != "hunter2" {
		t.Error("printing changed the scenario")
	}
}
