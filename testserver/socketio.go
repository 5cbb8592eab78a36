package testserver

import (
	"encoding/json"
	"time"

	"github.com/gorilla/websocket"

	"github.com/imbench/imbench/protocol/wire"
)

// socket is a client's place in a namespace. Its engine's turn guards it,
// unless said otherwise.
type socket struct {
	seat      // in the namespace
	engine    *engine
	namespace *namespace
	sid       string
	pid       string // the secret by which it is resumed; "" for none
	rooms     []string
	held      *heldBack // a bug's; nil for none
}

func (k *socket) send(f frame) { k.engine.send(f) }

// assembly is a binary packet whose attachments have not all come.
type assembly struct {
	packet packet
	got    [][]byte
	size   int
}

// handlePacket does what an Engine.IO packet of text asks for. The caller has
// the turn.
func (e *engine) handlePacket(p []byte, now time.Time) {
	if len(p) == 0 {
		e.close(protocolError)
		return
	}
	switch p[0] {
	case engineMessage:
		e.message(p[1:], now)
	case enginePong:
		e.lastPong.Store(int64(now.Sub(e.server.start)))
	case engineClose:
		e.close(byClient)
	case engineUpgrade, engineNoop:
	default: // a ping, which is the server's to send in this version, among them
		e.close(protocolError)
	}
}

// message does what a Socket.IO packet asks for.
func (e *engine) message(body []byte, now time.Time) {
	p, err := parsePacket(body)
	if err != nil || e.partial != nil {
		e.close(protocolError)
		return
	}
	if p.attachments > 0 {
		own := append([]byte(nil), p.data...) // what was read is about to be read over
		p.ack = append([]byte(nil), p.ack...)
		p.data = own
		e.partial = &assembly{packet: p, size: len(own)}
		return
	}
	e.complete(&p, nil, now)
}

// attach adds an attachment to the packet that announced it.
func (e *engine) attach(body []byte, now time.Time) {
	a := e.partial
	if a == nil {
		e.close(protocolError)
		return
	}
	if a.size += len(body); int64(a.size) > e.server.terms.maxPayload {
		e.partial = nil
		e.close(tooBig)
		return
	}
	a.got = append(a.got, append([]byte(nil), body...))
	if len(a.got) == a.packet.attachments {
		e.partial = nil
		e.complete(&a.packet, a.got, now)
	}
}

// complete does what a packet with all its attachments asks for.
func (e *engine) complete(p *packet, attachments [][]byte, now time.Time) {
	n := e.server.engines.namespace(p.namespace)
	if p.kind == packetConnect {
		e.connect(n, p)
		return
	}
	if n == nil || e.sockets[n.index] == nil {
		e.close(protocolError) // as the published server does
		return
	}
	k := e.sockets[n.index]
	switch p.kind {
	case packetEvent:
		k.obey(p, attachments, now)
	case packetDisconnect:
		e.sockets[n.index] = nil
		n.leave(k, false)
	}
}

// auth is what comes with a connect packet.
type auth struct {
	Token  string `json:"token"`
	PID    string `json:"pid"`
	Offset string `json:"offset"`
}

// connect lets the client into a namespace, or tells why not.
func (e *engine) connect(n *namespace, p *packet) {
	var a auth
	if p.data != nil && json.Unmarshal(p.data, &a) != nil {
		a = auth{} // something of another type: it shows nothing
	}
	switch {
	case n == nil:
		e.post(connectErrorFrame(p.namespace, "Invalid namespace"))
		return
	case !e.trusted && !e.server.knows(a.Token):
		e.server.metrics.rejected["token"].Inc()
		e.post(connectErrorFrame(p.namespace, "wrong or missing token"))
		return
	case e.sockets[n.index] != nil:
		e.close(protocolError)
		return
	}
	if wait := e.server.bugs.loginDelay(); wait > 0 {
		time.AfterFunc(wait, func() {
			e.turn.Lock()
			defer e.turn.Unlock()
			e.reader = nil
			e.admit(n, a)
		})
		return
	}
	e.admit(n, a)
}

// admit makes a socket of the client. The caller has the turn.
func (e *engine) admit(n *namespace, a auth) {
	if e.left || e.sockets[n.index] != nil {
		return
	}
	k := &socket{engine: e, namespace: n}
	if e.server.bugs != nil {
		k.held = &heldBack{to: k}
	}
	e.sockets[n.index] = k
	e.joined.Store(true)
	n.enter(k, a)
}

func connectErrorFrame(namespace, reason string) frame {
	b := appendHead(startFrame(100+len(namespace)), packetConnectError, namespace, nil)
	b = wire.AppendString(append(b, `{"message":`...), reason)
	return finish(websocket.TextMessage, append(b, '}'))
}
