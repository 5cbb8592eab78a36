package agent

import (
	"bytes"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"github.com/imbench/imbench/faults"
	"github.com/imbench/imbench/protocol"
	"github.com/imbench/imbench/report"
)

// maxFrame is the largest frame a client takes from a server, in bytes.
const maxFrame = 1 << 20

// link is one connection of one client, from the handshake to its end.
//
// Its reader (first the dial, then the goroutine of read) is the only one to
// read, and to touch the client's inbox. Writes come from the shard, and from
// the reader where a frame asks for an answer.
type link struct {
	client  *client
	ws      *websocket.Conn
	conn    *faults.Conn
	feed    feed
	session string // the server's name for the connection, if it tells
	login   *protocol.Login
	readyAt time.Duration
	writing sync.Mutex

	sendKind  uint8 // of frames: text or binary
	silent    bool  // shard only: silenced at present
	stalled   bool  // shard only: reading has stopped, by a fault
	beats     bool  // shard only: heartbeats are sent
	greeted   bool  // reader only: the login was answered
	dismissed bool  // reader only: the server ended the session in words

	answered   atomic.Int64  // run clock: ready, or the last answered heartbeat
	beatAt     atomic.Int64  // run clock: when the last heartbeat was written
	beatMillis atomic.Int64  // the time that its answer gives back
	pingedAt   atomic.Int64  // run clock: ready, or the server's last ping, where that tells that it lives
	alive      atomic.Int64  // for how long after that; 0 for ever
	lastAnswer int64         // reader only: the latest beat's time that came back
	cleared    *cleared      // which beats' timers were stopped in time; nil in other clients
	beatSerial atomic.Uint32 // of the latest beat, in clients with the defect of one timer handle
	want       atomic.Uint32 // what the shard wants to be told of, once
	left       atomic.Bool   // nobody reads any more
}

// What a shard can want to be told of.
const (
	wantAny    = 1 << iota // anything that comes in
	wantFirst              // the first message sent since the connection was ready
	wantAnswer             // an error that the server answers to a malformed frame
)

// read receives until the connection ends, and tells the shard.
func (l *link) read() { l.over(l.receiveAll()) }

// over tells the shard that the connection ended, and why. It is apart from
// read so that what it needs of the stack is not taken while the reader parks.
//
//go:noinline
func (l *link) over(err error) {
	c := causeOf(err)
	s := l.client.shard
	now := s.run.clock.now()
	l.feed.release()
	if c == byProtocol || c == byTooBig {
		s.rec.ProtocolError(string(c), s.run.redactFor(l.login, err.Error()))
		s.rec.Add(report.ProtocolErrors, int(l.client.group), 1)
	}
	_ = l.conn.Close() // what is wrong with it is already known
	s.mail.post(letter{word: tellEnded, at: now, client: l.client, link: l, cause: c, err: err})
	l.left.Store(true)
	s.run.readers.Done()
}

// receiveAll ends with the error that ended the connection. Its stack is kept
// small: a client that idles is parked in here.
func (l *link) receiveAll() error {
	for {
		if err := l.feed.await(); err != nil {
			return err
		}
		if kind, payload, n := l.feed.frame(); n > 0 {
			if kind == wholePing {
				l.answerPing(payload)
			} else {
				l.receive(payload, kind == wholeBinary)
			}
			l.feed.took(n)
			if l.dismissed {
				return errDismissed
			}
			continue
		}
		if err := l.receiveThroughLibrary(); err != nil {
			return err
		}
	}
}

// receiveThroughLibrary reads the next message, whatever its form, and answers
// the control frames before it.
func (l *link) receiveThroughLibrary() error {
	kind, r, err := l.ws.NextReader()
	if err != nil {
		return err
	}
	b := l.client.shard.run.messages.get()
	defer l.client.shard.run.messages.put(b)
	if *b == nil {
		*b = make([]byte, 0, 4<<10)
	}
	buf := (*b)[:0]
	for {
		if len(buf) == cap(buf) {
			buf = append(buf, 0)[:len(buf)]
		}
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
	}
	*b = buf
	l.receive(buf, kind == websocket.BinaryMessage)
	if l.dismissed {
		return errDismissed
	}
	return nil
}

