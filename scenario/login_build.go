package scenario

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/imbench/imbench/internal/credentials"
)

// Credentials makes the source of each group's credentials, in the order of
// the groups; rows have the columns of s.Columns. Of o, ReadFile and Env must
// be those that Load was given, and Now is asked at each signing. The error is
// a *Problems: what Load took may be gone by now.
//
// A group without a login of its own has the target's token.
func (s *Scenario) Credentials(o Options) ([]credentials.Source, error) {
	d := newDecoder(s.File, o)
	for i := range s.Clients {
		d.groups = append(d.groups, index("clients", i))
	}
	if len(s.Clients) == 1 {
		d.groups[0] = "clients"
	}
	configs, columns := d.logins(s)
	if len(d.problems) == 0 && !slices.Equal(columns, s.Columns) {
		d.problemAt("clients", "the columns of a login.csv have changed since the scenario was read", "run again")
	}
	if err := d.allProblems(); err != nil {
		return nil, err
	}
	sources := make([]credentials.Source, len(configs))
	for i, c := range configs {
		sources[i] = credentials.New(c)
	}
	return sources, nil
}

// loginFile is a file of logins that was read.
type loginFile struct {
	tokens  []string
	columns []string
	rows    [][]string
	lines   int // how many there are
	taken   int // by the groups so far
	given   int // clients so far
	failed  bool
}

// logins reads the files of all groups' logins. Groups that name the same file
// take its lines one after another. Columns are those of all tables.
func (d *decoder) logins(s *Scenario) (configs []credentials.Config, columns []string) {
	files := map[string]*loginFile{}
	for i, g := range s.Clients {
		at := child(d.groups[i], "login")
		for _, f := range []struct{ key, name string }{{"tokens", g.Login.Tokens}, {"csv", g.Login.CSV}} {
			if f.name == "" {
				continue
			}
			id := f.key + " " + f.name
			if files[id] == nil {
				files[id] = d.readLogins(child(at, f.key), f.key, f.name)
			}
			if f.key == "csv" {
				d.columnsOf[f.name] = files[id].columns
			}
			for _, c := range files[id].columns {
				if !slices.Contains(columns, c) {
					columns = append(columns, c)
				}
			}
		}
	}
	first := 0
	for i, g := range s.Clients {
		at := child(d.groups[i], "login")
		c := d.login(s, g, at, files, columns)
		c.First = first
		configs = append(configs, c)
		first += g.Count
	}
	return configs, columns
}

// readLogins reads a file of tokens or a table.
func (d *decoder) readLogins(at, key, name string) *loginFile {
	f := &loginFile{}
	src, ok := d.read(at, name, credentials.MaxFile)
	if !ok {
		f.failed = true
		return f
	}
	var err error
	if key == "tokens" {
		f.tokens, err = credentials.Tokens(src)
		f.lines = len(f.tokens)
	} else {
		f.columns, f.rows, err = credentials.Table(src)
		f.lines = len(f.rows)
		if token := slices.Index(f.columns, "token"); token >= 0 && err == nil {
			err = credentials.CheckTokens(f.rows, token)
		}
	}
	var wrong *credentials.LineError
	if errors.As(err, &wrong) {
		f.failed, d.failed[at] = true, true
		d.problems = append(d.problems, &Problem{File: d.beside(name), Line: wrong.Line, Column: wrong.Column, Problem: wrong.Problem,
			Remedy: map[string]string{"tokens": "write one token a line", "csv": "write a row of names, then as many values a row"}[key]})
	}
	return f
}

// login makes the config of one group's credentials.
func (d *decoder) login(s *Scenario, g Group, at string, files map[string]*loginFile, columns []string) credentials.Config {
	l := g.Login
	c := credentials.Config{Reuse: l.Reuse}
	switch {
	case l.Tokens != "":
		f := files["tokens "+l.Tokens]
		c.Tokens, c.Skip = f.tokens, f.taken
		d.deal(f, g, child(at, "tokens"), l.Tokens)
		return c
	case l.JWT != nil:
		c.Signer = d.signer(*l.JWT, child(at, "jwt"), columns)
	case l.Token != "":
		c.Token = d.slotted(child(at, "token"), l.Token, columns)
	default:
		c.Token = d.plainText("target.token", s.Target.Token)
	}
	if l.CSV == "" {
		return c
	}
	f := files["csv "+l.CSV]
	c.Rows, c.Skip = laidOut(f, columns), f.taken
	if token := slices.Index(columns, "token"); token >= 0 && slices.Contains(f.columns, "token") && l.JWT == nil && l.Token == "" {
		c.Token = credentials.Text{{Slot: credentials.Column, Column: token}}
	}
	d.deal(f, g, child(at, "csv"), l.CSV)
	return c
}

