package proxy

import (
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestAddressesAreHostAndPort(t *testing.T) {
	for _, addr := range []string{"127.0.0.1:8080", ":0", "localhost:http", "[::1]:80", "chat.internal:65535", "[fe80::1%lo]:80"} {
		if err := CheckAddress(t.Context(), addr); err != nil {
			t.Errorf("%s: %v", addr, err)
		}
	}
	for _, c := range []struct{ name, addr, want string }{
		{"a name without a port", "chat", "chat has no port; write HOST:PORT, like chat:8080"},
		{"an IPv6 address without a port", "::1", "::1 has no port; write HOST:PORT, like [::1]:8080"},
		{"an IPv6 address without brackets", "::1:x:80", `"::1:x:80" is no address; write HOST:PORT, like 127.0.0.1:8080 or [::1]:8080`},
		{"nothing", "", `"" is no address`},
		{"a port that there is not", "chat:99999", `"99999" is no port; write HOST:PORT, like chat:8080`},
		{"a port that is no port", "chat:nonesuch", `"nonesuch" is no port`},
		{"no port behind the colon", "chat:", `"" is no port`},
		{"a URL", "ws://127.0.0.1:8080/ws", "no user, scheme or path; write HOST:PORT: 127.0.0.1:8080"},
		{"a URL without a port", "wss://chat.example/ws", "write HOST:PORT: chat.example:443"},
		{"a URL of another kind", "redis://[::1]", "write HOST:PORT: [::1]:8080"},
		{"a URL with a password", "http://u:S3CRET@127.0.0.1:1", "write HOST:PORT: 127.0.0.1:1"},
		{"a password without a scheme", "u:S3CRET@chat:1", "write HOST:PORT: chat:1"},
		{"a user", "S3CRET@chat:1", "write HOST:PORT: chat:1"},
		{"a path", "chat:1/ws", "write HOST:PORT: chat:1"},
		{"a password and nothing that could be meant", "http://u:S3CRET@:x/", "write HOST:PORT, like 127.0.0.1:8080"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := CheckAddress(t.Context(), c.addr)
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "S3CRET") {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

// The API takes any upstream, as Toxiproxy does.
func TestWhatIsLoggedOfAnUpstreamHasNoPassword(t *testing.T) {
	var log strings.Builder
	s := New(Config{Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	defer s.Close()
	asked := httptest.NewRequest(http.MethodPost, "/proxies", strings.NewReader(`{"name":"any","listen":"127.0.0.1:0","upstream":"http://u:S3CRET@127.0.0.1:1"}`))
	answer := httptest.NewRecorder()
	s.Handler().ServeHTTP(answer, asked)
	if body := answer.Body.String(); answer.Code != http.StatusCreated || !strings.Contains(body, `"upstream":"http://u:S3CRET@127.0.0.1:1"`) {
		t.Fatalf("%d %s", answer.Code, body)
	}
	p, err := s.proxy("any")
	if err != nil {
		t.Fatal(err)
	}
	c, err := net.Dial("tcp", p.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.ReadAll(c); err == nil {
		t.Error("it was connected to what is no address")
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	text := log.String()
	if strings.Contains(text, "S3CRET") || strings.Count(text, "http://***@127.0.0.1:1") != 2 {
		t.Error(text)
	}
}

func TestAnAddressIsShownWithoutItsPassword(t *testing.T) {
	for addr, want := range map[string]string{
		"127.0.0.1:8080":                "127.0.0.1:8080",
		"http://u:S3CRET@127.0.0.1:1/x": "http://***@127.0.0.1:1/x",
		"u:S3CRET@x@chat:1":             "***@chat:1",
	} {
		if got := masked(addr); got != want {
			t.Errorf("%s is shown as %s", addr, got)
		}
	}
	err := maskedError(errors.New("dial tcp: lookup S3CRET@chat: no such host"), "S3CRET@chat:1")
	if got := err.Error(); got != "dial tcp: lookup ***@chat: no such host" {
		t.Error(got)
	}
}
