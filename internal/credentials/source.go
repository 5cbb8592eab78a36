package credentials

import "fmt"

// Credential is what one client proves itself with.
type Credential struct {
	Token string
	Row   []string // its values of the table's columns; shared, not to be changed
}

// Format keeps the secrets out of whatever is printed.
func (Credential) Format(f fmt.State, _ rune) { fmt.Fprint(f, mask) }

const mask = "***"

// Source has the credentials of a group of clients.
type Source interface {
	// For returns those of a client, by its number among all clients of the
	// run. A token that is signed is signed anew with each call; any other is
	// the same at each. The error is of the signing.
	For(client int, name, room string) (Credential, error)
}

// Who is the client that a text is filled in for.
type Who struct {
	Number     int // among all clients of the run
	Name, Room string
	Row        []string
}

// Config says where the credentials of a group come from: of Tokens, Signer
// and Token, the first that is given makes the token.
type Config struct {
	First  int        // number of the group's first client
	Skip   int        // lines that other groups take from the same Tokens, or Rows
	Reuse  bool       // begin again after the last line
	Tokens []string   // one a client
	Signer *Signer    // signs one for each client
	Token  Text       // the same text for all, with slots
	Rows   [][]string // one a client; beside any of the above
}

// Format keeps the secrets out of whatever is printed.
func (Config) Format(f fmt.State, _ rune) { fmt.Fprint(f, mask) }

type source struct{ c Config }

// New makes the source. It keeps what c refers to, which must not change.
func New(c Config) Source { return &source{c} }

// Format keeps the secrets out of whatever is printed.
func (*source) Format(f fmt.State, _ rune) { fmt.Fprint(f, mask) }

// For picks the client's line and makes its token.
func (s *source) For(client int, name, room string) (Credential, error) {
	line := client - s.c.First + s.c.Skip
	row, err := pick(s.c.Rows, line, s.c.Reuse)
	if err != nil {
		return Credential{}, fmt.Errorf("client %s: %w", name, err)
	}
	out := Credential{Row: row}
	switch who := (Who{Number: client, Name: name, Room: room, Row: row}); {
	case s.c.Tokens != nil:
		out.Token, err = pick(s.c.Tokens, line, s.c.Reuse)
	case s.c.Signer != nil:
		out.Token, err = s.c.Signer.Sign(who)
	default:
		out.Token = s.c.Token.Fill(who)
	}
	if err != nil {
		return Credential{}, fmt.Errorf("client %s: %w", name, err)
	}
	return out, nil
}

// pick returns a client's line; the zero T where there is no list.
func pick[T any](list []T, line int, reuse bool) (t T, err error) {
	switch {
	case list == nil:
		return t, nil
	case reuse && line >= 0 && len(list) > 0:
		line %= len(list)
	case line < 0 || line >= len(list):
		return t, fmt.Errorf("there is no login in line %d of %d", line+1, len(list))
	}
	return list[line], nil
}
