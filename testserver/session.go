package testserver

import (
	"bytes"
	"net"
	"sync/atomic"
	"syscall"
	"time"
	"unicode/utf8"

	"github.com/gorilla/websocket"
)

// session is one connection from the handshake to its end. Its reader, the
// goroutine of run, owns everything that is not said to be shared.
type session struct {
	seat     // in the hub
	server   *Server
	ws       *websocket.Conn // only reads; gorilla's own writes are those of a protocol error
	conn     net.Conn
	raw      syscall.RawConn // nil where conn has no descriptor
	id       string
	client   string
	speaks   dialect
	observer bool
	quota    quota
	joined   []*member

	lastSeen atomic.Int64 // nanoseconds of the server's clock
	lastPing int64        // the sweeper's; likewise

	out   outbox
	why   ending      // guarded by out.mu
	ended atomic.Bool // why is set
	held  *heldBack   // a bug's; nil for none
}

// goodbye is how long a client has to take its last frames and to answer a
// close frame.
const goodbye = time.Second

// run is the session's life. enter logs it in; it reports false when the server
// shuts down first.
func (s *session) run(enter func(*session) bool) {
	defer s.server.readers.Done()
	s.ws.SetReadLimit(int64(s.server.cfg.MaxFrame))
	s.ws.SetPingHandler(s.answerPing)
	s.ws.SetPongHandler(func(string) error { s.seen(time.Now()); return nil })
	s.ws.SetCloseHandler(s.answerClose)
	if enter(s) {
		s.flush()
		s.end(endingOf(s.read()))
		s.speaks.depart(s)
	} else {
		s.end(shutdown)
	}
	s.lastWords()
	s.linger()
	_ = s.conn.Close()
	s.server.release(s)
}

// read handles frame after frame until the connection fails, or the session is
// ended; that error then says nothing.
func (s *session) read() error {
	for {
		kind, r, err := s.ws.NextReader() // parked here, without a buffer of its own
		if err != nil {
			return err
		}
		now := time.Now()
		s.seen(now)
		buf := s.server.buffer()
		if _, err := buf.ReadFrom(r); err != nil {
			return err
		}
		switch {
		case !s.allowed(now):
		case kind == websocket.TextMessage && !utf8.Valid(buf.Bytes()):
			s.close(notUTF8)
		default:
			s.speaks.handle(s, kind, buf.Bytes(), now)
		}
		s.server.buffers.Put(buf)
		s.flush()
		if s.ended.Load() {
			return net.ErrClosed
		}
	}
}

// allowed keeps the client to its rate.
func (s *session) allowed(now time.Time) bool {
	ok, enough := s.quota.take(now)
	if !ok {
		s.server.metrics.errors[rateLimited].Inc()
		s.speaks.refuse(s, refusal{rateLimited, "slow down"}, now)
	}
	if enough {
		s.close(tooFast)
	}
	return ok
}

// seen notes a sign of life.
func (s *session) seen(now time.Time) { s.lastSeen.Store(int64(now.Sub(s.server.start))) }

// answerPing counts a ping as a frame, so that pings cannot flood either.
func (s *session) answerPing(payload string) error {
	now := time.Now()
	s.seen(now)
	if s.allowed(now) {
		s.post(controlFrame(websocket.PongMessage, payload))
	}
	s.flush()
	if s.ended.Load() {
		return net.ErrClosed
	}
	return nil
}

// answerClose returns the client's close frame; lastWords will write it.
func (s *session) answerClose(code int, _ string) error {
	s.out.mu.Lock()
	defer s.out.mu.Unlock()
	if !s.out.shut {
		s.out.push(closeFrame(code, ""))
		s.out.shut = true
	}
	return nil
}

// close ends the session for reason e. It does not block; the reader does the
// rest. A session that is ending already keeps its first reason.
func (s *session) close(e ending) {
	s.out.mu.Lock()
	defer s.out.mu.Unlock()
	s.closeLocked(e)
}

func (s *session) closeLocked(e ending) {
	if s.out.shut {
		return
	}
	if f := s.speaks.farewell(e); f != nil {
		s.out.push(f)
	}
	s.out.shut = true
	s.why = e
	s.ended.Store(true)
	_ = s.conn.SetReadDeadline(longAgo) // fails only if the connection is closed already
}

// end notes why the reader stopped, unless somebody stopped it.
func (s *session) end(e ending) {
	s.out.mu.Lock()
	defer s.out.mu.Unlock()
	s.ended.Store(true)
	if s.why != 0 {
		return
	}
	s.why = e
	if e == protocolError || e == tooBig { // gorilla has sent the close frame, after which nothing may follow
		s.out.discard()
	}
}

// linger lets the client read what was written: closing a socket with unread
// data in it would reset the connection and take the last frames along.
func (s *session) linger() {
	half, ok := s.conn.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil {
		return
	}
	if s.conn.SetReadDeadline(time.Now().Add(goodbye)) != nil {
		return
	}
	var discard [512]byte
	for n, err := 0, error(nil); err == nil && n < 1<<20; {
		var k int
		k, err = s.conn.Read(discard[:])
		n += k
	}
}

// maxKept is the largest buffer that is kept for the next frame.
const maxKept = 64 << 10

// buffer is for one frame; it is taken when the frame has begun to arrive.
func (s *Server) buffer() *bytes.Buffer {
	b, ok := s.buffers.Get().(*bytes.Buffer)
	if !ok || b.Cap() > maxKept {
		return bytes.NewBuffer(make([]byte, 0, 1024))
	}
	b.Reset()
	return b
}

// writer is for one turn of writing.
func (s *Server) writer() *writer {
	if w, ok := s.writers.Get().(*writer); ok {
		return w
	}
	return newWriter()
}

func (s *Server) putWriter(w *writer) {
	w.out = nil
	if cap(w.scratch) <= maxKept {
		s.writers.Put(w)
	}
}
