package testserver

import (
	"context"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
)

func TestJudgePingsTheQuietAndReapsTheDead(t *testing.T) {
	const s = time.Second
	for name, c := range map[string]struct {
		now, seen, pinged time.Duration
		want              verdict
	}{
		"just connected":                       {0, 0, 0, leaveBe},
		"a ping is due":                        {15 * s, 0, 0, ping},
		"a ping is due though it speaks":       {15 * s, 15 * s, 0, ping},
		"a ping is out":                        {20 * s, 0, 15 * s, leaveBe},
		"silent too long":                      {40 * s, 0, 30 * s, reap},
		"silent almost too long":               {40*s - 1, 0, 30 * s, leaveBe},
		"silent too long, though due for ping": {60 * s, 0, 0, reap},
	} {
		if got := judge(c.now, c.seen, c.pinged, 15*s, 40*s); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestFirstPingsAreSpread(t *testing.T) {
	c := Config{PingEvery: 64 * time.Second}
	seen := map[time.Duration]bool{}
	for n := range uint64(64) {
		due := c.firstPing(n, 0) + c.PingEvery
		if due <= 0 || due > c.PingEvery {
			t.Errorf("session %d is first pinged after %s", n, due)
		}
		seen[due] = true
	}
	if len(seen) != 64 {
		t.Errorf("%d phases", len(seen))
	}
}

// pipes is a listener whose connections are net.Pipes, for time in a bubble.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
}

func (p pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}
func (p pipes) Close() error   { close(p.done); return nil }
func (p pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

func (p pipes) dial(context.Context, string, string) (net.Conn, error) {
	here, there := net.Pipe()
	p.conns <- there
	return here, nil
}

// inBubble runs a server without sockets, in time that jumps.
func inBubble(t *testing.T, c Config, test func(t *testing.T, s *Server, dial func(query string) *client)) {
	overPipes(t, c, func(t *testing.T, s *Server, l pipes) {
		test(t, s, func(query string) *client { return greeted(t, l.webSocket(t, "/ws?"+query)) })
	})
}

func (p pipes) webSocket(t *testing.T, path string) *websocket.Conn {
	t.Helper()
	d := websocket.Dialer{NetDialContext: p.dial}
	ws, res, err := d.Dial("ws://pipe"+path, http.Header{})
	if err != nil {
		t.Fatal(res, err)
	}
	return ws
}

// overPipes is inBubble for clients of any kind.
func overPipes(t *testing.T, c Config, test func(t *testing.T, s *Server, l pipes)) {
	synctest.Test(t, func(t *testing.T) {
		s, err := New(c)
		if err != nil {
			t.Fatal(err)
		}
		l := pipes{make(chan net.Conn), make(chan struct{})}
		served := make(chan error, 1)
		go func() { served <- s.Serve(l) }()
		test(t, s, l)
		if err := s.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
}

// readAll answers pings until the connection ends, and says when that was.
func readAll(c *client) <-chan time.Time {
	ended := make(chan time.Time, 1)
	go func() {
		_ = c.ws.SetReadDeadline(time.Time{})
		for {
			if _, _, err := c.ws.ReadMessage(); err != nil {
				ended <- time.Now()
				return
			}
		}
	}()
	return ended
}

func TestADeadClientIsReapedAndPresenceSaysSo(t *testing.T) {
	inBubble(t, Config{}, func(t *testing.T, s *Server, dial func(string) *client) {
		o := dial("observe=presence")
		seen := make(chan received, 10)
		go func() {
			defer close(seen)
			_ = o.ws.SetReadDeadline(time.Time{})
			for {
				var e received
				if o.ws.ReadJSON(&e) != nil {
					return
				}
				seen <- e
			}
		}()
		alive := dial("client=alive")
		<-seen
		aliveEnded := readAll(alive)
		dead := dial("client=dead")
		<-seen
		start := time.Now()
		e := <-seen // dead does not even read from here on
		if took := time.Since(start); e.Payload.ID != dead.session || e.Payload.Meta.Online || took < 39*time.Second || took > 42*time.Second {
			t.Errorf("after %s: %+v", took, e)
		}
		time.Sleep(5 * time.Minute)
		select {
		case <-aliveEnded:
			t.Error("a client that answers pings was reaped")
		default:
		}
		if n := s.conns.Load(); n != 2 {
			t.Errorf("%d connections left", n)
		}
		o.leave()
		for range seen {
			t.Error("more was told")
		}
		alive.leave()
		<-aliveEnded
	})
}

func TestNeverReapKeepsTheDeadOnline(t *testing.T) {
	inBubble(t, Config{Bugs: []Bug{{Name: "never-reap"}}}, func(t *testing.T, s *Server, dial func(string) *client) {
		dead := dial("client=a&room=r")
		time.Sleep(24 * time.Hour)
		again := dial("client=a&room=r")
		time.Sleep(24 * time.Hour)
		if n := s.conns.Load(); n != 2 {
			t.Errorf("%d connections, want both", n)
		}
		dead.leave()
		again.leave()
	})
}

func TestAGreetingThatIsSlowComesAfterItsDelay(t *testing.T) {
	inBubble(t, Config{Bugs: []Bug{{Name: "slow-login", Delay: 3 * time.Second}}}, func(t *testing.T, _ *Server, dial func(string) *client) {
		start := time.Now()
		dial("client=a").leave()
		if took := time.Since(start); took != 3*time.Second {
			t.Errorf("greeted after %s", took)
		}
	})
}

func TestShutdownDoesNotWaitForASlowGreeting(t *testing.T) {
	s, address := serve(t, Config{Bugs: []Bug{{Name: "slow-login", Delay: time.Hour}}})
	c := rawDial(t, address, "client=a")
	eventually(t, func() bool { return s.conns.Load() == 1 })
	_ = c
}
