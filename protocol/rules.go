package protocol

import (
	"bytes"
	"regexp"
	"strconv"

	"github.com/imbench/imbench/protocol/jsonpath"
)

// rules say what a frame from the server means. They are looked at in the order
// of the fields, and the first that matches decides; only replies are looked
// at besides. A frame with a tag can only be a refusal, an ack or a message.
type rules struct {
	paths  jsonpath.Set // of all rules
	strict bool         // a frame that is not JSON is invalid

	refused   matcher
	refusal   *extraction // the server's words; nil: the whole frame
	acked     matcher
	ackSeq    *extraction
	ready     matcher
	session   *extraction
	answered  matcher
	answerTo  *extraction // the beat's time
	pinged    matcher
	closed    matcher
	received  matcher // nil: every frame with a tag
	offset    *extraction
	replies   []reply
	pingReply []byte // ready made; nil for none
}

// reply is what the client answers to some frames.
type reply struct {
	to      matcher
	send    []*template
	pattern *regexp.Regexp // the first of to; for ${1}
}

// scan says what frame means, in e.
func (r *rules) scan(frame []byte, e *Event) {
	*e = Event{}
	var found [jsonpath.MaxPaths]jsonpath.Span
	var at places
	if r.strict || r.paths.Len() > 0 && looksLikeJSON(frame) {
		switch err := r.paths.Find(frame, found[:r.paths.Len()]); {
		case err == nil:
			at = &found
		case r.strict:
			e.invalid(err.Error())
			return
		}
	}
	if tag, _, ok := FindTag(frame); ok {
		e.Tag = tag
		r.tagged(frame, at, e)
		return
	}
	r.untagged(frame, at, e)
	for i := range r.replies {
		if r.replies[i].to.match(frame, at) {
			e.Step = uint8(i + 1)
			e.Text = frame
			break
		}
	}
}

// invalid makes e say what breaks the protocol. It keeps the stack it needs
// from callers that seldom call it.
//
//go:noinline
func (e *Event) invalid(why string) { *e = invalid(why) }

// looksLikeJSON spares text frames the attempt.
func looksLikeJSON(frame []byte) bool {
	for _, c := range frame {
		switch c {
		case ' ', '\t', '\n', '\r':
			continue
		}
		return c == '{' || c == '['
	}
	return false
}

// tagged says what a frame with a tag means, which e has already.
func (r *rules) tagged(frame []byte, at places, e *Event) {
	switch {
	case r.refused.match(frame, at):
		r.refuse(frame, at, e)
	case r.acked.match(frame, at):
		e.Kind = Acked
	case r.received == nil, r.received.match(frame, at):
		e.Kind, e.Tagged = Delivery, true
		e.Offset = r.offset.from(frame, at)
	default:
		e.Tag = Tag{}
	}
}

// untagged says what any other frame means.
func (r *rules) untagged(frame []byte, at places, e *Event) {
	switch {
	case r.refused.match(frame, at):
		r.refuse(frame, at, e)
	case r.acked.match(frame, at):
		r.ack(frame, at, e)
	case r.ready.match(frame, at):
		e.Kind = Ready
		e.Session, e.Offset = r.session.from(frame, at), r.offset.from(frame, at)
		if r.answered.match(frame, at) {
			e.Answers, e.UnixMillis = true, r.beat(frame, at)
		}
	case r.answered.match(frame, at):
		e.Kind, e.UnixMillis = HeartbeatAnswer, r.beat(frame, at)
	case r.pinged.match(frame, at):
		e.Ping, e.Reply = true, r.pingReply
	case r.closed.match(frame, at):
		e.Kind, e.Text = Closed, frame
	case r.received.match(frame, at):
		e.Kind, e.Offset = Delivery, r.offset.from(frame, at)
	}
}

func (r *rules) refuse(frame []byte, at places, e *Event) {
	text := r.refusal.from(frame, at)
	if text == nil {
		text = frame
	}
	e.Kind, e.Tag, e.Text = Refused, Tag{}, text
}

func (r *rules) ack(frame []byte, at places, e *Event) {
	if r.ackSeq == nil {
		e.invalid("an ack that does not say for what")
		return
	}
	seq := r.ackSeq.from(frame, at)
	origin, number, ok := parseSeq(seq)
	if !ok {
		e.invalid("an ack for " + quoted(seq) + ", which is no message's ${seq}")
		return
	}
	e.Kind, e.Tag = Acked, Tag{Origin: origin, Number: number}
}

// beat is the time of the beat that is answered, 0 where the answer does not
// tell.
func (r *rules) beat(frame []byte, at places) int64 {
	text := r.answerTo.from(frame, at)
	if len(text) == 0 || len(text) > 15 {
		return 0
	}
	n := int64(0)
	for _, c := range text {
		if c < '0' || c > '9' {
			return 0
		}
		n = n*10 + int64(c-'0')
	}
	return n
}

// answer makes the frames that an event with a Step asks for.
func (r *rules) answer(e Event, l Login) (frames [][]byte) {
	if e.Step == 0 || int(e.Step) > len(r.replies) {
		return nil
	}
	p := &r.replies[e.Step-1]
	f := fillOf(l)
	if p.pattern != nil {
		f.groups = p.pattern.FindSubmatch(e.Text)
	}
	for _, t := range p.send {
		if t.uses(slotRoom) && l.Room == "" {
			continue
		}
		if n := t.paths.Len(); n > 0 {
			found := make([]jsonpath.Span, n)
			if t.paths.Find(e.Text, found) != nil {
				continue
			}
			f.values = nil
			for _, at := range found {
				f.values = append(f.values, at.In(e.Text))
			}
		}
		frames = append(frames, t.append(nil, f))
	}
	return frames
}

// fillOf fills slots from a login.
func fillOf(l Login) *fill {
	return &fill{
		client: []byte(l.Client), room: []byte(l.Room), token: l.Token, offset: l.Offset,
		unixMillis: l.UnixMillis, row: l.Row,
	}
}

// batching is how several messages stand in one frame.
type batching struct {
	separator []byte // between messages; nil with array or without batches
	array     bool   // a JSON array of messages
}

func (b batching) given() bool { return b.array || b.separator != nil }

// first cuts the first message off a frame. Message is nil when there is none
// left.
func (b batching) first(frame []byte) (message, rest []byte, err error) {
	if b.array {
		if len(frame) == 0 || frame[0] != '[' && frame[0] != ',' {
			return frame, nil, nil
		}
		return jsonpath.Elements(frame)
	}
	for len(frame) > 0 {
		message, rest, _ = bytes.Cut(frame, b.separator)
		if len(message) > 0 {
			break
		}
		frame = rest
	}
	if len(rest) == 0 {
		rest = nil
	}
	return message, rest, nil
}

// quoted prints bytes from the wire in a message: escaped, and cut when long.
func quoted(b []byte) string {
	const most = 80
	more := ""
	if len(b) > most {
		b, more = b[:most], "…"
	}
	return strconv.Quote(string(b)) + more
}
