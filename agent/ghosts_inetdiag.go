package agent

import (
	"errors"
	"net"
	"net/netip"
	"time"

	"github.com/imbench/imbench/faults"
	"github.com/imbench/imbench/internal/inetdiag"
)

// sighting is what was seen of the server's socket. It was held at lastSeen,
// and no more at firstGone, which is 0 while it is.
type sighting struct {
	lastSeen, firstGone time.Duration
	cookie              uint64 // of the socket; 0: it was never seen
	state               inetdiag.State
	written             bool // it held bytes that the client has not acknowledged
}

// held reports whether a server in that state has not let go of its socket. In
// CLOSE_WAIT its kernel knows that the client is gone; the server has done
// nothing about it.
func held(s inetdiag.State) bool { return s == inetdiag.Established || s == inetdiag.CloseWait }

// hostness is whether the server's sockets are on this host, as far as it is
// known.
type hostness int

const (
	unknownHost hostness = iota
	thisHost
	otherHost
)

const (
	// lookEvery is how often the server's sockets are looked at: how long after
	// it let go of one that is seen.
	lookEvery = 250 * time.Millisecond
	// lookShare is the part of a core that looking may take; it is done less
	// often when it would be more.
	lookShare = 20
	// fewGhosts is up to how many are asked for one by one (4 µs each). Beyond,
	// all of the server's sockets are gone through (1.3 µs each).
	fewGhosts = 1000
)

// lookIfDue looks at the server's sockets when it is time to, and returns when
// it next is.
func (g *ghosts) lookIfDue(now time.Duration) (next time.Duration) {
	if g.onHost == otherHost {
		return never
	}
	watched := g.toLookAt()
	if len(watched) == 0 {
		g.nextLook = 0
		return never // whoever comes next rouses us
	}
	if g.nextLook == 0 {
		g.nextLook = now + lookEvery // not while thousands are being silenced
	}
	if now < g.nextLook {
		return g.nextLook
	}
	if g.onHost == unknownHost && !g.isOnHost(watched) {
		return never
	}
	g.look(watched)
	took := g.run.clock.now() - now
	g.nextLook = now + max(lookEvery, lookShare*took)
	return g.nextLook
}

// lastLook is at the end of the run.
func (g *ghosts) lastLook() {
	if watched := g.toLookAt(); g.onHost == thisHost && len(watched) > 0 {
		g.look(watched)
	}
}

func (g *ghosts) closeDiag() {
	if g.diag != nil {
		_ = g.diag.Close() // a netlink socket holds nothing back
	}
}

// toLookAt are the ghosts whose sockets may still be there.
func (g *ghosts) toLookAt() (watched []*ghost) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, n := range g.all {
		if n.by.inetDiag && n.peer.firstGone == 0 && n.healedAt == 0 && n.revivedAt == 0 {
			watched = append(watched, n)
		}
	}
	return watched
}

// isOnHost finds out whether this host, in this network namespace, has the
// other ends of the connections, or at least a connection of that server: all
// of these may be gone already.
func (g *ghosts) isOnHost(watched []*ghost) bool {
	g.onHost = otherHost
	diag, err := inetdiag.Open()
	if err != nil {
		g.missDiag(err)
		return false
	}
	g.diag = diag
	var server netip.AddrPort
	for _, n := range watched {
		local, remote, ok := n.link.serversEnd()
		if !ok {
			continue
		}
		server = local
		if _, err := diag.Find(local, remote); err == nil {
			g.onHost = thisHost
			return true
		}
	}
	if server.IsValid() {
		err = diag.Each(server.Port(), func(s inetdiag.Socket) {
			if s.Local.Addr() == server.Addr().Unmap() {
				g.onHost = thisHost
			}
		})
	}
	if g.onHost == otherHost {
		g.missDiag(err)
	}
	return g.onHost == thisHost
}

// missDiag says that there is nothing to look at, if that was asked for.
func (g *ghosts) missDiag(err error) {
	for _, f := range g.run.scenario.Faults {
		if len(f.Ghost) == 0 || !watchesOf(f.Ghost).inetDiag {
			continue
		}
		why := "the server's sockets are not on this host, or in another network namespace"
		if err != nil {
			why = err.Error()
		}
		g.warn = append(g.warn, "ghosts cannot be watched by inet_diag: "+why)
		return
	}
}

// look looks at each ghost's socket once. What is found is true of some moment
// between just before and just after.
func (g *ghosts) look(watched []*ghost) {
	known := map[netip.AddrPort]inetdiag.Socket{} // by the client's end
	before := g.run.clock.now()
	if len(watched) > fewGhosts {
		if server, _, ok := watched[0].link.serversEnd(); ok {
			_ = g.diag.Each(server.Port(), func(s inetdiag.Socket) { known[s.Remote] = s }) // who is missing is asked for below
		}
	}
	all := before
	for _, n := range watched {
		local, remote, ok := n.link.serversEnd()
		if !ok {
			continue
		}
		local, remote = plainAddr(local), plainAddr(remote)
		s, found := known[remote]
		before := all
		var err error
		if !found || s.Local != local || !held(s.State) { // a dump may leave one out
			before = g.run.clock.now()
			s, err = g.diag.Find(local, remote)
		}
		g.sight(n, s, err, before, g.run.clock.now())
	}
}

// sight takes note of what was found of a ghost's socket.
func (g *ghosts) sight(n *ghost, s inetdiag.Socket, err error, before, after time.Duration) {
	if err != nil && !errors.Is(err, inetdiag.ErrNotFound) {
		return // nothing was learnt
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if n.revivedAt > 0 || n.healedAt > 0 {
		return // meanwhile
	}
	p := &n.peer
	if err == nil && (p.cookie == 0 || p.cookie == s.Cookie) && held(s.State) {
		p.cookie, p.state, p.lastSeen = s.Cookie, s.State, max(p.lastSeen, before)
		p.written = p.written || s.Unacked > 0
		return
	}
	p.firstGone, p.state = after, 0
	if err == nil && (p.cookie == 0 || p.cookie == s.Cookie) {
		p.state = s.State
	}
	g.run.events.log(after, n.client, "ghost", "fault", g.nameOf(n), "method", faults.GhostInetDiag, "state", p.word())
}

// word is the state of the server's socket, as it is written.
func (p *sighting) word() string {
	if p.state == 0 {
		return "gone"
	}
	return p.state.String()
}

func addrPortOf(a net.Addr) (netip.AddrPort, bool) {
	tcp, ok := a.(*net.TCPAddr)
	if !ok {
		return netip.AddrPort{}, false
	}
	return tcp.AddrPort(), true
}

func plainAddr(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr().Unmap().WithZone(""), a.Port())
}
