package proxy

import (
	stdbytes "bytes"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2/client"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("net/http.(*persistConn).readLoop"), goleak.IgnoreTopFunction("net/http.(*persistConn).writeLoop"))
}

// patience is for what comes at once on a machine that is not busy.
const patience = 20 * time.Second

// world is a Server, its API with Toxiproxy's own client, and what it logged.
type world struct {
	t      testing.TB
	server *Server
	api    *toxiproxy.Client
	url    string
	log    *logged
}

// logged is a log that tests can look at.
type logged struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func newWorld(t testing.TB, cfg Config) *world {
	t.Helper()
	w := &world{t: t, log: new(logged)}
	cfg.Logger = slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	if cfg.Seed == 0 {
		cfg.Seed = 1
	}
	w.server = New(cfg)
	api := httptest.NewServer(w.server.Handler())
	w.url, w.api = api.URL, toxiproxy.NewClient(api.URL)
	t.Cleanup(func() {
		api.Close()
		if err := w.server.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
		if t.Failed() {
			t.Logf("the proxy's log:\n%s", w.log)
		}
	})
	return w
}

// proxy makes a proxy to an upstream, by the API.
func (w *world) proxy(upstream string) *toxiproxy.Proxy {
	w.t.Helper()
	p, err := w.api.CreateProxy("chat", "127.0.0.1:0", upstream)
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

// ours is the proxy itself.
func (w *world) ours() *Proxy {
	w.t.Helper()
	p, err := w.server.proxy("chat")
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

// saying waits until the log says something.
func (w *world) saying(text string) {
	w.t.Helper()
	w.eventually("the log says "+text, func() bool { return strings.Contains(w.log.String(), text) })
}

func (w *world) eventually(what string, is func() bool) {
	w.t.Helper()
	eventually(w.t, what, is)
}

// eventually polls for what others do in their own time.
func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within %s: %s", patience, what)
		}
	}
}

// upstreamServer is a server of plain TCP: it hands out the connections that it
// accepts.
type upstreamServer struct {
	t     testing.TB
	l     net.Listener
	conns chan *net.TCPConn
}

func newUpstream(t testing.TB) *upstreamServer {
	t.Helper()
	lc := net.ListenConfig{}
	lc.SetMultipathTCP(false)
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	u := &upstreamServer{t: t, l: l, conns: make(chan *net.TCPConn, 10_000)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			u.conns <- c.(*net.TCPConn)
		}
	}()
	t.Cleanup(func() {
		l.Close()
		<-done
		for {
			select {
			case c := <-u.conns:
				c.Close()
			default:
				return
			}
		}
	})
	return u
}

func (u *upstreamServer) addr() string { return u.l.Addr().String() }

// next is the next connection that it accepted.
func (u *upstreamServer) next() *net.TCPConn {
	u.t.Helper()
	select {
	case c := <-u.conns:
		u.t.Cleanup(func() { c.Close() })
		return c
	case <-time.After(patience):
		u.t.Fatal("nobody connected")
		return nil
	}
}

// echoServer sends back what it is sent.
func echoServer(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				defer c.Close()
				_, _ = io.Copy(c, onlyReader{c})
			})
		}
	})
	t.Cleanup(func() { l.Close(); all.Wait() })
	return l.Addr().String()
}

// onlyReader hides what else a connection can do, so that nothing is spliced.
type onlyReader struct{ io.Reader }

func dial(t testing.TB, addr string) *net.TCPConn {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c.(*net.TCPConn)
}

// joined is a client and the server's end of its link.
func (w *world) joined(p *toxiproxy.Proxy, u *upstreamServer) (client, server *net.TCPConn) {
	w.t.Helper()
	client = dial(w.t, p.Listen)
	server = u.next()
	pass(w.t, client, server) // the link has been entered, and has met its troubles
	return client, server
}

// newChat is a world with a proxy, and one client that has met its server.
func newChat(t testing.TB, cfg Config) (w *world, u *upstreamServer, p *toxiproxy.Proxy, client, server *net.TCPConn) {
	t.Helper()
	w, u = newWorld(t, cfg), newUpstream(t)
	p = w.proxy(u.addr())
	client, server = w.joined(p, u)
	return w, u, p, client, server
}

func write(t testing.TB, c net.Conn, text string) {
	t.Helper()
	if _, err := c.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
}

func read(t testing.TB, c net.Conn, want string) {
	t.Helper()
	_ = c.SetReadDeadline(time.Now().Add(patience))
	got := make([]byte, len(want))
	if n, err := io.ReadFull(c, got); err != nil || !stdbytes.Equal(got, []byte(want)) {
		t.Fatalf("read %q, %v; want %q", got[:n], err, want)
	}
	_ = c.SetReadDeadline(time.Time{})
}

// pass says hello both ways.
func pass(t testing.TB, client, server net.Conn) {
	t.Helper()
	write(t, client, "hello")
	read(t, server, "hello")
	write(t, server, "welcome")
	read(t, client, "welcome")
}

// nothing arrives for a moment.
func nothing(t testing.TB, c net.Conn) {
	t.Helper()
	_ = c.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
	if n, err := c.Read(make([]byte, 100)); n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("read %d bytes, %v; want nothing", n, err)
	}
	_ = c.SetReadDeadline(time.Time{})
}

// ending reads until the connection ends and returns how: nil for FIN.
func ending(t testing.TB, c net.Conn) error {
	t.Helper()
	_ = c.SetReadDeadline(time.Now().Add(patience))
	_, err := io.Copy(io.Discard, onlyReader{c})
	if errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatal("it does not end")
	}
	return err
}

// visit is how a connection ends that nobody uses. It may have ended before
// its dial has returned.
func visit(t testing.TB, addr string) error {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	defer c.Close()
	return ending(t, c)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func toxic(t testing.TB, p *toxiproxy.Proxy, kind, stream string, a toxiproxy.Attributes) *toxiproxy.Toxic {
	t.Helper()
	x, err := p.AddToxic("", kind, stream, 1, a)
	must(t, err)
	return x
}
