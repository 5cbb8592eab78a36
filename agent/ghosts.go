package agent

import (
	"context"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/imbench/imbench/faults"
	"github.com/imbench/imbench/internal/inetdiag"
)

// ghosts watches how long the server believes silenced connections online, in
// up to three ways at once:
//
//	presence   an observer is told by the server      ghosts_presence.go
//	inet_diag  the server's sockets are looked at      ghosts_inetdiag.go
//	probe      the connection is healed, and asks      ghosts_probe.go
//
// Shards tell it of what they do and do not wait for it: it looks and asks in
// a goroutine of its own. Times are on the run's clock.
type ghosts struct {
	run  *run
	wake chan struct{} // there is news for the goroutine
	ends func()        // of the goroutine, and waits for it
	warn []string      // the goroutine's, until it has ended

	mu        sync.Mutex
	all       []*ghost
	byLink    map[*link]*ghost  // those that can still be healed or given up
	bySession map[string]*ghost // those whose end the server can tell of
	told      bool              // the server has told presence at least once: it does so
	lapsed    bool              // the observer was away while something was silenced
	ended     bool              // what comes now is none of the run's story

	// The goroutine's own:
	diag     *inetdiag.Conn
	onHost   hostness
	nextLook time.Duration
	fates    map[*occurrence]map[uint32]float64 // of each client, the part of the time at which it is probed
}

// ghost is one silenced connection, as the server sees it. Its fields are
// guarded by ghosts.mu, but for those that do not change.
type ghost struct {
	client  *client
	link    *link
	fault   int
	at      time.Duration // t_fault
	by      watches       // as the fault asks
	session string

	healedAt    time.Duration // it was no ghost after all; 0: not healed while the client held it
	abandonedAt time.Duration // the client gave it up; 0: it has not
	revivedAt   time.Duration // its probe began, which disturbs every other way; 0: not probed

	goneAt   time.Duration // presence: the server declared it gone; 0: it has not
	lapsedAt time.Duration // presence: the observer was away from then on; 0: never
	peer     sighting      // inet_diag
	probe    probe
}

// watches says in which ways a ghost is watched.
type watches struct {
	presence, inetDiag, probe bool
	ifNeeded                  bool // probe only if the others tell nothing
	none                      bool
}

// watchesOf reads a fault's list; none means as can be.
func watchesOf(list []string) watches {
	if len(list) == 0 {
		return watches{presence: true, inetDiag: true, probe: true, ifNeeded: true}
	}
	return watches{
		presence: slices.Contains(list, faults.GhostPresence), inetDiag: slices.Contains(list, faults.GhostInetDiag),
		probe: slices.Contains(list, faults.GhostProbe), none: slices.Contains(list, faults.GhostNone),
	}
}

func newGhosts(r *run) *ghosts {
	return &ghosts{
		run: r, wake: make(chan struct{}, 1), ends: func() {}, byLink: map[*link]*ghost{}, bySession: map[string]*ghost{},
		fates: map[*occurrence]map[uint32]float64{},
	}
}

// watch begins at the moment a connection was silenced. It makes no system
// call.
func (g *ghosts) watch(l *link, c *client, fault int, at time.Duration) {
	n := &ghost{
		client: c, link: l, fault: fault, at: at, by: watchesOf(g.run.scenario.Faults[fault].Ghost), session: l.session,
		peer: sighting{lastSeen: at}, probe: probe{staleAnswers: l.beatAt.Load() > l.answered.Load()},
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.ended {
		return
	}
	g.all = append(g.all, n)
	g.byLink[l] = n
	if n.session != "" {
		g.bySession[n.session] = n
	}
	if n.by.inetDiag {
		g.rouse()
	}
}

// forget ends the watch of a connection that was healed in time: the client
// still has it.
func (g *ghosts) forget(l *link, at time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if n := g.byLink[l]; n != nil && !g.ended {
		n.healedAt = at
		g.drop(n)
	}
}

// abandoned notes that the client has given the silenced connection up.
func (g *ghosts) abandoned(l *link, at time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if n := g.byLink[l]; n != nil {
		n.abandonedAt = at
		delete(g.byLink, l)
		if n.by.probe {
			g.rouse()
		}
	}
}

// drop forgets the ways by which a ghost is found. It is called with mu held.
func (g *ghosts) drop(n *ghost) {
	delete(g.byLink, n.link)
	if g.bySession[n.session] == n {
		delete(g.bySession, n.session)
	}
}

func (g *ghosts) rouse() {
	select {
	case g.wake <- struct{}{}:
	default:
	}
}

// start looks and probes in the background until stop, or ctx ends.
func (g *ghosts) start(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() { defer close(done); g.loop(ctx) }()
	g.ends = func() { cancel(); <-done }
}

func (g *ghosts) loop(ctx context.Context) {
	defer g.closeDiag()
	var probes sync.WaitGroup
	defer probes.Wait()
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		now := g.run.clock.now()
		next := min(g.lookIfDue(now), g.probeIfDue(ctx, &probes, now))
		timer.Reset(max(next-g.run.clock.now(), 0))
		select {
		case <-ctx.Done():
			g.lastLook()
			return
		case <-g.wake:
		case <-timer.C:
		}
	}
}

// never is far enough away not to be waited for.
const never = 1000 * time.Hour

// stop ends the watch: what the ghosts come to afterwards is the run's own end
// and not the server's doing.
func (g *ghosts) stop() {
	g.ends()
	g.mu.Lock()
	defer g.mu.Unlock()
	g.ended = true
}

// limit is until when a ghost could be watched without having been disturbed.
func (n *ghost) limit(end time.Duration) time.Duration {
	if n.healedAt > 0 {
		end = min(end, n.healedAt)
	}
	if n.revivedAt > 0 {
		end = min(end, n.revivedAt)
	}
	return end
}

// serversEnd are the addresses of the connection as the server's socket has
// them.
func (l *link) serversEnd() (local, remote netip.AddrPort, ok bool) {
	local, ok = addrPortOf(l.conn.RemoteAddr())
	if !ok {
		return local, remote, false
	}
	remote, ok = addrPortOf(l.conn.LocalAddr())
	return local, remote, ok
}
