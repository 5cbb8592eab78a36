package agent_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/imbench/imbench/agent"
	"github.com/imbench/imbench/report"
	"github.com/imbench/imbench/scenario"
)

// ordeal is a small run against a server that does something wrong. Its
// patience is that of a busy machine.
const ordeal = `
target: %s
clients:
  count: 8
  connect_rate: 500/s
  connect_timeout: 3s
  heartbeat: {every: 200ms, timeout: 3s}
  reconnect: {backoff: constant, base: 50ms, attempts: 3}
rooms: {size: 4}
traffic: {rate: 100/s, to: self}
duration: 600ms
drain: 1500ms
thresholds:
  - connect_failures == 0
  - protocol_errors == 0
  - false_disconnects == 0
  - never_recovered == 0
  - lost == 0
  - duplicated == 0
  - unexpected == 0
  - acked_lost == 0
  - overruns == 0
`

// endure runs an ordeal, which must end within a bound whatever the server
// does, and must always have a result.
func endure(t *testing.T, target string, o agent.Options, set ...string) (*report.Result, error) {
	t.Helper()
	s, err := scenario.Load(fmt.Appendf(nil, ordeal, target), "ordeal.yaml", scenario.Options{Set: set})
	if err != nil {
		t.Fatal(err)
	}
	const bound = 30 * time.Second // the longest take five; the machine may be busy
	ctx, cancel := context.WithTimeoutCause(t.Context(), bound, fmt.Errorf("it took longer than %s", bound))
	defer cancel()
	r, err := agent.Run(ctx, s, o)
	if ctx.Err() != nil {
		t.Error("the run had to be ended:", context.Cause(ctx))
	}
	if r == nil {
		t.Fatal("there is no result; the error is:", err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			_ = report.Text(t.Output(), r, report.TextOptions{})
		}
	})
	return r, err
}

// leavesNothing checks at the end of t, its subtests included, that no
// goroutine is left.
func leavesNothing(t *testing.T) {
	before := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, before) })
}

// failed lists the thresholds that did not pass.
func failed(r *report.Result) (names []string) {
	for _, th := range r.Thresholds {
		if th.Verdict != report.Passed {
			names = append(names, strings.TrimSuffix(th.Text, " == 0"))
		}
	}
	return names
}

