package protocol

import (
	"cmp"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/imbench/imbench/protocol/wire"
)

// Envelope is a JSON envelope in WebSocket text frames, one envelope a frame,
// as the reference server speaks it; docs/reference-server.md shows every
// frame. It has no state.
type Envelope struct{}

// EnvelopeVersion is the only version of the envelope there is.
const EnvelopeVersion = "1.0.0"

// Name returns "envelope".
func (Envelope) Name() string { return "envelope" }

// Traits of the reference server.
func (Envelope) Traits() Traits {
	return Traits{Acks: true, Presence: true, ToRoom: true, ToPeer: true, ToAll: true}
}

// Handshake puts the login into the query. A target without a path gets /ws;
// its own query is kept.
func (Envelope) Handshake(target *url.URL, l Login) (*url.URL, http.Header) {
	u := *target
	u.Path = cmp.Or(u.Path, "/ws")
	q := u.Query()
	set := func(key, value string) {
		if value != "" {
			q.Set(key, value)
		}
	}
	set("client", l.Client)
	set("room", l.Room)
	set("token", l.Token)
	set("offset", l.Offset)
	if l.Observer {
		q.Set("observe", "presence")
	}
	u.RawQuery = q.Encode()
	return &u, http.Header{}
}

// padding fills contents up to their size. It cannot be taken for a tag.
const padding = "the quick brown fox jumps over the lazy dog, again and again; "

// AppendMessage appends the envelope of m. Its id is origin and number, so that
// the ack tells which message it confirms; the server knows the sender from
// the login.
func (Envelope) AppendMessage(dst []byte, m Message) []byte {
	dst = append(dst, `{"version":"1.0.0","event":"message","payload":{"id":"`...)
	dst = appendHex(dst, uint64(m.Tag.Origin), 2)
	dst = appendHex(dst, uint64(m.Tag.Number), 8)
	dst = append(dst, `","timestamp":`...)
	dst = strconv.AppendInt(dst, m.UnixMillis, 10)
	dst = append(dst, `,"content":"`...)
	dst = AppendTag(dst, m.Tag)
	for n := m.Size - TagLen; n > 0; n -= len(padding) {
		dst = append(dst, padding[:min(n, len(padding))]...)
	}
	dst = append(dst, `","meta":{`...)
	switch {
	case m.Room != nil:
		dst = wire.AppendString(append(dst, `"room":`...), m.Room)
	case m.Peer != nil:
		dst = wire.AppendString(append(dst, `"to":`...), m.Peer)
	default:
		dst = append(dst, `"all":true`...)
	}
	if m.Ack {
		dst = append(dst, `,"ack":true`...)
	}
	return append(dst, `}},"code":200}`...)
}

// AppendHeartbeat appends the envelope of a beat.
func (Envelope) AppendHeartbeat(dst []byte, unixMillis int64) []byte {
	dst = append(dst, `{"version":"1.0.0","event":"heartbeat","payload":{"timestamp":`...)
	dst = strconv.AppendInt(dst, unixMillis, 10)
	return append(dst, `},"code":200}`...)
}

// AppendWrongVersion appends a beat of a version that there never was.
func (Envelope) AppendWrongVersion(dst []byte) []byte {
	return append(dst, `{"version":"0.0.0","event":"heartbeat","payload":{"timestamp":1},"code":200}`...)
}

// Scan reads the frequent frames in the layout of the reference server without
// parsing or allocating, and every other frame as JSON. In the second case the
// event's slices are fresh memory.
func (p Envelope) Scan(frame []byte) (e Event) {
	p.ScanInto(frame, &e)
	return e
}

// ScanInto is Scan for callers with little stack.
func (Envelope) ScanInto(frame []byte, e *Event) {
	*e = Event{}
	if !scanFrequent(frame, e) {
		scanRare(frame, e)
	}
}

// scanRare keeps what parsing needs of the stack from those that need not
// parse.
//
//go:noinline
func scanRare(frame []byte, e *Event) { *e = scanAny(frame) }

// scanFrequent reads the frames that come often, as the reference server writes
// them, and reports false for any other; e is then undefined.
func scanFrequent(frame []byte, e *Event) (ok bool) {
	c := wire.At(frame)
	if !c.Skip(`{"version":"1.0.0","event":"`) {
		return false
	}
	switch {
	case c.Skip(`message","payload":{"id":"`):
		ok = scanDelivery(&c, e)
	case c.Skip(`ack","payload":{"id":"`):
		ok = scanAck(&c, e)
	case c.Skip(`heartbeat_ack","payload":{"timestamp":`):
		e.Kind = HeartbeatAnswer
		e.UnixMillis, ok = c.Number()
	}
	return ok && c.Skip(`},"code":200}`) && c.End()
}

