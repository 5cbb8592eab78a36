package scenario

import (
	"maps"
	"net/url"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Redacted returns a copy of s that is safe to print by Marshal: the values of
// headers, tokens and secrets read *** except for their ${VAR}, and so do
// passwords and tokens in the URL and what stands for one in the protocol's
// description. Protocol is left as it is. It shares no memory with s that
// either would change.
func (s *Scenario) Redacted() *Scenario {
	c := *s
	c.Target.Token = redacted(s.Target.Token)
	c.Target.URL = RedactURL(s.Target.URL)
	c.Target.Headers = maps.Clone(s.Target.Headers)
	for k, v := range c.Target.Headers {
		c.Target.Headers[k] = redacted(v)
	}
	if s.Target.Start != nil {
		start := *s.Target.Start
		start.Env = maps.Clone(start.Env)
		for k, v := range start.Env {
			if isSecretParameter(k, v) {
				start.Env[k] = redacted(v)
			}
		}
		start.Ready = RedactURL(start.Ready)
		c.Target.Start = &start
	}
	c.Target.Protocol = s.Target.Protocol.redacted()
	c.Clients = slices.Clone(s.Clients)
	for i := range c.Clients {
		l := &c.Clients[i].Login
		l.Token = redacted(l.Token)
		if l.JWT != nil {
			j := *l.JWT
			j.Secret = redacted(j.Secret)
			l.JWT = &j
		}
	}
	return &c
}

// redactedSets masks the values of what could hold a secret.
func redactedSets(sets []string) []string {
	out := slices.Clone(sets)
	for i, set := range out {
		path, value, ok := strings.Cut(set, "=")
		var doc yaml.Node
		switch {
		case !ok:
			out[i] = mask
		case strings.TrimSpace(value) == "":
		case isSecretPath(path):
			out[i] = path + "=" + mask
		case yaml.Load([]byte(value), &doc) != nil || holdsSecret(&doc, 0):
			out[i] = path + "=" + mask
		case strings.Contains(value, "://"):
			out[i] = path + "=" + RedactURL(value)
		}
	}
	return out
}

// shownSet is what an error shows of a --set: all of it, but for what could be a
// secret.
func shownSet(set string) string {
	path, value, ok := strings.Cut(set, "=")
	names := func(text string) bool {
		return slices.ContainsFunc(append([]string{"headers"}, secretParameters...), func(s string) bool {
			return strings.Contains(strings.ToLower(text), s)
		})
	}
	var doc yaml.Node
	broken := yaml.Load([]byte(value), &doc) != nil
	switch {
	case !ok:
		return set
	case names(path), broken && names(value), !broken && holdsSecret(&doc, 0):
		return path + "=" + mask
	case strings.Contains(value, "://"):
		return path + "=" + RedactURL(value)
	}
	return set
}

// isSecretPath reports whether a path leads to, or into, what may be a secret.
func isSecretPath(path string) bool {
	return slices.ContainsFunc(strings.FieldsFunc(path, func(r rune) bool { return r == '.' || r == '[' || r == ' ' }), func(step string) bool {
		return slices.Contains([]string{"headers", "login", "protocol"}, step) || slices.Contains(secretParameters, strings.ToLower(step))
	})
}

// holdsSecret reports whether there is such a path in a value.
func holdsSecret(n *yaml.Node, depth int) bool {
	n = resolved(n)
	if depth > maxDepth {
		return true
	}
	for i, c := range n.Content {
		if key := n.Kind == yaml.MappingNode && i%2 == 0; key && isSecretPath(c.Value) || holdsSecret(c, depth+1) {
			return true
		}
	}
	return false
}

var secretParameters = []string{"token", "access_token", "auth", "key", "api_key", "apikey", "secret", "password", "ticket"}

// isSecretParameter reports whether a URL's parameter, or a variable of the
// server's environment, may be a secret: by its name, or because its value is as
// long as one.
func isSecretParameter(name, value string) bool {
	if name, err := url.QueryUnescape(name); err == nil {
		name = strings.ToLower(name)
		for _, part := range []string{"token", "auth", "key", "secret", "pass", "pwd", "ticket", "session", "sid", "sig", "jwt", "cred", "code"} {
			if strings.Contains(name, part) {
				return true
			}
		}
	}
	return isLong(value)
}

// isLong reports whether a text is as long as secrets are, apart from its
// ${VAR}.
func isLong(text string) bool {
	literal := 0
	_, err := eachVariable(text, func(s string) string { literal += len(s); return "" }, func(string) (string, error) { return "", nil })
	return err != nil || literal >= 16
}

// RedactURL masks a URL's password, a user without one if that is long, and
// those of its parameters that may carry a secret. It works on the text, so that
// ${VAR} and the order stay.
func RedactURL(raw string) string {
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
	parts := strings.Split(query, "&")
	for i, p := range parts {
		k, v, _ := strings.Cut(p, "=")
		if isSecretParameter(k, v) {
			parts[i] = k + "=" + redacted(v)
		}
	}
	tail = path + "?" + strings.Join(parts, "&")
	if anchored {
		tail += "#" + fragment
	}
	return scheme + "://" + host + tail
}
