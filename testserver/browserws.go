package testserver

import (
	"net/http"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
)

// browser is the dialect of browser-ws: raw frames, each to all others, but for
// "ping", which is answered. Every 30 s a client gets a protocol ping; who has
// not answered the one before is cut off, without a close frame.
type browser struct {
	speaker

	answered atomic.Bool // the last ping
}

func (s *Server) browserWS(w http.ResponseWriter, r *http.Request) {
	b := &browser{speaker: speaker{crowd: &s.browsers}}
	b.answered.Store(true)
	prepare := func(c *session) {
		every := Config{PingEvery: s.terms.browserPing}
		c.lastPing = int64(every.firstPing(s.numbers.Load(), time.Since(s.start)))
	}
	s.invite(w, r, guest{speaks: b, prepare: prepare, enter: func(c *session) bool {
		c.ws.SetPongHandler(func(string) error {
			b.answered.Store(true)
			return nil
		})
		return b.enter(c, "")
	}})
}

func (b *browser) handle(s *session, kind int, body []byte, now time.Time) {
	if kind != websocket.TextMessage || string(body) != "ping" {
		b.speaker.handle(s, kind, body, now)
		return
	}
	s.server.metrics.heartbeats.Inc()
	if !s.server.bugs.leavesBeatsUnanswered() {
		s.post(controlFrame(websocket.TextMessage, "pong"))
	}
}

func (b *browser) judge(s *session, now time.Duration) verdict {
	switch {
	case now-time.Duration(s.lastPing) < s.server.terms.browserPing:
		return leaveBe
	case b.answered.Swap(false):
		return ping
	default:
		return reap
	}
}

func (b *browser) farewell(e ending) frame {
	if e == noSignOfLife {
		return nil
	}
	return e.frame()
}
