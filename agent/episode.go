package agent

import (
	"errors"
	"math"
	"net"
	"sync/atomic"
	"time"

	"github.com/imbench/imbench/faults"
	"github.com/imbench/imbench/report"
	"github.com/imbench/imbench/scenario"
)

// occurrence is one time that a fault strikes, with its clients by shard.
type occurrence struct {
	scenario.Occurrence
	config   faults.Config // of a flap, what it repeats
	byShard  [][]uint32
	struckAt atomic.Int64 // server faults: when the strike had taken effect, on the run's clock
}

// episode is what one fault did to one client: struck, noticed, back online,
// first message. Its shard owns it.
type episode struct {
	fault      int
	strike     *occurrence
	at         time.Duration // t_fault
	outSince   time.Duration // the client was served after the fault, and lost its connection then all the same; 0: it was not
	over       time.Duration // healed, or the server was up again; 0 while it lasts
	detectedAt time.Duration // t_detect; 0 while the client has not noticed
	readyAt    time.Duration // t_ready of the connection after it; 0 before
	grace      time.Duration // how long after it is over it may still cost the connection
	heard      bool          // t_first was seen
	mild       bool          // nothing is known to have gone dark: it matters only if the connection ends
}

// explains reports whether the end of the connection that was struck is the
// fault's doing.
func (e *episode) explains(at time.Duration) bool {
	return e.detectedAt == 0 && (e.over == 0 || at <= e.over+e.grace)
}

// holds reports whether the connection is still under the fault, so that
// another one would not be seen apart from it.
func (e *episode) holds() bool {
	return e != nil && e.detectedAt == 0 && e.over == 0 && !e.heard && !e.mild
}

// faultAt is t_fault, as seen from an effect of it: the server is struck by a
// call that takes a while to return.
func (e *episode) faultAt(effect time.Duration) time.Duration {
	if struck := time.Duration(e.strike.struckAt.Load()); struck > 0 {
		return min(struck, effect)
	}
	return e.at
}

// stormTime is a moment of coming back, by the client's clock and by the one
// that all who lost their connection to the fault have in common.
func (r *run) stormTime(e *episode, at time.Duration) report.StormTime {
	return report.StormTime{SinceFault: at - e.faultAt(at), SinceDue: at - r.zero - r.scenario.Faults[e.fault].At}
}

// outageSince is when the client was last served, as seen from the outage's end.
func (e *episode) outageSince(end time.Duration) time.Duration {
	return max(e.faultAt(end), e.outSince)
}

// able is when the client could receive again, as far as it can be known
// without a message.
func (e *episode) able() time.Duration { return max(e.over, e.readyAt) }

// strike applies a fault to the shard's part of its clients.
func (s *shard) strike(o *occurrence) {
	for _, id := range o.byShard[s.index] {
		s.run.clients[id].struck(o)
	}
}

// struck applies a fault to the client's connection.
func (c *client) struck(o *occurrence) {
	if o.config.Kind.OnPath() {
		c.addCondition(o)
		return
	}
	s := c.shard
	if !c.canBeStruck(o) {
		return
	}
	l := c.link
	before := s.run.clock.now()
	mechanism, err := c.apply(o, l)
	if errors.Is(err, net.ErrClosed) { // its end is on the way to us
		err = errOffline
	}
	if err != nil {
		s.rec.FaultNotApplied(o.Fault, err.Error())
		return
	}
	at := s.run.clock.now()
	c.closeEpisode(before)
	if o.config.Kind != faults.Malformed {
		c.settleAnswer() // what comes now may be this fault's doing
	}
	l.want.And(^uint32(wantFirst)) // what comes first comes in spite of the fault
	s.rec.FaultApplied(o.Fault, mechanism)
	s.run.events.log(at, c, "fault", "fault", o.config.Name, "mechanism", mechanism)
	c.episode = &episode{fault: o.Fault, strike: o, at: at, grace: s.graceOf(c) + o.For}
	switch o.config.Kind {
	case faults.Silence:
		c.goDark(at, l, o)
	case faults.SlowConsumer:
		l.stalled = true
		c.goneSince(at)
	case faults.Rebind:
		c.goDark(at, l, o)
		c.path = c.path.rebound()
		c.lose(at, byRebind)
	case faults.Malformed:
		c.episode.mild, c.episode.over = true, at
		c.episode.grace = max(c.episode.grace, answerWithin+time.Second)
		if c.misdeed().form == faults.Oversize { // it swallows whatever the client writes
			c.goneSince(at)
		}
	case faults.Bye:
		c.lose(at, byItself)
	}
	if o.For > 0 && (l.silent || l.stalled) {
		s.due.push(item{at: at + o.For, client: c, link: l, strike: o, task: heal})
	}
}

