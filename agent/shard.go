package agent

import (
	"math"
	"sync/atomic"
	"time"

	"github.com/imbench/imbench/protocol"
	"github.com/imbench/imbench/report"
	"github.com/imbench/imbench/scenario"
)

// shard owns a part of the clients: one goroutine, one clock queue, one
// mailbox, one recorder, one message log. It never waits for a connection.
type shard struct {
	run         *run
	index       int
	clients     []*client // its own
	rec         *report.Recorder
	log         *report.Log
	due         queue
	mail        *mailbox
	disconnects atomic.Int64
	now         time.Duration // read once for each turn of the loop
	dials       int           // under way
	ending      bool
	server      serverStrike
	late        int64 // sends that were overdue when the traffic ended
	remarks     remarks

	sends    *scenario.Arrivals
	send     scenario.Send // the next one
	sending  bool
	lastSent []lastSent // by destination
	frame    []byte
	dest     []byte
	name     []byte
}

// burst is how many due things of one sort are done before the others get
// their turn.
const burst = 256

// loop runs until the run is over and every reader and dial of its clients has
// ended.
func (s *shard) loop() {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		s.now = s.run.clock.now()
		for _, l := range s.mail.take() {
			s.handle(l)
		}
		if s.ending && s.dials == 0 && !s.anyLink() {
			return
		}
		s.doDue()
		s.doSends()
		wait := s.wait()
		if wait <= 0 {
			continue
		}
		timer.Reset(wait)
		select {
		case <-timer.C:
		case <-s.mail.wake:
		}
	}
}

func (s *shard) anyLink() bool {
	for _, c := range s.clients {
		if c.link != nil {
			return true
		}
	}
	return false
}

// wait returns how long there is nothing to do.
func (s *shard) wait() time.Duration {
	at := time.Duration(math.MaxInt64)
	if s.due.len() > 0 {
		at = s.due.earliest()
	}
	if s.sending {
		at = min(at, s.run.zero+s.send.At)
	}
	if at == math.MaxInt64 {
		return time.Hour
	}
	wait := at - s.run.clock.now()
	if wait > 0 {
		wait = max(wait, quantum)
	}
	return wait
}

// quantum is the least time a shard sleeps. What falls due within it leaves
// together, up to so much late, which counts as lag: at 10,000 messages a
// second that saves a third of the CPU of both ends, because each wakes up for
// several messages at a time. At rates below 1,000 a second it changes nothing.
const quantum = 700 * time.Microsecond

func (s *shard) handle(l letter) {
	switch l.word {
	case tellStart:
		if l.client.state == idle {
			l.client.dial(start)
		}
	case tellOpened:
		if l.client.state == dialing {
			l.client.move(opened)
		}
	case tellReady:
		l.client.ready(l.at, l.link)
	case tellFailed:
		l.client.failed(l.at, l.err)
	case tellEnded:
		l.client.readerEnded(l.at, l.link, l.cause)
	case tellPing:
		l.client.answerPing(l.link, l.frame)
	case tellSay:
		l.client.say(l.link, l.frame)
	case tellAny:
		l.client.hears(l.at, l.link)
	case tellFirst:
		l.client.heardFirst(l.at, l.link)
	case tellAnswered:
		l.client.answered(l.link, answerError)
	case tellExpired:
		l.client.expired(l.at, l.link, l.strike, l.cause)
	case tellBegin:
		s.begin()
	case tellServerDown:
		s.serverDown(l.at, l.strike)
	case tellServerWakes:
		s.serverWakes(l.strike)
	case tellServerUp:
		s.serverUp(l.at, l.strike)
	case tellStop:
		s.end()
	}
}

// begin starts the traffic and the faults: second 0 has come.
func (s *shard) begin() {
	s.sends = s.run.plan.Arrivals(s.index, len(s.run.shards))
	s.send, s.sending = s.sends.Next()
	for _, c := range s.clients {
		if c.state != online {
			c.goneSince(s.run.zero)
		}
	}
	for _, o := range s.run.occurrences {
		if mine := o.byShard[s.index]; len(mine) > 0 {
			s.due.push(item{at: s.run.zero + o.At, strike: o, task: strike})
		}
	}
}

// end takes every client out of the run.
func (s *shard) end() {
	s.ending = true
	s.sending = false
	s.due = queue{}
	for _, c := range s.clients {
		c.quit()
	}
}

func (s *shard) doDue() {
	for n := 0; n < burst && s.due.len() > 0 && s.due.earliest() <= s.now; n++ {
		it := s.due.pop()
		switch it.task {
		case beat:
			s.beat(it)
		case deadline:
			s.checkAlive(it)
		case strayTimer:
			s.strayTimer(it)
		case redial:
			it.client.redial()
		case strike:
			s.strike(it.strike)
		case heal:
			it.client.heal(it.link, it.strike)
		case pathClear:
			it.client.leaveCondition(it.strike)
		case answerDue:
			it.client.unanswered(it.at, it.link)
		}
	}
}

