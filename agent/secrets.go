package agent

import (
	"errors"
	"net/url"
	"os"
	"regexp"
	"strings"

	"github.com/imbench/imbench/protocol"
	"github.com/imbench/imbench/scenario"
)

const mask = "***"

// collectSecrets makes r.redact mask what the scenario takes for secret, as it
// is on the wire: errors quote servers, and servers quote what they were sent.
func (r *run) collectSecrets() { r.secrets = r.scenario.Secrets(os.LookupEnv) }

// redact masks secrets in a text that may quote what was sent. It belongs before
// the text is cut, or a part of one might be left.
func (r *run) redact(text string) string { return masked(text, r.secrets) }

// redactFor masks what a client logged in with, too; login may be nil.
func (r *run) redactFor(login *protocol.Login, text string) string {
	return r.redact(masked(text, ownSecrets(login)))
}

// redacted is err in words without secrets.
func (r *run) redacted(err error) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	if shown := r.redact(text); shown != text {
		return &veiled{shown, err}
	}
	return err
}

// veiled is an error in other words.
type veiled struct {
	text string
	err  error
}

func (v *veiled) Error() string { return v.text }
func (v *veiled) Unwrap() error { return v.err }

// jwts are signed tokens, whoever signed them.
var jwts = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]*)?`)

// parameters are those of a URL, wherever it stands.
var parameters = regexp.MustCompile(`([?&][\w.%~-]+=)[^&\s"'<>#]+`)

// masked masks the secrets, which come the longest first, what looks like a token
// that was signed, and the values in the query of any URL. A text that ends in the
// middle of a secret was cut there.
func masked(text string, secrets []string) string {
	for _, s := range secrets {
		text = strings.ReplaceAll(text, s, mask)
	}
	text = jwts.ReplaceAllString(text, mask)
	text = parameters.ReplaceAllString(text, "${1}"+mask)
	const least = 4
	for _, s := range secrets {
		for n := min(len(s)-1, len(text)); n >= least; n-- {
			if strings.HasSuffix(text, s[:n]) {
				return text[:len(text)-n] + mask
			}
		}
	}
	return text
}

// ownSecrets are what one client logs in with.
func ownSecrets(login *protocol.Login) (all []string) {
	if login == nil {
		return nil
	}
	add := func(s string) {
		const tooShort = 4 // masking these would make any text unreadable
		if len(s) >= tooShort {
			all = append(all, s, url.QueryEscape(s))
		}
	}
	add(login.Token)
	for _, s := range login.Row {
		add(s)
	}
	return all
}

// shownTarget is the target's URL as it may be shown.
func (r *run) shownTarget() string {
	if r.scenario.Target.URL == "" {
		return r.target.url.String()
	}
	return scenario.RedactURL(r.scenario.Target.URL)
}

// failedDial is why a client did not become ready, without what it or the
// scenario keeps secret.
func (r *run) failedDial(err error, login *protocol.Login) error {
	f := failureOf(err, 0, "")
	return &dialFailure{f.kind, errors.New(r.redactFor(login, f.err.Error()))}
}
