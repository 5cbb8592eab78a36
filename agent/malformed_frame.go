package agent

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/gorilla/websocket"

	"github.com/imbench/imbench/faults"
	"github.com/imbench/imbench/protocol"
)

// errNoSuchForm means that the protocol has nothing that could be wrong in that
// way.
var errNoSuchForm = errors.New("this protocol has no such frame")

// oversized is the payload that the head of an oversize frame promises: more
// than any chat server has reason to wait for.
const oversized = 64 << 20

// malformed makes bytes that are wrong in one way, to be written as they are.
func (w *wire) malformed(form string) ([]byte, error) {
	const fin = 0x80
	kind := w.sendKind | fin
	switch form {
	case faults.BadJSON: // half a message
		whole := w.AppendMessage(nil, protocol.Message{Size: protocol.TagLen, Client: []byte("c0"), All: true})
		return maskedFrame(kind, whole[:len(whole)/2]), nil
	case faults.WrongVersion:
		v, ok := w.Protocol.(protocol.Versioned)
		if !ok {
			return nil, errNoSuchForm
		}
		return maskedFrame(kind, v.AppendWrongVersion(nil)), nil
	case faults.Oversize: // its head and its first bytes; the rest need not be sent
		head := []byte{kind, fin | 127}
		head = binary.BigEndian.AppendUint64(head, oversized)
		return append(append(head, noMask...), strings.Repeat("x", 4<<10)...), nil
	case faults.BadUTF8:
		return maskedFrame(websocket.TextMessage|fin, []byte("{\"event\":\"\xff\xfe\xc0\"}")), nil
	case faults.Unmasked:
		payload := w.AppendHeartbeat(nil, 0)
		if len(payload) == 0 || len(payload) > 125 {
			payload = []byte("{}")
		}
		return append([]byte{kind, byte(len(payload))}, payload...), nil
	}
	return nil, fmt.Errorf("%q is not a form of being malformed", form)
}

// noMask is a masking key that changes nothing, but is one.
var noMask = []byte{0, 0, 0, 0}

// maskedFrame is a WebSocket frame as a client must send it.
func maskedFrame(head byte, payload []byte) []byte {
	const mask = 0x80
	frame := []byte{head}
	switch n := len(payload); {
	case n <= 125:
		frame = append(frame, mask|byte(n))
	default:
		frame = append(frame, mask|126)
		frame = binary.BigEndian.AppendUint16(frame, uint16(n))
	}
	return append(append(frame, noMask...), payload...)
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
