package proxy

import (
	stdbytes "bytes"
	"encoding/binary"
	"errors"
	"strings"

	"github.com/imbench/imbench/faults"
	"github.com/imbench/imbench/internal/wsframe"
)

// errNoWebSocket is why a frame could not be sent on a client's behalf.
var errNoWebSocket = errors.New("not a WebSocket in the clear, or not open yet")

// frames follows what a client sends, so that a frame can be put between two of
// its messages. It knows HTTP/1.1 requests as far as the upgrade, and the
// headers of WebSocket frames; anything else, TLS too, it loses sight of. It
// keeps no payload.
type frames struct {
	state      sight
	head       []byte // of a request, or of a frame, as far as it has come
	left       uint64 // bytes to come of a request's body, or of a frame's payload
	fragmented bool   // a message is under way, of which a final frame has not come
	closed     bool   // the client has said goodbye
}

// sight is what the client is sending.
type sight int

const (
	inHead   sight = iota // of a request
	inBody                // of a request
	switches              // it has asked for the upgrade, and the server has not agreed yet
	inHeader              // of a frame
	inFrame               // payload
	lost
)

// largestHead bounds what is kept of a request.
const largestHead = 64 << 10

// between reports whether a message can be put in here.
func (f *frames) between() bool {
	return f.state == inHeader && len(f.head) == 0 && !f.fragmented && !f.closed
}

// agree is told how the server's answer begins, once after the request.
func (f *frames) agree(answer []byte) {
	if f.state != switches {
		return
	}
	f.state = lost
	if stdbytes.HasPrefix(answer, []byte("HTTP/1.1 101")) {
		f.state = inHeader
	}
}

// advance takes what comes next as far as a message could be put in after it,
// or all of p, and returns how much that is.
func (f *frames) advance(p []byte) (n int) {
	for n < len(p) {
		switch f.state {
		case inHead:
			n += f.request(p[n:])
		case inBody, inFrame:
			k := min(uint64(len(p)-n), f.left)
			n += int(k)
			if f.left -= k; f.left == 0 {
				f.next()
			}
		case inHeader:
			n += f.header(p[n:])
		case switches: // it does not wait for the answer: frames already, or no HTTP
			f.state = lost
		default:
			return len(p)
		}
		if f.between() {
			return n
		}
	}
	return n
}

// next is what follows a body or a payload.
func (f *frames) next() {
	if f.state == inBody {
		f.state = inHead
	} else {
		f.state = inHeader
	}
}

// request takes p as far as the end of a request's head.
func (f *frames) request(p []byte) int {
	had := len(f.head)
	f.head = append(f.head, p[:min(len(p), largestHead+1-had)]...)
	end := stdbytes.Index(f.head[max(0, had-3):], []byte("\r\n\r\n"))
	if end < 0 {
		if len(f.head) > largestHead || !startsRequest(f.head) {
			f.lose()
		}
		return len(p)
	}
	end += max(0, had-3) + 4
	head := string(f.head[:end])
	f.head = nil
	f.read(head)
	return end - had
}

func (f *frames) lose() { f.state, f.head = lost, nil }

// startsRequest reports whether p can be the beginning of an HTTP request.
func startsRequest(p []byte) bool {
	for _, b := range p[:min(len(p), 16)] {
		if b == ' ' {
			return true
		}
		if b < 'A' || b > 'Z' {
			return false
		}
	}
	return len(p) < 16
}

// read decides by a request's head what comes after it.
func (f *frames) read(head string) {
	upgrade, length := false, uint64(0)
	for line := range strings.SplitSeq(head, "\r\n") {
		name, value, _ := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		switch strings.ToLower(name) {
		case "upgrade":
			upgrade = strings.EqualFold(value, "websocket")
		case "transfer-encoding":
			f.lose()
			return
		case "content-length":
			for _, c := range value {
				if c < '0' || c > '9' || length > 1<<50 {
					f.lose()
					return
				}
				length = 10*length + uint64(c-'0')
			}
		}
	}
	switch {
	case upgrade:
		f.state = switches
	case length > 0:
		f.state, f.left = inBody, length
	}
}

// header takes p as far as the end of a frame's header.
func (f *frames) header(p []byte) int {
	had := len(f.head)
	f.head = append(f.head, p[:min(len(p), wsframe.MaxHeader-had)]...)
	size, length := headerSize(f.head)
	if len(f.head) < size {
		return len(p)
	}
	opcode, final := wsframe.Opcode(f.head[0]), f.head[0]&wsframe.Final != 0
	f.head = f.head[:0]
	switch {
	case opcode == wsframe.Close:
		f.closed = true
	case opcode < wsframe.Close: // of a message: what is above is a ping or a pong
		f.fragmented = !final
	}
	if f.left = length; length > 0 {
		f.state = inFrame
	}
	return size - had
}

// headerSize is how long a frame's header is, and its payload, by as much of it
// as has come.
func headerSize(h []byte) (size int, payload uint64) {
	payload, size = wsframe.Length(h)
	if len(h) >= 2 && wsframe.IsMasked(h) {
		size += 4
	}
	return size, payload
}

// closeFrame is a client's goodbye.
func closeFrame(code int) []byte {
	return wsframe.Append(nil, wsframe.Final|wsframe.Close, wsframe.Client, binary.BigEndian.AppendUint16(nil, uint16(code)))
}

// oversize is how many bytes a frame has that is larger than a chat server
// should take. They are sent, all of them: the client's own frames, which come
// next, are to be read as such by a server that skips it.
const oversize = 2 << 20

// malformedFrame is a frame that no client should send.
func malformedFrame(form string) ([]byte, error) {
	return faults.MalformedFrame(form, faults.Speech{
		First:    wsframe.Final | wsframe.Text,
		Message:  []byte(`{"type":"message","body":{"text":"this is cut off"}}`),
		Oversize: oversize, Sent: oversize,
	})
}
