package testserver

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"

	"github.com/imbench/imbench/protocol/wire"
)

// Engine.IO's kinds of packets, which are a packet's first character.
const (
	engineOpen    = '0'
	engineClose   = '1'
	enginePing    = '2'
	enginePong    = '3'
	engineMessage = '4'
	engineUpgrade = '5'
	engineNoop    = '6'
)

// Socket.IO's kinds of packets, which are a message's first character.
const (
	packetConnect      = '0'
	packetDisconnect   = '1'
	packetEvent        = '2'
	packetAck          = '3'
	packetConnectError = '4'
	packetBinaryEvent  = '5'
	packetBinaryAck    = '6'
)

// packet is a Socket.IO packet from a client. All slices point into what was
// read.
type packet struct {
	kind        byte   // an event where it was a binary event
	namespace   string // "/" if none is named
	ack         []byte // digits; nil for none
	data        []byte // JSON: valid, and of the type that the kind asks for; nil for none
	name        string // of an event
	attachments int
}

// maxAttachments is how many a binary packet may announce, as with the
// published parser.
const maxAttachments = 10

// errPacket is a packet that is none; the connection is closed for it.
var errPacket = errors.New("not a Socket.IO packet")

// parsePacket reads what stands in an Engine.IO message. It accepts what the
// published parser accepts from a client, and nothing else.
func parsePacket(b []byte) (p packet, err error) {
	if len(b) == 0 || b[0] < packetConnect || b[0] > packetBinaryAck {
		return p, errPacket
	}
	p.kind, b = b[0], b[1:]
	if p.kind == packetBinaryEvent || p.kind == packetBinaryAck {
		digits, rest, found := bytes.Cut(b, []byte("-"))
		n, err := strconv.Atoi(string(digits))
		if !found || err != nil || n < 1 || n > maxAttachments {
			return p, errPacket
		}
		p.kind -= packetBinaryEvent - packetEvent
		p.attachments, b = n, rest
	}
	p.namespace, b = cutNamespace(b)
	digits := 0
	for digits < len(b) && '0' <= b[digits] && b[digits] <= '9' {
		digits++
	}
	if digits > maxAckDigits {
		return p, errPacket
	}
	if digits > 0 {
		p.ack, b = b[:digits], b[digits:]
	}
	if len(b) > 0 {
		p.data = b
	}
	return p, p.check()
}

// maxAckDigits is what an exact number has at most.
const maxAckDigits = 15

// cutNamespace takes the namespace off.
func cutNamespace(b []byte) (namespace string, rest []byte) {
	if len(b) == 0 || b[0] != '/' {
		return "/", b
	}
	name, rest, _ := bytes.Cut(b, []byte(","))
	switch string(name) {
	case "/":
		return "/", rest
	case "/chat":
		return "/chat", rest
	}
	return string(name), rest
}

// check holds the data against the kind.
func (p *packet) check() error {
	if p.data != nil && !json.Valid(p.data) {
		return errPacket
	}
	first := byte(0)
	if trimmed := bytes.TrimLeft(p.data, " \t\r\n"); len(trimmed) > 0 {
		first = trimmed[0]
	}
	ok := false
	switch p.kind {
	case packetConnect:
		ok = p.data == nil || first == '{'
	case packetDisconnect:
		ok = p.data == nil
	case packetEvent:
		ok = first == '[' && p.readName()
	case packetAck:
		ok = first == '['
	case packetConnectError: // is the server's to send
	}
	if !ok {
		return errPacket
	}
	return nil
}

// readName finds the event's name.
func (p *packet) readName() bool {
	c := wire.At(p.data)
	if c.Skip(`["`) {
		if name, ok := c.Name(); ok {
			p.name = eventName(name)
			return !reserved(p.name)
		}
	}
	var list []json.RawMessage
	if json.Unmarshal(p.data, &list) != nil || len(list) == 0 {
		return false
	}
	if list[0][0] == '-' || '0' <= list[0][0] && list[0][0] <= '9' {
		return true // a number is a name, too, that nobody listens to
	}
	return list[0][0] == '"' && json.Unmarshal(list[0], &p.name) == nil && !reserved(p.name)
}

// eventName keeps the usual names from being allocated.
func eventName(b []byte) string {
	switch string(b) {
	case eventOfMessage:
		return eventOfMessage
	case eventOfChat:
		return eventOfChat
	case eventOfHeartbeat:
		return eventOfHeartbeat
	}
	return string(b)
}

// reserved names are not to be sent as events.
func reserved(name string) bool {
	switch name {
	case "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener":
		return true
	}
	return false
}

// appendHead appends what stands before a packet's data, such as 4 2 /chat,17.
func appendHead(b []byte, kind byte, namespace string, ack []byte) []byte {
	b = append(b, engineMessage, kind)
	if namespace != "/" {
		b = append(append(b, namespace...), ',')
	}
	return append(b, ack...)
}