// A server that lets nobody in makes a run that could not be made: an error
// that says who, why and what to look at, and a result that holds it.
func TestNobodyGetsIn(t *testing.T) {
	leavesNothing(t)
	fewer := []string{"clients.count=2", "clients.reconnect.attempts=1"} // where each of them waits for the timeout
	for _, c := range []struct {
		name   string
		server func(*testing.T) string
		set    []string
		kind   string   // of every failed dial
		says   []string // what the error says beside that
	}{
		{
			name:   "nobody listens",
			server: func(*testing.T) string { return "ws://127.0.0.1:1/ws" },
			kind:   "connection refused", says: []string{"ws://127.0.0.1:1/ws", "32 of 32 times", "is the server running there?"},
		},
		{
			name:   "accepts and says nothing",
			server: func(t *testing.T) string { return listen(t, func(ctx context.Context, _ net.Conn) { <-ctx.Done() }) },
			set:    []string{"clients.connect_timeout=700ms"},
			kind:   "no answer in time", says: []string{"i/o timeout", "clients.connect_timeout"},
		},
		{
			name: "resets the handshake",
			server: func(t *testing.T) string {
				return listen(t, func(_ context.Context, c net.Conn) {
					c.Read(make([]byte, 1))
					c.(*net.TCPConn).SetLinger(0)
				})
			},
			kind: "reset in the handshake", says: []string{"the port and path of a WebSocket server"},
		},
		{
			name: "closes in the handshake", server: answering(""),
			kind: "closed in the handshake", says: []string{"the port and path of a WebSocket server"},
		},
		{
			name: "closes amid its answer", server: answering("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"),
			kind: "closed in the handshake",
		},
		{
			name: "asks for a token", server: answering("HTTP/1.1 401 Unauthorized\r\nContent-Length: 11\r\n\r\nwho are you"),
			kind: "handshake refused with HTTP 401", says: []string{"who are you", "target.token"},
		},
		{
			name: "has nothing at that path", server: answering("HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\nno \x1b[31mred"),
			kind: "handshake refused with HTTP 404", says: []string{"path in target.url"},
		},
		{
			name: "is overloaded", server: answering("HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\ncome back later"),
			kind: "handshake refused with HTTP 503", says: []string{"come back later"},
		},
		{
			name: "serves a page", server: answering("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>"),
			kind: "handshake refused with HTTP 200", says: []string{"<html>"},
		},
		{
			name: "is no HTTP server", server: answering("SSH-2.0-OpenSSH_9.6\r\n"),
			kind: "handshake is not WebSocket", says: []string{"SSH-2.0-OpenSSH_9.6", "the port and path of a WebSocket server"},
		},
		{
			name: "answers without end",
			server: func(t *testing.T) string {
				return listen(t, func(_ context.Context, c net.Conn) { (&peer{Conn: c}).flood(make([]byte, 64<<10)) })
			},
			kind: "handshake is not WebSocket", says: []string{"beyond 65536 bytes"},
		},
		{
			name: "accepts another key", server: answering("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: bm8=\r\n\r\n"),
			kind: "handshake is not WebSocket", says: []string{"bad handshake"},
		},
		{
			name: "shows a certificate that nobody vouches for", server: encrypting,
			set:  []string{"clients.count=2", "clients.connect_timeout=20s"}, // it is asked often, and encrypting takes a while
			kind: "certificate not trusted", says: []string{"target.tls.ca", "target.tls.insecure"},
		},
		{
			name: "speaks no TLS",
			server: func(t *testing.T) string {
				plain := listen(t, func(_ context.Context, c net.Conn) {
					c.Read(make([]byte, 4096))
					io.WriteString(c, "SSH-2.0-OpenSSH_9.6\r\n")
				})
				return strings.Replace(plain, "ws:", "wss:", 1)
			},
			kind: "TLS failed", says: []string{"first record does not look like a TLS handshake", "is that port for wss://?"},
		},
		{
			name:   "speaks nothing but TLS",
			server: func(t *testing.T) string { return strings.Replace(encrypting(t), "wss:", "ws:", 1) },
			kind:   "handshake refused with HTTP 400", says: []string{"HTTP request to an HTTPS server"},
		},
		{
			name: "never greets", server: upgrading((*peer).wait),
			set:  fewer,
			kind: "connected, but never ready", says: []string{"target.preset"},
		},
		{
			name: "floods instead of greeting",
			server: upgrading(func(p *peer) {
				p.flood([]byte(strings.Repeat(string(appendFrame(nil, opText, "{}")), 1000)))
			}),
			set:  fewer,
			kind: "connected, but never ready",
		},
		{
			name: "speaks no WebSocket after the handshake",
			server: upgrading(func(p *peer) {
				p.Write([]byte("\xff\xff\xff\xff what a day"))
				p.wait()
			}),
			kind: "frames that are not WebSocket", says: []string{"target.preset"},
		},
		{
			name: "announces a terabyte", server: upgrading(func(p *peer) {
				p.Write([]byte{opText, 127, 0, 0, 1, 0, 0, 0, 0, 0})
				p.wait()
			}),
			kind: "frames that are not WebSocket", says: []string{"read limit exceeded"},
		},
		{
			name: "closes every login with 4001", server: upgrading(func(p *peer) {
				p.frame(opClose, "\x0f\xa1go away")
				p.next()
			}),
			kind: "closed before the login was answered with 4001", says: []string{"go away"},
		},
		{
			name: "hangs up on every login", server: upgrading(func(*peer) {}),
			kind: "closed before the login was answered",
		},
		{
			name: "answers every login with an error", server: upgrading(func(p *peer) {
				p.text(`{"version":"1.0.0","event":"error","payload":{"content":"not today","meta":{"errorCode":"BANNED"}},"code":403}`)
				p.wait()
			}),
			kind: "login refused", says: []string{"not today"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			target := c.server(t)
			r, err := endure(t, target, agent.Options{}, c.set...)
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range append(c.says, target, c.kind) {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error does not say %q:\n%v", want, err)
				}
			}
			if strings.ContainsAny(err.Error(), "\x1b\x07") {
				t.Errorf("the error carries control characters: %q", err)
			}
			if r.Verdict != report.Failed || r.Failure != err.Error() {
				t.Errorf("the result says %s, %q; want %s, %q", r.Verdict, r.Failure, report.Failed, err)
			}
			// A dial under way when the run gave up is an attempt without an error.
			if len(r.ConnectErrors) != 1 || r.ConnectErrors[0].Kind != c.kind || 2*r.ConnectErrors[0].Count < r.Counts["attempts"] || r.ConnectErrors[0].Count > r.Counts["attempts"] {
				t.Errorf("connect errors %+v of %d attempts", r.ConnectErrors, r.Counts["attempts"])
			}
			t.Log(err)
		})
	}
}

