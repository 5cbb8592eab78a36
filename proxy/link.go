package proxy

import (
	"errors"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/imbench/imbench/faults"
)

// link is a client's connection and the server's that belongs to it.
type link struct {
	proxy          *Proxy
	number         uint64 // of the proxy's links, from 1, as they were accepted
	from           netip.AddrPort
	client, server *faults.Conn
	sockets        [2]*net.TCPConn
	up, down       *pump
	began          time.Time
	over           chan struct{} // closed when the link is ended by something else than its ends
	ended          sync.Once

	finishing atomic.Bool // both ends are being finished in order
	refusing  atomic.Bool // an end that breaks is not told to the other
	broken    atomic.Bool // an end broke while that was so

	mu       sync.Mutex
	parts    []*share
	on       part // what the ends and pumps have been told
	done     bool // both pumps have left
	why      string
	finisher *time.Timer
}

// share is a link's part of a trouble.
type share struct {
	of   *trouble
	part part
	stop func() // nil: nothing to stop

	refuses bool // it has expired, and answers with RST
}

func newLink(p *Proxy, number uint64, client, server *net.TCPConn) *link {
	l := &link{
		proxy: p, number: number, sockets: [2]*net.TCPConn{client, server},
		client: faults.NewConn(client, &p.server.lot), server: faults.NewConn(server, &p.server.lot),
		began: time.Now(), over: make(chan struct{}), from: addrPort(client.RemoteAddr()),
	}
	l.up = &pump{l: l, stream: upstream, src: l.client, dst: l.server, random: l.random(upstream)}
	l.down = &pump{l: l, stream: downstream, src: l.server, dst: l.client, random: l.random(downstream)}
	return l
}

func addrPort(a net.Addr) netip.AddrPort {
	if tcp, ok := a.(*net.TCPAddr); ok {
		ap := tcp.AddrPort()
		return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
	}
	return netip.AddrPort{}
}

func (l *link) random(s stream) *rand.Rand {
	g := l.seed(s)
	return rand.New(&g)
}

// seed is where the randomness of a stream begins: slices, jitter.
func (l *link) seed(s stream) rand.PCG {
	return draw(l.proxy.server.cfg.Seed, l.proxy.name, s.String(), l.number)
}

// run passes bytes on until both streams have ended.
func (l *link) run() {
	var pumps sync.WaitGroup
	pumps.Go(l.down.run)
	l.up.run()
	pumps.Wait()

	l.mu.Lock()
	l.done = true
	for _, s := range l.parts {
		s.of.taken.Add(-1)
	}
	dark := l.on.dark.any() || l.refusing.Load()
	l.quiet()
	l.mu.Unlock()
	// A dark end is parked: its peer must not hear of it until it heals.
	_, _ = l.client.Close(), l.server.Close()
	if !dark {
		l.proxy.forget(l)
	}
}

// quiet stops whatever would still happen to the link. It is called with mu
// held.
func (l *link) quiet() {
	for _, s := range l.parts {
		if s.stop != nil {
			s.stop()
			s.stop = nil
		}
	}
	if l.finisher != nil {
		l.finisher.Stop()
	}
}

// join puts the link into a trouble. A trouble that is over by now, or a link
// that is, is left alone.
func (l *link) join(t *trouble) outcome {
	e := t.now().effect
	l.mu.Lock()
	if l.done || t.over.Load() || l.shareOf(t) != nil {
		l.mu.Unlock()
		return outcome{}
	}
	s := &share{of: t, part: e.part(t.stream)}
	l.parts = append(l.parts, s)
	t.taken.Add(1)
	mechanism, err := l.settle()
	l.mu.Unlock()
	return l.begin(s, e, mechanism, err)
}

// begin does what an effect does beside the part that it has lent, unless that
// failed.
func (l *link) begin(s *share, e effect, mechanism faults.Mechanism, err error) outcome {
	if d, ok := e.(doer); ok && err == nil {
		var stop func()
		stop, err = d.do(l, s.of)
		l.keep(s, stop)
	}
	return outcome{taken: true, mechanism: mechanism, err: err}
}

