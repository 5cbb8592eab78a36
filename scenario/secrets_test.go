package scenario

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestSecretsAreWhatRedactedMasksAsItIsOnTheWire(t *testing.T) {
	s, err := Load([]byte(`
target:
  url: ws://me:pass-word@h:1/ws?session=one%2Ftwo&v=2&room=lobby&x=${LONG}&transport=websocket&alone
  headers: {Authorization: "Bearer ${IM_TOKEN}", Cookie: "a=biscuit; b=cracker", X: abc}
  token: "pre-${IM_TOKEN}"
  protocol: {name: p, ready: open, message: {room: {say: "${content}"}}, headers: {K: "literal-${env.ROOM}"}, query: {token: "opened"}}
  start: {command: [./srv, --listen, "127.0.0.1:80", --token, lynx, -auth, -v, "db://u:ocelot@h/?a=caracal"], env: {S: "${KEY}", DB_PASSWORD: tiger, MODE: production, ADDR: "127.0.0.1:80", X: panther}, ready: "http://h/?token=readied"}
rooms: {size: 2}
clients: {count: 2, login: {jwt: {secret: signing, claims: {sub: someone, password: serval}}}}
`), "t.yaml", Options{Env: environment(map[string]string{"ROOM": "in-the-room", "KEY": "a-key", "IM_TOKEN": "expanded", "LONG": "0123456789abcdef"})})
	if err != nil {
		t.Fatal(err)
	}
	got := s.Secrets(environment(map[string]string{"ROOM": "in-the-room", "KEY": "a-key", "IM_TOKEN": "expanded", "LONG": "0123456789abcdef"}))
	for _, want := range []string{
		"pass-word", "bWU6cGFzcy13b3Jk", "one/two", "one%2Ftwo", "0123456789abcdef",
		"Bearer expanded", "expanded", "biscuit", "cracker", "pre-expanded",
		"literal-in-the-room", "in-the-room", "literal-", "opened", "a-key", "tiger", "panther", "readied", "signing", "serval",
		"lobby", "alone", "lynx", "ocelot", "caracal",
	} {
		if !slices.Contains(got, want) {
			t.Errorf("%s is missing", want)
		}
	}
	for _, harmless := range []string{"abc", "2", "me", "Bearer ", "h", "production", "127.0.0.1:80", "websocket", "someone", "./srv", "-v"} {
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
		"ws://h/ws":                                     "ws://h/ws",
		"ws://h/ws?v=2&room=lobby":                      "ws://h/ws?v=***&room=***",
		"ws://h/ws?session=abc":                         "ws://h/ws?session=***",
		"ws://h/ws?X-Signature=abc&q=1":                 "ws://h/ws?X-Signature=***&q=***",
		"ws://h/ws?q=0123456789abcdef":                  "ws://h/ws?q=***",
		"ws://h/ws?q=${A_VERY_LONG_NAME_OF_A_VARIABLE}": "ws://h/ws?q=${A_VERY_LONG_NAME_OF_A_VARIABLE}",
		"ws://me:pw@h/ws":                               "ws://me:***@h/ws",
		"ws://me@h/ws":                                  "ws://me@h/ws",
		"ws://0123456789abcdef@h/ws":                    "ws://***@h/ws",
		"ws://h/ws?alone&token":                         "ws://h/ws?***&***",
		"ws://h/ws?a=&b=${B}x":                          "ws://h/ws?a=&b=${B}***",
	} {
		if got := RedactURL(raw); got != want {
			t.Errorf("%s: %s, want %s", raw, got, want)
		}
	}
}

func TestCommandsAreShownWithoutWhatTheirFlagsCallSecret(t *testing.T) {
	for _, c := range []struct {
		name        string
		words, want []string
	}{
		{"a flag and its value", []string{"./srv", "--token", "x1", "--port", "80"}, []string{"./srv", "--token", "***", "--port", "80"}},
		{"a flag of one dash", []string{"-api-key", "x1"}, []string{"-api-key", "***"}},
		{"a flag with its value", []string{"--db-password=x1 y", "--port=80"}, []string{"--db-password=***", "--port=80"}},
		{"a switch named so", []string{"--no-auth", "--port", "80", "-key", "-v"}, []string{"--no-auth", "--port", "80", "-key", "-v"}},
		{"a variable", []string{"env", "DBPASS=x1", "MODE=fast", "./srv"}, []string{"env", "DBPASS=***", "MODE=fast", "./srv"}},
		{"URLs", []string{"--db=postgres://u:x1@h/db?v=x1", "redis://h/0"}, []string{"--db=postgres://u:***@h/db?v=***", "redis://h/0"}},
		{"an address with a password", []string{"u:x1@tcp(h:3306)/db"}, []string{"u:***@tcp(h:3306)/db"}},
		{"a header", []string{"-H", "Authorization: Bearer x1", "-H", "Accept: text"}, []string{"-H", "Authorization: ***", "-H", "Accept: text"}},
		{"JSON", []string{`{"token": "x1", "port": 80}`}, []string{`{"token": "***", "port": 80}`}},
		{"a script", []string{"sh", "-c", "export A=b; ./srv --token x1 --port 80; DBPASS='x1 y' ./srv --key=\"x1\""},
			[]string{"sh", "-c", "export A=b; ./srv --token *** --port 80; DBPASS='***' ./srv --key=\"***\""}},
		{"a script's variables", []string{"sh", "-c", `echo "my secret is $SECRET" >&2; ./srv --token $TOKEN --no-auth --port 80`},
			[]string{"sh", "-c", `echo "my secret is $SECRET" >&2; ./srv --token $TOKEN --no-auth --port 80`}},
		{"no words", nil, nil},
	} {
		got := redactedWords(c.words)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		if again := redactedWords(got); !slices.Equal(again, got) {
			t.Errorf("%s: masked again it is %q", c.name, again)
		}
	}
}

