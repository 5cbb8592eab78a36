package scenario

import (
	"slices"
	"strings"
	"testing"
)

func TestSecretsAreWhatRedactedMasksAsItIsOnTheWire(t *testing.T) {
	s, err := Load([]byte(`
target:
  url: ws://me:pass-word@h:1/ws?session=one%2Ftwo&v=2&room=lobby&x=${LONG}
  headers: {Authorization: "Bearer ${IM_TOKEN}", Cookie: "a=biscuit; b=cracker", X: abc}
  token: "pre-${IM_TOKEN}"
  protocol: {name: p, ready: open, message: {room: {say: "${content}"}}, headers: {K: "literal-${env.ROOM}"}, query: {token: "opened"}}
  start: {command: [x], env: {S: "${KEY}", DB_PASSWORD: tiger, MODE: fast}, ready: "http://h/?token=readied"}
rooms: {size: 2}
clients: {count: 2, login: {jwt: {secret: signing, claims: {sub: a}}}}
`), "t.yaml", Options{Env: environment(map[string]string{"ROOM": "in-the-room", "KEY": "a-key", "IM_TOKEN": "expanded", "LONG": "0123456789abcdef"})})
	if err != nil {
		t.Fatal(err)
	}
	got := s.Secrets(environment(map[string]string{"ROOM": "in-the-room", "KEY": "a-key", "IM_TOKEN": "expanded", "LONG": "0123456789abcdef"}))
	for _, want := range []string{
		"pass-word", "bWU6cGFzcy13b3Jk", "one/two", "one%2Ftwo", "0123456789abcdef",
		"Bearer expanded", "expanded", "biscuit", "cracker", "pre-expanded",
		"literal-in-the-room", "in-the-room", "literal-", "opened", "a-key", "tiger", "readied", "signing",
	} {
		if !slices.Contains(got, want) {
			t.Errorf("%s is missing", want)
		}
	}
	for _, harmless := range []string{"abc", "2", "lobby", "me", "Bearer ", "h", "fast"} {
		if slices.Contains(got, harmless) {
			t.Errorf("%s is among them", harmless)
		}
	}
	if !slices.IsSortedFunc(got, func(a, b string) int { return len(b) - len(a) }) {
		t.Errorf("not the longest first: %q", got)
	}
}

func TestRedactURLMasksWhatMayBeASecret(t *testing.T) {
	for raw, want := range map[string]string{
		"ws://h/ws":                                       "ws://h/ws",
		"ws://h/ws?v=2&room=lobby":                        "ws://h/ws?v=2&room=lobby",
		"ws://h/ws?session=abc":                           "ws://h/ws?session=***",
		"ws://h/ws?X-Signature=abc&q=1":                   "ws://h/ws?X-Signature=***&q=1",
		"ws://h/ws?q=0123456789abcdef":                    "ws://h/ws?q=***",
		"ws://h/ws?q=${A_VERY_LONG_NAME_OF_A_VARIABLE}":   "ws://h/ws?q=${A_VERY_LONG_NAME_OF_A_VARIABLE}",
		"ws://me:pw@h/ws":                                 "ws://me:***@h/ws",
		"ws://me@h/ws":                                    "ws://me@h/ws",
		"ws://0123456789abcdef@h/ws":                      "ws://***@h/ws",
		"ws://h/ws?" + strings.Repeat("a", 20) + "&token": "ws://h/ws?" + strings.Repeat("a", 20) + "&token=",
	} {
		if got := RedactURL(raw); got != want {
			t.Errorf("%s: %s, want %s", raw, got, want)
		}
	}
}
