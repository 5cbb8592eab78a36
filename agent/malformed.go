package agent

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/imbench/imbench/faults"
	"github.com/imbench/imbench/internal/wsframe"
	"github.com/imbench/imbench/protocol"
)

// What the server did about a malformed frame.
const (
	answerError   = "error"   // an error, in words of the protocol
	answerNothing = "nothing" // within answerWithin
	answerEOF     = "eof"     // FIN without a close frame
	answerReset   = "reset"
	answerCrash   = "crash"  // the server is gone since
	answerClose   = "close " // a close frame, and its code
)

// answerWithin is how long the server has to say something.
const answerWithin = 5 * time.Second

// misdeed is the malformed frame that a client sent last, until it is settled
// what came of it. The client's shard owns it.
type misdeed struct {
	fault  int
	form   string
	link   *link
	due    time.Duration // how long it is waited for the answer
	answer string        // "" while nothing came
}

// misdeed is the last malformed frame, while it is open what came of it; nil
// for none.
func (c *client) misdeed() *misdeed {
	if c.path == nil {
		return nil
	}
	return c.path.misdeed
}

// sendMalformed sends what is wrong in the form that is the client's turn.
func (c *client) sendMalformed(o *occurrence, l *link) error {
	forms := o.config.Forms
	turn, _ := slices.BinarySearch(o.Clients, c.id)
	form := forms[turn%len(forms)]
	frame, err := faults.MalformedFrame(form, c.shard.run.wire.speech())
	if err != nil {
		return err
	}
	if m := c.misdeed(); m != nil && m.link == l {
		c.settleAnswer()
	}
	l.want.Or(wantAnswer)
	if err := l.writeRaw(frame); err != nil {
		return err
	}
	c.settleAnswer()
	s := c.shard
	now := s.run.clock.now()
	c.path = c.path.orNew()
	c.path.misdeed = &misdeed{fault: o.Fault, form: form, link: l, due: now + answerWithin}
	s.rec.FaultMalformed(o.Fault, form)
	s.run.events.log(now, c, "malformed", "form", form)
	s.due.push(item{at: c.path.misdeed.due, client: c, link: l, task: answerDue})
	return nil
}

// oversized is what the head of an oversize frame announces: more than any chat
// server has reason to wait for. What comes of it is not sent but for its
// beginning; the connection is of no use after it.
const (
	oversized = 64 << 20
	beginning = 4 << 10
)

// speech is what malformed frames of the protocol are made from.
func (w *wire) speech() faults.Speech {
	s := faults.Speech{
		First:    w.sendKind | wsframe.Final,
		Message:  w.AppendMessage(nil, protocol.Message{Size: protocol.TagLen, Client: []byte("c0"), All: true}),
		Beat:     w.AppendHeartbeat(nil, 0),
		Oversize: oversized, Sent: beginning,
	}
	if v, ok := w.Protocol.(protocol.Versioned); ok {
		s.WrongVersion = v.AppendWrongVersion(nil)
	}
	return s
}

// writeRaw writes bytes past the library.
func (l *link) writeRaw(b []byte) error {
	if !l.room(len(b)) {
		return errors.New("the connection takes no more bytes")
	}
	l.writing.Lock()
	defer l.writing.Unlock()
	_, err := l.feed.Write(b)
	return err
}

// answered takes note of what the server did.
func (c *client) answered(l *link, answer string) {
	if m := c.misdeed(); m != nil && m.link == l && m.answer == "" {
		m.answer = answer
		c.shard.run.events.log(c.shard.run.clock.now(), c, "malformed", "form", m.form, "answer", answer)
	}
}

// answeredByEnd takes the end of the connection for the answer, if there was no
// other.
func (c *client) answeredByEnd(l *link, why cause) {
	switch code, closed := strings.CutPrefix(string(why), "close_"); {
	case closed:
		c.answered(l, answerClose+code)
	case why == byReset:
		c.answered(l, answerReset)
	case why == byDismissal:
		c.answered(l, answerError)
	case why == byEOF:
		c.answered(l, answerEOF)
	}
}

// refusedAfter takes note that nobody listens any more: what looked like an
// ungraceful end was the server's own.
func (c *client) refusedAfter(kind string) {
	if m := c.misdeed(); m != nil && kind == refused && (m.answer == answerEOF || m.answer == answerReset) {
		m.answer = answerCrash
	}
}

// unanswered is the end of the wait for an answer. A frame that has made the
// connection useless to the client itself ends it.
func (c *client) unanswered(at time.Duration, l *link) {
	m := c.misdeed()
	if m == nil || m.link != l || m.due != at { // or that of an earlier frame
		return
	}
	c.answered(l, answerNothing)
	c.settleAnswer()
	if c.link == l && c.state == online && m.form == faults.Oversize {
		c.lose(c.shard.run.clock.now(), bySpoiling)
	}
}

// settleAnswer records what came of the last malformed frame.
func (c *client) settleAnswer() {
	m := c.misdeed()
	if m == nil {
		return
	}
	c.path.misdeed = nil
	m.link.want.And(^uint32(wantAnswer))
	s := c.shard
	if m.answer == answerEOF || m.answer == answerReset {
		select {
		case <-s.run.died():
			m.answer = answerCrash
		default:
		}
	}
	if m.answer == "" {
		m.answer = answerNothing
	}
	s.rec.FaultAnswered(m.fault, m.form, m.answer)
}
