package scenario

import (
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// shownSets are --sets as they may be shown.
func shownSets(sets []string) []string {
	out := slices.Clone(sets)
	for i, set := range out {
		out[i] = shownSet(set)
	}
	return out
}

// shownSet is a --set as it may be shown: all of it, but *** in place of a value
// that leads to, or holds, what Redacted would mask, and of what cannot be told.
func shownSet(set string) string {
	path, value, ok := strings.Cut(set, "=")
	var doc yaml.Node
	switch {
	case !ok && (strings.ContainsAny(set, ": {") || isSecretPath(set)):
		return mask
	case !ok || strings.TrimSpace(value) == "":
		return set
	case isSecretPath(path):
	case len(value) > MaxFile || yaml.Load([]byte(value), &doc) != nil || len(doc.Content) != 1: // an error will say so
		if !strings.Contains(value, "://") && !slices.ContainsFunc(strings.FieldsFunc(value, notOfAPath), isSecretPath) {
			return set
		}
	case doc.Content[0].Kind == yaml.ScalarNode && strings.Contains(value, "://") && !isCommand(path):
		if text := doc.Content[0].Value; text != strings.TrimSpace(value) {
			return path + "=" + strconv.Quote(RedactURL(text))
		}
		return path + "=" + RedactURL(value)
	case !holdsSecret(path, doc.Content[0], 0):
		return set
	}
	return path + "=" + mask
}

// notOfAPath reports whether a character ends a key in a text that is no YAML.
func notOfAPath(r rune) bool { return strings.ContainsRune(" \t\r\n,:;={}'\"", r) }

// secretKeys are those below which every value may be a secret, of commandKeys
// some words may be.
var (
	secretKeys  = []string{"headers", "login", "env", "query"}
	commandKeys = []string{"command", "reference"}
)

// isSecretPath reports whether a path leads to, or into, what may be a secret.
// A single argument of a command may be one, as nobody sees what it is of.
func isSecretPath(path string) bool {
	steps := stepsOf(path)
	for i, step := range steps {
		switch {
		case slices.Contains(secretKeys, step), isSecretField(step):
			return true
		case slices.Contains(commandKeys, step) && i+1 < len(steps):
			return true
		}
	}
	return false
}

func stepsOf(path string) []string {
	return strings.FieldsFunc(path, func(r rune) bool { return r == '.' || r == '[' || r == ' ' })
}

// holdsSecret reports whether the value at a path has in it what Redacted would
// mask.
func holdsSecret(path string, n *yaml.Node, depth int) bool {
	n = resolved(n)
	null := n.Kind == yaml.ScalarNode && n.Tag == "!!null"
	if depth > maxDepth || !null && isSecretPath(path) {
		return true
	}
	if isCommand(path) && n.Kind != yaml.MappingNode {
		return !isShownWhole(n)
	}
	switch n.Kind {
	case yaml.ScalarNode:
		return RedactURL(n.Value) != n.Value
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			if holdsSecret(n.Content[i].Value, n.Content[i+1], depth+1) {
				return true
			}
		}
		return false
	}
	return slices.ContainsFunc(n.Content, func(c *yaml.Node) bool { return holdsSecret("", c, depth+1) })
}

// isCommand reports whether a path leads to a command, or to flags.
func isCommand(path string) bool {
	steps := stepsOf(path)
	return len(steps) > 0 && slices.Contains(commandKeys, steps[len(steps)-1])
}

// isShownWhole reports whether no word of a command is masked. One that is
// written as a text is wrong, but shown.
func isShownWhole(n *yaml.Node) bool {
	words := strings.Fields(n.Value)
	for _, c := range n.Content {
		if c = resolved(c); c.Kind != yaml.ScalarNode {
			return false
		}
		words = append(words, c.Value)
	}
	return slices.Equal(redactedWords(words), words)
}