// keep remembers how to stop what a trouble does to the link.
func (l *link) keep(s *share, stop func()) {
	if stop == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.done || !slices.Contains(l.parts, s) {
		stop()
		return
	}
	s.stop = stop
}

// leave takes the link out of a trouble; what that did to it ends.
func (l *link) leave(t *trouble) error {
	l.mu.Lock()
	s := l.shareOf(t)
	if s == nil {
		l.mu.Unlock()
		return nil
	}
	if s.stop != nil {
		s.stop()
	}
	if !l.done {
		t.taken.Add(-1)
	}
	l.parts = slices.DeleteFunc(l.parts, func(o *share) bool { return o == s })
	var err error
	if s.refuses {
		err = l.relent()
	}
	_, settled := l.settle()
	err = errors.Join(err, settled)
	over := l.done && !l.on.dark.any()
	l.mu.Unlock()
	if over {
		l.proxy.forget(l)
		return nil
	}
	if p, ok := t.now().effect.(parting); ok {
		p.left(l)
	}
	return err
}

// change gives the link what a trouble has become.
func (l *link) change(t *trouble, e effect) outcome {
	l.mu.Lock()
	s := l.shareOf(t)
	if s == nil || l.done {
		l.mu.Unlock()
		return outcome{}
	}
	if s.stop != nil {
		s.stop()
		s.stop = nil
	}
	next := e.part(t.stream)
	for i := range next.flow { // what was sent before counts against the new limit
		for j, limit := range next.flow[i].limits {
			if old := s.part.flow[i].limits; j < len(old) {
				limit.sent.Store(old[j].sent.Load())
			}
		}
	}
	s.part = next
	mechanism, err := l.settle()
	l.mu.Unlock()
	return l.begin(s, e, mechanism, err)
}

// darken lends the link a darkness in the name of a trouble that it is in, as
// an expired connection has.
func (l *link) darken(t *trouble) (faults.Mechanism, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.shareOf(t)
	if s == nil || l.done {
		return "", errOver
	}
	s.part.dark.way = ways(faults.Both)
	return l.settle()
}

func (l *link) shareOf(t *trouble) *share {
	i := slices.IndexFunc(l.parts, func(s *share) bool { return s.of == t })
	if i < 0 {
		return nil
	}
	return l.parts[i]
}

// abort ends the link with RST both ways at once; on a dark one nobody hears
// it before it heals.
func (l *link) abort(why string) {
	l.note(why)
	l.ended.Do(func() { close(l.over) })
	_, _ = l.client.Reset(), l.server.Reset() // ended already, or parked
}

// finishWithin is how long the peers have to end, too, when a link is finished.
const finishWithin = 2 * time.Second

// finish ends the link in order: what both ends send is thrown away from now
// on, FIN goes both ways, and who does not answer it in time is cut off.
func (l *link) finish(why string) {
	l.note(why)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.done || l.finisher != nil {
		return
	}
	l.finishing.Store(true)
	l.finisher = time.AfterFunc(finishWithin, func() { l.abort(why) })
	for _, p := range []*pump{l.up, l.down} {
		p.steer(flow{discard: true})
		_ = p.dst.CloseWrite() // ended already
	}
}

// kill ends the link for the proxy's end: dark ends are healed, lest the peers
// drop what they are told, and reset.
func (l *link) kill() {
	l.note("proxy closed")
	l.mu.Lock()
	dark := l.on.dark.any() || l.refusing.Load()
	l.quiet()
	l.mu.Unlock()
	l.ended.Do(func() { close(l.over) })
	if !dark {
		_, _ = l.client.Close(), l.server.Close()
		return
	}
	defer func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.setDark(darkness{})
	}()
	for _, c := range []*faults.Conn{l.client, l.server} {
		_ = c.Reset() // parks it, or it is parked
		if err := c.Heal(); err != nil {
			l.proxy.logger.Warn("could not heal", "link", l.number, "error", err)
		}
	}
}

