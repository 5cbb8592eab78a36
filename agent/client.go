package agent

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"github.com/imbench/imbench/protocol"
	"github.com/imbench/imbench/report"
)

// client is one simulated user, over all the connections of its life. Its
// shard owns it, but for inbox and offset, which belong to the reader of its
// link while there is one. There are many: keep it small.
type client struct {
	shard *shard
	link  *link // the connection that is online or whose reader has not ended; nil when there is none
	id    uint32
	group uint16
	state state

	everReady bool
	wasOnline bool // when the run ended
	redialDue bool // the backoff is over, but the last link's reader has not ended
	tries     uint16
	delay     time.Duration // the last backoff
	lostAt    time.Duration // when the last connection was declared dead
	random    rand.PCG

	episode *episode
	downs   []report.Down
	path    *path // nil: nothing but the wire
	inbox   report.Inbox
	offset  []byte
}

// name is what the client calls itself on the wire and in every output.
func (c *client) name() string { return string(c.appendName(nil)) }

func (c *client) appendName(dst []byte) []byte { return appendClientName(dst, c.id) }

func appendClientName(dst []byte, id uint32) []byte {
	return strconv.AppendUint(append(dst, 'c'), uint64(id), 10)
}

func appendRoomName(dst []byte, room uint32) []byte {
	return strconv.AppendUint(append(dst, 'r'), uint64(room), 10)
}

// uniform draws from the client's own stream, so that what others do does not
// change it.
func (c *client) uniform() float64 { return float64(c.random.Uint64()<<11>>11) / (1 << 53) }

// move changes the state. An event that cannot happen is a bug of ours and
// must not pass for a measurement.
func (c *client) move(e event) {
	to, err := next(c.state, e)
	if err != nil {
		panic("agent: " + c.name() + ": " + err.Error())
	}
	if c.state == online {
		c.shard.run.online.leave()
	}
	if to == online {
		c.shard.run.online.come()
	}
	c.state = to
}

// dial starts a connection attempt.
func (c *client) dial(e event) {
	s := c.shard
	c.move(e)
	s.rec.Add(report.Attempts, int(c.group), 1)
	if e := c.episode; e != nil && e.detectedAt > 0 && e.readyAt == 0 {
		s.rec.FaultDialed(e.fault, s.run.stormTime(e, s.now))
	}
	s.run.events.log(s.now, c, "dial")
	login := &protocol.Login{Client: c.name(), Offset: string(c.offset), Token: s.run.token, UnixMillis: s.run.clock.unixMillis()}
	if room := s.run.plan.RoomOf(int(c.id)); room >= 0 {
		login.Room = string(appendRoomName(nil, uint32(room)))
	}
	s.dials++
	s.run.attempts.Add(1)
	go c.connect(login, c.route(), s.run.groups[c.group].ConnectTimeout, c.everReady)
}

// connect dials and logs in, in a goroutine of its own, and tells the shard
// how it went. The client becomes online when the login is answered.
func (c *client) connect(login *protocol.Login, by route, timeout time.Duration, again bool) {
	s := c.shard
	began := s.run.clock.now()
	ctx, cancel := context.WithTimeout(s.run.dialing, timeout)
	defer cancel()
	fail := func(err error) {
		s.mail.post(letter{word: tellFailed, at: s.run.clock.now(), client: c, err: s.run.failedDial(err, login)})
	}
	if err := s.run.showCredentials(c, login); err != nil {
		fail(&dialFailure{noCredentials, err})
		return
	}
	l, early, err := s.run.dialer.begin(ctx, &s.run.wire, by, login)
	if err != nil {
		fail(err)
		return
	}
	l.client = c
	if s.run.keepsLogins {
		l.login = login
	}
	if s.run.defects(c).OverwrittenTimer {
		l.cleared = new(cleared)
	}
	s.mail.post(letter{word: tellOpened, at: s.run.clock.now(), client: c})
	if err := l.logIn(ctx, login, early); err != nil {
		l.feed.release()
		_ = l.conn.Close()
		fail(err)
		return
	}
	l.readyAt = max(1, s.run.clock.now()) // 0 is not ready
	l.answered.Store(int64(l.readyAt))
	if l.alive.Load() == 0 {
		l.alive.Store(int64(s.run.pingsWithin(c)))
	}
	l.pingedAt.Store(int64(l.readyAt))
	s.rec.Observe(report.Connect, int(c.group), l.readyAt-began)
	if again {
		l.want.Store(wantFirst)
	}
	s.run.readers.Add(1)
	s.mail.post(letter{word: tellReady, at: l.readyAt, client: c, link: l})
	go l.read()
}

// failed takes note of a dial that came to nothing.
func (c *client) failed(at time.Duration, err error) {
	s := c.shard
	s.dials--
	if c.state == stopped || s.run.dialing.Err() != nil { // the run is over: that is why
		return
	}
	s.rec.Add(report.ConnectFailures, int(c.group), 1)
	f := failureOf(err, 0, "")
	s.rec.ConnectError(f.kind, s.run.redact(f.err.Error()))
	s.run.failures.Add(1)
	c.refusedAfter(f.kind)
	s.run.events.log(at, c, "dial_failed", "error", f.kind)
	c.move(failed)
	c.retry(at)
}

