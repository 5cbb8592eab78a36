package scenario

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// canonical prints a description in one way, however it was written: without
// comments, a key a line, short lists and maps on one.
func canonical(root *yaml.Node) Description {
	n := plainNode(root)
	n.Style = 0
	out, err := yaml.Dump(n, yaml.WithLineWidth(-1))
	if err != nil {
		return ""
	}
	return Description(strings.TrimRight(string(out), "\n"))
}

const quotedStyles = yaml.SingleQuotedStyle | yaml.DoubleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle

// plainNode copies a tree without aliases. Whether a scalar is in quotes stays:
// in a frame, "${time}" is text and ${time} a number.
func plainNode(n *yaml.Node) *yaml.Node {
	c := &yaml.Node{Kind: n.Kind, Tag: n.Tag, Value: n.Value, Style: n.Style & yaml.TaggedStyle}
	if n.Kind == yaml.ScalarNode {
		if n.Tag == "!!null" {
			c.Value = "null" // where nothing stood, '' would be printed
		}
		if n.Style&quotedStyles != 0 && n.Tag == "!!str" {
			c.Style |= yaml.DoubleQuotedStyle
			if strings.ContainsAny(n.Value, `"\`) && !strings.ContainsFunc(n.Value, unprintable) {
				c.Style = c.Style&^yaml.DoubleQuotedStyle | yaml.SingleQuotedStyle
			}
		}
		return c
	}
	short := 0
	for _, item := range n.Content {
		copied := plainNode(item)
		c.Content = append(c.Content, copied)
		if fits := copied.Kind == yaml.ScalarNode && (copied.Style&quotedStyles != 0 || !strings.ContainsAny(copied.Value, "{}[],")); fits {
			short += len(copied.Value) + 2
		} else {
			short = 1 << 20
		}
	}
	const line = 70
	if short < line {
		c.Style |= yaml.FlowStyle
	}
	return c
}

// masked is the description with what stands literally in its headers, in its
// Socket.IO auth, in its query and at names like token masked, but for slots;
// hides says of which values in the query. Each text that is masked is given to
// secret.
func (t Description) masked(hides veil, secret func(string)) Description {
	if t == "" {
		return ""
	}
	var doc yaml.Node
	if yaml.Load([]byte(t), &doc) != nil || len(doc.Content) != 1 {
		return mask
	}
	root := doc.Content[0]
	for _, path := range [][]string{{"headers"}, {"socketio", "auth"}} {
		n := root
		for _, key := range path {
			if n = valueOf(n, key, 0); n == nil {
				break
			}
		}
		if n != nil {
			maskAll(n, secret)
		}
	}
	if query := valueOf(root, "query", 0); query != nil {
		for i := 0; query.Kind == yaml.MappingNode && i+1 < len(query.Content); i += 2 {
			if v := query.Content[i+1]; hides(query.Content[i].Value, v.Value) {
				maskAll(v, secret)
			}
		}
	}
	maskNamed(root, secret)
	return canonical(root)
}

// maskAll masks every value in n.
func maskAll(n *yaml.Node, secret func(string)) {
	switch n.Kind {
	case yaml.ScalarNode:
		secret(n.Value)
		if masked := redacted(n.Value); masked != n.Value && n.Tag != "!!null" {
			n.Value, n.Tag, n.Style = masked, "!!str", yaml.DoubleQuotedStyle
		}
	case yaml.MappingNode:
		for i := 1; i < len(n.Content); i += 2 {
			maskAll(n.Content[i], secret)
		}
	case yaml.SequenceNode:
		for _, item := range n.Content {
			maskAll(item, secret)
		}
	}
}

// maskNamed masks the values whose keys say that they are secret.
func maskNamed(n *yaml.Node, secret func(string)) {
	for i, item := range n.Content {
		if n.Kind == yaml.MappingNode {
			if i%2 == 0 {
				continue
			}
			if item.Kind == yaml.ScalarNode && isSecretField(n.Content[i-1].Value) {
				maskAll(item, secret)
			}
		}
		maskNamed(item, secret)
	}
}

var secretFields = []string{"access_token", "auth", "key", "api_key", "ticket"}

// isSecretField reports whether a name in a frame says that it is of a secret.
func isSecretField(name string) bool {
	name = strings.ToLower(name)
	return slices.Contains(secretFields, name) || slices.ContainsFunc([]string{"token", "secret", "passw", "pwd", "apikey", "credential"},
		func(part string) bool { return strings.Contains(name, part) })
}