// deal gives a group its lines of a file, and says so when they do not reach.
func (d *decoder) deal(f *loginFile, g Group, at, name string) {
	if f.failed {
		return
	}
	before := f.given
	f.given += g.Count
	if g.Login.Reuse {
		f.taken = f.given
		d.check(f.lines > 0, at, quoted(name)+" has no login", "write one a line")
		return
	}
	f.taken += g.Count
	clients := fmt.Sprintf("%d clients", f.given)
	if before > 0 {
		clients += fmt.Sprintf(" (%d here, %d in groups before)", g.Count, before)
	}
	d.check(f.given <= f.lines, at, fmt.Sprintf("%s has %d logins for %s", quoted(name), f.lines, clients),
		"add logins, take fewer clients, or write reuse: true to begin again from the first")
}

// laidOut gives the rows of a table the columns of all tables.
func laidOut(f *loginFile, columns []string) [][]string {
	if slices.Equal(f.columns, columns) {
		return f.rows
	}
	rows := make([][]string, len(f.rows))
	for i, row := range f.rows {
		rows[i] = make([]string, len(columns))
		for j, name := range f.columns {
			rows[i][slices.Index(columns, name)] = row[j]
		}
	}
	return rows
}

// signer makes the signer of a group's tokens; nil with a problem.
func (d *decoder) signer(j JWT, at string, columns []string) *credentials.Signer {
	c := credentials.JWT{Alg: j.Alg, TTL: j.TTL, Now: d.now}
	c.Claims, _ = d.textsIn(map[string]any(j.Claims), child(at, "claims"), columns).(map[string]any)
	c.Header, _ = d.textsIn(map[string]any(j.Header), child(at, "header"), columns).(map[string]any)
	keyAt := child(at, "secret")
	if j.Alg == RS256 {
		keyAt = child(at, "key")
		var ok bool
		if c.Key, ok = d.read(keyAt, j.Key, MaxFile); !ok {
			return nil
		}
	} else {
		c.Key = []byte(d.plainText(keyAt, j.Secret).Fill(credentials.Who{}))
	}
	s, err := credentials.NewSigner(c)
	if err != nil {
		d.problemAt(keyAt, err.Error(), map[string]string{
			HS256: "write the variable that holds it, like ${JWT_SECRET}", RS256: "name a PEM file, as openssl genrsa writes them"}[j.Alg])
		return nil
	}
	return s
}

// textsIn is a tree with its texts taken apart into slots.
func (d *decoder) textsIn(v any, at string, columns []string) any {
	switch v := v.(type) {
	case string:
		return d.slotted(at, v, columns)
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, inner := range v {
			out[name] = d.textsIn(inner, child(at, name), columns)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, inner := range v {
			out[i] = d.textsIn(inner, index(at, i), columns)
		}
		return out
	}
	return v
}

// slots are what each client fills in for itself.
var slots = map[string]credentials.Slot{"client": credentials.Client, "number": credentials.Number, "room": credentials.Room}

// slotted takes a text with slots and variables apart.
func (d *decoder) slotted(at, text string, columns []string) credentials.Text {
	return d.parts(at, text, func(name string) (credentials.Part, bool, error) {
		if slot, ok := slots[name]; ok {
			return credentials.Part{Slot: slot}, true, nil
		}
		column, ok := strings.CutPrefix(name, "column.")
		if !ok {
			return credentials.Part{}, false, nil
		}
		i := slices.Index(columns, column)
		if i < 0 {
			return credentials.Part{}, true, fmt.Errorf("there is no column %s in a login.csv", quoted(column))
		}
		return credentials.Part{Slot: credentials.Column, Column: i}, true, nil
	})
}

// plainText is a text with variables only.
func (d *decoder) plainText(at, text string) credentials.Text {
	return d.parts(at, text, func(string) (credentials.Part, bool, error) { return credentials.Part{}, false, nil })
}

// parts cuts a text at its ${…}: slot says which are filled in for each client;
// the others are variables.
func (d *decoder) parts(at, text string, slot func(name string) (credentials.Part, bool, error)) credentials.Text {
	var out credentials.Text
	literal := func(s string) string {
		if s != "" {
			out = append(out, credentials.Part{Literal: s})
		}
		return ""
	}
	_, err := eachVariable(text, literal, func(name string) (string, error) {
		part, ok, err := slot(name)
		if err != nil {
			return "", err
		}
		if ok {
			out = append(out, part)
			return "", nil
		}
		v, err := d.variable(name)
		literal(v)
		return "", err
	})
	if err != nil {
		d.problemAt(at, err.Error(), "set the variable, or write $${ for a plain ${")
	}
	return out
}

// variable looks a variable of the environment up. Where none can be, it has
// some value.
func (d *decoder) variable(name string) (string, error) {
	if name = strings.TrimPrefix(name, "env."); !isVariable(name) {
		return "", errNoVariable
	}
	if d.env == nil {
		return "unknown", nil
	}
	v, ok := d.env(name)
	if !ok {
		return "", fmt.Errorf("the environment variable %s is not set", name)
	}
	return v, nil
}

// newDecoder is a decoder that has seen nothing yet.
func newDecoder(file string, o Options) *decoder {
	d := &decoder{file: file, env: o.Env, readFile: o.ReadFile, now: o.Now, places: map[string]place{}, failed: map[string]bool{},
		columnsOf: map[string][]string{}}
	if d.now == nil {
		d.now = time.Now
	}
	return d
}
