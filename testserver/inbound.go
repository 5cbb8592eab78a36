package testserver

import (
	"encoding/json"
	"fmt"

	"github.com/imbench/imbench/protocol/wire"
)

// inbound is an envelope from a client, understood. id and content are the
// inner parts of JSON strings, escapes and all: they are passed on as they
// came. All slices may point into the frame that was read.
type inbound struct {
	event       event
	id, content []byte
	timestamp   int64
	room, to    []byte
	offset      string
	all, ack    bool
}

type event uint8

const (
	messageEvent event = iota
	heartbeatEvent
	joinEvent
	leaveEvent
)

// errorCode is a reason to refuse something, as the client reads it.
type errorCode string

const (
	invalidFormat errorCode = "INVALID_FORMAT"
	forbidden     errorCode = "FORBIDDEN"
	notAMember    errorCode = "NOT_A_MEMBER"
	unknownClient errorCode = "UNKNOWN_CLIENT"
	rateLimited   errorCode = "RATE_LIMITED"
)

// status is the envelope's code, after HTTP's.
func (c errorCode) status() int {
	switch c {
	case forbidden, notAMember:
		return 403
	case unknownClient:
		return 404
	case rateLimited:
		return 429
	default:
		return 400
	}
}

// refusal is what a client is told instead of having its way.
type refusal struct {
	code   errorCode
	reason string
}

func (r refusal) Error() string { return string(r.code) + ": " + r.reason }

func malformed(format string, args ...any) error {
	return refusal{invalidFormat, fmt.Sprintf(format, args...)}
}

// maxID bounds the ids that clients give their messages, in bytes as sent.
const maxID = 128

// parse reads an envelope. The layout that imbench's own clients write is read
// in place, any other as JSON; the error is a refusal.
func parse(body []byte) (inbound, error) {
	if m, ok := parseUsual(body); ok {
		return m, nil
	}
	return parseAny(body)
}

func parseUsual(body []byte) (m inbound, ok bool) {
	c := wire.At(body)
	if !c.Skip(head) {
		return m, false
	}
	switch {
	case c.Skip(`message","payload":{"id":"`):
		ok = m.messageRest(&c)
	case c.Skip(`heartbeat","payload":{"timestamp":`):
		m.event = heartbeatEvent
		m.timestamp, ok = c.Number()
	}
	if !ok || !c.Skip(`},"code":`) {
		return m, false
	}
	_, ok = c.Number()
	return m, ok && c.Skip(`}`) && c.End() && len(m.id) <= maxID
}

// messageRest reads on from a message's id to the end of its meta.
func (m *inbound) messageRest(c *wire.Cursor) (ok bool) {
	if m.id, ok = c.Name(); !ok || len(m.id) == 0 || !c.Skip(`,"timestamp":`) {
		return false
	}
	if m.timestamp, ok = c.Number(); !ok || !c.Skip(`,"content":"`) {
		return false
	}
	if m.content, ok = c.Text(); !ok || !c.Skip(`,"meta":{`) {
		return false
	}
	switch {
	case c.Skip(`"room":"`):
		m.room, ok = c.Name()
		ok = ok && len(m.room) > 0
	case c.Skip(`"to":"`):
		m.to, ok = c.Name()
		ok = ok && len(m.to) > 0
	default:
		ok = c.Skip(`"all":true`)
		m.all = ok
	}
	m.ack = c.Skip(`,"ack":true`)
	return ok && c.Skip(`}`)
}

// parseAny reads an envelope in any layout.
func parseAny(body []byte) (m inbound, err error) {
	var v struct {
		Version string `json:"version"`
		Event   string `json:"event"`
		Payload struct {
			ID        json.RawMessage `json:"id"`
			Timestamp float64         `json:"timestamp"`
			Content   json.RawMessage `json:"content"`
			Meta      struct {
				Room   string `json:"room"`
				To     string `json:"to"`
				Offset string `json:"offset"`
				All    bool   `json:"all"`
				Ack    bool   `json:"ack"`
			} `json:"meta"`
		} `json:"payload"`
	}
	if err := json.Unmarshal(body, &v); err != nil {
		return m, malformed("not an envelope: %v", err)
	}
	if v.Version != "1.0.0" {
		return m, malformed(`version is %q; it must be "1.0.0"`, v.Version)
	}
	p := &v.Payload
	if !(p.Timestamp >= 0 && p.Timestamp < 1e15) {
		return m, malformed("payload.timestamp is %g; write Unix time in milliseconds", p.Timestamp)
	}
	m = inbound{timestamp: int64(p.Timestamp), room: []byte(p.Meta.Room), to: []byte(p.Meta.To), offset: p.Meta.Offset, all: p.Meta.All, ack: p.Meta.Ack}
	switch v.Event {
	case "message":
		return m, m.message(p.ID, p.Content)
	case "heartbeat":
		m.event = heartbeatEvent
		return m, nil
	case "join", "leave":
		m.event = joinEvent
		if v.Event == "leave" {
			m.event = leaveEvent
		}
		return m, checkName("payload.meta.room", string(m.room))
	case "":
		return m, malformed("event is missing")
	}
	return m, malformed("event %.40q is not one of message, heartbeat, join and leave", v.Event)
}

// message checks what only messages have.
func (m *inbound) message(id, content json.RawMessage) error {
	var ok bool
	if m.id, ok = inside(id); !ok || len(m.id) == 0 {
		return malformed("payload.id must be a string that is not empty")
	}
	if len(m.id) > maxID {
		return malformed("payload.id is longer than %d bytes", maxID)
	}
	if m.content, ok = inside(content); !ok {
		return malformed("payload.content must be a string")
	}
	targets := 0
	for _, given := range []bool{len(m.room) > 0, len(m.to) > 0, m.all} {
		if given {
			targets++
		}
	}
	if targets != 1 {
		return malformed("payload.meta must have one of room, to and all")
	}
	return nil
}

// inside is what stands between the quotes of a JSON string.
func inside(raw json.RawMessage) ([]byte, bool) {
	if len(raw) < 2 || raw[0] != '"' {
		return nil, false
	}
	return raw[1 : len(raw)-1], true
}

// maxName bounds the names of clients and rooms, in bytes.
const maxName = 64

func checkName(what, name string) error {
	if name == "" || len(name) > maxName {
		return malformed("%s must have between 1 and %d bytes", what, maxName)
	}
	return nil
}
