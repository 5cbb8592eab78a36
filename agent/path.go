package agent

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/imbench/imbench/faults"
	"github.com/imbench/imbench/report"
	"github.com/imbench/imbench/scenario"
)

// path is what lies between a client and the server besides the wire: slow
// links, middleboxes, and the address that the client has at present. Its
// shard owns it. A nil path is nothing.
type path struct {
	conditions []*condition
	moves      uint32        // how often the client has changed its address
	rebinding  bool          // it is about to connect from the new one
	slowSince  time.Duration // what came in or went out since then may still be under way; 0: nothing can be
	last       *condition    // the slow link that ended last, while it may still cost the connection
	lastOver   time.Duration
	lastGrace  time.Duration
	misdeed    *misdeed // what went wrong on it by the client's own doing: see malformed.go
}

// orNew is p, or an empty path: most clients never need one.
func (p *path) orNew() *path {
	if p == nil {
		return &path{}
	}
	return p
}

// condition is a fault on a path. It lasts over connections, unless it is of
// one only.
type condition struct {
	strike *occurrence
	link   *link // the only connection it is for; nil: for all of the client's
	in     *link // idle_expiry: the connection that goes through the box at present
	watch  *faults.IdleWatch
	lapsed cause // why the box has forgotten in, which is in the dark anyway; "" while it has not
	cost   bool  // a connection
}

// isBox reports whether the condition is a middlebox, not a slow link.
func (n *condition) isBox() bool { return n.strike.config.Kind == faults.IdleExpiry }

// Why a middlebox gives a connection up.
const (
	byIdleness cause = "idle"
	byAge      cause = "age"
)

// addCondition puts a fault on the client's path from now on.
func (c *client) addCondition(o *occurrence) {
	s := c.shard
	if c.path.has(o.Fault) {
		s.rec.FaultSkipped(o.Fault, "the client was still under the same fault")
		return
	}
	n := &condition{strike: o}
	if o.For == 0 && !n.isBox() { // until that connection's end
		if c.state != online {
			s.rec.FaultNotApplied(o.Fault, errOffline.Error())
			return
		}
		n.link = c.link
	}
	c.path = c.path.orNew()
	c.path.conditions = append(c.path.conditions, n)
	at := s.run.clock.now()
	if !n.isBox() && (c.path.slowSince == 0 || c.state == online && !underWay(c.link)) {
		c.path.slowSince = at
	}
	s.rec.FaultApplied(o.Fault, "")
	s.run.events.log(at, c, "fault", "fault", o.config.Name, "detail", o.config.String())
	if o.For > 0 {
		s.due.push(item{at: at + o.For, client: c, strike: o, task: pathClear})
	}
	if c.state == online {
		c.meet(n, c.link)
		c.reshape(c.link)
	}
}

// has reports whether the fault is on the path already. To be on it twice
// would double its delay.
func (p *path) has(fault int) bool {
	return p != nil && slices.ContainsFunc(p.conditions, func(n *condition) bool { return n.strike.Fault == fault })
}

// underWay reports whether bytes have not come to the end of a slow path yet.
func underWay(l *link) bool { return l.conn.Queued()+l.conn.Arriving() > 0 }

// leaveCondition takes a fault off the client's path: its time is over.
func (c *client) leaveCondition(o *occurrence) {
	p := c.path
	i := slices.IndexFunc(p.conditions, func(n *condition) bool { return n.strike == o })
	if i < 0 { // it went with its connection
		return
	}
	s := c.shard
	now := s.run.clock.now()
	p.end(i, now, c)
	s.run.events.log(now, c, "heal", "fault", o.config.Name)
	if c.state == online {
		c.reshape(c.link)
	}
}

// end takes condition i off the path.
func (p *path) end(i int, at time.Duration, c *client) {
	n := p.conditions[i]
	n.part(c)
	p.conditions = slices.Delete(p.conditions, i, i+1)
	if n.isBox() {
		return
	}
	p.settleLast(c)
	p.last, p.lastOver, p.lastGrace = n, at, c.shard.graceOf(c)
}

// settleLast counts the slow link that ended last among those that were ridden
// out, unless it has cost a connection, during its time or soon after.
func (p *path) settleLast(c *client) {
	if p.last != nil && !p.last.cost {
		c.shard.rec.FaultUnnoticed(p.last.strike.Fault)
	}
	p.last = nil
}

