package testserver

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/gorilla/websocket"
)

// engineError is an error of Engine.IO's own, in its own words.
type engineError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

// Engine.IO's errors.
const (
	unknownTransport = iota
	unknownSID
	badMethod
	badRequest
	forbiddenRequest
	unsupportedVersion
)

var engineErrors = [...]string{
	unknownTransport:   "Transport unknown",
	unknownSID:         "Session ID unknown",
	badMethod:          "Bad handshake method",
	badRequest:         "Bad request",
	forbiddenRequest:   "Forbidden",
	unsupportedVersion: "Unsupported protocol version",
}

// engineIO is all that happens on /socket.io/.
func (s *Server) engineIO(w http.ResponseWriter, r *http.Request) {
	if !s.allowOrigin(w.Header(), r) {
		s.refuseEngine(w, forbiddenRequest)
		return
	}
	if r.Method == http.MethodOptions {
		preflight(w, r)
		return
	}
	q := r.URL.Query()
	transport := q.Get("transport")
	byWebSocket := transport == "websocket"
	if !byWebSocket && transport != "polling" {
		s.refuseEngine(w, unknownTransport)
		return
	}
	if q.Has("sid") {
		s.resumeEngine(w, r, q.Get("sid"), byWebSocket)
		return
	}
	switch {
	case r.Method != http.MethodGet:
		s.refuseEngine(w, badMethod)
	case byWebSocket != websocket.IsWebSocketUpgrade(r):
		s.refuseEngine(w, badRequest)
	case q.Get("EIO") != "4":
		s.refuseEngine(w, unsupportedVersion)
	case s.draining.Load():
		s.reject(w, &rejection{http.StatusServiceUnavailable, "shutting_down", "shutting down"})
	case byWebSocket:
		s.openByWebSocket(w, r)
	default:
		s.openByPolling(w, r)
	}
}

// resumeEngine is a request of a session that there is already, or was.
func (s *Server) resumeEngine(w http.ResponseWriter, r *http.Request, sid string, byWebSocket bool) {
	e := s.engines.find(sid)
	switch {
	case e == nil:
		s.refuseEngine(w, unknownSID)
	case byWebSocket && websocket.IsWebSocketUpgrade(r):
		s.upgrade(w, r, e)
	case byWebSocket || e.ws.Load() != nil:
		s.refuseEngine(w, badRequest)
	case r.Method == http.MethodGet:
		e.get(w, r)
	case r.Method == http.MethodPost:
		e.take(w, r)
	default:
		w.WriteHeader(http.StatusInternalServerError) // as the published server does
	}
}

// allowOrigin says who may read the answer, and reports whether the request
// may come in.
func (s *Server) allowOrigin(h http.Header, r *http.Request) bool {
	if s.cfg.Origins == nil {
		h.Set("Access-Control-Allow-Origin", "*")
		return true
	}
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	h.Set("Vary", "Origin")
	if !slices.Contains(s.cfg.Origins, origin) {
		return false
	}
	h.Set("Access-Control-Allow-Origin", origin)
	return true
}

// preflight answers a browser that asks before it asks.
func preflight(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Access-Control-Allow-Methods", "GET,HEAD,PUT,PATCH,POST,DELETE")
	if asked := r.Header.Get("Access-Control-Request-Headers"); asked != "" {
		h.Set("Access-Control-Allow-Headers", asked)
		h.Add("Vary", "Access-Control-Request-Headers")
	}
	w.WriteHeader(http.StatusNoContent)
}

func (s *Server) refuseEngine(w http.ResponseWriter, code int) {
	s.metrics.rejected["bad_request"].Inc()
	body, err := json.Marshal(engineError{code, engineErrors[code]})
	if err != nil { // there is nothing in it that could fail
		body = nil
	}
	w.Header().Set("Content-Type", "application/json")
	status := http.StatusBadRequest
	if code == forbiddenRequest {
		status = http.StatusForbidden
	}
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client is gone if it fails
}

// openText is Engine.IO's open packet.
func (e *engine) openText(upgrades string) string {
	t := &e.server.terms
	return `0{"sid":"` + e.sid + `","upgrades":[` + upgrades + `],"pingInterval":` + strconv.FormatInt(t.pingInterval.Milliseconds(), 10) +
		`,"pingTimeout":` + strconv.FormatInt(t.pingTimeout.Milliseconds(), 10) +
		`,"maxPayload":` + strconv.FormatInt(t.maxPayload, 10) + `}`
}

func (s *Server) openByPolling(w http.ResponseWriter, r *http.Request) {
	if s.conns.Add(1) > int64(s.cfg.MaxConns) {
		s.conns.Add(-1)
		s.reject(w, &rejection{http.StatusServiceUnavailable, "full", "no more connections; try again later"})
		return
	}
	e := s.newEngine(r, time.Now())
	if !s.engines.add(e) {
		s.conns.Add(-1)
		s.reject(w, &rejection{http.StatusServiceUnavailable, "shutting_down", "shutting down"})
		return
	}
	s.metrics.accepted.Inc()
	answer(w, "text/plain; charset=UTF-8", e.openText(`"websocket"`))
}

// answer is a request's good end.
func answer(w http.ResponseWriter, kind, body string) {
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Cache-Control", "no-store")
	_, _ = io.WriteString(w, body) // the client is gone if it fails
}
