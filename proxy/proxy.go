package proxy

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/imbench/imbench/faults"
)

// Proxy passes connections to one address on to one upstream.
type Proxy struct {
	server *Server
	name   string
	logger *slog.Logger

	traffic struct{ received, sent [2]atomic.Int64 } // bytes, by stream

	changing sync.Mutex // held while it is started, stopped, or its troubles change; taken before mu

	mu       sync.Mutex
	asked    string // the address to listen on, as it was given
	listen   string // the same, or the one that is listened on
	upstream string
	serving  *serving // nil: not enabled
	links    map[uint64]*link
	troubles []*trouble
	accepted uint64
	sources  map[netip.Addr]netip.Addr // of clients' new connections, after a rebind
	moves    int
}

// serving is a Proxy that listens, until it stops.
type serving struct {
	listener net.Listener
	stop     context.CancelFunc
	all      sync.WaitGroup // what it started
}

// Name is what the API calls the proxy.
func (p *Proxy) Name() string { return p.name }

// Addr is the address it listens on, or would.
func (p *Proxy) Addr() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.listen
}

// start begins to listen. It is called with changing held.
func (p *Proxy) start() error {
	if p.serving != nil {
		return nil
	}
	lc := net.ListenConfig{KeepAlive: -1} // probes of ours would be traffic that the path does not have
	lc.SetMultipathTCP(false)             // a silence is of TCP
	ctx, stop := context.WithCancel(context.Background())
	listener, err := lc.Listen(ctx, "tcp", p.asked)
	if err != nil {
		stop()
		return err
	}
	s := &serving{listener: listener, stop: stop}
	p.mu.Lock()
	p.listen, p.serving = listener.Addr().String(), s
	p.mu.Unlock()
	p.logger.Info("listening", "on", p.listen, "upstream", masked(p.upstream))
	s.all.Go(func() { p.accept(ctx, s) })
	return nil
}

// stop ends the proxy's connections and waits for them. It is called with
// changing held.
func (p *Proxy) stop() {
	p.mu.Lock()
	s := p.serving
	p.serving = nil
	p.mu.Unlock()
	if s == nil {
		return
	}
	s.stop()
	s.listener.Close()
	for _, l := range p.open() {
		l.kill()
	}
	s.all.Wait()
	for _, l := range p.open() { // parked ones that had no pumps any more
		p.forget(l)
	}
}

// open lists the links in the order of their numbers.
func (p *Proxy) open() []*link {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.inOrder()
}

func (p *Proxy) inOrder() []*link {
	links := slices.Collect(maps.Values(p.links))
	slices.SortFunc(links, func(a, b *link) int { return int(int64(a.number) - int64(b.number)) })
	return links
}

// acceptPause is how long nothing is accepted after descriptors ran out.
const acceptPause = 50 * time.Millisecond

// accept takes connections until the listener is closed; it waits for nothing
// else.
func (p *Proxy) accept(ctx context.Context, s *serving) {
	for {
		conn, err := s.listener.Accept()
		switch {
		case err == nil:
		case ctx.Err() != nil:
			return
		default:
			p.server.outOfDescriptors(p.logger, err)
			select {
			case <-ctx.Done():
				return
			case <-time.After(acceptPause):
			}
			continue
		}
		client, ok := conn.(*net.TCPConn)
		if !ok || !p.server.admit(p.logger) {
			reset(conn)
			continue
		}
		p.mu.Lock()
		p.accepted++
		number := p.accepted
		p.mu.Unlock()
		s.all.Go(func() { p.serve(ctx, client, number) })
	}
}

// reset closes a connection with RST.
func reset(c net.Conn) {
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // closed already
	}
	c.Close()
}

// dialWithin is how long an upstream may take to answer.
const dialWithin = 10 * time.Second

// connectGrace is how long after its connect a client is reset at the earliest:
// on loopback, the RST would come before its kernel has told it that it is
// connected, and look as if nobody listened.
const connectGrace = 10 * time.Millisecond

// serve connects one client with the upstream and passes bytes on until both
// have ended.
func (p *Proxy) serve(ctx context.Context, client *net.TCPConn, number uint64) {
	defer p.server.open.Add(-1)
	accepted := time.Now()
	conn, err := p.dial(ctx, addrPort(client.RemoteAddr()).Addr())
	if err != nil {
		p.server.totals.unreachable.Add(1)
		sleep(ctx, time.Until(accepted.Add(connectGrace)))
		p.logger.Warn("upstream does not answer; client reset", "link", number, "client", client.RemoteAddr().String(), "error", err)
		reset(client)
		return
	}
	l := newLink(p, number, client, conn)
	troubles, ok := p.enter(l)
	if !ok {
		l.kill()
	}
	l.log("connected", "client", l.from.String(), "from", conn.LocalAddr().String())
	for _, t := range troubles {
		if t.wants(l, true) {
			p.tellLater(l, t, l.join(t))
		}
	}
	l.run()
	l.mu.Lock()
	why := l.why
	l.mu.Unlock()
	l.log("ended", "cause", why, "after", time.Since(l.began).Round(time.Millisecond).String())
}