func (s *shard) doSends() {
	for n := 0; n < burst && s.sending && s.run.zero+s.send.At <= s.now; n++ {
		if s.run.halted.Load() {
			s.giveUpSends()
			return
		}
		s.sendOne(s.send)
		s.send, s.sending = s.sends.Next()
	}
}

// giveUpSends ends the traffic. What fell due in the last moments leaves yet:
// a shard sleeps a little between sends. What should have left long before,
// and has not, is counted: a generator that falls behind must not look as if
// it had kept up.
func (s *shard) giveUpSends() {
	for ; s.sending && s.run.zero+s.send.At <= s.now; s.send, s.sending = s.sends.Next() {
		if s.now-(s.run.zero+s.send.At) <= tolerableLag {
			s.sendOne(s.send)
			continue
		}
		group := int(s.run.clients[s.send.From].group)
		s.rec.Add(report.Planned, group, 1)
		s.rec.Add(report.Unsent, group, 1)
		s.late++
	}
	s.sending = false
}

// sendOne writes one message of the plan, if its sender can.
func (s *shard) sendOne(m scenario.Send) {
	c := s.run.clients[m.From]
	group := int(c.group)
	s.rec.Add(report.Planned, group, 1)
	if c.state != online {
		s.rec.Add(report.Unsent, group, 1)
		return
	}
	l := c.link
	intended := (s.run.zero + m.At).Truncate(time.Microsecond)
	number := s.log.Send(c.id, m.Dest, intended)
	s.frame = s.appendMessage(s.frame[:0], c, m, number, intended)
	if !l.room(len(s.frame)) {
		s.log.Unsend(number)
		s.rec.Add(report.Unsent, group, 1)
		s.rec.Add(report.Overruns, group, 1)
		return
	}
	s.rec.Observe(report.Lag, group, s.run.clock.now()-intended)
	s.rec.Add(report.Sent, group, 1)
	s.lastSent[m.Dest].note(c.id, intended)
	if err := l.write(s.frame); err != nil {
		c.writeFailed(s.run.clock.now(), err)
	}
}

func (s *shard) appendMessage(dst []byte, c *client, m scenario.Send, number uint32, intended time.Duration) []byte {
	s.name = c.appendName(s.name[:0])
	msg := protocol.Message{
		Tag:        protocol.Tag{Run: s.run.id, Origin: uint8(s.index), Sender: c.id, Number: number, Intended: intended},
		Size:       int(s.run.scenario.Traffic.Size),
		Client:     s.name,
		UnixMillis: s.run.clock.unixMillis(),
		Ack:        s.run.wantAcks,
	}
	if c.link.login != nil {
		msg.Token, msg.Row = c.link.login.Token, c.link.login.Row
	}
	switch s.run.to {
	case report.ToRoom:
		s.dest = appendRoomName(s.dest[:0], m.Dest)
		msg.Room = s.dest
	case report.ToAll:
		msg.All = true
	default:
		s.dest = appendClientName(s.dest[:0], m.Dest)
		msg.Peer = s.dest
	}
	return s.run.wire.AppendMessage(dst, msg)
}

// writeFailed declares the connection dead, unless the reader is about to.
func (c *client) writeFailed(at time.Duration, err error) {
	if c.state != online {
		return
	}
	if why, final := causeOfWrite(err); final || c.link.silent {
		c.lose(at, why)
	}
}

// answerPing answers the server's ping.
func (c *client) answerPing(l *link, data []byte) {
	if c.link != l || c.state != online {
		return
	}
	if err := l.pong(data); err != nil {
		c.writeFailed(c.shard.run.clock.now(), err)
	}
}

// say writes a frame that the server asked for.
func (c *client) say(l *link, frame []byte) {
	if c.link != l || c.state != online || !l.room(len(frame)) {
		return
	}
	if err := l.write(frame); err != nil {
		c.writeFailed(c.shard.run.clock.now(), err)
	}
}

// lastSent says when the last message to a destination was intended, and when
// the last one by another sender than that. Its shard notes it; all may look.
type lastSent struct {
	at, byAnother atomic.Int64 // on the run's clock
	sender        atomic.Uint32
}

func (l *lastSent) note(sender uint32, at time.Duration) {
	if last := l.at.Load(); last > 0 && l.sender.Load() != sender {
		l.byAnother.Store(last)
	}
	l.sender.Store(sender)
	l.at.Store(int64(at))
}

// notBy is when the last message by somebody else than client was intended.
func (l *lastSent) notBy(client uint32) time.Duration {
	if l.sender.Load() == client {
		return time.Duration(l.byAnother.Load())
	}
	return time.Duration(l.at.Load())
}
