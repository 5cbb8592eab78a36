package credentials

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"
)

var start = time.Date(2026, 5, 4, 3, 2, 1, 999, time.UTC)

func fixed() time.Time { return start }

func rsaKey(t testing.TB) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func pemOf(t testing.TB, key *rsa.PrivateKey) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

// parsed checks a token's signature and returns its header and claims.
func parsed(t *testing.T, token, alg string, key any) (header map[string]any, claims jwt.MapClaims) {
	t.Helper()
	claims = jwt.MapClaims{}
	out, err := jwt.NewParser(jwt.WithValidMethods([]string{alg}), jwt.WithTimeFunc(fixed)).
		ParseWithClaims(token, claims, func(*jwt.Token) (any, error) { return key, nil })
	if err != nil {
		t.Fatal(err)
	}
	return out.Header, claims
}

func TestASignedTokenNamesItsClient(t *testing.T) {
	key := rsaKey(t)
	for _, c := range []struct {
		alg    string
		secret []byte
		check  any
	}{
		{"HS256", []byte("secret"), []byte("secret")},
		{"RS256", pemOf(t, key), key.Public()},
		{"RS256", pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}), key.Public()},
	} {
		s, err := NewSigner(JWT{
			Alg: c.alg, Key: c.secret, TTL: time.Hour, Now: fixed,
			Claims: map[string]any{
				"sub": Text{{Slot: Client}}, "uid": Text{{Slot: Number}}, "admin": false, "level": int64(3),
				"chat": map[string]any{"rooms": []any{Text{{Literal: "room:", Slot: Room}}}, "seat": Text{{Slot: Column, Column: 0}}},
			},
			Header: map[string]any{"kid": Text{{Literal: "key-1"}}, "alg": "none"},
		})
		if err != nil {
			t.Fatal(err)
		}
		source := New(Config{Signer: s, Rows: [][]string{{"front"}, {"back"}}})
		credential, err := source.For(1, "c1", "r0")
		if err != nil {
			t.Fatal(err)
		}
		header, claims := parsed(t, credential.Token, c.alg, c.check)
		if diff := cmp.Diff(map[string]any{"alg": c.alg, "typ": "JWT", "kid": "key-1"}, header); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(jwt.MapClaims{
			"iat": float64(start.Unix()), "exp": float64(start.Unix() + 3600), "sub": "c1", "uid": 1.0, "admin": false, "level": 3.0,
			"chat": map[string]any{"rooms": []any{"room:r0"}, "seat": "back"},
		}, claims); diff != "" {
			t.Error(diff)
		}
	}
}

func TestATokenIsSignedAnewAtEachConnect(t *testing.T) {
	now := start
	s, err := NewSigner(JWT{Alg: "HS256", Key: []byte("k"), TTL: time.Minute, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	source := New(Config{Signer: s})
	for range 3 {
		credential, err := source.For(0, "c0", "")
		if err != nil {
			t.Fatal(err)
		}
		claims := jwt.MapClaims{}
		if _, _, err := jwt.NewParser().ParseUnverified(credential.Token, claims); err != nil {
			t.Fatal(err)
		}
		if claims["iat"] != float64(now.Unix()) || claims["exp"] != float64(now.Unix()+60) {
			t.Errorf("at %d: %v", now.Unix(), claims)
		}
		now = now.Add(time.Hour)
	}
}

func TestTheClaimsOwnTimesGoFirst(t *testing.T) {
	s, err := NewSigner(JWT{Alg: "HS256", Key: []byte("k"), Now: fixed, TTL: time.Hour, Claims: map[string]any{"exp": int64(99), "iat": int64(1)}})
	if err != nil {
		t.Fatal(err)
	}
	token, _ := s.Sign(Who{})
	claims := jwt.MapClaims{}
	if _, _, err := jwt.NewParser().ParseUnverified(token, claims); err != nil || claims["exp"] != 99.0 || claims["iat"] != 1.0 {
		t.Error(claims, err)
	}
}

func TestAWrongKeyIsSaidBeforeTheRun(t *testing.T) {
	public, err := x509.MarshalPKIXPublicKey(rsaKey(t).Public())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		jwt  JWT
		want error
	}{
		{"an empty secret", JWT{Alg: "HS256"}, ErrNoSecret},
		{"no PEM", JWT{Alg: "RS256", Key: []byte("hunter2")}, ErrKey},
		{"a public key", JWT{Alg: "RS256", Key: pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})}, ErrKey},
		{"a key with a password", JWT{Alg: "RS256", Key: pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: []byte("x")})}, ErrKey},
	} {
		c.jwt.Now = fixed
		if _, err := NewSigner(c.jwt); !errors.Is(err, c.want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if _, err := NewSigner(JWT{Alg: "none", Now: fixed}); err == nil {
		t.Error("tokens without a signature are taken")
	}
}

func TestAShortKeyIsWeak(t *testing.T) {
	for bits, want := range map[uint]bool{512: false, 1023: false, 1024: true, 2048: true} {
		n := new(big.Int).Lsh(big.NewInt(1), bits-1)
		if got := strong(&rsa.PrivateKey{PublicKey: rsa.PublicKey{N: n}}); got != want {
			t.Errorf("%d bits: %t", bits, got)
		}
	}
}

func BenchmarkHS256(b *testing.B) {
	benchmarkSign(b, "HS256", []byte("0123456789abcdef0123456789abcdef"))
}
func BenchmarkRS256(b *testing.B) { benchmarkSign(b, "RS256", pemOf(b, rsaKey(b))) }

func benchmarkSign(b *testing.B, alg string, key []byte) {
	s, err := NewSigner(JWT{Alg: alg, Key: key, TTL: time.Hour, Now: fixed, Claims: map[string]any{"sub": Text{{Slot: Client}}, "room": Text{{Slot: Room}}}})
	if err != nil {
		b.Fatal(err)
	}
	source := New(Config{Signer: s})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := source.For(1, "c1", "r1"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLineOfAFile(b *testing.B) {
	source := New(Config{Tokens: make([]string, 10_000)})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := source.For(9_999, "c9999", "r1"); err != nil {
			b.Fatal(err)
		}
	}
}
