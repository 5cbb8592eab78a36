package agent

import (
	"math"
	"time"

	"github.com/imbench/imbench/protocol"
	"github.com/imbench/imbench/scenario"
)

// startHeartbeat plans the first beat of l, at a phase of the client's own, and
// the first look at whether the server lives.
func (s *shard) startHeartbeat(c *client, l *link, at time.Duration, again bool) {
	hb := s.run.groups[c.group].Heartbeat
	if hb.Every > 0 && (again || !s.run.defects(c).HeartbeatStartsAfterReconnect) {
		phases := s.run.plan.Rand(int(c.id), scenario.HeartbeatPhase)
		phase := time.Duration(phases.Float64() * float64(hb.Every))
		s.due.push(item{at: at + phase, client: c, link: l, task: beat})
		l.beats = true
	}
	if until, _ := s.aliveUntil(c, l); until < math.MaxInt64 {
		s.due.push(item{at: until, client: c, link: l, task: deadline})
	}
}

// beat sends a heartbeat and plans the next one.
func (s *shard) beat(it item) {
	c, l := it.client, it.link
	if c.link != l || c.state != online {
		return
	}
	hb := s.run.groups[c.group].Heartbeat
	s.due.push(item{at: it.at + hb.Every, client: c, link: l, task: beat})
	if s.run.defects(c).ChecksStateOnly {
		return // it finds itself open, and is content
	}
	m := protocol.Message{UnixMillis: s.run.clock.unixMillis()}
	s.name = c.appendName(s.name[:0])
	m.Client = s.name
	if l.login != nil {
		m.Token, m.Row = l.login.Token, l.login.Row
	}
	s.frame = s.run.wire.appendBeat(s.frame[:0], m)
	if len(s.frame) == 0 || !l.room(len(s.frame)) {
		return
	}
	now := s.run.clock.now()
	if s.run.defects(c).OverwrittenTimer && hb.Timeout > 0 {
		serial := l.beatSerial.Add(1)
		s.due.push(item{at: now + hb.Timeout, client: c, link: l, task: strayTimer, serial: serial})
	}
	l.beatAt.Store(int64(now))
	l.beatMillis.Store(m.UnixMillis)
	s.run.events.log(now, c, "beat")
	if err := l.write(s.frame); err != nil {
		c.writeFailed(s.run.clock.now(), err)
	}
}

// aliveUntil is when the client declares l dead unless it hears from the server
// before, and what it will then say; math.MaxInt64 for a client that does not
// look.
func (s *shard) aliveUntil(c *client, l *link) (until time.Duration, why cause) {
	until = math.MaxInt64
	hb := s.run.groups[c.group].Heartbeat
	if hb.Timeout > 0 && l.beats && !s.run.defects(c).OverwrittenTimer {
		until, why = time.Duration(l.answered.Load())+hb.Timeout, byHeartbeat
	}
	if alive := time.Duration(l.alive.Load()); alive > 0 {
		if by := time.Duration(l.pingedAt.Load()) + alive; by < until {
			until, why = by, byPing
		}
	}
	return until, why
}

// checkAlive declares the connection dead if nothing was heard for too long,
// and looks again when that could next be so.
func (s *shard) checkAlive(it item) {
	c, l := it.client, it.link
	if c.link != l || c.state != online {
		return
	}
	until, why := s.aliveUntil(c, l)
	if now := s.run.clock.now(); until <= now {
		s.run.events.log(now, c, "miss")
		c.lose(now, why)
		return
	}
	if until < math.MaxInt64 {
		s.due.push(item{at: until, client: c, link: l, task: deadline})
	}
}

// strayTimer is the end of a beat's timer in a client that has one handle for
// all of them. It ends the connection unless the beat was answered before the
// next one overwrote the handle: a healthy connection, too.
func (s *shard) strayTimer(it item) {
	c, l := it.client, it.link
	if c.link != l || c.state != online || l.cleared.has(it.serial) {
		return
	}
	now := s.run.clock.now()
	s.run.events.log(now, c, "miss")
	c.lose(now, byHeartbeat)
}
