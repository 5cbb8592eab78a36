package testserver

import (
	"crypto/subtle"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unicode/utf8"

	"github.com/gorilla/websocket"
)

// Bounds of the handshake.
const (
	handshakeTimeout = 5 * time.Second // for the request's head, and again for the answer
	maxHead          = 8 << 10         // bytes of the request's head
	readBuffer       = 512             // bytes a connection keeps: a usual message is read in one call
)

// login is who connects, from the query of the URL.
type login struct {
	client   string
	room     string
	observer bool
	offsets  offsets
	resumes  string // the offset as given
}

// rejection is a handshake's end.
type rejection struct {
	status int
	label  string // in metrics
	reason string
}

// handshake lets a client in that speaks the envelope.
func (s *Server) handshake(w http.ResponseWriter, r *http.Request) {
	l, no := s.examine(r)
	if no != nil {
		s.reject(w, no)
		return
	}
	s.accept(w, r, guest{client: l.client, observer: l.observer, speaks: envelopes{}, enter: func(c *session) bool {
		return envelopes{}.enter(c, l)
	}})
}

// guest is who is about to get a session.
type guest struct {
	client   string // "" for one to be made up
	observer bool
	speaks   dialect
	enter    func(*session) bool // as session.run has it
	prepare  func(*session)      // comes first of all, in accept; nil for nothing
}

// accept turns a request that may come in into a session, whose goroutine
// starts with a shallow stack of its own while that of net/http ends. It reports
// whether there is a session now.
func (s *Server) accept(w http.ResponseWriter, r *http.Request, g guest) bool {
	if s.conns.Add(1) > int64(s.cfg.MaxConns) {
		s.conns.Add(-1)
		s.reject(w, &rejection{http.StatusServiceUnavailable, "full", "no more connections; try again later"})
		return false
	}
	ws, err := s.upgrader.Upgrade(w, r, nil)
	if err != nil { // gorilla has answered
		s.conns.Add(-1)
		s.metrics.rejected["bad_handshake"].Inc()
		s.cfg.Logger.Debug("handshake failed", "from", r.RemoteAddr, "err", err)
		return false
	}
	session := s.newSession(ws, g)
	if g.prepare != nil {
		g.prepare(session)
	}
	if !s.hub.admit(session) {
		_, _ = session.conn.Write(shutdown.frame()) // of no use to anybody if it fails
		_ = session.conn.Close()
		s.conns.Add(-1)
		return false
	}
	s.metrics.accepted.Inc()
	go session.run(g.enter)
	return true
}

// examine reads the login and decides whether to let it in.
func (s *Server) examine(r *http.Request) (login, *rejection) {
	q := r.URL.Query()
	l := login{
		client:   strings.Clone(q.Get("client")), // or the whole request would live as long
		room:     strings.Clone(q.Get("room")),
		observer: q.Get("observe") == "presence",
		resumes:  q.Get("offset"),
	}
	var err error
	l.offsets, err = parseOffsets(l.resumes)
	bad := func(reason string) (login, *rejection) {
		return l, &rejection{http.StatusBadRequest, "bad_request", reason}
	}
	switch {
	case s.draining.Load():
		return l, &rejection{http.StatusServiceUnavailable, "shutting_down", "shutting down"}
	case !s.authorized(r, q.Get("token")):
		return l, &rejection{http.StatusUnauthorized, "token", "wrong or missing token"}
	case err != nil:
		return bad(err.Error())
	case len(l.client) > maxName || len(l.room) > maxName:
		return bad("the names of clients and rooms have at most " + strconv.Itoa(maxName) + " bytes")
	case !utf8.ValidString(l.client) || !utf8.ValidString(l.room):
		return bad("the names of clients and rooms must be UTF-8")
	case q.Has("observe") && !l.observer:
		return bad("there is nothing to observe but presence")
	}
	return l, nil
}

// authorized reports whether a request shows the token, if one is asked for.
func (s *Server) authorized(r *http.Request, token string) bool {
	if s.cfg.Token == "" {
		return true
	}
	if bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok && token == "" {
		token = bearer
	}
	return s.knows(token)
}

// knows compares in constant time.
func (s *Server) knows(token string) bool {
	return subtle.ConstantTimeCompare([]byte(token), []byte(s.cfg.Token)) == 1
}

func (s *Server) reject(w http.ResponseWriter, no *rejection) {
	s.metrics.rejected[no.label].Inc()
	switch no.status {
	case http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", "1")
	case http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	w.Header().Set("Connection", "close")
	http.Error(w, no.reason, no.status)
}

func (s *Server) newUpgrader() websocket.Upgrader {
	return websocket.Upgrader{
		HandshakeTimeout: handshakeTimeout,
		ReadBufferSize:   readBuffer,
		WriteBufferPool:  &s.unused,
		CheckOrigin: func(r *http.Request) bool {
			origin := r.Header.Get("Origin")
			return s.cfg.Origins == nil || origin == "" || slices.Contains(s.cfg.Origins, origin)
		},
		Error: func(w http.ResponseWriter, _ *http.Request, status int, reason error) {
			var shook websocket.HandshakeError
			if !errors.As(reason, &shook) {
				reason = errors.New(http.StatusText(status))
			}
			w.Header().Set("Connection", "close")
			http.Error(w, reason.Error(), status)
		},
	}
}

func (s *Server) newSession(ws *websocket.Conn, g guest) *session {
	number := s.numbers.Add(1)
	id := sessionID(s.hub.epoch, number)
	c := &session{server: s, ws: ws, conn: ws.NetConn(), id: id, client: g.client, speaks: g.speaks, observer: g.observer, quota: s.cfg.newQuota()}
	if c.client == "" {
		c.client = "anonymous-" + id
	}
	if descriptor, ok := c.conn.(syscall.Conn); ok {
		if raw, err := descriptor.SyscallConn(); err == nil {
			c.raw = raw
		}
	}
	if s.bugs != nil {
		c.held = &heldBack{to: c}
	}
	now := time.Now()
	c.seen(now)
	c.lastPing = int64(s.cfg.firstPing(number, now.Sub(s.start)))
	return c
}

// sessionID is unlike any of another start of the server: 1a2b-17.
func sessionID(epoch uint16, number uint64) string {
	return strconv.FormatUint(1<<16|uint64(epoch), 16)[1:] + "-" + strconv.FormatUint(number, 10)
}
