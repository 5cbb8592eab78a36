package agent

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/imbench/imbench/faults"
	"github.com/imbench/imbench/scenario"
)

// target is the server under test: where it is, and its process if that is
// imbench's or known to it.
type target struct {
	url     *url.URL
	user    *url.Userinfo   // of the URL as it was given; nil for none
	process *faults.Process // nil when it is only a URL
	started bool            // by imbench
}

// referenceWithin bounds the start of the reference server.
const referenceWithin = 10 * time.Second

// startTarget starts the server under test, if that is imbench's to do.
// Reference is the command that starts the reference server, without flags.
func startTarget(ctx context.Context, s *scenario.Scenario, reference []string) (*target, error) {
	env := os.LookupEnv
	if s.Target.URL == "" && s.Target.Start == nil {
		return startReference(ctx, s, reference)
	}
	text, err := scenario.Expand(s.Target.URL, env)
	if err != nil {
		return nil, fmt.Errorf("target.url: %w", err)
	}
	u, err := url.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("target.url: %w", err)
	}
	t := &target{user: u.User, url: u}
	u.User = nil // a WebSocket URL has none
	switch start := s.Target.Start; {
	case start != nil:
		spec := faults.Spec{Command: start.Command, Dir: start.Dir, Env: os.Environ(), Ready: start.Ready, Within: start.Within}
		for k, v := range start.Env {
			if v, err = scenario.Expand(v, env); err != nil {
				return nil, fmt.Errorf("target.start.env.%s: %w", k, err)
			}
			spec.Env = append(spec.Env, k+"="+v)
		}
		t.started = true
		if t.process, err = faults.Start(ctx, spec); err != nil {
			return nil, fmt.Errorf("%w did not start: %w", ErrTarget, err)
		}
	case s.Target.PID > 0:
		if t.process, err = faults.Attach(s.Target.PID); err != nil {
			return nil, fmt.Errorf("%w (target.pid): %w", ErrTarget, err)
		}
	}
	return t, nil
}

func startReference(ctx context.Context, s *scenario.Scenario, command []string) (*target, error) {
	if len(command) == 0 {
		return nil, errors.New("the scenario names no target, and there is no reference server to start")
	}
	var env []string
	if s.Target.Token != "" {
		token, err := scenario.Expand(s.Target.Token, os.LookupEnv)
		if err != nil {
			return nil, fmt.Errorf("target.token: %w", err)
		}
		env = append(env, "IMBENCH_SERVE_TOKEN="+token) // arguments are for everybody to see
	}
	const tries = 10
	var err error
	for range tries {
		addr := freeAddr(ctx)
		args := append(append([]string{}, command...), "--listen", addr)
		args = append(args, s.Target.Reference...)
		var p *faults.Process
		p, err = faults.Start(ctx, faults.Spec{Command: args, Env: env, Ready: "http://" + addr + "/healthz", Within: referenceWithin})
		if err == nil {
			return &target{url: &url.URL{Scheme: "ws", Host: addr, Path: referencePath(s.Target.Preset)}, process: p, started: true}, nil
		}
		if !strings.Contains(err.Error(), "address already in use") {
			break
		}
	}
	return nil, fmt.Errorf("%w, the reference server, did not start: %w", ErrTarget, err)
}

// referencePath is where the reference server speaks a system, as far as the
// system's protocol does not say it.
func referencePath(preset string) string {
	switch preset {
	case "envelope":
		return "/ws"
	case "browser-ws", "browser-ws-as-published":
		return "/raw"
	case "heart-class":
		return "/heart/"
	case "ionic-service":
		return "/ionic"
	}
	return ""
}

// freeAddr finds a free loopback port below the ephemeral range. In that range
// a client that reconnects while the server is down could be given the
// server's own port, and find itself connected to itself.
func freeAddr(ctx context.Context) string {
	const lowest, span, tries = 20_000, 12_000, 100
	addr := ""
	for range tries {
		addr = net.JoinHostPort("127.0.0.1", strconv.Itoa(lowest+rand.IntN(span))) //nolint:forbidigo // any port does
		l, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
		if err == nil {
			_ = l.Close()
			break
		}
	}
	return addr
}
