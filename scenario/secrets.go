package scenario

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// leastSecret is how long a text must be to be taken for a secret: to mask
// shorter ones would make any text unreadable.
const leastSecret = 4

// Secrets returns what Redacted masks in s, in the forms in which it goes over
// the wire, so that it can be masked in what servers say, too; the longest
// first. What env does not know is left out, and so is what would make any text
// unreadable and is no secret by itself: short numbers, addresses and paths, and
// words that messages are made of. What single clients log in with is not among
// it.
func (s *Scenario) Secrets(env func(name string) (value string, ok bool)) []string {
	all := secrets{}
	all.add(s.Target.Token, env)
	for _, v := range s.Target.Headers {
		all.add(v, env)
	}
	all.addURL(s.Target.URL, env)
	if start := s.Target.Start; start != nil {
		all.addURL(start.Ready, env)
		for k, v := range start.Env {
			if isSecretParameter(k, v) || strings.Contains(v, "${") || !isOrdinary(v) {
				all.add(v, env)
			}
		}
		maskedWords(start.Command, all.literal)
	}
	maskedWords(s.Target.Reference, all.literal)
	for _, g := range s.Clients {
		all.add(g.Login.Token, env)
		if j := g.Login.JWT; j != nil {
			all.add(j.Secret, env)
			j.Claims.masked(all.literal)
			j.Header.masked(all.literal)
		}
	}
	s.Target.Protocol.masked(isSecretParameter, func(text string) { all.add(text, env) })
	s.Target.Protocol.masked(anyValue, func(text string) {
		if !isOrdinary(text) {
			all.add(text, env)
		}
	})
	return all.sorted()
}

// ordinary are texts that stand in messages anyway.
var ordinary = regexp.MustCompile(`^([0-9]{1,5}|[0-9.:]*[.:][0-9.:]*|[./~][\w./-]*|` +
	`true|false|none|null|auto|debug|info|warn|error|test|prod|production|development|` +
	`http|https|tcp|tls|websocket|polling|transport|socket|json|msgpack|text|binary|utf-?8|gzip|` +
	`client|server|user|users|chat|room|rooms|peer|login|message|messages|host|localhost|port|path|frame|close|open)$`)

// isOrdinary reports whether a text that no name takes for a secret is one that
// stands in messages anyway.
func isOrdinary(text string) bool { return ordinary.MatchString(strings.ToLower(text)) }

// secrets collects texts, each once.
type secrets map[string]struct{}

// add adds a text as it is when its variables are filled in, and what it is put
// together from: a slot that is filled for each client anew leaves the rest.
func (s secrets) add(text string, env func(string) (string, bool)) {
	if text == "" {
		return
	}
	if whole, err := Expand(text, env); err == nil {
		s.forms(whole)
	}
	_, _ = eachVariable(text, func(literal string) string {
		s.forms(literal)
		return ""
	}, func(name string) (string, error) {
		if value, ok := env(strings.TrimPrefix(name, "env.")); ok {
			s.forms(value)
		}
		return "", nil
	})
}

// literal adds a text in which nothing is filled in, unless it is an ordinary one.
func (s secrets) literal(text string) {
	if !isOrdinary(text) {
		s.forms(text)
	}
}

// forms adds a secret, the parts of a header that are secrets by themselves,
// and what URLs and JSON make of them.
func (s secrets) forms(text string) {
	parts := []string{text}
	if _, credentials, ok := strings.Cut(text, " "); ok { // of "Bearer …"
		parts = append(parts, credentials)
	}
	for pair := range strings.SplitSeq(text, ";") { // of a cookie
		if _, value, ok := strings.Cut(pair, "="); ok {
			parts = append(parts, strings.TrimSpace(value))
		}
	}
	for _, p := range parts {
		if len(strings.TrimSpace(p)) < leastSecret || slices.Contains([]string{"Bearer ", "Basic ", "Token "}, p) {
			continue
		}
		quoted, _ := json.Marshal(p) // a string always marshals
		for _, form := range []string{p, url.QueryEscape(p), url.PathEscape(p), string(quoted[1 : len(quoted)-1])} {
			s[form] = struct{}{}
		}
	}
}

// addURL adds a URL's password, with and as the header that it becomes, a user
// without one, and the values of its parameters.
func (s secrets) addURL(text string, env func(string) (string, bool)) {
	whole, err := Expand(text, env)
	if err != nil {
		return
	}
	u, err := url.Parse(whole)
	if err != nil {
		return
	}
	if password, ok := u.User.Password(); ok {
		s.forms(password)
		s.forms(base64.StdEncoding.EncodeToString([]byte(u.User.Username() + ":" + password)))
	} else if name := u.User.Username(); isLong(name) {
		s.forms(name)
		s.forms(base64.StdEncoding.EncodeToString([]byte(name + ":")))
	}
	for name, values := range u.Query() {
		for _, v := range values {
			if v == "" {
				v = name // it stands alone
			}
			if isSecretParameter(name, v) || !isOrdinary(v) {
				s.forms(v)
			}
		}
	}
}

func (s secrets) sorted() []string {
	all := make([]string, 0, len(s))
	for text := range s {
		all = append(all, text)
	}
	slices.SortFunc(all, func(a, b string) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return strings.Compare(a, b)
	})
	return all
}
