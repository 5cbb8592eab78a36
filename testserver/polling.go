package testserver

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"time"
	"unicode/utf8"

	"github.com/gorilla/websocket"
)

// How an Engine.IO session travels by HTTP: each GET waits for packets and
// takes all there are, each POST brings some.

// separator stands between the packets of a payload.
const separator = '\x1e'

// get answers a GET as soon as there is something to be taken. A second GET at
// the same time ends the session, and so does one that is given up.
func (e *engine) get(w http.ResponseWriter, r *http.Request) {
	e.mu.Lock()
	if e.waiter != nil {
		e.shut(protocolError)
		e.mu.Unlock()
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	for len(e.box) == 0 && e.why == 0 && !e.probed && e.ws.Load() == nil {
		wake := make(chan struct{})
		e.waiter = wake
		e.mu.Unlock()
		select {
		case <-wake:
		case <-r.Context().Done():
			e.mu.Lock()
			if e.waiter == wake {
				e.waiter = nil
			}
			e.shut(lost)
			e.mu.Unlock()
			e.leave(lost)
			return
		}
		e.mu.Lock()
	}
	frames, why := e.box, e.why
	e.box, e.extra = nil, 0
	e.mu.Unlock()

	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(handshakeTimeout)) // or the server's own holds
	if why != 0 {
		e.leave(why)
		answer(w, "text/plain; charset=UTF-8", string(engineClose))
		return
	}
	answer(w, "text/plain; charset=UTF-8", payload(frames))
}

// payload puts packets together, those of text as they are, those of bytes in
// base64; a noop if there are none.
func payload(frames []frame) string {
	if len(frames) == 0 {
		return string(engineNoop)
	}
	var b []byte
	for _, f := range frames {
		for len(f) > 0 {
			var kind byte
			var body []byte
			kind, body, f = f.cut()
			if len(b) > 0 {
				b = append(b, separator)
			}
			if kind == websocket.BinaryMessage {
				b = base64.StdEncoding.AppendEncode(append(b, 'b'), body)
			} else {
				b = append(b, body...)
			}
		}
	}
	return string(b)
}

// take handles what a POST brings. A second POST at the same time ends the
// session.
func (e *engine) take(w http.ResponseWriter, r *http.Request) {
	e.mu.Lock()
	if e.posting || e.why != 0 {
		e.shut(protocolError)
		e.mu.Unlock()
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	e.posting = true
	e.mu.Unlock()
	status := e.takeBody(w, r)
	e.mu.Lock()
	e.posting = false
	why := e.why
	e.mu.Unlock()
	if why != 0 {
		e.leave(why)
	}
	if status != http.StatusOK {
		w.WriteHeader(status)
		return
	}
	answer(w, "text/html", "ok")
}

// takeBody reads and handles a body, and returns the status to answer.
func (e *engine) takeBody(w http.ResponseWriter, r *http.Request) int {
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Now().Add(handshakeTimeout)) // or none: then the host server's own holds
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, e.server.terms.maxPayload))
	_ = control.SetReadDeadline(time.Time{})
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return http.StatusRequestEntityTooLarge
	case err != nil:
		e.close(lost)
		return http.StatusBadRequest
	case !utf8.Valid(body):
		e.close(notUTF8)
		return http.StatusBadRequest
	}
	for p := range bytes.SplitSeq(body, []byte{separator}) {
		if !e.takeOne(p, time.Now()) {
			break
		}
	}
	return http.StatusOK
}

// takeOne handles one packet of a payload; false is the end of the session.
func (e *engine) takeOne(p []byte, now time.Time) bool {
	e.turn.Lock()
	defer e.turn.Unlock()
	e.reader = nil
	ok, enough := e.quota.take(now)
	switch {
	case enough:
		e.server.metrics.errors[rateLimited].Inc()
		e.close(tooFast)
	case !ok:
		e.server.metrics.errors[rateLimited].Inc()
	case len(p) > 0 && p[0] == 'b':
		attachment, err := base64.StdEncoding.DecodeString(string(p[1:]))
		if err != nil {
			e.close(protocolError)
			return false
		}
		e.attach(attachment, now)
	default:
		e.handlePacket(p, now)
	}
	return !e.over()
}
