package oracle_test

import (
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/imbench/imbench/faults"
	"github.com/imbench/imbench/internal/inetdiag"
)

// Here everybody lives on one host, so that imbench can look at the server's
// sockets. Of a connection that the packet filter cuts off it knows nothing:
// the test looks, at both.
func TestGhostsSeenByInetDiagAreThoseOfADrop(t *testing.T) {
	needRoot(t)
	t.Parallel()
	imbench := built(t)
	inEachFamily(t, func(t *testing.T, at addresses) { sameGhosts(t, imbench, at) })
}

func sameGhosts(t *testing.T, imbench string, at addresses) {
	p := &play{
		family: at, host: map[string]string{}, scenario: someGoDark, clients: clients, at: 4 * time.Second,
		serve: []string{"--reap-after", "4s", "--ping-every", "2s", "--history", "60"},
		fault: fmt.Sprintf("name: dark, at: 4s, kind: silence, clients: %d, ghost: [inet_diag]", victims),
	}
	ways := []way{
		{name: "imbench, md5", ours: true, mechanism: faults.MD5},
		{name: "imbench, minttl", ours: true, mechanism: faults.MinTTL},
		{name: "nft drop", drops: dropsToClient + dropsFromClient},
	}
	stories := byEach(t, ways, func(t *testing.T, w way) *haunting { return p.haunt(t, imbench, w) })
	if t.Failed() {
		return
	}
	t.Log("\n" + ghostTable(ways, stories))
	for i, h := range stories {
		h.holds(t, ways[i])
		h.resembles(t, ways[i].name, stories[0])
	}
}

// haunting is what came of a run whose ghosts were looked at. Times count from
// the fault.
type haunting struct {
	*account
	held map[string]time.Duration // as the test saw it
	told map[string]time.Duration // as imbench did, of its own
}

// haunt runs the play with the fault made by w, and looks at the server's
// sockets meanwhile.
func (p *play) haunt(t *testing.T, imbench string, w way) *haunting {
	t.Helper()
	victims := p.told(t)
	on := p.begin(t, imbench, w)
	gone := on.lookAtSockets(t)
	var struck span
	if !w.ours {
		struck = p.strike(t, on.site, w, victims)
	}
	h := &haunting{on.end(t), map[string]time.Duration{}, map[string]time.Duration{}}
	h.settle(victims, struck)
	left := gone()
	for i, addr := range p.family.clients(p.clients) {
		name := fmt.Sprintf("c%d", i)
		if f, at := h.fates[name], left[addr]; f != nil && !at.IsZero() {
			h.held[name] = h.onClock(at) - f.struck
		}
	}
	for _, e := range h.events {
		if f := h.fates[e.Client]; f != nil && e.Event == "ghost" && e.Method == faults.GhostInetDiag {
			h.told[e.Client] = e.at() - f.struck
		}
	}
	return h
}

// lookAtSockets looks at the server's sockets until the function that it
// returns is called, which says when each client's first was held no more.
func (s *site) lookAtSockets(t *testing.T) func() map[string]time.Time {
	t.Helper()
	var diag *inetdiag.Conn
	if err := s.server.do(func() (err error) { diag, err = inetdiag.Open(); return err }); err != nil {
		t.Fatal(err)
	}
	server := netip.MustParseAddrPort(s.at.server)
	first, gone := map[string]netip.AddrPort{}, map[string]time.Time{} // by the client's address
	held := func(k inetdiag.Socket) bool { return k.State == inetdiag.Established || k.State == inetdiag.CloseWait }
	look := func() error {
		there := map[netip.AddrPort]bool{}
		err := diag.Each(server.Port(), func(k inetdiag.Socket) {
			if k.Local != server || !held(k) {
				return
			}
			there[k.Remote] = true
			if addr := k.Remote.Addr().String(); !first[addr].IsValid() {
				first[addr] = k.Remote
			}
		})
		for addr, remote := range first {
			if _, known := gone[addr]; known || there[remote] {
				continue
			}
			if k, err := diag.Find(server, remote); err != nil || !held(k) { // a list may leave one out
				gone[addr] = time.Now()
			}
		}
		return err
	}
	left := make(chan struct{})
	var looking sync.WaitGroup
	looking.Go(func() {
		defer diag.Close()
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
			case <-left:
				return
			}
			if err := look(); err != nil {
				t.Error(err)
				return
			}
		}
	})
	stop := sync.OnceFunc(func() { close(left); looking.Wait() })
	t.Cleanup(stop)
	return func() map[string]time.Time { stop(); return gone }
}

// holds fails the test where a server held its ghosts for longer than it
// should, or where imbench tells something else of its own than the test saw.
func (h *haunting) holds(t *testing.T, w way) {
	t.Helper()
	slack := h.slack()
	if len(h.held) != victims || h.others > 0 {
		t.Errorf("%s: %d of %d ghosts were let go of, and %d other clients were lost", w.name, len(h.held), victims, h.others)
	}
	for name, held := range h.held {
		if held < reap-every-slack || held > reap+looks+slack {
			t.Errorf("%s: %s was held for %v", w.name, name, held)
		}
		told, known := h.told[name]
		if known != w.ours {
			t.Errorf("%s: imbench told of the ghost of %s: %v", w.name, name, known)
		}
		// It looks every 250 ms, and tells of the look that found it gone.
		if late := told - held; known && (late < -slack || late > looks+slack) {
			t.Errorf("%s: %s was held for %v, and imbench says %v", w.name, name, held, told)
		}
	}
	if !w.ours {
		return
	}
	f := h.result.Faults[0]
	if f.Ghosts != 0 || f.Ghost.Count != victims || len(f.GhostSurvival) == 0 {
		t.Errorf("%s: the result says %d ghosts at the end, %d times, %+v", w.name, f.Ghosts, f.Ghost.Count, f.GhostSurvival)
	}
	for _, s := range f.GhostSurvival {
		if s.Method != faults.GhostInetDiag || s.Forgotten != s.Clients {
			t.Errorf("%s: of %d ghosts (%s, %s), %d were forgotten", w.name, s.Clients, s.Method, s.Story, s.Forgotten)
		}
	}
}

// resembles fails the test where ghosts were held longer or shorter than ours,
// by the run's clock: the server counts from a beat, which may be one apart.
func (h *haunting) resembles(t *testing.T, name string, ours *haunting) {
	t.Helper()
	slack := h.slack() + ours.slack() + looks
	later := h.into - ours.into
	for client, held := range h.held {
		off := (held + later - ours.held[client]).Abs()
		if min(off, (off-every).Abs()) > slack {
			t.Errorf("%s: %s was held until %v after second 0, under ours until %v", name, client, held+h.into, ours.held[client]+ours.into)
		}
	}
}

// ghostTable is how long the ghosts were held, as a table in Markdown.
func ghostTable(ways []way, stories []*haunting) string {
	var b strings.Builder
	b.WriteString("| made by | ghosts | held, as the test saw it | as imbench says |\n|---|---|---|---|\n")
	for i, h := range stories {
		var held, told extent
		for name, d := range h.held {
			held.take(d)
			if at, known := h.told[name]; known {
				told.take(at)
			}
		}
		says := told.String()
		if len(h.told) == 0 {
			says = "–"
		}
		fmt.Fprintf(&b, "| %s | %d | %s | %s |\n", ways[i].name, len(h.held), held, says)
	}
	return b.String()
}