// scanDelivery reads on from the message's id to the end of its meta.
func scanDelivery(c *wire.Cursor, e *Event) (ok bool) {
	if _, ok = c.Name(); !ok || !c.Skip(`,"timestamp":`) {
		return false
	}
	if _, ok = c.Number(); !ok || !c.Skip(`,"content":"`) {
		return false
	}
	content, ok := c.Text()
	if !ok {
		return false
	}
	if c.Skip(`,"sender":{"id":"`) {
		if _, ok = c.Name(); !ok || !c.Skip(`}`) {
			return false
		}
	}
	if !c.Skip(`,"meta":{`) {
		return false
	}
	switch {
	case c.Skip(`"room":"`), c.Skip(`"to":"`):
		_, ok = c.Name()
	default:
		ok = c.Skip(`"all":true`)
	}
	if ok && c.Skip(`,"offset":"`) {
		e.Offset, ok = c.Name()
	}
	e.Kind = Delivery
	e.Tag, _, e.Tagged = FindTag(content)
	return ok && c.Skip(`}`)
}

// scanAck reads on from the id of the message that is confirmed.
func scanAck(c *wire.Cursor, e *Event) (ok bool) {
	id, ok := c.Name()
	if !ok {
		return false
	}
	e.Kind = Acked
	if e.Tag.Origin, e.Tag.Number, ok = parseID(id); !ok || !c.Skip(`,"timestamp":`) {
		return false
	}
	_, ok = c.Number()
	return ok
}

// parseID reads the id that AppendMessage gave a message.
func parseID[T []byte | string](id T) (origin uint8, number uint32, ok bool) {
	if len(id) != 10 {
		return 0, 0, false
	}
	var v uint64
	var bad byte
	for i := range len(id) {
		d := unhex[id[i]]
		bad |= d
		v = v<<4 | uint64(d&15)
	}
	return uint8(v >> 32), uint32(v), bad < 16
}

// envelope is what a client looks at in any envelope.
type envelope struct {
	Version string `json:"version"`
	Event   string `json:"event"`
	Code    int    `json:"code"`
	Payload struct {
		ID        string  `json:"id"`
		Timestamp float64 `json:"timestamp"` // some servers write 1.7e12
		Content   string  `json:"content"`
		Meta      struct {
			Connection bool   `json:"connection"`
			Offset     string `json:"offset"`
			Online     bool   `json:"online"`
			ErrorCode  string `json:"errorCode"`
		} `json:"meta"`
	} `json:"payload"`
}

// scanAny understands every frame, in any layout.
func scanAny(frame []byte) Event {
	var v envelope
	if err := json.Unmarshal(frame, &v); err != nil {
		return invalid("not an envelope: " + err.Error())
	}
	if v.Version != EnvelopeVersion {
		return invalid("version " + strconv.Quote(v.Version) + ", not " + EnvelopeVersion)
	}
	p := &v.Payload
	switch v.Event {
	case "message":
		if v.Code >= 400 {
			return v.refused()
		}
		e := Event{Kind: Delivery, Offset: optional(p.Meta.Offset)}
		e.Tag, _, e.Tagged = FindTag([]byte(p.Content))
		return e
	case "ack":
		origin, number, ok := parseID(p.ID)
		if !ok {
			return invalid("an ack for " + strconv.Quote(p.ID) + ", which is no message's id")
		}
		return Event{Kind: Acked, Tag: Tag{Origin: origin, Number: number}}
	case "heartbeat_ack":
		if !(p.Timestamp >= 0 && p.Timestamp < 1<<53) {
			return invalid("a heartbeat_ack without a time")
		}
		return Event{Kind: HeartbeatAnswer, UnixMillis: int64(p.Timestamp)}
	case "system":
		return v.system()
	case "presence":
		return Event{Kind: Presence, Session: []byte(p.ID), Online: p.Meta.Online}
	case "error":
		return v.refused()
	case "":
		return invalid("an envelope without an event")
	}
	return Event{}
}

// system is the greeting, or a notice of no consequence. The session of
// sys_<session> is how presence names the connection later. A server may tell
// in the greeting where its history stands, so that a client that loses its
// connection before any message came can resume, too.
func (v *envelope) system() Event {
	p := &v.Payload
	if !p.Meta.Connection {
		return Event{}
	}
	return Event{
		Kind:    Ready,
		Session: []byte(strings.TrimPrefix(p.ID, "sys_")),
		Offset:  optional(p.Meta.Offset),
	}
}

// refused is an error that the server answers.
func (v *envelope) refused() Event {
	p := &v.Payload
	text := p.Meta.ErrorCode
	if p.Content != "" && text != "" {
		text += ": "
	}
	return Event{Kind: Refused, Text: []byte(text + p.Content)}
}

func invalid(why string) Event { return Event{Kind: Invalid, Text: []byte(why)} }

// optional is nil for a field that the server left out, as in the fast path.
func optional(s string) []byte {
	if s == "" {
		return nil
	}
	return []byte(s)
}
