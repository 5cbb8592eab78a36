package agent

import (
	"fmt"
	"net"

	"github.com/imbench/imbench/faults"
	"github.com/imbench/imbench/internal/wsframe"
)

// feed is a connection as the WebSocket library reads it. It gives the library
// never more than the rest of the current frame, so that at the end of a
// message nothing lies in the library's own buffer: the reader can then park
// in await, shallow and without a buffer, and a frame that has come whole and
// needs no interpretation can be taken from it without the library.
//
//	socket ──await──► data ──frame──► link        whole data frames
//	                    └────Read───► gorilla     handshake, control, fragments
//
// One goroutine reads. Writes pass by, but for the handshake's: it is written
// by many small writes, and leaves as one when the answer is waited for.
type feed struct {
	net.Conn              // *faults.Conn, or *tls.Conn over it
	plain    *faults.Conn // nil under TLS, which has a buffer of its own
	held     *faults.Buffer
	own      []byte // the buffer under TLS
	data     []byte // read from the socket, not yet taken
	request  []byte // the handshake as far as it is written

	upgraded bool // past the HTTP handshake: data are frames
	head     [10]byte
	headLen  int
	rest     uint64 // payload bytes of the current frame still to give; before the upgrade, bytes given
}

// maxHandshake bounds the head of a server's answer, in bytes: the library
// would take a line of any length.
const maxHandshake = 64 << 10

var errHandshakeTooLong = fmt.Errorf("the answer to the handshake goes on beyond %d bytes", maxHandshake)

const tlsReadBuffer = 2 << 10

// await blocks until there are data to take.
func (f *feed) await() error {
	if len(f.data) > 0 {
		return nil
	}
	f.release()
	if f.plain == nil {
		if f.own == nil {
			f.own = make([]byte, tlsReadBuffer)
		}
		n, err := f.Conn.Read(f.own)
		f.data = f.own[:n]
		if n > 0 {
			return nil
		}
		return err
	}
	b, err := f.plain.ReadPooled()
	if err != nil {
		return err
	}
	f.held, f.data = b, b.Bytes()
	return nil
}

// Write holds the handshake back until it is whole, and passes all else on.
func (f *feed) Write(p []byte) (int, error) {
	if !f.upgraded {
		f.request = append(f.request, p...)
		return len(p), nil
	}
	return f.Conn.Write(p)
}

// WriteByte makes a feed what net/http writes a request to without a buffer of
// its own.
func (f *feed) WriteByte(b byte) error {
	_, err := f.Write([]byte{b})
	return err
}

// ask writes the handshake out.
func (f *feed) ask() error {
	if len(f.request) == 0 {
		return nil
	}
	_, err := f.Conn.Write(f.request)
	f.request = nil
	return err
}

// release gives the borrowed buffer back once all of it was taken.
func (f *feed) release() {
	if f.held != nil {
		f.held.Release()
		f.held, f.data = nil, nil
	}
}

// Read gives the library at most the rest of the current frame.
func (f *feed) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if err := f.ask(); err != nil {
		return 0, err
	}
	if err := f.await(); err != nil {
		return 0, err
	}
	n := min(len(p), len(f.data))
	if f.upgraded {
		n = f.withinFrame(f.data[:n])
	} else if n = f.withinHandshake(f.data[:n]); f.rest > maxHandshake {
		return 0, errHandshakeTooLong
	}
	copy(p, f.data[:n])
	f.took(n)
	return n, nil
}

func (f *feed) took(n int) {
	f.data = f.data[n:]
	if len(f.data) == 0 {
		f.release()
	}
}

// withinHandshake returns how much of b belongs to the HTTP response: up to
// and with the empty line. A refusal's body is read as if it were frames, which
// cuts it in pieces but loses none of it.
func (f *feed) withinHandshake(b []byte) int {
	const end = "\r\n\r\n"
	for i, c := range b {
		switch c {
		case end[f.headLen]:
			f.headLen++
		case end[0]:
			f.headLen = 1
		default:
			f.headLen = 0
		}
		if f.headLen == len(end) {
			f.headLen, f.rest, f.upgraded = 0, 0, true
			return i + 1
		}
	}
	f.rest += uint64(len(b))
	return len(b)
}

// withinFrame returns how much of b belongs to the current frame and moves on
// by that much. Servers do not mask, so a mask is taken for payload; the library
// refuses such a frame.
func (f *feed) withinFrame(b []byte) int {
	n := 0
	for f.rest == 0 && n < len(b) {
		f.head[f.headLen] = b[n]
		f.headLen++
		n++
		payload, size := wsframe.Length(f.head[:f.headLen])
		if f.headLen < size {
			continue
		}
		f.headLen, f.rest = 0, payload
		if payload == 0 {
			return n
		}
	}
	take := min(f.rest, uint64(len(b)-n))
	f.rest -= take
	return n + int(take)
}

// The first byte of frames that are whole messages, or pings, of one frame.
const (
	wholeText   = wsframe.Final | wsframe.Text
	wholeBinary = wsframe.Final | wsframe.Binary
	wholePing   = wsframe.Final | wsframe.Ping
)

// frame takes the payload of the next frame if all of it has come, it is a
// message of its own or a ping, and the library has nothing to say about it:
// not compressed, masked or fragmented. Payload is valid until n bytes are
// taken; n is 0 when there is no such frame. It must only be called between
// two messages.
func (f *feed) frame() (kind byte, payload []byte, n int) {
	if len(f.data) < 2 || f.headLen != 0 || f.rest != 0 || wsframe.IsMasked(f.data) {
		return 0, nil, 0
	}
	kind = f.data[0]
	switch short := f.data[1]; {
	case kind == wholePing && short > 125, kind != wholeText && kind != wholeBinary && kind != wholePing:
		return 0, nil, 0
	case short == 127:
		return 0, nil, 0 // larger than any buffer
	}
	size, head := wsframe.Length(f.data)
	if len(f.data) < head || uint64(len(f.data)-head) < size {
		return 0, nil, 0
	}
	end := head + int(size)
	return kind, f.data[head:end], end
}
