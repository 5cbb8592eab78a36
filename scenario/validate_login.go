package scenario

import (
	"slices"
	"strings"
	"time"
)

// validateLogins reports what is wrong with the logins, and reads their files.
func (d *decoder) validateLogins(s *Scenario) {
	fine := true
	for i, g := range s.Clients {
		at := child(d.groups[i], "login")
		d.validateLogin(g.Login, at)
		for path := range d.failed {
			fine = fine && path != at && !strings.HasPrefix(path, at+".")
		}
	}
	if !fine { // what follows would only repeat it
		return
	}
	_, s.Columns = d.logins(s)
}

func (d *decoder) validateLogin(l Login, at string) {
	if !d.given(at) {
		return
	}
	var ways []string
	for _, key := range []string{"token", "tokens", "jwt"} {
		if d.given(child(at, key)) {
			ways = append(ways, key)
		}
	}
	csv := d.given(child(at, "csv"))
	for _, v := range []struct{ key, value string }{{"token", l.Token}, {"tokens", l.Tokens}, {"csv", l.CSV}} {
		d.check(!d.given(child(at, v.key)) || v.value != "", child(at, v.key), "is empty", "leave it out")
	}
	switch {
	case len(ways) > 1:
		d.problemAt(at, "has both "+strings.Join(ways, " and "), "keep one of them; each makes the token")
	case csv && slices.Contains(ways, "tokens"):
		d.problemAt(at, "has both tokens and csv", "put the tokens into a column named token")
	case len(ways) == 0 && !csv:
		d.problemAt(at, "does not say how", `write one of {token: "${IM_TOKEN}"}, {tokens: FILE}, {csv: FILE} and {jwt: {…}}`)
	}
	reads := csv || slices.Contains(ways, "tokens")
	d.check(!d.given(child(at, "reuse")) || reads, child(at, "reuse"), "is for files", "leave it out, or add tokens or csv")
	if l.JWT != nil {
		d.validateJWT(*l.JWT, child(at, "jwt"))
	}
}

func (d *decoder) validateJWT(j JWT, at string) {
	d.oneOf(child(at, "alg"), j.Alg, HS256, RS256)
	secret, key := child(at, "secret"), child(at, "key")
	switch j.Alg {
	case HS256:
		d.check(!d.given(key), key, "is for RS256", "leave it out, or write alg: RS256")
		d.check(j.Secret != "", at, "has no secret", "add secret: ${JWT_SECRET}, or alg: RS256 and a key")
	case RS256:
		d.check(!d.given(secret), secret, "is for HS256", "leave it out, or write alg: HS256")
		d.check(j.Key != "", at, "has no key", "add key: FILE.pem, an RSA private key")
	}
	const longest = 100 * 365 * 24 * time.Hour
	d.within(child(at, "ttl"), j.TTL, time.Second, longest)
	alg := child(child(at, "header"), "alg")
	d.check(!d.given(alg), alg, "is set by alg", "leave it out here")
}
