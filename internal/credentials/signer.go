package credentials

import (
	"crypto/rsa"
	"errors"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// JWT says how tokens are signed. Claims and Header are trees of maps, lists
// and values as JSON has them; a Text is filled in for each client, and one
// that is nothing but Number becomes a number. The claims iat and exp are set
// with each signing, unless they are among Claims.
type JWT struct {
	Alg    string // HS256 or RS256
	Key    []byte // the secret, or an RSA key in PEM
	Claims map[string]any
	Header map[string]any // beside alg, and typ unless given
	TTL    time.Duration  // from iat to exp; whole seconds
	Now    func() time.Time
}

// Format keeps the secrets out of whatever is printed.
func (JWT) Format(f fmt.State, _ rune) { fmt.Fprint(f, mask) }

// Signer signs a JWT for each client that asks. It is immutable and safe for
// concurrent use.
type Signer struct {
	jwt    JWT
	method jwt.SigningMethod
	key    any
}

// What is wrong with a key.
var (
	ErrNoSecret = errors.New("the secret is empty")
	ErrKey      = errors.New("the key is no RSA private key in PEM, or has a password")
	ErrWeakKey  = errors.New("the key is shorter than 1024 bits")
)

// NewSigner checks the key by signing once.
func NewSigner(c JWT) (*Signer, error) {
	s := &Signer{jwt: c}
	switch c.Alg {
	case "HS256":
		if len(c.Key) == 0 {
			return nil, ErrNoSecret
		}
		s.method, s.key = jwt.SigningMethodHS256, c.Key
	case "RS256":
		key, err := jwt.ParseRSAPrivateKeyFromPEM(c.Key)
		if err != nil {
			return nil, ErrKey // what the parser says could quote the key
		}
		if !strong(key) {
			return nil, ErrWeakKey
		}
		s.method, s.key = jwt.SigningMethodRS256, key
	default:
		return nil, fmt.Errorf("%q is not HS256 or RS256", c.Alg)
	}
	_, err := s.Sign(Who{})
	return s, err
}

// strong reports whether the standard library signs with such a key.
func strong(key *rsa.PrivateKey) bool {
	const least = 1024 // bits
	return key.N.BitLen() >= least
}

// Format keeps the secrets out of whatever is printed.
func (*Signer) Format(f fmt.State, _ rune) { fmt.Fprint(f, mask) }

// Sign returns a token for a client, issued now.
func (s *Signer) Sign(who Who) (string, error) {
	now := s.jwt.Now().Unix()
	claims := make(jwt.MapClaims, len(s.jwt.Claims)+2)
	claims["iat"] = now
	claims["exp"] = now + int64(s.jwt.TTL/time.Second)
	for name, v := range s.jwt.Claims {
		claims[name] = filled(v, who)
	}
	token := jwt.NewWithClaims(s.method, claims)
	for name, v := range s.jwt.Header {
		token.Header[name] = filled(v, who)
	}
	token.Header["alg"] = s.method.Alg()
	text, err := token.SignedString(s.key)
	if err != nil {
		return "", fmt.Errorf("sign a %s token: %w", s.jwt.Alg, err)
	}
	return text, nil
}

// filled is a claim for one client.
func filled(v any, who Who) any {
	switch v := v.(type) {
	case Text:
		if len(v) == 1 && v[0].Slot == Number && v[0].Literal == "" {
			return who.Number
		}
		return v.Fill(who)
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, inner := range v {
			out[name] = filled(inner, who)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, inner := range v {
			out[i] = filled(inner, who)
		}
		return out
	}
	return v
}
