package scenario

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"
)

// loggedIn lists what each client of s proves itself with.
func loggedIn(t *testing.T, s *Scenario, o Options) (list []string) {
	t.Helper()
	sources, err := s.Credentials(o)
	if err != nil {
		t.Fatal(err)
	}
	p := NewPlan(s)
	for client := range p.Clients() {
		c, err := sources[p.GroupOf(client)].For(client, fmt.Sprintf("c%d", client), fmt.Sprintf("r%d", p.RoomOf(client)))
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, strings.TrimSpace(c.Token+" "+strings.Join(c.Row, ",")))
	}
	return list
}

func TestEachClientLogsInWithItsOwn(t *testing.T) {
	for _, c := range []struct {
		name, yaml string
		want       []string
		columns    string
	}{
		{"nothing", "clients: 2", []string{"", ""}, ""},
		{"the target's token", "{target: {token: '${A}!'}, clients: 2}", []string{"hunter2!", "hunter2!"}, ""},
		{"one token", "clients: {count: 2, login: {token: '${A}'}}", []string{"hunter2", "hunter2"}, ""},
		{"a token with slots", "{rooms: {size: 2}, clients: {count: 3, login: {token: '${client}/${number}/${room}/$${client}'}}}",
			[]string{"c0/0/r0/${client}", "c1/1/r0/${client}", "c2/2/r1/${client}"}, ""},
		{"a token a line", "clients: {count: 3, login: {tokens: tokens.txt}}", []string{"a", "b", "c"}, ""},
		{"a token a line, from the first again", "clients: {count: 5, login: {tokens: tokens.txt, reuse: true}}", []string{"a", "b", "c", "a", "b"}, ""},
		{"groups that share a file", "clients: [{name: x, count: 1, login: {tokens: tokens.txt}}, {name: y, count: 2, login: {tokens: tokens.txt}}]",
			[]string{"a", "b", "c"}, ""},
		{"a group without a login", "{target: {token: t}, clients: [{name: x, count: 1}, {name: y, count: 2, login: {tokens: tokens.txt}}]}",
			[]string{"t", "a", "b"}, ""},
		{"a row a client", "clients: {count: 2, login: {csv: users.csv}}", []string{"t1 ada,t1", "t2 bob,t2"}, "user token"},
		{"a row beside a token", "clients: {count: 2, login: {csv: users.csv, token: 'for-${column.user}'}}", []string{"for-ada ada,t1", "for-bob bob,t2"}, "user token"},
		{"a row without a token", "{target: {token: t}, clients: {count: 1, login: {csv: ages.csv}}}", []string{"t 17,mallory"}, "age user"},
		{"tables of different columns", "clients: [{name: x, count: 1, login: {csv: ages.csv}}, {name: y, count: 2, login: {csv: users.csv}}]",
			[]string{"17,mallory,", "t1 ,ada,t1", "t2 ,bob,t2"}, "age user token"},
	} {
		s := mustWith(t, c.yaml, withFiles())
		if diff := cmp.Diff(c.want, loggedIn(t, s, withFiles())); diff != "" {
			t.Errorf("%s:\n%s", c.name, diff)
		}
		if got := strings.Join(s.Columns, " "); got != c.columns {
			t.Errorf("%s: columns %s, want %s", c.name, got, c.columns)
		}
		roundTripWith(t, s, withFiles())
	}
}

func TestTokensAreSignedForEachClient(t *testing.T) {
	o := withFiles()
	now := time.Unix(1_700_000_000, 0)
	o.Now = func() time.Time { return now }
	s := mustWith(t, `
rooms: {size: 2}
clients:
  count: 2
  login:
    csv: users.csv
    jwt:
      secret: key-${A}
      ttl: 30m
      header: {kid: main}
      claims:
        sub: ${client}
        uid: ${number}
        name: ${column.user}
        iss: imbench-${A}
        scope: {rooms: ["${room}", 5, 1.5, true, ~]}
`, o)
	sources, err := s.Credentials(o)
	if err != nil {
		t.Fatal(err)
	}
	credential, err := sources[0].For(1, "c1", "r0")
	if err != nil {
		t.Fatal(err)
	}
	claims := jwt.MapClaims{}
	token, err := jwt.NewParser(jwt.WithTimeFunc(o.Now)).ParseWithClaims(credential.Token, claims, func(*jwt.Token) (any, error) { return []byte("key-hunter2"), nil })
	if err != nil || token.Header["kid"] != "main" {
		t.Fatal(token, err)
	}
	if diff := cmp.Diff(jwt.MapClaims{
		"iat": 1.7e9, "exp": 1.7e9 + 1800, "sub": "c1", "uid": 1.0, "name": "bob", "iss": "imbench-hunter2",
		"scope": map[string]any{"rooms": []any{"r0", 5.0, 1.5, true, nil}},
	}, claims); diff != "" {
		t.Error(diff)
	}
	roundTripWith(t, s, o)
}

func TestLoginsSecretsAreNotPrinted(t *testing.T) {
	for _, login := range []string{"{token: 'hunter3-${A}'}", "{jwt: {secret: hunter3, claims: {sub: '${client}'}}}"} {
		s := mustWith(t, "clients: {count: 2, login: "+login+"}", withFiles())
		printed, err := Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(printed), "hunter") {
			t.Errorf("a secret is printed:\n%s", printed)
		}
		if l := s.Clients[0].Login; l.Token != "hunter3-${A}" && l.JWT.Secret != "hunter3" {
			t.Error("printing changed the scenario")
		}
		sources, err := s.Credentials(withFiles())
		if err != nil {
			t.Fatal(err)
		}
		if text := fmt.Sprintf("%v %+v %#v", sources, sources, sources); strings.Contains(text, "hunter") {
			t.Errorf("a secret is printed: %s", text)
		}
	}
}

func TestCredentialsMayBeGoneByTheTimeOfTheRun(t *testing.T) {
	s := mustWith(t, "clients: {count: 3, login: {csv: users.csv}}", withFiles())
	for name, content := range map[string]string{
		"not there": "", "another column": "user,token,x\na,b,c\nd,e,f\ng,h,i\n", "fewer lines": "user,token\nada,t1\n",
	} {
		o := withFiles()
		o.ReadFile = files(map[string]string{"users.csv": content})
		if content == "" {
			o.ReadFile = files(nil)
		}
		sources, err := s.Credentials(o)
		var problems *Problems
		if sources != nil || !errors.As(err, &problems) || len(problems.List) != 1 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTenThousandClientsLogIn(t *testing.T) {
	var table strings.Builder
	table.WriteString("user,token\n")
	for i := range 10_000 {
		fmt.Fprintf(&table, "user%d,token-%d\n", i, i)
	}
	o := Options{ReadFile: files(map[string]string{"users.csv": table.String()})}
	s := mustWith(t, "clients: {count: 10000, login: {csv: users.csv}}", o)
	if got := loggedIn(t, s, o); len(got) != 10_000 || got[9_999] != "token-9999 user9999,token-9999" {
		t.Error(len(got), got[9_999])
	}
}
