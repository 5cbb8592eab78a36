package agent

import (
	"errors"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/imbench/imbench/scenario"
)

// collectSecrets makes r.redact mask what the scenario takes for secret, as it
// is on the wire: the token, the values of headers, and of the URL the password
// and the query. Errors quote servers, and servers quote what they were sent.
func (r *run) collectSecrets() {
	t := r.scenario.Target
	var secrets []string
	add := func(text string) {
		text, err := scenario.Expand(text, os.LookupEnv)
		const tooShort = 4 // masking these would make any text unreadable
		if err != nil || len(text) < tooShort {
			return
		}
		secrets = append(secrets, text, url.QueryEscape(text))
		if _, credentials, ok := strings.Cut(text, " "); ok && len(credentials) >= tooShort { // of "Bearer …"
			secrets = append(secrets, credentials)
		}
	}
	add(t.Token)
	for _, v := range t.Headers {
		add(v)
	}
	if text, err := scenario.Expand(t.URL, os.LookupEnv); err == nil {
		if u, err := url.Parse(text); err == nil {
			password, _ := u.User.Password()
			add(password)
			for _, values := range u.Query() {
				for _, v := range values {
					add(v)
				}
			}
		}
	}
	slices.SortFunc(secrets, func(a, b string) int { return len(b) - len(a) }) // the longest first
	var pairs []string
	for _, secret := range slices.Compact(secrets) {
		pairs = append(pairs, secret, "***")
	}
	r.secrets = strings.NewReplacer(pairs...)
}

// redact masks secrets in a text that may quote what was sent.
func (r *run) redact(text string) string { return r.secrets.Replace(text) }

// shownTarget is the target's URL as it may be shown.
func (r *run) shownTarget() string {
	if r.scenario.Target.URL == "" {
		return r.target.url.String()
	}
	return scenario.RedactURL(r.scenario.Target.URL)
}

// withoutToken masks a client's own token in the words of its dial's failure.
func withoutToken(err error, token string) error {
	f := failureOf(err, 0, "")
	text := f.err.Error()
	if token == "" || !strings.Contains(text, token) && !strings.Contains(text, url.QueryEscape(token)) {
		return f
	}
	masked := strings.NewReplacer(token, "***", url.QueryEscape(token), "***").Replace(text)
	return &dialFailure{f.kind, errors.New(masked)}
}
