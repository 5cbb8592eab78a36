package scenario

import (
	"errors"
	"fmt"
	"strings"

	"github.com/imbench/imbench/internal/placeholder"
)

// Expand fills in each ${VAR} of text from env, which looks variables up as
// os.LookupEnv does; ${env.VAR} is the same. $${ stands for a plain ${. The error names what is
// undefined or malformed, never a value.
func Expand(text string, env func(name string) (value string, ok bool)) (string, error) {
	return eachVariable(text, func(s string) string { return s }, func(name string) (string, error) {
		if name = strings.TrimPrefix(name, "env."); !isVariable(name) {
			return "", errNoVariable
		}
		v, ok := env(name)
		if !ok {
			return "", fmt.Errorf("the environment variable %s is not set", name)
		}
		return v, nil
	})
}

// redacted masks what is literal in a secret and keeps its ${VAR} and the name
// of an authorization scheme.
func redacted(secret string) string {
	masked := func(s string) string {
		for _, scheme := range []string{"Bearer ", "Basic ", "Token "} {
			if s == scheme {
				return s
			}
		}
		if s == "" || s == mask {
			return s
		}
		return mask
	}
	out, err := eachVariable(secret, masked, func(name string) (string, error) { return "${" + name + "}", nil })
	if err != nil {
		return mask
	}
	return out
}

const mask = "***"

var errNoVariable = errors.New("a ${ is not followed by a name and }")

// eachVariable cuts text into literal stretches and ${VAR}, and puts what the
// two functions make of them together again.
func eachVariable(text string, literal func(string) string, variable func(name string) (string, error)) (string, error) {
	var out strings.Builder
	for {
		plain, rest, found := placeholder.Next(text)
		out.WriteString(literal(plain))
		if !found {
			return out.String(), nil
		}
		name, after, closed := strings.Cut(rest, "}")
		if !closed || !isVariable(name) && !isQualified(name) {
			return "", errNoVariable
		}
		v, err := variable(name)
		if err != nil {
			return "", err
		}
		out.WriteString(v)
		text = after
	}
}

// isQualified reports whether name is a slot that names where it looks, like
// env.HOME and column.city.
func isQualified(name string) bool {
	where, what, ok := strings.Cut(name, ".")
	return ok && what != "" && (where == "env" || where == "column") && !strings.ContainsFunc(what, unprintable) && !strings.ContainsAny(what, "{}")
}

func isVariable(name string) bool {
	for i, r := range name {
		letter := r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return name != ""
}
