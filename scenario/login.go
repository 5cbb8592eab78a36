package scenario

import (
	"fmt"
	"reflect"
	"time"

	"go.yaml.in/yaml/v4"
)

// Login is how each client of a group proves who it is. One of Token, Tokens
// and JWT makes the token; CSV may stand beside Token and JWT, or alone. The
// zero Login: the target's token for all.
type Login struct {
	Token  string `yaml:"token"`  // ${VAR} from the environment, ${client}, ${number}, ${room} and ${column.NAME}; secret
	Tokens string `yaml:"tokens"` // a file, a token a line
	CSV    string `yaml:"csv"`    // a file, a row a client below a row of names; column token is the token
	JWT    *JWT   `yaml:"jwt"`
	Reuse  bool   `yaml:"reuse"` // begin again after the file's last line
}

// JWT is how tokens are signed: one for each client, anew at each connect.
type JWT struct {
	Alg    string        `yaml:"alg"`    // HS256, RS256
	Secret string        `yaml:"secret"` // HS256; as Token
	Key    string        `yaml:"key"`    // RS256: a PEM file
	Claims Object        `yaml:"claims"` // with the slots of Token; iat and exp are added
	TTL    time.Duration `yaml:"ttl"`    // from iat to exp
	Header Object        `yaml:"header"` // further fields, like kid
}

// Object is a map of what JSON has: text, numbers, truth, lists and maps.
type Object map[string]any

// The algorithms.
const (
	HS256 = "HS256"
	RS256 = "RS256"
)

// objectForm fills an Object.
func (d *decoder) objectForm(n *yaml.Node, path string, p *Object, depth int) {
	if n.Kind != yaml.MappingNode {
		d.wrongKind(n, path, reflect.TypeFor[Object]())
		return
	}
	*p, _ = d.tree(n, path, depth).(map[string]any)
}

// masked is o with *** for what stands literally at a name that says that it is
// secret. Who somebody is, is not. Each text that is masked is given to secret.
func (o Object) masked(secret func(string)) Object { return o.maskedIn(false, secret) }

func (o Object) maskedIn(hidden bool, secret func(string)) Object {
	if o == nil {
		return nil
	}
	out := make(Object, len(o))
	for k, v := range o {
		out[k] = maskedTree(v, hidden || isSecretName(k), secret)
	}
	return out
}

func maskedTree(v any, hidden bool, secret func(string)) any {
	switch v := v.(type) {
	case map[string]any:
		return map[string]any(Object(v).maskedIn(hidden, secret))
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = maskedTree(item, hidden, secret)
		}
		return out
	case string:
		if hidden {
			secret(v)
			return redacted(v)
		}
	case int64, float64:
		if hidden {
			secret(fmt.Sprint(v))
			return mask
		}
	}
	return v
}

// tree reads a value as JSON has them.
func (d *decoder) tree(n *yaml.Node, path string, depth int) any {
	n, ok := d.enter(n, path, depth)
	if !ok {
		return nil
	}
	switch n.Kind {
	case yaml.MappingNode:
		out := map[string]any{}
		entries, _ := d.mapping(n, path, reflect.TypeFor[Object]())
		for _, e := range entries {
			out[e.key] = d.tree(e.value, child(path, e.key), depth+1)
		}
		return out
	case yaml.SequenceNode:
		out := make([]any, len(n.Content))
		for i, item := range n.Content {
			out[i] = d.tree(item, index(path, i), depth+1)
		}
		return out
	}
	switch n.Tag {
	case "!!bool":
		return decoded[bool](d, n, path)
	case "!!int":
		return decoded[int64](d, n, path)
	case "!!float":
		return decoded[float64](d, n, path)
	}
	return n.Value
}

func decoded[T any](d *decoder, n *yaml.Node, path string) (v T) {
	d.scalar(n, path, reflect.ValueOf(&v).Elem())
	return v
}