// enterPath has a connection that is ready go through what is on the path.
func (c *client) enterPath(l *link) {
	if c.path == nil {
		return
	}
	c.path.slowSince = 0
	for _, n := range c.path.conditions {
		c.meet(n, l)
		if !n.isBox() {
			c.path.slowSince = l.readyAt
		}
	}
	c.reshape(l) // the path may have changed while it was dialled
}

// leavePath takes a connection that is over off the path.
func (c *client) leavePath(l *link) {
	if c.path == nil {
		return
	}
	now := c.shard.run.clock.now()
	for i := len(c.path.conditions) - 1; i >= 0; i-- {
		switch n := c.path.conditions[i]; {
		case n.link == l:
			c.path.end(i, now, c)
		case n.in == l:
			n.part(c)
		}
	}
}

// settlePath ends what is still on the path at the end of the run.
func (c *client) settlePath() {
	if c.path == nil {
		return
	}
	for len(c.path.conditions) > 0 {
		c.path.end(0, 0, c)
	}
	c.path.settleLast(c)
}

// strandedAt notes that what was under way when a connection ended does not
// arrive any more, which is not the server's doing.
func (c *client) strandedAt(at time.Duration) {
	if p := c.path; p != nil && p.slowSince > 0 {
		down := report.Down{From: p.slowSince, To: at}
		c.downs = slices.Insert(c.downs, max(0, len(c.downs)-1), down) // the last one may be open
	}
}

// meet has a connection go through a middlebox.
func (c *client) meet(n *condition, l *link) {
	if !n.isBox() || n.in != nil {
		return
	}
	s, o := c.shard, n.strike
	n.in = l
	n.lapsed = ""
	s.rec.BoxEntered(o.Fault, l.beats)
	f := o.config
	n.watch = l.conn.WatchIdle(f.Idle, f.Lifetime, f.Counts, func(idle time.Duration) {
		why := byIdleness
		if f.Idle == 0 || idle < f.Idle {
			why = byAge
		}
		s.mail.post(letter{word: tellExpired, at: s.run.clock.now(), client: c, link: l, strike: o, cause: why})
	})
}

// part ends the watch of the connection that went through a middlebox.
func (n *condition) part(c *client) {
	if n.in == nil {
		return
	}
	gap := n.watch.Stop()
	if idle := n.strike.config.Idle; idle > 0 {
		gap = min(gap, idle) // its timer may be late
	}
	c.shard.rec.BoxLeft(n.strike.Fault, gap)
	n.in, n.watch = nil, nil
}

// expired does to a connection what its middlebox does to one without traffic.
// Of one that a fault keeps in the dark, that is seen when the fault is over.
func (c *client) expired(at time.Duration, l *link, o *occurrence, why cause) {
	if c.link != l || c.state != online || c.path == nil {
		return
	}
	i := slices.IndexFunc(c.path.conditions, func(n *condition) bool { return n.strike == o && n.in == l })
	if i < 0 { // the box was taken away meanwhile
		return
	}
	n := c.path.conditions[i]
	if l.silent {
		n.lapsed = why
		return
	}
	s := c.shard
	n.part(c)
	mechanism, err := l.conn.Expire(o.config.Expiry)
	if err != nil {
		s.rec.FaultTrouble(o.Fault, "expiry: "+err.Error())
		return
	}
	s.rec.BoxExpired(o.Fault, l.beats, why == byAge)
	s.rec.FaultMechanism(o.Fault, string(mechanism))
	s.run.events.log(at, c, "expired", "fault", o.config.Name, "mechanism", string(mechanism))
	c.settleAnswer() // what comes now may be the box's doing
	l.want.And(^uint32(wantFirst))
	c.closeEpisode(at)
	c.episode = &episode{fault: o.Fault, strike: o, at: at, grace: s.graceOf(c)}
	switch o.config.Expiry {
	case faults.ExpireClose, faults.ExpireResetBoth: // both ends are told
	default:
		c.goDark(at, l, o)
	}
}

// comesOut has the middleboxes that have forgotten a connection in the dark do
// to it what they do: a fault has kept it there, and is over.
func (c *client) comesOut(at time.Duration, l *link) {
	if c.path == nil {
		return
	}
	for _, n := range c.path.conditions {
		if n.in == l && n.lapsed != "" {
			c.expired(at, l, n.strike, n.lapsed)
			return // the others will not see it any more
		}
	}
}

