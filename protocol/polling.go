package protocol

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// Poll is the beginning of one connection over HTTP long-polling, without the
// I/O: the caller makes each request and gives its answer back, until the
// WebSocket's turn has come.
//
//	Next ──► GET                  Answer ◄── 0{"sid":…}
//	Next ──► POST 40              Answer ◄── ok
//	Next ──► GET                  Answer ◄── 40{"sid":…}      Ready
//	Next ──► no more; dial WebSocket, write "2probe", read "3probe", write "5"
//
// It belongs to one goroutine.
type Poll struct {
	protocol *SocketIO
	target   *url.URL
	login    Login
	sid      string
	stage    pollStage
	requests int
}

type pollStage uint8

const (
	pollOpen pollStage = iota
	pollConnect
	pollReady
	pollDone
)

// Request is an HTTP request to make. A Body that is not nil is posted.
type Request struct {
	Method string
	URL    *url.URL
	Header http.Header
	Body   []byte
}

// maxPolls bounds the requests of one handshake.
const maxPolls = 20

// ErrPolling is wrapped by all errors of a Poll: the server's answer is not
// what the protocol asks for.
var ErrPolling = errors.New("long-polling")

// Poll begins a connection of login l.
func (s *SocketIO) Poll(target *url.URL, l Login) *Poll {
	return &Poll{protocol: s, target: target, login: l}
}

// Next returns the request to make; ok is false when it is the WebSocket's
// turn.
func (p *Poll) Next() (r Request, ok bool) {
	if p.stage == pollDone {
		return Request{}, false
	}
	u, header := p.protocol.transport(p.target, p.login, "polling", p.sid)
	u.Scheme = map[string]string{"ws": "http", "wss": "https"}[u.Scheme]
	r = Request{Method: http.MethodGet, URL: u, Header: header}
	if p.stage == pollConnect {
		r.Method, r.Body = http.MethodPost, p.protocol.connect(p.login)
		r.Header.Set("Content-Type", "text/plain;charset=UTF-8")
	}
	return r, true
}

// Answer takes the answer to the last request, with its whole body. It returns
// what the packets in it mean, to be handled like frames; what they ask to be
// written is to be written once the WebSocket is open. After a Refused or an
// error the handshake has failed.
func (p *Poll) Answer(status int, body []byte) ([]Event, error) {
	if p.requests++; p.requests > maxPolls {
		return nil, fmt.Errorf("%w: no answer to the connect packet in %d requests", ErrPolling, maxPolls)
	}
	if status != http.StatusOK {
		return nil, fmt.Errorf("%w: HTTP %d%s", ErrPolling, status, reasonIn(body))
	}
	switch p.stage {
	case pollOpen:
		return p.opened(body)
	case pollConnect:
		if string(bytes.TrimSpace(body)) != "ok" {
			return nil, fmt.Errorf("%w: the server answers a POST with %s, not ok", ErrPolling, quoted(body))
		}
		p.stage = pollReady
		return nil, nil
	}
	var events []Event
	for packet := range bytes.SplitSeq(body, []byte("\x1e")) {
		if len(packet) > 0 && packet[0] == 'b' { // an attachment in base64
			continue
		}
		e := p.protocol.Scan(packet)
		if e.Kind == Ready || e.Step == stepOpened {
			p.stage = pollDone
		}
		events = append(events, e)
	}
	return events, nil
}

// opened reads the answer to the first request.
func (p *Poll) opened(body []byte) ([]Event, error) {
	if length, _, ok := bytes.Cut(body, []byte(":0{")); ok {
		if _, digits := whole(length); digits {
			return nil, fmt.Errorf("%w: the server speaks Socket.IO v2 (Engine.IO 3), not v4", ErrPolling)
		}
	}
	if len(body) == 0 || body[0] != '0' {
		return nil, fmt.Errorf("%w: the first answer is no open packet: %s", ErrPolling, quoted(body))
	}
	packet, _, _ := bytes.Cut(body[1:], []byte("\x1e"))
	open, err := parseOpen(packet)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPolling, err)
	}
	var offer struct {
		Upgrades []string `json:"upgrades"`
	}
	if json.Unmarshal(packet, &offer) != nil || !strings.Contains(strings.Join(offer.Upgrades, " "), "websocket") {
		return nil, fmt.Errorf("%w: the server offers no upgrade to websocket", ErrPolling)
	}
	p.sid, p.stage = open.SID, pollConnect
	return []Event{{Ping: true, Alive: open.alive()}}, nil
}

// WebSocket returns where to dial for the upgrade.
func (p *Poll) WebSocket() (*url.URL, http.Header) {
	return p.protocol.transport(p.target, p.login, "websocket", p.sid)
}

// Probe is what is said on the new WebSocket before it takes over: send, then
// expect want, then confirm by then.
func (*Poll) Probe() (send, want, then []byte) {
	return []byte("2probe"), []byte("3probe"), []byte("5")
}

// reasonIn is what an error's body says, if it says something.
func reasonIn(body []byte) string {
	var p struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	}
	if json.Unmarshal(body, &p) == nil && p.Message != "" {
		return fmt.Sprintf(": %s (code %d)", p.Message, p.Code)
	}
	if len(body) > 0 {
		return ": " + quoted(body)
	}
	return ""
}