// dial connects to the upstream, from the address that the client has been
// moved to.
func (p *Proxy) dial(ctx context.Context, client netip.Addr) (*net.TCPConn, error) {
	p.mu.Lock()
	upstream, source := p.upstream, p.sources[client]
	p.mu.Unlock()
	d := net.Dialer{Timeout: dialWithin, KeepAlive: -1}
	d.SetMultipathTCP(false)
	if source.IsValid() {
		d.LocalAddr = net.TCPAddrFromAddrPort(netip.AddrPortFrom(source, 0))
	}
	conn, err := d.DialContext(ctx, "tcp", upstream)
	if err != nil {
		return nil, maskedError(err, upstream)
	}
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		conn.Close()
		return nil, fmt.Errorf("%s is not reached by TCP", upstream)
	}
	return tcp, nil
}

// enter makes l one of the proxy's links and returns the troubles of before; a
// trouble that comes later finds the link. It is false when the proxy has
// stopped.
func (p *Proxy) enter(l *link) ([]*trouble, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.serving == nil {
		return nil, false
	}
	p.links[l.number] = l
	p.server.totals.connections.Add(1)
	return slices.Clone(p.troubles), true
}

// forget drops a link that has ended.
func (p *Proxy) forget(l *link) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.links, l.number)
}

// add puts links into a trouble from now on.
func (p *Proxy) add(t *trouble) {
	p.mu.Lock()
	p.troubles = append(p.troubles, t)
	links := p.inOrder()
	p.mu.Unlock()
	sum := tally{of: len(links)}
	for _, l := range links {
		if t.wants(l, false) {
			sum.add(l.join(t))
		}
	}
	p.tell("fault", t, sum)
}

// remove takes all links out of a trouble.
func (p *Proxy) remove(t *trouble) {
	p.release(t)
	p.logger.Info("fault over", "name", t.name, "kind", t.kind)
}

// release is remove, untold: for what has done what it does.
func (p *Proxy) release(t *trouble) {
	t.over.Store(true)
	p.mu.Lock()
	p.troubles = slices.DeleteFunc(p.troubles, func(o *trouble) bool { return o == t })
	links := p.inOrder()
	p.mu.Unlock()
	var errs []error
	for _, l := range links {
		errs = append(errs, l.leave(t))
	}
	if err := errors.Join(errs...); err != nil {
		p.logger.Warn("could not heal", "fault", t.name, "error", err)
	}
}

// change gives a trouble other settings.
func (p *Proxy) change(t *trouble, next *settings) {
	t.settings.Store(next)
	links := p.open()
	sum := tally{of: len(links)}
	for _, l := range links {
		if !t.wants(l, false) {
			_ = l.leave(t) // the next change says if it cannot heal
			continue
		}
		o := l.change(t, next.effect)
		if !o.taken {
			o = l.join(t)
		}
		sum.add(o)
	}
	p.tell("fault changed", t, sum)
}

// tally is what came of putting links into a trouble.
type tally struct {
	of, taken, failed int
	mechanisms        []faults.Mechanism
	err               error // the first
}

func (y *tally) add(o outcome) {
	switch {
	case o.err != nil:
		y.failed++
		if y.err == nil {
			y.err = o.err
		}
	case o.taken:
		y.taken++
		if o.mechanism != "" && !slices.Contains(y.mechanisms, o.mechanism) {
			y.mechanisms = append(y.mechanisms, o.mechanism)
		}
	}
}

// tell logs a trouble that has come, and counts it.
func (p *Proxy) tell(what string, t *trouble, sum tally) {
	p.server.totals.count(p.name, t.kind, sum.taken)
	args := []any{"name", t.name, "kind", t.kind, "connections", sum.taken, "of", sum.of}
	if len(sum.mechanisms) > 0 {
		args = append(args, "mechanism", joined(sum.mechanisms))
	}
	if sum.failed > 0 {
		p.logger.Warn(what, append(args, "failed", sum.failed, "error", sum.err)...)
		return
	}
	p.logger.Info(what, args...)
}

func joined(mechanisms []faults.Mechanism) (s string) {
	for i, m := range mechanisms {
		if i > 0 {
			s += ","
		}
		s += string(m)
	}
	return s
}

// tellLater logs that a link met a trouble which was there before it.
func (p *Proxy) tellLater(l *link, t *trouble, o outcome) {
	if o.err != nil {
		p.logger.Warn("fault", "link", l.number, "name", t.name, "kind", t.kind, "error", o.err)
		return
	}
	p.server.totals.count(p.name, t.kind, 1)
	p.logger.Debug("fault", "link", l.number, "name", t.name, "kind", t.kind, "mechanism", string(o.mechanism))
}
