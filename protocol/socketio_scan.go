package protocol

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/imbench/imbench/protocol/jsonpath"
)

// Scan reads an Engine.IO packet. It does not allocate for messages, acks and
// pings.
func (s *SocketIO) Scan(frame []byte) (e Event) {
	s.ScanInto(frame, &e)
	return e
}

// ScanInto is Scan for callers with little stack.
func (s *SocketIO) ScanInto(frame []byte, e *Event) {
	switch {
	case len(frame) > 1 && frame[0] == '4' && frame[1] != '0':
		s.packet(frame[1:], e)
	case string(frame) == "2":
		*e = Event{Ping: true, Reply: pong}
	default:
		s.scanRare(frame, e)
	}
}

// scanRare reads the packets that come seldom; it keeps what they need of the
// stack from the others.
//
//go:noinline
func (s *SocketIO) scanRare(frame []byte, e *Event) {
	if len(frame) == 0 {
		e.invalid("an empty Engine.IO packet")
		return
	}
	*e = Event{}
	switch body := frame[1:]; frame[0] {
	case '4':
		if len(body) == 0 {
			e.invalid("an empty Socket.IO packet")
			return
		}
		namespace, data := cutNamespace(body[1:])
		*e = s.connected(namespace, data)
	case '0':
		*e = opened(body)
	case '1':
		e.Kind, e.Text = Closed, []byte("the server closes the Engine.IO session")
	case '2': // a probe's
		e.Ping, e.Reply = true, append([]byte("3"), body...)
	case '3', '5', '6':
	default:
		e.invalid("no Engine.IO packet: " + quoted(frame))
	}
}

// pong answers the server's ping.
var pong = []byte("3")

// ScanBinary reads an attachment of an event that was announced before it. It
// is a message when it has a tag.
func (s *SocketIO) ScanBinary(frame []byte) Event {
	if tag, _, ok := FindTag(frame); ok {
		return Event{Kind: Delivery, Tag: tag, Tagged: true}
	}
	return Event{}
}

// openPacket is what Engine.IO says of itself.
type openPacket struct {
	SID          string  `json:"sid"`
	PingInterval float64 `json:"pingInterval"`
	PingTimeout  float64 `json:"pingTimeout"`
}

func parseOpen(body []byte) (p openPacket, err error) {
	if err := json.Unmarshal(body, &p); err != nil {
		return p, fmt.Errorf("an open packet that is not JSON: %w", err)
	}
	const most = 24 * 60 * 60 * 1000 // a day in milliseconds
	if p.SID == "" || !(p.PingInterval > 0 && p.PingInterval <= most) || !(p.PingTimeout > 0 && p.PingTimeout <= most) {
		return p, fmt.Errorf("an open packet without sid, pingInterval or pingTimeout: %s", quoted(body))
	}
	return p, nil
}

func (p openPacket) alive() time.Duration {
	return time.Duration((p.PingInterval + p.PingTimeout) * float64(time.Millisecond))
}

func opened(body []byte) Event {
	p, err := parseOpen(body)
	if err != nil {
		return invalid(err.Error())
	}
	return Event{Ping: true, Alive: p.alive(), Step: stepConnect, Text: body}
}

// packet reads a Socket.IO packet, but for connect packets.
func (s *SocketIO) packet(p []byte, e *Event) {
	kind, rest := p[0], p[1:]
	switch kind {
	case '1', '2', '3', '4':
	case '5', '6':
		n, after, found := bytes.Cut(rest, []byte("-"))
		if count, ok := whole(n); !found || !ok || count == 0 {
			e.invalid("a binary packet without its number of attachments: " + quoted(p))
			return
		}
		kind, rest = kind-3, after // as an event or an ack
	default:
		e.invalid("no Socket.IO packet: " + quoted(p))
		return
	}
	namespace, rest := cutNamespace(rest)
	switch {
	case string(namespace) != s.namespace:
		*e = Event{}
	case kind == '2':
		s.received(rest, e)
	case kind == '3':
		acked(rest, e)
	case kind == '4':
		connectError(rest, e)
	default:
		*e = Event{}
		e.Kind, e.Text = Closed, []byte("the server disconnects the client")
	}
}