// hardship is the slow link that may have cost the client its connection; nil
// for none.
func (c *client) hardship(at time.Duration) *occurrence {
	p := c.path
	if p == nil {
		return nil
	}
	for i := len(p.conditions) - 1; i >= 0; i-- {
		if n := p.conditions[i]; !n.isBox() {
			n.cost = true
			return n.strike
		}
	}
	if p.last != nil && at <= p.lastOver+p.lastGrace {
		p.last.cost = true
		return p.last.strike
	}
	return nil
}

// reshape makes a connection as slow as the path is.
func (c *client) reshape(l *link) {
	by := c.route()
	if err := l.conn.Shape(by.up, by.down, by.seed); err != nil {
		for _, n := range c.path.conditions {
			if !n.isBox() {
				c.shard.rec.FaultTrouble(n.strike.Fault, err.Error())
			}
		}
	}
}

// route is how a client's next connection will get to the server.
type route struct {
	source   uint32 // which source address: clients share them in turn
	up, down faults.Shape
	seed     rand.PCG // of the jitter
}

func (c *client) route() route {
	by := route{source: c.id}
	p := c.path
	if p == nil {
		return by
	}
	p.rebinding = false
	by.source += p.moves
	for _, n := range p.conditions {
		if n.isBox() || n.link != nil && n.link != c.link {
			continue
		}
		up, down := n.strike.config.Shapes()
		by.up, by.down = by.up.And(up), by.down.And(down)
	}
	by.seed = c.shard.run.plan.RandState(int(c.id), scenario.PathJitter)
	return by
}

// shape makes a new connection as slow as its path.
func (r route) shape(conn *faults.Conn) error {
	if r.up.IsZero() && r.down.IsZero() {
		return nil
	}
	return conn.Shape(r.up, r.down, r.seed)
}

// rebound is the path of a client that has a new address.
func (p *path) rebound() *path {
	p = p.orNew()
	p.moves++
	p.rebinding = true
	return p
}

// rebinds reports whether the client connects at once, from a new address.
func (c *client) rebinds() bool { return c.path != nil && c.path.rebinding }

// boxInfo is what can be said of a middlebox beside what it did: whether the
// clients' heartbeats suit it.
func (r *run) boxInfo(f faults.Config) *report.Box {
	if f.Kind != faults.IdleExpiry {
		return nil
	}
	b := &report.Box{
		Preset: f.Box, IdleS: f.Idle.Seconds(), LifetimeS: f.Lifetime.Seconds(), Expiry: string(f.Expiry), Counts: string(f.Counts),
	}
	for _, g := range r.groups {
		if f.Group == "" || g.Name == f.Group {
			b.HeartbeatS = max(b.HeartbeatS, g.Heartbeat.Every.Seconds())
		}
	}
	slowest, answers := time.Duration(0), int64(1)
	if f.Counts == faults.CountServerData && b.HeartbeatS > 0 { // the answer is what counts
		slowest, answers = r.rec.Quantile(report.Heartbeat, 1)
	}
	beaten := r.scenario.Duration.Seconds() >= b.HeartbeatS // in less, that nobody was answered says nothing
	if answers > 0 || !beaten {
		b.SafeHeartbeatS = safeHeartbeat(f.Idle, slowest, r.scenario.TimeScale).Seconds()
	}
	return b
}

// safeHeartbeat is the longest interval between heartbeats, in whole seconds
// of the story if it is long enough, that leaves no gap as long as idle, even
// when what counts comes as late after a beat as the slowest did. It is reckoned
// on the story's clock, where the seconds are whole: the run's are rounded to
// the nanosecond, of which each second of a long time would add its part.
func safeHeartbeat(idle, slowest time.Duration, scale float64) time.Duration {
	inStory := func(d, digits time.Duration) time.Duration {
		return time.Duration(math.Round(float64(d) / scale)).Round(digits)
	}
	idle, step := inStory(idle, time.Millisecond), time.Second
	if idle < 10*step {
		step /= 10
	}
	safe := (idle - inStory(slowest, time.Microsecond)).Truncate(step)
	if safe >= idle {
		safe -= step
	}
	return time.Duration(math.Round(float64(max(0, safe)) * scale))
}