// A server that breaks the protocol after letting the clients in is measured:
// the run goes to its end, and the figures say what was wrong.
func TestServersThatMisbehave(t *testing.T) {
	leavesNothing(t)
	slots := make(chan struct{}, 4)
	tiny := []byte(strings.Repeat(string(appendFrame(nil, opText, "{}")), 1000))
	for _, c := range []struct {
		name   string
		server func(*testing.T) string
		set    []string
		fails  []string // these thresholds at least
		check  func(t *testing.T, r *report.Result)
	}{
		{
			name:   "a server that does all right",
			server: greeting(func(p *peer) { p.serve(p.text) }),
		},
		{
			name:   "text that is no envelope",
			server: greeting(func(p *peer) { p.serve(func(m string) { p.text(m); p.text("\xffnot\x00json") }) }),
			fails:  []string{"protocol_errors"},
			check:  equal("protocol_errors", "sent"),
		},
		{
			name:   "messages in binary frames are read all the same",
			server: greeting(func(p *peer) { p.serve(func(m string) { p.frame(opBinary, m) }) }),
			check:  equal("delivered", "sent"),
		},
		{
			name:   "messages in many fragments",
			server: greeting(func(p *peer) { p.serve(p.fragments) }),
			check:  equal("delivered", "sent"),
		},
		{
			name: "a frame of 2 MiB ends the connection",
			server: greeting(func(p *peer) {
				p.serve(func(string) { p.text(strings.Repeat("x", 2<<20)) })
			}),
			fails: []string{"protocol_errors", "false_disconnects"},
			check: closedBy("frame_too_big"),
		},
		{
			name: "a frame of a terabyte ends the connection, and nobody makes room for it",
			server: greeting(func(p *peer) {
				p.serve(func(string) { p.Write([]byte{opText, 127, 0, 0, 1, 0, 0, 0, 0, 0}) })
			}),
			fails: []string{"protocol_errors", "false_disconnects"},
			check: closedBy("frame_too_big"),
		},
		{
			name: "a frame of a negative size ends the connection",
			server: greeting(func(p *peer) {
				p.serve(func(string) { p.Write([]byte{opText, 127, 255, 255, 255, 255, 255, 255, 255, 255}) })
			}),
			fails: []string{"protocol_errors", "false_disconnects"},
			check: closedBy("frame_too_big"),
		},
		{
			name: "bytes that are no frames",
			server: greeting(func(p *peer) {
				p.serve(func(string) { p.Write([]byte("HTTP/1.1 500 Oops\r\n\r\n")) })
			}),
			fails: []string{"protocol_errors", "false_disconnects"},
			check: closedBy("protocol_error"),
		},
		{
			name:   "a flood of tiny frames",
			server: greeting(func(p *peer) { p.flood(tiny) }),
			set:    []string{"clients.count=3"},
			fails:  []string{"protocol_errors"},
		},
		{
			name:   "a flood of pings to clients whose pongs nobody reads",
			server: greeting(func(p *peer) { p.flood([]byte(strings.Repeat(string(appendFrame(nil, opPing, "hello")), 1000))) }),
			set:    []string{"clients.count=3", "clients.heartbeat.timeout=900ms", "duration=2s"},
			fails:  []string{"false_disconnects"},
			check: func(t *testing.T, r *report.Result) {
				// How far anybody gets beside the flood is the machine's matter.
				none("delivered")(t, r)
				none("protocol_errors")(t, r)
			},
		},
		{
			name: "pings amid a message, after the client's goodbye",
			server: greeting(func(p *peer) {
				p.serve(p.text)
				p.fragments(greetingFrame)
				p.frame(opClose, "\x03\xe8")
			}),
			set:   []string{"duration=3s", "faults=[{at: 200ms, kind: bye, clients: 100%}]"},
			check: none("protocol_errors"),
		},
		{
			name:   "a server that greets and hangs up",
			server: greeting(func(*peer) {}),
			set:    []string{"clients.reconnect.attempts="},
			fails:  []string{"false_disconnects"},
			check:  closedBy("eof"),
		},
		{
			name: "a server that never reads",
			server: greeting(func(p *peer) {
				p.Conn.(*net.TCPConn).SetReadBuffer(4 << 10)
				p.wait()
			}),
			set:   []string{"clients.heartbeat=none", "clients.count=4", "traffic.rate=400/s", "traffic.size=32KiB", "duration=2s"},
			fails: []string{"overruns", "lost"},
			check: func(t *testing.T, r *report.Result) {
				if lag := r.Metrics["lag"]; lag == nil || lag.P99 > 500 {
					t.Errorf("the schedule waited for the server: lag %+v", lag)
				}
				equal("planned", "sent", "unsent")(t, r)
			},
		},
		{
			name: "acks of what was never sent",
			server: greeting(func(p *peer) {
				p.serve(func(m string) {
					p.text(m)
					for _, id := range []string{"00ffffffff", "ff00000000"} {
						p.text(`{"version":"1.0.0","event":"ack","payload":{"id":"` + id + `","timestamp":1},"code":200}`)
					}
				})
			}),
			fails: []string{"protocol_errors"},
			check: func(t *testing.T, r *report.Result) {
				if r.Counts["acked"] != 0 || r.Counts["protocol_errors"] != 2*r.Counts["sent"] {
					t.Errorf("%d acked, %d protocol errors, %d sent", r.Counts["acked"], r.Counts["protocol_errors"], r.Counts["sent"])
				}
				if !strings.Contains(r.ProtocolErrors[0].Kind, "ack of what was not sent") {
					t.Errorf("protocol errors %+v", r.ProtocolErrors)
				}
			},
		},
		{
			name:   "tags of another run, sender, number and time",
			server: greeting(func(p *peer) { p.serve(p.mistag) }),
			fails:  []string{"unexpected"},
			check: func(t *testing.T, r *report.Result) {
				if r.Counts["unexpected"] != 5*r.Counts["sent"] {
					t.Errorf("%d unexpected, want 5 for each of %d sent", r.Counts["unexpected"], r.Counts["sent"])
				}
				equal("delivered", "sent")(t, r)
			},
		},
		{
			name:   "every message three times",
			server: greeting(func(p *peer) { p.serve(func(m string) { p.text(m); p.text(m); p.text(m) }) }),
			fails:  []string{"duplicated"},
			check:  equal("duplicated", "sent", "sent"),
		},
		{
			name:   "acks, and delivers nothing",
			server: greeting(func(p *peer) { p.serve(p.ack) }),
			set:    []string{"traffic.to=room"},
			fails:  []string{"lost", "acked_lost"},
			check:  equal("acked_lost", "sent"),
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			slots <- struct{}{}
			defer func() { <-slots }()
			r, err := endure(t, c.server(t), agent.Options{}, c.set...)
			if err != nil {
				t.Fatal(err)
			}
			got := failed(r)
			for _, want := range c.fails {
				if !strings.Contains(" "+strings.Join(got, " ")+" ", " "+want+" ") {
					t.Errorf("%s did not fail", want)
				}
			}
			if len(c.fails) == 0 && len(got) > 0 {
				t.Errorf("failed: %v", got)
			}
			if c.check != nil {
				c.check(t, r)
			}
		})
	}
}

// equal checks that a count is the sum of others.
func equal(name string, parts ...string) func(*testing.T, *report.Result) {
	return func(t *testing.T, r *report.Result) {
		t.Helper()
		sum := int64(0)
		for _, part := range parts {
			sum += r.Counts[part]
		}
		if r.Counts[name] != sum || sum == 0 {
			t.Errorf("%s: %d, want %d (%s)", name, r.Counts[name], sum, strings.Join(parts, " + "))
		}
	}
}

// none checks that a count is zero.
func none(name string) func(*testing.T, *report.Result) {
	return func(t *testing.T, r *report.Result) {
		t.Helper()
		if r.Counts[name] != 0 {
			t.Errorf("%s: %d", name, r.Counts[name])
		}
	}
}

// closedBy checks that all disconnects had one cause.
func closedBy(cause string) func(*testing.T, *report.Result) {
	return func(t *testing.T, r *report.Result) {
		t.Helper()
		if len(r.Closes) != 1 || r.Closes[cause] == 0 {
			t.Errorf("closes %v, want all by %s", r.Closes, cause)
		}
	}
}
