package agent

import (
	"bytes"
	"context"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"regexp"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/imbench/imbench/internal/wsframe"
)

// serverFrame is a frame as a server writes it.
func serverFrame(first byte, payload []byte) []byte {
	return wsframe.Append(nil, first, wsframe.Server, payload)
}

// drips is a connection whose reads give at most n bytes at a time.
type drips struct {
	net.Conn
	left []byte
	n    int
}

func (d *drips) Read(p []byte) (int, error) {
	if len(d.left) == 0 {
		return 0, io.EOF
	}
	k := copy(p[:min(len(p), d.n)], d.left)
	d.left = d.left[k:]
	return k, nil
}

// Write takes the client's handshake for the question it is, and makes the
// answer come before the frames.
func (d *drips) Write(p []byte) (int, error) {
	if key := regexp.MustCompile(`(?i)Sec-WebSocket-Key: (\S+)`).FindSubmatch(p); key != nil {
		sum := sha1.Sum(append(bytes.Clone(key[1]), "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"...))
		answer := "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
			base64.StdEncoding.EncodeToString(sum[:]) + "\r\n\r\n"
		d.left = append([]byte(answer), d.left...)
	}
	return len(p), nil
}
func (d *drips) Close() error                     { return nil }
func (d *drips) SetDeadline(time.Time) error      { return nil }
func (d *drips) SetReadDeadline(time.Time) error  { return nil }
func (d *drips) SetWriteDeadline(time.Time) error { return nil }

// Whatever way a stream of frames is cut, the messages come out whole, through
// the library or past it.
func TestFeedGivesEveryMessageHoweverTheStreamIsCut(t *testing.T) {
	big := bytes.Repeat([]byte("x"), 70_000)
	middle := bytes.Repeat([]byte("m"), 300)
	var stream []byte
	stream = append(stream, serverFrame(0x81, []byte("hello"))...)
	stream = append(stream, serverFrame(0x89, []byte("ping"))...) // control
	stream = append(stream, serverFrame(0x82, middle)...)
	stream = append(stream, serverFrame(0x81, nil)...) // empty
	stream = append(stream, serverFrame(0x01, []byte("frag"))...)
	stream = append(stream, serverFrame(0x89, nil)...) // control within a message
	stream = append(stream, serverFrame(0x80, []byte("mented"))...)
	stream = append(stream, serverFrame(0x81, big)...)
	stream = append(stream, serverFrame(0x81, []byte("bye"))...)
	want := []string{"hello", string(middle), "", "fragmented", string(big), "bye"}

	for _, cut := range []int{1, 2, 3, 7, 126, 127, 128, 129, 4096, 1 << 20} {
		t.Run(fmt.Sprintf("%d bytes a read", cut), func(t *testing.T) {
			f := &feed{Conn: &drips{left: bytes.Clone(stream), n: cut}}
			ws := upgradeOver(t, f)
			var got []string
			for {
				if err := f.await(); err != nil {
					break
				}
				if kind, payload, n := f.frame(); n > 0 {
					if kind != wholePing {
						got = append(got, string(payload))
					}
					f.took(n)
					continue
				}
				_, message, err := ws.ReadMessage()
				if err != nil {
					break
				}
				got = append(got, string(message))
			}
			if len(got) != len(want) {
				t.Fatalf("%d messages, want %d", len(got), len(want))
			}
			for i := range want {
				if got[i] != want[i] {
					t.Errorf("message %d differs", i)
				}
			}
		})
	}
}

// upgradeOver is the library's side of a connection that f carries.
func upgradeOver(t *testing.T, f *feed) *websocket.Conn {
	t.Helper()
	d := websocket.Dialer{
		ReadBufferSize: readBuffer,
		NetDialContext: func(context.Context, string, string) (net.Conn, error) { return f, nil },
	}
	ws, _, err := d.Dial("ws://example/", nil)
	if err != nil {
		t.Fatal(err)
	}
	return ws
}