// canBeStruck reports whether the client has a connection whose story would be
// the fault's alone.
func (c *client) canBeStruck(o *occurrence) bool {
	rec, e := c.shard.rec, c.episode
	switch {
	case c.state != online && e != nil && e.fault == o.Fault:
		rec.FaultSkipped(o.Fault, "the client was still down from the same fault")
	case c.state != online:
		rec.FaultNotApplied(o.Fault, errOffline.Error())
	case e.holds() && e.fault == o.Fault:
		rec.FaultSkipped(o.Fault, "the client was still under the same fault")
	case e.holds():
		rec.FaultNotApplied(o.Fault, "the client was still under another fault")
	default:
		return true
	}
	return false
}

// errOffline is why a client that was chosen for a fault was not struck.
var errOffline = errors.New("the client was offline")

// goDark takes note that packets of l vanish from now on. Inbound alone, too,
// makes a ghost of a client that writes: its kernel hears no acknowledgement,
// and soon repeats one segment instead of sending more.
func (c *client) goDark(at time.Duration, l *link, o *occurrence) {
	l.silent = true
	c.goneSince(at)
	c.shard.run.ghosts.watch(l, c, o.Fault, at)
}

// apply does to l what o says; a mechanism is named for a silence.
func (c *client) apply(o *occurrence, l *link) (mechanism string, err error) {
	switch o.config.Kind {
	case faults.Silence, faults.Rebind:
		var ladder []faults.Mechanism
		if o.config.Mechanism != "" {
			ladder = append(ladder, o.config.Mechanism)
		}
		m, err := l.conn.SilenceBy(o.config.Direction, ladder...)
		return string(m), err
	case faults.SlowConsumer:
		return "", l.conn.StopReading(int(o.config.Buffer))
	case faults.Malformed:
		return "", c.sendMalformed(o, l)
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

// heal ends the silence or the stall of l, whether the client still uses it or
// has given it up.
func (c *client) heal(l *link, o *occurrence) {
	s := c.shard
	l.want.Or(wantAny | wantFirst)
	var err error
	if l.stalled {
		err = l.conn.ResumeReading()
	} else {
		err = l.conn.Heal()
	}
	now := s.run.clock.now()
	if err != nil {
		s.rec.FaultTrouble(o.Fault, "healing: "+err.Error())
	}
	e := c.episode
	if e == nil || e.strike != o || e.detectedAt > 0 {
		return
	}
	e.over = now
	if c.link != l || c.state != online || !l.silent && !l.stalled {
		return
	}
	l.silent, l.stalled = false, false
	s.run.events.log(now, c, "heal", "fault", o.config.Name)
	s.run.ghosts.forget(l, now)
	c.comesOut(now, l)
}

// hears takes note that something came in after a silence was healed. Until
// then the line stays dead, though nothing holds it: the peer's kernel sends
// again only when its timer says so.
func (c *client) hears(at time.Duration, l *link) {
	if c.link == l && c.state == online && !l.silent && !l.stalled {
		c.onlineSince(at)
	}
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
	if e == nil || e.heard || c.link != l || e.mild && e.detectedAt == 0 || at < e.at {
		return
	}
	e.heard = true
	s := c.shard
	outage := at - e.outageSince(at)
	s.rec.FaultOutage(e.fault, int(c.group), outage)
	s.remarks.took(report.Outage, e.fault, c.id, outage)
	s.run.events.log(at, c, "first_message")
}

// closeEpisode settles a story before another begins.
func (c *client) closeEpisode(at time.Duration) {
	e := c.episode
	if e == nil {
		return
	}
	if e.detectedAt == 0 {
		c.shard.rec.FaultUnnoticed(e.fault)
	}
	if e.able() > 0 {
		c.settleOutage(at)
	}
	c.episode = nil
}

// serverStrike is the last fault on the server, as a shard knows it.
type serverStrike struct {
	at, over time.Duration // over is 0 while it lasts
	grace    time.Duration
}

// covers reports whether a disconnect at that time may be the strike's doing.
func (w serverStrike) covers(at time.Duration) bool {
	return w.at > 0 && (w.over == 0 || at <= w.over+w.grace)
}

// serverDown opens an episode for every client that is online: the server is
// about to be struck.
func (s *shard) serverDown(at time.Duration, o *occurrence) {
	s.server = serverStrike{at: at}
	for _, c := range s.clients {
		c.settleAnswer() // what comes now may be this fault's doing
		if c.state != online {
			continue
		}
		if c.episode.holds() {
			s.rec.FaultSkipped(o.Fault, "the client was still under another fault")
			continue
		}
		c.closeEpisode(at)
		c.link.want.And(^uint32(wantFirst)) // until the server is about to be itself again
		c.episode = &episode{fault: o.Fault, strike: o, at: at, grace: s.graceOf(c)}
		s.rec.FaultApplied(o.Fault, "")
		s.run.events.log(at, c, "fault", "fault", o.config.Name)
	}
}

// graceOf is how long after a fault is over it may still cost the client its
// connection: its heartbeat may run out.
func (s *shard) graceOf(c *client) time.Duration {
	hb := s.run.groups[c.group].Heartbeat
	return hb.Every + hb.Timeout + time.Second
}

// serverWakes asks for the first message after the server is about to be
// itself again.
func (s *shard) serverWakes(o *occurrence) {
	for _, c := range s.clients {
		if e := c.episode; e != nil && e.strike == o && c.state == online && !e.heard {
			c.link.want.Or(wantFirst)
		}
	}
}

// serverUp takes note that the server is itself again.
func (s *shard) serverUp(at time.Duration, o *occurrence) {
	s.server.over = at
	for _, c := range s.clients {
		s.server.grace = max(s.server.grace, s.graceOf(c))
		if e := c.episode; e != nil && e.strike == o && e.detectedAt == 0 {
			e.over = at
		}
	}
	s.serverWakes(o)
}

// settle closes the client's story at the end of the run: what was still open
// is known only to have lasted until then.
func (c *client) settle(end time.Duration) {
	rec, e, group := c.shard.rec, c.episode, int(c.group)
	c.settlePath()
	c.settleAnswer()
	neverBack := c.everReady && !c.wasOnline
	c.remarkOn(end, neverBack)
	if e == nil {
		if neverBack {
			rec.FaultNeverRecovered(report.NoFault, group, end-c.lostAt, end-c.lostAt)
		}
		return
	}
	switch {
	case e.detectedAt == 0 && e.over == 0:
		rec.FaultNeverDetected(e.fault, group, end-e.faultAt(end))
		if !e.heard && e.strike.config.Direction != faults.Outbound {
			rec.FaultOutageCensored(e.fault, group, end-e.faultAt(end))
		}
	case e.detectedAt == 0:
		rec.FaultUnnoticed(e.fault)
		c.settleOutage(end)
	case e.readyAt == 0:
		rec.FaultNeverRecovered(e.fault, group, end-e.outageSince(end), end-e.detectedAt)
	default:
		c.settleOutage(end)
		if neverBack { // lost once more, and not back
			rec.FaultNeverRecovered(report.NoFault, group, end-c.lostAt, end-c.lostAt)
		}
	}
}

// settleOutage ends an outage without a first message: at the moment the
// client could receive again, if nothing was due to it from then on.
func (c *client) settleOutage(end time.Duration) {
	e := c.episode
	switch {
	case e.heard || e.mild && e.detectedAt == 0:
	case c.shard.run.wasDue(c, e.able()):
		c.shard.rec.FaultOutageCensored(e.fault, int(c.group), end-e.outageSince(end))
	default:
		c.shard.rec.FaultOutage(e.fault, int(c.group), e.able()-e.outageSince(e.able()))
	}
}
