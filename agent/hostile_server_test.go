package agent_test

import (
	"bufio"
	"context"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// listen hands every connection to behave and closes it when that returns, or
// when the test ends. It returns the URL to give as target.
func listen(t testing.TB, behave func(ctx context.Context, c net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var connections sync.WaitGroup
	connections.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			connections.Go(func() {
				hangUp := context.AfterFunc(ctx, func() { c.Close() })
				defer hangUp()
				defer c.Close()
				behave(ctx, c)
			})
		}
	})
	t.Cleanup(func() {
		cancel()
		l.Close()
		connections.Wait()
	})
	return "ws://" + l.Addr().String() + "/ws"
}

// answering reads the request and writes an answer that the test made up.
func answering(answer string) func(*testing.T) string {
	return func(t *testing.T) string {
		return listen(t, func(_ context.Context, c net.Conn) {
			if _, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
				io.WriteString(c, answer)
			}
		})
	}
}

// encrypting serves over TLS, with a certificate of its own making.
func encrypting(t *testing.T) string {
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	return strings.Replace(s.URL, "https:", "wss:", 1) + "/ws"
}

// upgrading makes the handshake as it should be, and hands the connection on.
func upgrading(behave func(p *peer)) func(*testing.T) string {
	return func(t *testing.T) string {
		return listen(t, func(ctx context.Context, c net.Conn) {
			from := bufio.NewReader(c)
			r, err := http.ReadRequest(from)
			if err != nil {
				return
			}
			sum := sha1.Sum([]byte(r.Header.Get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
			io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "+
				base64.StdEncoding.EncodeToString(sum[:])+"\r\n\r\n")
			behave(&peer{Conn: c, from: from, ctx: ctx})
		})
	}
}

const greetingFrame = `{"version":"1.0.0","event":"system","payload":{"id":"sys_1","timestamp":1,"content":"","meta":{"connection":true}},"code":201}`

// greeting is upgrading, and the greeting that lets the client in.
func greeting(behave func(p *peer)) func(*testing.T) string {
	return upgrading(func(p *peer) {
		p.text(greetingFrame)
		behave(p)
	})
}

// peer is the server's end of one connection, for servers that say what they
// should not.
type peer struct {
	net.Conn
	from *bufio.Reader
	ctx  context.Context //nolint:containedctx // of the connection, whose life the peer is
}

const (
	opText   = 0x81
	opBinary = 0x82
	opClose  = 0x88
	opPing   = 0x89
)

func appendFrame(dst []byte, op byte, payload string) []byte {
	dst = append(dst, op)
	switch n := len(payload); {
	case n < 126:
		dst = append(dst, byte(n))
	case n < 1<<16:
		dst = binary.BigEndian.AppendUint16(append(dst, 126), uint16(n))
	default:
		dst = binary.BigEndian.AppendUint64(append(dst, 127), uint64(n))
	}
	return append(dst, payload...)
}

func (p *peer) frame(op byte, payload string) { p.Write(appendFrame(nil, op, payload)) }
func (p *peer) text(payload string)           { p.frame(opText, payload) }

// wait keeps the connection open and reads nothing.
func (p *peer) wait() { <-p.ctx.Done() }

// flood writes b again and again until the connection ends.
func (p *peer) flood(b []byte) {
	for {
		if _, err := p.Write(b); err != nil {
			return
		}
	}
}

var errClosed = errors.New("the client closed")

// next reads a client's frame.
func (p *peer) next() (string, error) {
	var head [2]byte
	if _, err := io.ReadFull(p.from, head[:]); err != nil {
		return "", err
	}
	size := uint64(head[1] & 0x7f)
	switch size {
	case 126:
		var n uint16
		binary.Read(p.from, binary.BigEndian, &n)
		size = uint64(n)
	case 127:
		binary.Read(p.from, binary.BigEndian, &size)
	}
	masked := make([]byte, 4+size)
	if _, err := io.ReadFull(p.from, masked); err != nil {
		return "", err
	}
	mask, payload := masked[:4], masked[4:]
	for i := range payload {
		payload[i] ^= mask[i%4]
	}
	if head[0] == opClose {
		return "", errClosed
	}
	return string(payload), nil
}

// serve answers heartbeats as a server should, and hands messages to got. A
// message that is written back as it came is its delivery to the sender.
func (p *peer) serve(got func(message string)) {
	for {
		frame, err := p.next()
		switch {
		case err != nil:
			return
		case strings.Contains(frame, `"event":"heartbeat"`):
			p.text(strings.Replace(frame, "heartbeat", "heartbeat_ack", 1))
		case strings.Contains(frame, `"event":"message"`):
			got(frame)
		}
	}
}

// fragments writes a message in frames of ten bytes, with a ping in between.
func (p *peer) fragments(message string) {
	const part = 10
	op := byte(opText &^ 0x80)
	for len(message) > part {
		p.frame(op, message[:part])
		p.frame(opPing, "")
		op, message = 0, message[part:]
	}
	p.frame(op|0x80, message)
}

// mistag writes a message as it is, and five times with another tag: of
// another run, origin, sender, number and time.
func (p *peer) mistag(message string) {
	p.text(message)
	tag := strings.Index(message, "im~") + len("im~")
	for _, last := range []int{8, 10, 16, 24, 36} { // where each field of the tag ends
		b := []byte(message)
		digit := &b[tag+last-1]
		if *digit++; *digit == '9'+1 || *digit == 'f'+1 {
			*digit = '0'
		}
		p.text(string(b))
	}
}

// ack confirms a message, and does nothing with it.
func (p *peer) ack(message string) {
	_, id, _ := strings.Cut(message, `"id":"`)
	p.text(`{"version":"1.0.0","event":"ack","payload":{"id":"` + id[:10] + `","timestamp":1},"code":200}`)
}
