package testserver

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Server is the reference server. Make it with New and end it with Shutdown.
// All methods are safe for concurrent use.
type Server struct {
	cfg      Config
	only     string // the one system there is; "" for all
	terms    terms
	bugs     *bugs // nil for none
	start    time.Time
	hub      *hub
	presence presence
	engines  *engines
	browsers crowd
	hearts   crowd
	managers crowd
	ionic    crowd
	metrics  *metrics
	http     http.Server
	upgrader websocket.Upgrader

	conns    atomic.Int64  // WebSocket connections, those in the handshake included
	heads    atomic.Int64  // connections of net/http: without a handshake yet, or with other requests
	numbers  atomic.Uint64 // of sessions
	draining atomic.Bool
	quit     chan struct{} // closed when shutting down
	swept    chan struct{} // closed when the sweeper has ended
	stop     sync.Once
	readers  sync.WaitGroup

	buffers sync.Pool // *bytes.Buffer, for frames read
	writers sync.Pool // *writer
	unused  sync.Pool // gorilla's write buffers: pooled, so that no connection has one
}

// New returns a server with c's settings, or all that is wrong with them. The
// server has a goroutine of its own from now on, until Shutdown.
func New(c Config) (*Server, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	terms := c.terms()
	c = c.withDefaults()
	var random [34]byte
	if _, err := io.ReadFull(c.Rand, random[:]); err != nil {
		return nil, fmt.Errorf("choose an epoch: %w", err)
	}
	s := &Server{
		cfg: c, only: plain(c.Only), terms: terms, bugs: newBugs(c.Bugs),
		start: time.Now(), quit: make(chan struct{}), swept: make(chan struct{}),
	}
	s.hub = newHub(c, binary.BigEndian.Uint16(random[:]), s.bugs)
	s.engines = newEngines(s, [32]byte(random[2:]))
	for _, crowd := range []*crowd{&s.browsers, &s.hearts, &s.managers, &s.ionic} {
		crowd.bugs = s.bugs
	}
	s.metrics = newMetrics(s)
	s.upgrader = s.newUpgrader()
	s.http = http.Server{
		Handler:           s.routes(),
		ReadHeaderTimeout: handshakeTimeout,
		WriteTimeout:      2 * handshakeTimeout,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    maxHead,
		ConnState:         s.countHeads,
		ErrorLog:          slog.NewLogLogger(c.Logger.Handler(), slog.LevelDebug),
	}
	go s.sweep()
	return s, nil
}

// Handler serves all systems, /metrics and /healthz, for use in another
// http.Server. Bounds on half-open handshakes are that server's then.
func (s *Server) Handler() http.Handler { return s.http.Handler }

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	s.systems(mux)
	mux.Handle("GET /metrics", promhttp.HandlerFor(s.metrics.registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		if s.draining.Load() {
			http.Error(w, "shutting down", http.StatusServiceUnavailable)
			return
		}
		_, _ = io.WriteString(w, "ok\n") // the prober is gone if it fails
	})
	return mux
}

// Listen listens on a TCP address as this server wants it: without MPTCP,
// under which connections cannot be silenced by imbench, and without TCP
// keepalive, because liveness is the server's own business here and probes
// would disturb what is observed.
func Listen(ctx context.Context, address string) (net.Listener, error) {
	return ListenKeepAlive(ctx, address, 0)
}

// keepAliveProbes is how many of TCP's probes may go unanswered.
const keepAliveProbes = 3

// ListenKeepAlive is Listen with TCP keepalive, as many servers have it and
// nothing else: a connection without traffic is probed each every, and ended
// when three probes went unanswered. 0: no keepalive.
func ListenKeepAlive(ctx context.Context, address string, every time.Duration) (net.Listener, error) {
	lc := net.ListenConfig{KeepAlive: -1}
	if every > 0 {
		lc.KeepAliveConfig = net.KeepAliveConfig{Enable: true, Idle: every, Interval: every, Count: keepAliveProbes}
	}
	lc.SetMultipathTCP(false)
	return lc.Listen(ctx, "tcp", address)
}

// ListenAndServe is Listen and Serve.
func (s *Server) ListenAndServe(address string) error {
	l, err := Listen(context.Background(), address)
	if err != nil {
		return err
	}
	return s.Serve(l)
}

// Serve takes connections from l until Shutdown, after which it returns nil,
// or until accepting fails for good. It closes l.
func (s *Server) Serve(l net.Listener) error {
	s.cfg.Logger.Info("serving", "address", l.Addr().String(), "bugs", s.cfg.Bugs)
	if err := s.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve on %s: %w", l.Addr(), err)
	}
	return nil
}

// moreHeads is how many connections without a handshake are held beyond
// MaxConns, so that even when that is reached they are answered 503.
const moreHeads = 1000

// countHeads bounds connections that never finish their handshake.
func (s *Server) countHeads(c net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		if s.heads.Add(1)+s.conns.Load() > int64(s.cfg.MaxConns)+moreHeads {
			_ = c.Close()
		}
	case http.StateHijacked, http.StateClosed:
		s.heads.Add(-1)
	}
}

// Shutdown stops accepting, closes every connection with 1001 and waits until
// all of them and all of the server's goroutines have ended. Clients that do
// not answer are given a second; when ctx is done, none. The error is then
// ctx's. After the first call, Serve returns nil.
func (s *Server) Shutdown(ctx context.Context) error {
	s.stop.Do(func() {
		s.draining.Store(true)
		close(s.quit)
	})
	<-s.swept
	for _, c := range s.hub.close() {
		c.close(shutdown)
	}
	s.engines.shut()
	err := s.shutHTTP(ctx)

	done := make(chan struct{})
	go func() {
		s.readers.Wait()
		close(done)
	}()
	select {
	case <-done:
		return err
	case <-ctx.Done():
		for _, c := range s.hub.snapshot(nil) {
			_ = c.conn.Close() // its reader sees to the rest
		}
		<-done
		return ctx.Err()
	}
}

// shutHTTP gives requests that are not WebSockets as long as clients.
func (s *Server) shutHTTP(ctx context.Context) error {
	polite, cancel := context.WithTimeout(ctx, goodbye)
	defer cancel()
	if err := s.http.Shutdown(polite); err == nil || !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return s.http.Close()
}

// resumed counts a login or join that gave an offset.
func (s *Server) resumed(offset string, replayed int) {
	if offset != "" {
		s.metrics.resumed.Inc()
		s.metrics.replayed.Add(float64(replayed))
	}
}

// release is the end of a session whose connection is closed.
func (s *Server) release(c *session) {
	s.hub.remove(c)
	s.conns.Add(-1)
	s.metrics.ended[c.why].Inc()
	s.cfg.Logger.Debug("closed", "session", c.id, "client", c.client, "cause", c.why.String())
}