func (l *link) isOver() bool {
	select {
	case <-l.over:
		return true
	default:
		return false
	}
}

// note remembers why the link ended; the first reason counts.
func (l *link) note(why string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.why == "" {
		l.why = why
	}
}

func (l *link) log(what string, args ...any) {
	l.proxy.logger.Info(what, append([]any{"link", l.number}, args...)...)
}

// outcome is what came of putting a link into a trouble.
type outcome struct {
	taken     bool
	mechanism faults.Mechanism
	err       error
}

// settle tells both ends and pumps what the sum of the link's parts has
// become, and returns the mechanism of a darkness. It is called with mu held.
func (l *link) settle() (faults.Mechanism, error) {
	var want part
	for _, s := range l.parts {
		want.add(s.part)
	}
	var errs []error
	if l.finisher == nil {
		for _, p := range []*pump{l.up, l.down} {
			p.steer(want.flow[p.stream])
		}
	}
	for s, src := range []*faults.Conn{l.client, l.server} {
		if !l.done && want.shape[s] != l.on.shape[s] {
			errs = append(errs, src.Shape(faults.Shape{}, want.shape[s], l.seed(stream(s))))
			l.on.shape[s] = want.shape[s]
		}
		if !l.done && want.stall[s] != l.on.stall[s] {
			errs = append(errs, stop(src, want.stall[s]))
			l.on.stall[s] = want.stall[s]
		}
	}
	mechanism, err := l.shade(want.dark)
	return mechanism, errors.Join(append(errs, err)...)
}

// stop stops reading from c, or reads again.
func stop(c *faults.Conn, s stall) error {
	if s.on {
		return c.StopReading(s.buffer)
	}
	return c.ResumeReading()
}

// shade makes the link as dark as it is to be. It is called with mu held.
func (l *link) shade(want darkness) (faults.Mechanism, error) {
	if want == l.on.dark {
		return "", nil
	}
	if !want.any() {
		return "", l.heal()
	}
	var ladder []faults.Mechanism
	if want.by != "" {
		ladder = []faults.Mechanism{want.by}
	}
	d := want.direction()
	client, err := l.client.SilenceBy(facing(d), ladderFor(facing(d), ladder)...)
	if err != nil {
		return "", err
	}
	server, err := l.server.SilenceBy(d, ladderFor(d, ladder)...)
	if err != nil {
		return "", errors.Join(err, l.client.Heal())
	}
	l.setDark(want)
	if client != server {
		client += "+" + server
	}
	return client, nil
}

// setDark notes the darkness, and counts dark links. It is called with mu held.
func (l *link) setDark(d darkness) {
	switch was := l.on.dark.any(); {
	case was && !d.any():
		l.proxy.server.dark.Add(-1)
	case !was && d.any():
		l.proxy.server.dark.Add(1)
	}
	l.on.dark = d
}

// facing is a direction as the end sees it that faces the client: what comes
// to the client, this end writes.
func facing(d faults.Direction) faults.Direction {
	switch d {
	case faults.Inbound:
		return faults.Outbound
	case faults.Outbound:
		return faults.Inbound
	}
	return d
}

// ladderFor is the mechanisms to try for a direction: what an end writes can
// only be held back.
func ladderFor(d faults.Direction, ladder []faults.Mechanism) []faults.Mechanism {
	if d == faults.Outbound {
		return nil
	}
	return ladder
}

// probeEvery is how soon a healed link finds out that its client has left
// while it was dark.
const probeEvery = 15 * time.Second

// heal ends the darkness. It is called with mu held.
func (l *link) heal() error {
	err := errors.Join(l.client.Heal(), l.server.Heal())
	l.setDark(darkness{})
	if !l.done {
		for _, tcp := range l.sockets {
			_ = tcp.SetKeepAliveConfig(net.KeepAliveConfig{Enable: true, Idle: probeEvery, Interval: probeEvery}) // ended already
		}
	}
	return err
}
