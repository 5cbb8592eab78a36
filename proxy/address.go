package proxy

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
)

// CheckAddress says what is wrong with an address to listen on or to connect
// to: it is [HOST]:PORT, with a port by number or by name. Its errors quote
// nothing that may hold a password. It connects to nothing, and does not look
// up the host.
func CheckAddress(ctx context.Context, addr string) error {
	host, port, err := net.SplitHostPort(addr)
	if err != nil || strings.ContainsAny(addr, "@/") {
		return notAddress(addr)
	}
	if _, err := net.DefaultResolver.LookupPort(ctx, "tcp", port); err != nil || port == "" {
		return fmt.Errorf("%q is no port; write HOST:PORT, like %s", port, net.JoinHostPort(host, examplePort))
	}
	return nil
}

const examplePort = "8080"

// notAddress says what to write in place of addr.
func notAddress(addr string) error {
	if host := within(addr); host != "" {
		return fmt.Errorf("an address has no user, scheme or path; write HOST:PORT: %s", host)
	}
	switch {
	case strings.ContainsAny(addr, "@/"):
		return errors.New("write HOST:PORT, like 127.0.0.1:" + examplePort)
	case net.ParseIP(addr) != nil, addr != "" && !strings.Contains(addr, ":"):
		return fmt.Errorf("%s has no port; write HOST:PORT, like %s", addr, net.JoinHostPort(addr, examplePort))
	}
	return fmt.Errorf("%q is no address; write HOST:PORT, like 127.0.0.1:%s or [::1]:%[2]s", addr, examplePort)
}

// within finds the address in a URL, or in what has a user or a path; "" if
// there is none.
func within(addr string) string {
	if !strings.ContainsAny(addr, "@/") {
		return ""
	}
	if !strings.Contains(addr, "://") {
		addr = "//" + addr
	}
	u, err := url.Parse(addr)
	if err != nil || u.Hostname() == "" {
		return ""
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "ws": "80", "https": "443", "wss": "443"}[u.Scheme]
	}
	if port == "" {
		port = examplePort
	}
	return net.JoinHostPort(u.Hostname(), port)
}

// masked is an address as it may be shown. The API takes any, as Toxiproxy
// does, also one that nobody can be reached at.
func masked(addr string) string {
	i := strings.LastIndex(addr, "@")
	if i < 0 {
		return addr
	}
	scheme, _, ok := strings.Cut(addr[:i], "://")
	if !ok {
		return "***" + addr[i:]
	}
	return scheme + "://***" + addr[i:]
}

// maskedError is err without what is secret in an address.
func maskedError(err error, addr string) error {
	if masked(addr) == addr {
		return err
	}
	host, _, _ := net.SplitHostPort(addr) // of what is none, nothing is looked up
	text := strings.ReplaceAll(err.Error(), addr, masked(addr))
	if host != "" {
		text = strings.ReplaceAll(text, host, masked(host))
	}
	return errors.New(text)
}
