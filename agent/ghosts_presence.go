package agent

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/imbench/imbench/faults"
	"github.com/imbench/imbench/protocol"
)

// watchesPresence reports whether an observer has anything to see.
func (r *run) watchesPresence() bool {
	return r.wire.traits.Presence && slices.ContainsFunc(r.scenario.Faults, func(f faults.Config) bool {
		return makesGhosts(f) && watchesOf(f.Ghost).presence
	})
}

// makesGhosts reports whether the server is not told when the fault takes a
// connection.
func makesGhosts(f faults.Config) bool {
	kind := f.Inner().Kind
	return kind == faults.Silence || kind == faults.IdleExpiry || kind == faults.Rebind
}

// tell takes note of presence.
func (g *ghosts) tell(session string, online bool, at time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.told = true
	n := g.bySession[session]
	if online || n == nil || n.revivedAt > 0 || g.ended {
		return
	}
	n.goneAt = at
	delete(g.bySession, session)
	if n.by.presence {
		g.run.events.log(at, n.client, "ghost", "fault", g.nameOf(n), "method", faults.GhostPresence, "state", "offline")
	}
}

func (g *ghosts) nameOf(n *ghost) string { return g.run.scenario.Faults[n.fault].Name }

// away notes that the observer has lost its connection: what the server
// declares meanwhile is unknown.
func (g *ghosts) away(at time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for session, n := range g.bySession {
		n.lapsedAt = at
		g.lapsed = g.lapsed || n.by.presence
		delete(g.bySession, session)
	}
}

const observerRetry = 250 * time.Millisecond

// observe keeps a presence observer connected until ctx ends. Joined is closed
// when it is online for the first time.
func (r *run) observe(ctx context.Context, joined chan<- struct{}) {
	once := sync.OnceFunc(func() { close(joined) })
	defer once()
	for ctx.Err() == nil {
		r.observeOnce(ctx, once)
		if ctx.Err() != nil {
			return
		}
		r.ghosts.away(r.clock.now())
		select {
		case <-ctx.Done():
		case <-time.After(observerRetry):
		}
	}
}

func (r *run) observeOnce(ctx context.Context, joined func()) {
	dialCtx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	login := protocol.Login{Client: "observer", Token: r.token, Observer: true}
	if r.showCredentials(r.clients[0], &login) != nil { // where clients log in, so must an observer
		return
	}
	target, headers := r.wire.Handshake(r.target.url, login)
	l, err := r.dialer.open(dialCtx, &r.wire, route{}, target, headers)
	if err != nil {
		return
	}
	defer l.conn.Close()
	hangUp := context.AfterFunc(ctx, func() { _ = l.conn.Close() })
	defer hangUp()
	beating, stopBeating := context.WithCancel(ctx)
	beats := make(chan struct{})
	go func() { defer close(beats); r.keepBeating(beating, l) }()
	defer func() { stopBeating(); <-beats }()
	for {
		_, frame, err := l.ws.ReadMessage()
		if err != nil {
			return
		}
		switch ev := r.wire.Scan(frame); ev.Kind {
		case protocol.Ready:
			joined()
		case protocol.Presence:
			r.ghosts.tell(string(ev.Session), ev.Online, r.clock.now())
		}
	}
}

// keepBeating sends heartbeats on l until ctx ends or a write fails.
func (r *run) keepBeating(ctx context.Context, l *link) {
	tick := time.NewTicker(observerBeat)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if l.write(r.wire.AppendHeartbeat(nil, r.clock.unixMillis())) != nil {
			return
		}
	}
}

// observerBeat keeps the observer alive on servers that reap the quiet.
const observerBeat = 5 * time.Second
