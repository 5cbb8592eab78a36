package faults

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"
)

// errEnded is why waiting for readiness stopped short.
var errEnded = errors.New("server ended before it was ready")

// readiness knows how to ask a server whether it is ready. The zero readiness
// asks nothing.
type readiness struct {
	addr string   // host:port
	url  *url.URL // nil: it is enough that addr accepts
}

const (
	askEvery   = 20 * time.Millisecond
	askTimeout = time.Second
)

func newReadiness(s string) (readiness, error) {
	if s == "" {
		return readiness{}, nil
	}
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" {
		return readiness{}, fmt.Errorf("%q does not say where a server answers when it is ready; write tcp://host:port or http://host:port/path", s)
	}
	port := u.Port()
	switch {
	case u.Scheme == "tcp" && port != "":
		return readiness{addr: u.Host}, nil
	case u.Scheme == "http" && port == "":
		port = "80"
	case u.Scheme == "https" && port == "":
		port = "443"
	}
	if u.Scheme != "http" && u.Scheme != "https" {
		return readiness{}, fmt.Errorf("%q does not say where a server answers when it is ready; write tcp://host:port or http://host:port/path", s)
	}
	return readiness{addr: net.JoinHostPort(u.Hostname(), port), url: u}, nil
}

// mustBeFree reports an error when somebody else answers where the server is
// to: the run would be about them. A server just killed has a second to go.
func (r readiness) mustBeFree(ctx context.Context) error {
	if r.addr == "" {
		return nil
	}
	for deadline := time.Now().Add(time.Second); ; {
		if err := dial(ctx, r.addr); err != nil {
			return ctx.Err()
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("something else already listens on %s, where the server is to be started; end it, or choose another port", r.addr)
		}
		pause(ctx, askEvery)
	}
}

// wait asks until the server answers, within the time given.
func (r readiness) wait(ctx context.Context, within time.Duration, ended <-chan struct{}) error {
	if r.addr == "" {
		return nil
	}
	ctx, cancel := context.WithTimeoutCause(ctx, within, errNotInTime)
	defer cancel()
	last := errors.New("not asked")
	for {
		if err := r.ask(ctx); err == nil {
			return stillThere(ended)
		} else if ctx.Err() == nil {
			last = err
		}
		select {
		case <-ended:
			return errEnded
		case <-ctx.Done():
			if context.Cause(ctx) == errNotInTime {
				return fmt.Errorf("server not ready within %s: %w", within, last)
			}
			return fmt.Errorf("waiting for the server: %w", context.Cause(ctx))
		case <-time.After(askEvery):
		}
	}
}

var errNotInTime = errors.New("not in time")

func stillThere(ended <-chan struct{}) error {
	select {
	case <-ended:
		return errEnded
	default:
		return nil
	}
}

func (r readiness) ask(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	if r.url == nil {
		return dial(ctx, r.addr)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.url.String(), nil)
	if err != nil {
		return err
	}
	client := &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		TLSClientConfig:   &tls.Config{InsecureSkipVerify: true}, // the question is whether it answers, not who it is
	}}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	_ = resp.Body.Close()
	if resp.StatusCode >= http.StatusInternalServerError {
		return fmt.Errorf("GET %s: %s", r.url.Redacted(), resp.Status)
	}
	return nil
}

// dial reports whether addr accepts a connection from somebody else: on
// loopback, a connection to a port of the ephemeral range that nobody listens
// on can be its own peer.
func dial(ctx context.Context, addr string) error {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	if conn.LocalAddr().String() == conn.RemoteAddr().String() {
		return fmt.Errorf("dial tcp %s: nobody listens", addr)
	}
	return nil
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