// cutNamespace takes the namespace off, without its query; "" is /.
func cutNamespace(p []byte) (namespace, rest []byte) {
	if len(p) == 0 || p[0] != '/' {
		return nil, p
	}
	namespace, rest, _ = bytes.Cut(p, []byte(","))
	namespace, _, _ = bytes.Cut(namespace, []byte("?"))
	if len(namespace) == 1 {
		namespace = nil
	}
	return namespace, rest
}

// connected reads the answer to the connect packet.
func (s *SocketIO) connected(namespace, data []byte) Event {
	var p struct {
		SID string `json:"sid"`
		PID string `json:"pid"`
	}
	if len(data) > 0 {
		if err := json.Unmarshal(data, &p); err != nil {
			return invalid("a connect packet that is not JSON: " + quoted(data))
		}
	}
	if p.SID == "" {
		return invalid("a connect packet without a sid: the server speaks Socket.IO v2 (Engine.IO 3), not v4")
	}
	if string(namespace) != s.namespace {
		return Event{}
	}
	e := Event{Kind: Ready, Session: []byte(p.SID)}
	if s.body.rules.ready != nil {
		e.Kind = Other
	}
	if s.recovery {
		e.Offset = optional(p.PID)
	}
	if len(s.body.open) > 0 {
		e.Step = stepOpened
	}
	return e
}

// connectError reads a refusal: a text, or an object with a message.
//
//go:noinline
func connectError(data []byte, e *Event) {
	var object struct {
		Message string `json:"message"`
	}
	var text string
	switch {
	case json.Unmarshal(data, &object) == nil && object.Message != "":
		text = object.Message
	case json.Unmarshal(data, &text) != nil:
		e.invalid("a connect error that is not JSON: " + quoted(data))
		return
	}
	*e = Event{Kind: Refused, Text: []byte(text)}
}

// acked reads Socket.IO's own ack to a message.
func acked(rest []byte, e *Event) {
	digits := 0
	for digits < len(rest) && '0' <= rest[digits] && rest[digits] <= '9' {
		digits++
	}
	origin, number, ok := parseSeq(rest[:digits])
	if !ok {
		e.invalid("an ack without the number of a message: " + quoted(rest))
		return
	}
	if err := nothing.Find(rest[digits:], nil); err != nil || rest[digits] != '[' {
		e.invalid("an ack that is not a list: " + quoted(rest))
		return
	}
	*e = Event{}
	e.Kind, e.Tag.Origin, e.Tag.Number = Acked, origin, number
}

// nothing checks JSON without looking for anything in it.
var nothing jsonpath.Set

// received reads an event by the rules of the description.
func (s *SocketIO) received(rest []byte, e *Event) {
	i := 0
	for i < len(rest) && '0' <= rest[i] && rest[i] <= '9' { // an ack the server asks for; nobody has to give it
		i++
	}
	args := rest[i:]
	if len(args) < 2 || args[0] != '[' || args[1] != '"' && (args[1] < '0' || args[1] > '9') {
		e.invalid("an event that is not a list with a name: " + quoted(rest))
		return
	}
	s.body.rules.scan(args, e)
	if s.recovery {
		e.Offset, e.Session = trailingOffset(args), nil
	}
}

// trailingOffset is the last argument of an event when it is a text and not the
// only argument: with recovery on, the server adds one to what it broadcasts.
func trailingOffset(args []byte) []byte {
	inner, ok := bytes.CutSuffix(args, []byte(`"]`))
	if !ok {
		return nil
	}
	open := bytes.LastIndexByte(inner, '"')
	if open < 1 || inner[open-1] != ',' {
		return nil
	}
	if !hasPayload(inner[:open-1]) {
		return nil
	}
	return inner[open+1:]
}

// hasPayload reports whether a list that begins with an event's name goes on
// after it.
func hasPayload(list []byte) bool {
	for i := 2; i < len(list) && list[1] == '"'; i++ {
		switch list[i] {
		case '\\':
			i++
		case '"':
			return i+1 < len(list)
		}
	}
	return false
}

// whole reads a short number.
func whole(digits []byte) (n int, ok bool) {
	if len(digits) == 0 || len(digits) > 6 {
		return 0, false
	}
	n, err := strconv.Atoi(string(digits))
	return n, err == nil && !strings.HasPrefix(string(digits), "-") && digits[0] != '+'
}