// errDismissed ends a connection whose session the server has ended in words of
// the protocol.
var errDismissed = errors.New("the server ended the session")

// answerPing has the server's ping answered by the shard: writing takes more
// stack than the reader is to have.
//
//go:noinline
func (l *link) answerPing(data []byte) {
	l.tell(tellPing, 0, bytes.Clone(data))
}

// receive records what one frame means, and returns what its last event was.
func (l *link) receive(frame []byte, binary bool) (kind protocol.EventKind) {
	run := l.client.shard.run
	now := run.clock.now()
	if l.want.Load()&wantAny != 0 && l.want.And(^uint32(wantAny))&wantAny != 0 {
		l.tell(tellAny, now, nil)
	}
	ev := run.scans.get()
	for len(frame) > 0 {
		run.wire.scan(frame, binary, ev)
		l.act(ev, frame, now)
		kind, frame = ev.Kind, ev.Rest
	}
	run.scans.put(ev)
	return kind
}

// act records one event.
func (l *link) act(ev *protocol.Event, frame []byte, now time.Duration) {
	c := l.client
	s := c.shard
	if ev.Ping {
		l.pingedAt.Store(int64(now))
	}
	if ev.Alive > 0 {
		l.alive.Store(int64(ev.Alive))
	}
	if len(ev.Reply) > 0 && l.readyAt > 0 {
		l.say(ev.Reply)
	}
	if ev.Step != 0 || len(ev.Reply) > 0 && l.readyAt == 0 {
		l.answer(ev)
	}
	switch ev.Kind {
	case protocol.Delivery:
		l.receiveMessage(ev, now)
	case protocol.Acked:
		switch intended, first := s.run.ledger.Ack(ev.Tag.Origin, ev.Tag.Number, c.id); {
		case first:
			s.rec.Add(report.Acked, int(c.group), 1)
			s.rec.Observe(report.Roundtrip, int(c.group), now-intended)
		case intended == 0: // the ledger does not know it
			l.complain("ack of what was not sent", frame)
		}
	case protocol.HeartbeatAnswer:
		l.beatAnswered(ev.UnixMillis, now)
	case protocol.Ready:
		l.greet(ev, now)
	case protocol.Closed:
		l.dismissed = true
	case protocol.Refused:
		l.refused(ev.Text)
	case protocol.Invalid:
		l.complain("invalid frame", ev.Text)
	}
	if len(ev.Offset) > 0 && ev.Kind != protocol.Delivery {
		c.offset = s.run.wire.resume(c.offset, ev)
	}
}

// greet takes note of the login's answer. A second one changes nothing, unless
// it is how this protocol answers beats.
func (l *link) greet(ev *protocol.Event, now time.Duration) {
	switch {
	case l.readyAt == 0:
		l.greeted = true
		if l.client.shard.run.watchesPresence() {
			l.session = string(ev.Session)
		}
	case ev.Answers:
		l.beatAnswered(ev.UnixMillis, now)
	}
}

// answer writes what a frame asks for: at once while logging in, by the shard
// afterwards, since writing takes more stack than the reader is to have.
//
//go:noinline
func (l *link) answer(ev *protocol.Event) {
	s := l.client.shard
	frames := s.run.wire.replies(ev, l.login)
	if l.readyAt == 0 {
		for _, f := range frames {
			_ = l.write(f) // what is wrong will show when the answer stays away
		}
		return
	}
	for _, f := range frames[min(1, len(ev.Reply)):] { // the ready-made one was said
		l.say(bytes.Clone(f))
	}
}

// say has the shard write a frame, which must not change any more.
func (l *link) say(frame []byte) { l.tell(tellSay, 0, frame) }

