package scenario

import (
	"maps"
	"net/url"
	"slices"
	"strings"
)

// Redacted returns a copy of s that is safe to print by Marshal. What stands
// literally in headers, tokens, secrets, the server's environment, the URL's
// password and its query reads ***, and so do arguments of commands, claims and
// parts of the protocol's description whose names say that they are secret;
// ${VAR} stays. Protocol is left as it is. It shares no memory with s that
// either would change.
func (s *Scenario) Redacted() *Scenario { return s.redactedBy(anyValue) }

// withoutSecrets is s as its hash is of it: with what is harmless by its name
// and its length, such as the v=2 of a URL, which tells one run from another.
func (s *Scenario) withoutSecrets() *Scenario { return s.redactedBy(isSecretParameter) }

// veil says which literal values of queries and of the server's environment are
// masked.
type veil func(name, value string) bool

func anyValue(string, string) bool { return true }

func (s *Scenario) redactedBy(hides veil) *Scenario {
	c := *s
	c.Target.Token = redacted(s.Target.Token)
	c.Target.URL = redactURL(s.Target.URL, hides)
	c.Target.Headers = maps.Clone(s.Target.Headers)
	for k, v := range c.Target.Headers {
		c.Target.Headers[k] = redacted(v)
	}
	c.Target.Start = s.Target.Start.redactedBy(hides)
	c.Target.Reference = redactedWords(s.Target.Reference)
	c.Target.Protocol = s.Target.Protocol.masked(hides, func(string) {})
	c.Clients = slices.Clone(s.Clients)
	for i := range c.Clients {
		l := &c.Clients[i].Login
		l.Token = redacted(l.Token)
		if l.JWT != nil {
			j := *l.JWT
			j.Secret = redacted(j.Secret)
			j.Claims, j.Header = j.Claims.masked(func(string) {}), j.Header.masked(func(string) {})
			l.JWT = &j
		}
	}
	return &c
}

func (s *Start) redactedBy(hides veil) *Start {
	if s == nil {
		return nil
	}
	c := *s
	c.Command = redactedWords(s.Command)
	c.Env = maps.Clone(s.Env)
	for k, v := range c.Env {
		if hides(k, v) {
			c.Env[k] = redacted(v)
		}
	}
	c.Ready = redactURL(s.Ready, hides)
	return &c
}

// secretParts are parts of the names of secrets.
var secretParts = []string{"token", "auth", "key", "secret", "pass", "pwd", "ticket", "session", "sid", "sig", "jwt", "cred", "code"}

// isSecretName reports whether a name says that what it stands for is secret.
func isSecretName(name string) bool {
	name = strings.ToLower(name)
	return slices.ContainsFunc(secretParts, func(part string) bool { return strings.Contains(name, part) })
}

// isSecretParameter reports whether a URL's parameter, or a variable of the
// server's environment, may be a secret: by its name, or because its value is as
// long as one.
func isSecretParameter(name, value string) bool {
	name, err := url.QueryUnescape(name)
	return err == nil && isSecretName(name) || isLong(value)
}

// isLong reports whether a text is as long as secrets are, apart from its
// ${VAR}.
func isLong(text string) bool {
	literal := 0
	_, err := eachVariable(text, func(s string) string { literal += len(s); return "" }, func(string) (string, error) { return "", nil })
	return err != nil || literal >= 16
}

// RedactURL masks a URL's password, a user without one if that is long, and all
// that stands in its query but for the names. It works on the text, so that
// ${VAR} and the order stay.
func RedactURL(raw string) string { return redactURL(raw, anyValue) }

func redactURL(raw string, hides veil) string {
	scheme, rest, ok := strings.Cut(raw, "://")
	if !ok {
		return raw
	}
	host, tail := rest, ""
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		host, tail = rest[:i], rest[i:]
	}
	if i := strings.LastIndexByte(host, '@'); i >= 0 {
		if user, password, ok := strings.Cut(host[:i], ":"); ok {
			host = user + ":" + redacted(password) + host[i:]
		} else if isLong(user) {
			host = redacted(user) + host[i:]
		}
	}
	path, query, ok := strings.Cut(tail, "?")
	if !ok {
		return scheme + "://" + host + tail
	}
	query, fragment, anchored := strings.Cut(query, "#")
	tail = path + "?" + redactQuery(query, hides)
	if anchored {
		tail += "#" + fragment
	}
	return scheme + "://" + host + tail
}

// redactQuery masks the values of a query. What stands without a name is one.
func redactQuery(query string, hides veil) string {
	parts := strings.Split(query, "&")
	for i, p := range parts {
		name, value, named := strings.Cut(p, "=")
		switch {
		case !named && hides("", p):
			parts[i] = redacted(p)
		case named && hides(name, value):
			parts[i] = name + "=" + redacted(value)
		}
	}
	return strings.Join(parts, "&")
}
