package testserver

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
)

// engine is an Engine.IO session: what a Socket.IO client has instead of a
// connection. It travels by HTTP long-polling, then perhaps by a WebSocket, or
// from the beginning by that.
//
//	GET, POST ──► polling ──┐ turn            ┌──► box ──► GET
//	                        ├─────► socket ───┤
//	WebSocket ──► reader ───┘    (namespace)  └──► session's outbox
//
// Locks are taken in the order turn, namespace, engine, outbox.
type engine struct {
	seat    // in the registry
	server  *Server
	sid     string
	opened  time.Duration // on the server's clock
	trusted bool          // a token was shown already, or none is needed

	turn    sync.Mutex // whoever handles a packet
	reader  *session   // of those in turn, by whose WebSocket the packet came; nil for polling
	sockets [numNamespaces]*socket
	partial *assembly // a binary packet that is not complete; nil for none
	left    bool

	joined   atomic.Bool  // a namespace, once
	lastPong atomic.Int64 // nanoseconds of the server's clock
	lastPing int64        // the sweeper's; likewise

	ws atomic.Pointer[session] // the transport; nil while polling

	mu      sync.Mutex
	probing *session      // a WebSocket that wants to take over
	probed  bool          // it has been answered
	box     []frame       // waits for a GET; unused once there is a WebSocket
	extra   int           // replayed frames in box, allowed beyond the queue's limit
	waiter  chan struct{} // of the GET that waits; closed to wake it
	posting bool
	quota   quota // of POSTs
	why     ending
}

// send hands f to the client. It does not block.
func (e *engine) send(f frame) {
	if ws := e.ws.Load(); ws != nil {
		ws.send(f)
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if ws := e.ws.Load(); ws != nil {
		ws.send(f)
		return
	}
	e.put(f)
}

// post is send for whoever has the turn: where that is the reader of the
// WebSocket, it will write f when it is done with the packet in hand.
func (e *engine) post(f frame) {
	if ws := e.ws.Load(); ws != nil && ws == e.reader {
		ws.post(f)
		return
	}
	e.send(f)
}

// replay is post beyond the limit of the queue.
func (e *engine) replay(f frame) {
	if ws := e.ws.Load(); ws != nil && ws == e.reader {
		ws.replay(f)
		return
	}
	e.mu.Lock()
	e.extra++
	e.mu.Unlock()
	e.send(f)
}

// put keeps the bound of the box; the caller holds e.mu.
func (e *engine) put(f frame) {
	c := &e.server.cfg
	switch {
	case e.why != 0:
		return
	case len(e.box) < c.Queue+e.extra:
	case c.SlowConsumer == CloseSlow && !e.server.bugs.keepsDead():
		e.server.metrics.dropped.Add(float64(len(e.box) + 1))
		e.shut(tooSlow)
		return
	default:
		e.server.metrics.dropped.Inc()
		e.box[0] = nil
		e.box = e.box[1:]
	}
	e.box = append(e.box, f)
	e.wake()
}

// wake lets a GET that waits look again; the caller holds e.mu.
func (e *engine) wake() {
	if e.waiter != nil {
		close(e.waiter)
		e.waiter = nil
	}
}

// close ends the session. It does not block; the rest is done by the reader of
// its WebSocket, or by the sweeper.
func (e *engine) close(why ending) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if ws := e.ws.Load(); ws != nil {
		ws.close(why)
		return
	}
	e.shut(why)
}

// shut ends a session that polls; the caller holds e.mu.
func (e *engine) shut(why ending) {
	if e.why != 0 {
		return
	}
	e.why = why
	e.box = nil
	e.wake()
	if e.probing != nil {
		e.probing.close(why)
	}
}

// over reports whether a session that polls has ended.
func (e *engine) over() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.why != 0
}

// leave ends what the session takes part in, once. The caller holds no lock.
func (e *engine) leave(why ending) {
	e.turn.Lock()
	defer e.turn.Unlock()
	if e.left {
		return
	}
	e.left = true
	for i, k := range e.sockets {
		if k != nil {
			k.namespace.leave(k, true)
			e.sockets[i] = nil
		}
	}
	e.partial = nil
	e.server.engines.remove(e)
	if e.ws.Load() == nil {
		e.server.conns.Add(-1)
		e.server.metrics.ended[why].Inc()
		e.server.cfg.Logger.Debug("closed", "sid", e.sid, "cause", why.String())
	}
}

// connectTimeout is how long a client has to connect to a namespace.
const connectTimeout = 45 * time.Second

// upgradeTimeout is how long a WebSocket has to take over.
const upgradeTimeout = 10 * time.Second

// visit pings and reaps; only the sweeper calls it.
func (e *engine) visit(now time.Duration) {
	t := &e.server.terms
	pong, ping := time.Duration(e.lastPong.Load()), time.Duration(e.lastPing)
	unanswered := ping > pong
	e.mu.Lock()
	why, probing := e.why, e.probing
	e.mu.Unlock()
	switch {
	case why != 0:
		e.leave(why)
	case !e.joined.Load() && now-e.opened >= connectTimeout:
		e.close(noSignOfLife)
	case unanswered && now-ping >= t.pingTimeout && !e.server.bugs.keepsDead():
		e.close(noSignOfLife)
	case !unanswered && now-pong >= t.pingInterval, now-ping >= t.pingInterval+t.pingTimeout && unanswered:
		e.lastPing = int64(now)
		e.send(packetFrame(string(enginePing)))
	}
	if probing != nil && now-time.Duration(probing.lastPing) >= upgradeTimeout {
		probing.close(lost)
	}
}

// packetFrame is an Engine.IO packet of text.
func packetFrame(text string) frame { return controlFrame(websocket.TextMessage, text) }
