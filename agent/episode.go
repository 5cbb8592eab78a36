package agent

import (
	"math"
	"time"

	"github.com/imbench/imbench/faults"
	"github.com/imbench/imbench/scenario"
)

// occurrence is one time that a fault strikes, with its clients by shard.
type occurrence struct {
	scenario.Occurrence
	config  faults.Config
	byShard [][]uint32
}

// episode is what one fault did to one client: struck, noticed, back online,
// first message. Its shard owns it.
type episode struct {
	fault      int
	strike     *occurrence
	at         time.Duration // t_fault
	over       time.Duration // healed, or the server was up again; 0 while it lasts
	detectedAt time.Duration // t_detect; 0 while the client has not noticed
	readyAt    time.Duration // t_ready of the connection after it; 0 before
	grace      time.Duration // how long after it is over it may still cost the connection
	heard      bool          // t_first was seen

	server       bool // the server was struck
	serverPaused bool // and only stood still: what is in flight is late, not gone
}

// explains reports whether a disconnect at that time is the fault's doing.
func (e *episode) explains(at time.Duration) bool {
	under := e.over == 0 || at <= e.over+e.grace
	if e.readyAt > 0 { // the connection that was struck is gone, this is another
		return e.server && under
	}
	return under
}

// active reports whether the fault's story with this client is still open.
func (e *episode) active(at time.Duration) bool {
	return e != nil && (!e.heard || e.detectedAt == 0 && e.explains(at))
}

// strike applies a fault to the shard's part of its clients.
func (s *shard) strike(o *occurrence) {
	for _, id := range o.byShard[s.index] {
		s.run.clients[id].struck(o)
	}
}

// struck applies a fault to the client's connection.
func (c *client) struck(o *occurrence) {
	s := c.shard
	now := s.run.clock.now()
	if c.state != online {
		s.rec.FaultNotApplied(o.Fault, "the client was offline")
		return
	}
	if c.episode.active(now) {
		s.rec.FaultNotApplied(o.Fault, "the client was still under another fault")
		return
	}
	c.closeEpisode()
	l := c.link
	mechanism, err := c.apply(o, l)
	if err != nil {
		s.rec.FaultNotApplied(o.Fault, err.Error())
		return
	}
	at := s.run.clock.now()
	s.rec.FaultApplied(o.Fault, mechanism)
	s.run.events.log(at, c, "fault", "fault", o.config.Name, "mechanism", mechanism)
	hb := s.run.groups[c.group].Heartbeat
	c.episode = &episode{fault: o.Fault, strike: o, at: at, grace: hb.Every + hb.Timeout + o.For + time.Second}
	switch o.config.Kind {
	case faults.Silence:
		l.silent = true
		c.goneSince(at)
		s.run.ghosts.watch(l.session, o.Fault, int(c.group), at)
		if o.For > 0 {
			s.due.push(item{at: at + o.For, client: c, link: l, strike: o, task: heal})
		}
	case faults.Bye:
		c.lose(at, byItself)
	}
}

// apply does to l what o says; a mechanism is named for a silence.
func (c *client) apply(o *occurrence, l *link) (mechanism string, err error) {
	switch o.config.Kind {
	case faults.Silence:
		m, err := l.conn.Silence(o.config.Direction)
		return string(m), err
	case faults.Reset, faults.Storm:
		return "", l.conn.Reset()
	case faults.Close:
		return "", l.conn.Cut()
	case faults.Bye:
		l.sayBye(o.config.Code)
		return "", nil
	}
	return "", nil
}

// heal ends the silence of l, whether the client still uses it or has given it
// up.
func (c *client) heal(l *link, o *occurrence) {
	s := c.shard
	err := l.conn.Heal()
	now := s.run.clock.now()
	if err != nil {
		s.rec.FaultNotApplied(o.Fault, "healing: "+err.Error())
	}
	e := c.episode
	if e == nil || e.strike != o {
		return
	}
	e.over = now
	if c.link != l || c.state != online || !l.silent {
		return
	}
	l.silent = false
	s.run.events.log(now, c, "heal", "fault", o.config.Name)
	s.run.ghosts.forget(l.session)
	c.onlineSince(now)
	l.wantFirst.Store(true)
}

// onlineSince notes that the client receives again.
func (c *client) onlineSince(at time.Duration) {
	if n := len(c.downs); n > 0 && c.downs[n-1].To == math.MaxInt64 {
		c.downs[n-1].To = at
	}
}

// heardFirst takes note of the first fresh message after a fault.
func (c *client) heardFirst(at time.Duration, l *link) {
	e := c.episode
	if e == nil || e.heard || c.link != l {
		return
	}
	e.heard = true
	s := c.shard
	s.rec.FaultOutage(e.fault, int(c.group), at-e.at)
	s.run.events.log(at, c, "first_message")
}

// closeEpisode settles a story to which nothing can be added: the client rode
// the fault out.
func (c *client) closeEpisode() {
	if e := c.episode; e != nil && e.detectedAt == 0 {
		c.shard.rec.FaultUnnoticed(e.fault)
	}
	c.episode = nil
}

// serverDown opens an episode for every client that is online: the server is
// about to be struck.
func (s *shard) serverDown(at time.Duration, o *occurrence) {
	for _, c := range s.clients {
		if c.state != online || c.episode.active(at) {
			continue
		}
		c.closeEpisode()
		hb := s.run.groups[c.group].Heartbeat
		c.episode = &episode{
			fault: o.Fault, strike: o, at: at, server: true, serverPaused: o.config.Kind == faults.ServerFreeze,
			grace: hb.Every + hb.Timeout + time.Second,
		}
		s.rec.FaultApplied(o.Fault, "")
		s.run.events.log(at, c, "fault", "fault", o.config.Name)
	}
}

// serverUp takes note that the server is itself again.
func (s *shard) serverUp(at time.Duration, o *occurrence) {
	for _, c := range s.clients {
		e := c.episode
		if e == nil || e.strike != o {
			continue
		}
		e.over = at
		if c.state == online && !e.heard {
			c.link.wantFirst.Store(true)
		}
	}
}

// settle closes the client's story at the end of the run: what was still open
// is known only to have lasted until then.
func (c *client) settle(end time.Duration, due func(c *client, since time.Duration) bool) {
	rec, e, group := c.shard.rec, c.episode, int(c.group)
	if e == nil {
		if c.everReady && !c.wasOnline {
			rec.FaultNeverRecovered(-1, group, end-c.lostAt, end-c.lostAt)
		}
		return
	}
	switch {
	case e.detectedAt == 0 && e.over == 0:
		rec.FaultNeverDetected(e.fault, group, end-e.at)
	case e.detectedAt == 0:
		rec.FaultUnnoticed(e.fault)
		c.settleOutage(e.over, end, due)
	case e.readyAt == 0:
		rec.FaultNeverRecovered(e.fault, group, end-e.at, end-e.detectedAt)
	default:
		c.settleOutage(e.readyAt, end, due)
		if !c.wasOnline { // lost once more, unexplained, and not back
			rec.FaultNeverRecovered(-1, group, end-c.lostAt, end-c.lostAt)
		}
	}
}

// settleOutage ends an outage without a first message: at the moment the
// client could receive again, if nothing was due to it from then on.
func (c *client) settleOutage(able, end time.Duration, due func(c *client, since time.Duration) bool) {
	e := c.episode
	switch {
	case e.heard:
	case due(c, able):
		c.shard.rec.FaultOutageCensored(e.fault, int(c.group), end-e.at)
	default:
		c.shard.rec.FaultOutage(e.fault, int(c.group), able-e.at)
	}
}
