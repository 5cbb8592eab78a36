package agent

import "testing"

func TestWhatAServerSaysIsShownWithoutSecrets(t *testing.T) {
	secrets := []string{"a-long-secret", "planted"}
	for _, c := range []struct{ name, text, want string }{
		{"a secret", "you said planted.", "you said ***."},
		{"the longer of two", "planted a-long-secret", "*** ***"},
		{"a signed token", "no: eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln", "no: ***"},
		{"the query of a URL", `GET "/ws?v=1&room=lobby%20a&x=" refused`, `GET "/ws?v=***&room=***&x=" refused`},
		{"one cut short", "/ws?v=a-lo", "/ws?v=***"},
		{"a secret cut short", "you said plant", "you said ***"},
		{"a question", "who? me & you = us", "who? me & you = us"},
	} {
		got := masked(c.text, secrets)
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		if again := masked(got, secrets); again != got {
			t.Errorf("%s: masked again it is %q", c.name, again)
		}
	}
}