// tell posts a letter to the shard. The letter is not to be on the stack of
// those who tell little.
//
//go:noinline
func (l *link) tell(w word, at time.Duration, frame []byte) {
	l.client.shard.mail.post(letter{word: w, at: at, client: l.client, link: l, frame: frame})
}

// beatAnswered takes note of a heartbeat's answer. The time of the latest beat
// is known to the nanosecond; that of an earlier one, answered later than the
// next was sent, from what it carries.
func (l *link) beatAnswered(millis int64, now time.Duration) {
	c := l.client
	s := c.shard
	l.answered.Store(int64(now))
	if l.cleared != nil {
		l.cleared.add(l.beatSerial.Load())
	}
	s.run.events.log(now, c, "beat_answered")
	if millis == 0 { // it does not say which beat it answers
		millis = l.beatMillis.Load()
	}
	sent := time.Duration(l.beatAt.Load())
	if millis != l.beatMillis.Load() {
		sent = s.run.clock.ofUnixMillis(millis)
	}
	if millis > l.lastAnswer && sent >= l.readyAt-time.Millisecond && sent <= now {
		l.lastAnswer = millis
		s.rec.Observe(report.Heartbeat, int(c.group), now-sent)
	}
}

func (l *link) receiveMessage(ev *protocol.Event, now time.Duration) {
	c := l.client
	s := c.shard
	if !ev.Tagged {
		s.rec.Add(report.Unexpected, int(c.group), 1)
		return
	}
	readySince := l.readyAt
	if readySince == 0 { // still logging in: what comes now was missed before
		readySince = now
	}
	rc := s.run.ledger.Receive(&c.inbox, c.id, ev.Tag, readySince)
	s.rec.Receive(int(c.group), rc, now-rc.Intended)
	if len(ev.Offset) > 0 && rc.Class != report.Unsolicited {
		c.offset = s.run.wire.resume(c.offset, ev)
	}
	if rc.Class == report.Live && l.want.Load()&wantFirst != 0 && l.want.And(^uint32(wantFirst))&wantFirst != 0 {
		l.tell(tellFirst, now, nil)
	}
}

//go:noinline
func (l *link) refused(text []byte) {
	s := l.client.shard
	if l.want.Load()&wantAnswer != 0 && l.want.And(^uint32(wantAnswer))&wantAnswer != 0 {
		l.tell(tellAnswered, s.run.clock.now(), nil) // it was asked for
		return
	}
	s.rec.ProtocolError("refused", s.run.redactFor(l.login, string(text)))
	s.rec.Add(report.Rejected, int(l.client.group), 1)
}

//go:noinline
func (l *link) complain(kind string, text []byte) {
	s := l.client.shard
	s.rec.ProtocolError(kind, s.run.redactFor(l.login, string(text)))
	s.rec.Add(report.ProtocolErrors, int(l.client.group), 1)
	s.remarks.complaint(l.client.id)
}

// room reports whether n more bytes can be written without waiting for the
// server to read.
func (l *link) room(n int) bool {
	const around = 64 // a frame's head, a TLS record's
	return l.conn.Room(n + around)
}

// write sends a frame. It does not block.
func (l *link) write(frame []byte) error {
	l.writing.Lock()
	defer l.writing.Unlock()
	return l.ws.WriteMessage(int(l.sendKind), frame)
}

// pong answers the server's ping. The library's own answer would come with a
// timer each time.
func (l *link) pong(data []byte) error {
	if !l.room(len(data)) {
		return nil // the server does not read: it will not miss it
	}
	l.writing.Lock()
	defer l.writing.Unlock()
	err := l.ws.WriteMessage(websocket.PongMessage, data)
	if errors.Is(err, websocket.ErrCloseSent) {
		return nil // after a goodbye nothing more is said: the ping was no error of the server's
	}
	return err
}

// sayBye sends a close frame with a code; failing is of no consequence.
func (l *link) sayBye(code int) {
	_ = l.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, ""), time.Now().Add(time.Second))
}

var _ net.Conn = (*feed)(nil)
