package credentials

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestEachClientHasItsOwn(t *testing.T) {
	rows := [][]string{{"ada", "t0"}, {"bob", "t1"}, {"eve", "t2"}}
	for _, c := range []struct {
		name   string
		config Config
		client int
		token  string
		row    string
	}{
		{"one token for all", Config{Token: Text{{Literal: "same"}}}, 7, "same", "[]"},
		{"no token at all", Config{}, 7, "", "[]"},
		{"a token with the client's name", Config{Token: Text{{Literal: "user-"}, {Slot: Client}}}, 7, "user-c7", "[]"},
		{"its number and room", Config{Token: Text{{Slot: Number}, {Literal: "@", Slot: Room}}}, 7, "7@r1", "[]"},
		{"a line of the file", Config{Tokens: []string{"a", "b", "c"}}, 1, "b", "[]"},
		{"the first line for the group's first client", Config{First: 7, Tokens: []string{"a", "b", "c"}}, 7, "a", "[]"},
		{"not the lines of the group before", Config{First: 7, Skip: 2, Tokens: []string{"a", "b", "c"}}, 7, "c", "[]"},
		{"from the first again", Config{Reuse: true, Tokens: []string{"a", "b", "c"}}, 7, "b", "[]"},
		{"a row, and its token", Config{Rows: rows, Token: Text{{Slot: Column, Column: 1}}}, 2, "t2", "[eve t2]"},
		{"a row beside another token", Config{Rows: rows, Token: Text{{Literal: "x"}}}, 0, "x", "[ada t0]"},
		{"nothing of a column that there is not", Config{Rows: rows, Token: Text{{Literal: "x", Slot: Column, Column: 9}}}, 0, "x", "[ada t0]"},
	} {
		got, err := New(c.config).For(c.client, fmt.Sprintf("c%d", c.client), "r1")
		if err != nil || got.Token != c.token || fmt.Sprint(got.Row) != c.row {
			t.Errorf("%s: token %q, row %v (%v); want %q, %s", c.name, got.Token, got.Row, err, c.token, c.row)
		}
	}
}

func TestAClientBeyondTheLastLineHasNone(t *testing.T) {
	for name, c := range map[string]Config{
		"tokens": {Tokens: []string{"secret"}}, "no tokens": {Tokens: []string{}, Reuse: true}, "rows": {Rows: [][]string{{"secret"}}},
	} {
		_, err := New(c).For(5, "c5", "")
		if err == nil || !strings.Contains(err.Error(), "c5") || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTokensAreOneALine(t *testing.T) {
	for src, want := range map[string]string{
		"":                         "[]",
		"a\nb\n":                   "[a b]",
		"a\r\n\r\n  b  \r\n":       "[a b]",
		"\ufeffa\nb":               "[a b]",
		"eyJ.e30.x_-\n中文":          "[eyJ.e30.x_- 中文]",
		"a b":                      "line 1, column 1: the token has a space or a control character in it",
		"a\n\nb\x00c":              "line 3, column 1: the token has a space or a control character in it",
		"a\n\xff":                  "line 2, column 1: the token is not UTF-8",
		strings.Repeat("x", 1<<17): "line 1, column 1: the token is longer than 65536 bytes",
	} {
		tokens, err := Tokens([]byte(src))
		got := fmt.Sprint(tokens)
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%.20q: %s, want %s", src, got, want)
		}
	}
}

func TestATableHasNamesAndRows(t *testing.T) {
	for src, want := range map[string]string{
		"name,token\nada,a1\nbob,b1\n":        "[name token] [[ada a1] [bob b1]] <nil>",
		"\ufeffname, token\r\n\"a, b\",x\r\n": "[name token] [[a, b x]] <nil>",
		"name":                                "[name] [] <nil>",
		"":                                    "[] [] line 1, column 1: the table is empty",
		"a,a\n1,2":                            "[] [] line 1, column 1: column 2 has no name of its own",
		"a,\n1,2":                             "[] [] line 1, column 1: column 2 has no name of its own",
		"a,b\n1,2\n3":                         "[] [] line 3, column 1: wrong number of fields",
		"a,b\n1,sec\"ret\n":                   `[] [] line 2, column 6: bare " in non-quoted-field`,
	} {
		columns, rows, err := Table([]byte(src))
		if err != nil {
			columns = nil
		}
		if got := fmt.Sprint(columns, " ", rows, " ", err); got != want {
			t.Errorf("%q: %s, want %s", src, got, want)
		}
	}
	_, rows, err := Table([]byte("token\na\n\"b c\"\n"))
	var wrong *LineError
	if err := errors.Join(err, CheckTokens(rows, 0)); !errors.As(err, &wrong) || wrong.Line != 3 {
		t.Errorf("a token with a space: %v", err)
	}
	if err := CheckTokens([][]string{{"a", ""}}, 1); err == nil {
		t.Error("an empty token was taken")
	}
}

func TestNothingPrintsASecret(t *testing.T) {
	s, err := NewSigner(JWT{Alg: "HS256", Key: []byte("hunter2"), Now: fixed, Claims: map[string]any{"pin": Text{{Literal: "hunter2"}}}})
	if err != nil {
		t.Fatal(err)
	}
	c := Config{Tokens: []string{"hunter2"}, Signer: s, Token: Text{{Literal: "hunter2"}}, Rows: [][]string{{"hunter2"}}}
	source := New(c)
	credential, err := source.For(0, "c0", "")
	if err != nil || credential.Token != "hunter2" {
		t.Fatal(credential.Token, err)
	}
	for _, v := range []any{c, &c, source, credential, &credential, s, s.jwt, c.Token, []Source{source}, struct{ S Source }{source}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
			if got := fmt.Sprintf(verb, v); strings.Contains(got, "hunter2") || strings.Contains(got, "68756e74657232") {
				t.Errorf("%s of %T prints %s", verb, v, got)
			}
		}
	}
}

func FuzzFiles(f *testing.F) {
	f.Add([]byte("name,token\nada,a1\n"))
	f.Add([]byte("a\nb\r\n\xff"))
	f.Add([]byte("a,\"b\n\"\"\"\n"))
	f.Fuzz(func(t *testing.T, src []byte) {
		var wrong *LineError
		tokens, err := Tokens(src)
		if err != nil && (!errors.As(err, &wrong) || wrong.Line < 1 || strings.ContainsAny(err.Error(), "\n\x00")) {
			t.Fatal(err)
		}
		for _, token := range tokens {
			if wrongToken(token) != "" || token == "" {
				t.Fatalf("%q is a token", token)
			}
		}
		columns, rows, err := Table(src)
		if err != nil && (!errors.As(err, &wrong) || wrong.Line < 1 || strings.ContainsAny(err.Error(), "\n\x00")) {
			t.Fatal(err)
		}
		for _, row := range rows {
			if len(row) != len(columns) {
				t.Fatalf("%d values for %d columns", len(row), len(columns))
			}
		}
	})
}
