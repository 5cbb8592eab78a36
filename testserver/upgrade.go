package testserver

import (
	"net/http"
	"time"

	"github.com/gorilla/websocket"
)

// How an Engine.IO session travels by WebSocket: from its beginning, or from
// when one has been probed and takes over from polling.

// openByWebSocket begins a session with its WebSocket.
func (s *Server) openByWebSocket(w http.ResponseWriter, r *http.Request) {
	e := s.newEngine(r, time.Now())
	enter := func(c *session) bool {
		c.ws.SetReadLimit(s.terms.maxPayload)
		c.post(packetFrame(e.openText("")))
		return true
	}
	prepare := func(c *session) {
		e.ws.Store(c)
		s.engines.add(e) // fails when shutting down; so does what follows
	}
	if !s.accept(w, r, guest{speaks: e, enter: enter, prepare: prepare}) {
		s.engines.remove(e)
	}
}

// upgrade lets a WebSocket ask to take over from polling.
func (s *Server) upgrade(w http.ResponseWriter, r *http.Request, e *engine) {
	e.mu.Lock()
	free := e.ws.Load() == nil && e.probing == nil && e.why == 0
	e.mu.Unlock()
	if !free {
		s.refuseEngine(w, badRequest)
		return
	}
	s.accept(w, r, guest{speaks: e, enter: func(c *session) bool {
		c.ws.SetReadLimit(s.terms.maxPayload)
		c.lastPing = int64(time.Since(s.start)) // when it began
		e.mu.Lock()
		defer e.mu.Unlock()
		if e.ws.Load() != nil || e.probing != nil || e.why != 0 {
			return false
		}
		e.probing = c
		return true
	}})
}

func (e *engine) handle(s *session, kind int, body []byte, now time.Time) {
	e.turn.Lock()
	defer e.turn.Unlock()
	e.reader = s
	switch {
	case e.ws.Load() != s:
		e.probe(s, string(body))
	case kind == websocket.BinaryMessage:
		e.attach(body, now)
	default:
		e.handlePacket(body, now)
	}
}

// probe is what a WebSocket says before it takes over.
func (e *engine) probe(s *session, packet string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.probing != s:
	case packet == "2probe":
		s.post(packetFrame("3probe"))
		e.probed = true
		e.wake() // the GET that waits ends with a noop, or the client could not switch
	case packet == string(engineUpgrade) && e.probed && e.why == 0:
		e.probing = nil
		for _, f := range e.box {
			s.replay(f)
		}
		e.box = nil
		e.ws.Store(s)
		e.server.conns.Add(-1) // the WebSocket has a place of its own
		e.wake()
	default:
		s.close(protocolError)
	}
}

// refuse says nothing: Engine.IO has no word for it.
func (*engine) refuse(*session, refusal, time.Time) {}

// judge leaves it to the engine's own turn of the sweeper.
func (*engine) judge(*session, time.Duration) verdict { return leaveBe }

// farewell is a close frame without a code where the published server has
// nothing else to say.
func (*engine) farewell(e ending) frame {
	switch e {
	case tooBig:
		return closeFrame(websocket.CloseMessageTooBig, "")
	case noSignOfLife, protocolError, byClient, lost:
		return controlFrame(websocket.CloseMessage, "")
	default:
		return e.frame()
	}
}

// depart ends the session with its WebSocket; one that has not taken over only
// ends itself.
func (e *engine) depart(s *session) {
	e.mu.Lock()
	if e.probing == s {
		e.probing, e.probed = nil, false
	}
	e.mu.Unlock()
	if e.ws.Load() == s {
		e.leave(0) // the connection's own cause is counted
	}
}
