package agent

import (
	"context"
	"sync"
	"time"

	"github.com/imbench/imbench/protocol"
	"github.com/imbench/imbench/report"
)

// ghosts watches how long the server believes silenced connections online. It
// learns that from presence, through an observer: a connection of its own that
// is no client of the run.
type ghosts struct {
	mu       sync.Mutex
	silenced map[string]ghost // by session
	rec      *report.Recorder
	told     bool // the server has told presence at least once: it does so
	lapsed   bool // the observer was away while something was silenced
}

type ghost struct {
	fault, group int
	at           time.Duration
}

func newGhosts(rec *report.Recorder) *ghosts {
	return &ghosts{silenced: map[string]ghost{}, rec: rec}
}

// watch begins at the moment a connection was silenced. A server that names no
// sessions cannot be watched.
func (g *ghosts) watch(session string, fault, group int, at time.Duration) {
	if session == "" {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.silenced[session] = ghost{fault, group, at}
}

// forget ends the watch of a connection that was healed in time.
func (g *ghosts) forget(session string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.silenced, session)
}

// tell takes note of presence.
func (g *ghosts) tell(session string, online bool, at time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.told = true
	was, watched := g.silenced[session]
	if online || !watched {
		return
	}
	delete(g.silenced, session)
	g.rec.FaultGhost(was.fault, was.group, at-was.at, false)
}

// away drops what was watched: the observer lost its connection, and what the
// server declared meanwhile is unknown.
func (g *ghosts) away() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.silenced) > 0 {
		g.lapsed = true
		clear(g.silenced)
	}
}

// settle counts the ghosts that the server still believed in at the end. It
// returns what the reader of the result must know.
func (g *ghosts) settle(end time.Duration) (warning string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.lapsed {
		warning = "the presence observer lost its connection, so some ghosts are unknown and not counted"
	}
	if !g.told {
		return warning
	}
	for _, was := range g.silenced {
		g.rec.FaultGhost(was.fault, was.group, end-was.at, true)
	}
	clear(g.silenced)
	return warning
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
		r.ghosts.away()
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
	l, err := r.dialer.open(dialCtx, &r.wire, 0, target, headers)
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