// ready takes note that the client is online.
func (c *client) ready(at time.Duration, l *link) {
	s := c.shard
	s.dials--
	c.link = l
	if c.state == stopped { // the run ended meanwhile
		l.leave()
		return
	}
	c.move(ready)
	c.tries, c.delay = 0, 0
	s.rec.Add(report.Connects, int(c.group), 1)
	s.run.events.log(at, c, "ready")
	c.onlineSince(at)
	s.startHeartbeat(c, l, at, c.everReady)
	c.enterPath(l)
	if c.everReady {
		c.back(at)
		return
	}
	c.everReady = true
	s.run.everReady.Add(1)
}

// back takes note that the client is online again.
func (c *client) back(at time.Duration) {
	s := c.shard
	s.rec.Add(report.Reconnects, int(c.group), 1)
	fault := -1
	if e := c.episode; e != nil && e.detectedAt > 0 {
		if e.readyAt == 0 {
			fault, e.readyAt = e.fault, at
			s.rec.FaultBack(e.fault, s.run.stormTime(e, at))
		}
	}
	s.rec.FaultReconnected(fault, int(c.group), at-c.lostAt)
	s.remarks.took(report.Reconnect, fault, c.id, at-c.lostAt)
}

// lose declares the client's connection dead.
func (c *client) lose(at time.Duration, why cause) {
	s := c.shard
	l := c.link
	_ = l.conn.Close()
	if l.silent {
		s.run.ghosts.abandoned(l, at)
	}
	l.silent, l.stalled = false, false
	c.strandedAt(at)
	c.leavePath(l)
	c.move(ended)
	c.lostAt = at
	s.disconnects.Add(1)
	s.rec.Add(report.Disconnects, int(c.group), 1)
	s.rec.Closed(string(why), int(c.group))
	deadSince, by := c.blame(at, why), ""
	if e := c.episode; e != nil && e.detectedAt == at {
		by = e.strike.config.Name
	}
	s.run.events.log(at, c, "detect", "cause", string(why), "fault", by)
	c.goneSince(deadSince)
	if slices.Contains(s.run.defects(c).NoReconnectAfter, string(why)) {
		c.giveUp(at)
		return
	}
	c.retry(at)
}

// blame says whose doing the end of the connection is, and returns since when
// nothing came through it.
func (c *client) blame(at time.Duration, why cause) (deadSince time.Duration) {
	s := c.shard
	e := c.episode
	if e != nil && e.explains(at) {
		e.detectedAt = at
		if e.mild || e.heard {
			e.outSince, e.heard = at, false // the client was served until now
		}
		if e.mild {
			s.rec.FaultEnded(e.fault, string(why))
			return at
		}
		s.rec.FaultDetected(e.fault, int(c.group), string(why), at-e.faultAt(at))
		s.remarks.took(report.Detect, e.fault, c.id, at-e.faultAt(at))
		if n := len(c.downs); n > 0 && c.downs[n-1].To < math.MaxInt64 && c.downs[n-1].To > e.at {
			return at // it was served again after the fault
		}
		return e.at
	}
	c.closeEpisode(at)
	if o := c.hardship(at); o != nil {
		c.episode = &episode{fault: o.Fault, strike: o, at: at, detectedAt: at}
		s.rec.FaultEnded(o.Fault, string(why))
		return at
	}
	if !s.server.covers(at) { // a connection made while the server was struck has no story, but is no riddle
		s.rec.Add(report.FalseDisconnects, int(c.group), 1)
		s.remarks.falseLoss(c.id)
	}
	return at
}

// goneSince notes that the client does not receive from that time on.
func (c *client) goneSince(from time.Duration) {
	if n := len(c.downs); n > 0 && c.downs[n-1].To >= from {
		c.downs[n-1].To = math.MaxInt64
		return
	}
	c.downs = append(c.downs, report.Down{From: from, To: math.MaxInt64})
}

// retry plans the next try, or gives up.
func (c *client) retry(at time.Duration) {
	s := c.shard
	if c.rebinds() {
		s.due.push(item{at: at, client: c, task: redial})
		return
	}
	policy := s.run.groups[c.group].Reconnect
	if n := s.run.defects(c).AttemptsAfterOpen; n > 0 && c.everReady {
		policy.Attempts = n
	}
	delay, ok := policy.Delay(int(c.tries), c.delay, c.uniform)
	if !ok {
		c.giveUp(at)
		return
	}
	if c.tries < math.MaxUint16 {
		c.tries++
	}
	c.delay = delay
	s.due.push(item{at: at + delay, client: c, task: redial})
}

// giveUp ends the client's tries for good.
func (c *client) giveUp(at time.Duration) {
	c.shard.run.events.log(at, c, "gave_up")
	c.move(gaveUp)
	if !c.everReady {
		c.shard.run.neverReady.Add(1)
	}
}

// redial makes the next try, once the last link's reader has ended.
func (c *client) redial() {
	if c.state != backoff {
		return
	}
	if c.link != nil {
		c.redialDue = true
		return
	}
	c.redialDue = false
	c.dial(due)
}

// readerEnded takes note that nobody reads from l any more.
func (c *client) readerEnded(at time.Duration, l *link, why cause) {
	c.answeredByEnd(l, why)
	if c.state == online {
		c.lose(at, why)
	}
	c.link = nil
	if c.redialDue {
		c.redial()
	}
}

// leave ends the connection at the run's end.
func (l *link) leave() {
	if !l.silent {
		l.sayBye(1000)
	}
	_ = l.conn.Close()
}

// quit takes the client out of the run.
func (c *client) quit() {
	if c.state == online {
		c.wasOnline = true
		if c.path != nil && underWay(c.link) {
			c.strandedAt(c.shard.now)
		}
		c.leavePath(c.link)
		c.link.leave()
	}
	c.move(stop)
}