func TestASetIsShownWithoutWhatTheScenarioWouldMask(t *testing.T) {
	for set, want := range map[string]string{
		"target.start.env.DBPASS=x1":                     "target.start.env.DBPASS=***",
		"target.start={command: [a], env: {DBPASS: x1}}": "target.start=***",
		"target.start={command: [a, --token, x1]}":       "target.start=***",
		"target.start={command: [a, --port, 80]}":        "target.start={command: [a, --port, 80]}",
		"target.start.command=[a, --token, x1]":          "target.start.command=***",
		"target.start.command=[a, --port, 80]":           "target.start.command=[a, --port, 80]",
		"target.start.command=./srv --token x1":          "target.start.command=***",
		"target.start.command=./srv --port 80":           "target.start.command=./srv --port 80",
		"target.start.command[2]=x1":                     "target.start.command[2]=***",
		"target.reference=[--token, x1]":                 "target.reference=***",
		"target.url='ws://h/?v=x1'":                      `target.url="ws://h/?v=***"`,
		"target={url: 'ws://h/?v=x1'}":                   "target=***",
		"target={url: 'ws://h/'}":                        "target={url: 'ws://h/'}",
		"matrix.target.url=['ws://h/?v=x1', 'ws://h/']":  "matrix.target.url=***",
		"matrix={target.token: [x1]}":                    "matrix=***",
		"target.protocol=chat.yaml":                      "target.protocol=chat.yaml",
		"target.protocol.query.v=x1":                     "target.protocol.query.v=***",
		"target.protocol.open.userPassword=x1":           "target.protocol.open.userPassword=***",
		"clients.login.jwt.claims.sub=x1":                "clients.login.jwt.claims.sub=***",
		"target={url: 'ws://h', token: x1":               "target=***",
		"target.token: x1":                               "***",
		"faults.nat.for=2s":                              "faults.nat.for=2s",
		"target.headers=":                                "target.headers=",
	} {
		got := shownSet(set)
		if got != want {
			t.Errorf("%s: %s, want %s", set, got, want)
		}
		if again := shownSet(got); again != got {
			t.Errorf("%s: shown again it is %s", set, again)
		}
	}
}

func TestClaimsThatNamesCallSecretAreMasked(t *testing.T) {
	o := Object{"sub": "${client}", "org": "acme-corporation-1", "password": "x1", "api": map[string]any{"keys": []any{"x1", int64(7), "${A}"}}, "n": int64(1)}
	want := Object{"sub": "${client}", "org": "acme-corporation-1", "password": mask, "api": map[string]any{"keys": []any{mask, mask, "${A}"}}, "n": int64(1)}
	if got := o.masked(func(string) {}); !reflect.DeepEqual(got, want) {
		t.Errorf("%v", got)
	}
	if o["password"] != "x1" {
		t.Error("printing changed the claims")
	}
}

func FuzzWhatIsMaskedStaysMasked(f *testing.F) {
	for _, s := range []string{"--token", "sh -c ./x", `{"key": "x"}`, "db://u:p@h/?a=b", "A_KEY='x' y", "-H Authorization: Bearer x", "u:p@h", "$TOKEN"} {
		f.Add(s, "x1-planted")
	}
	f.Fuzz(func(t *testing.T, word, value string) {
		words := redactedWords([]string{"./srv", word, value, "--token", "x1-planted", "--db=pg://u:x1-planted@h/?v=x1-planted"})
		if again := redactedWords(words); !slices.Equal(again, words) {
			t.Errorf("%q masked again is %q", words, again)
		}
		if strings.Contains(strings.Join(words[3:], " "), "x1-planted") {
			t.Errorf("%q", words)
		}
	})
}
