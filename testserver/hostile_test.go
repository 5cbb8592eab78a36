package testserver

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

func TestAFrameThatIsTooBigClosesWith1009(t *testing.T) {
	_, address := serve(t, Config{MaxFrame: 1000})
	a := dial(t, address, "client=a")
	a.write(strings.Repeat("x", 1000))
	a.next("error")
	a.write(strings.Repeat("x", 1001))
	a.closed(websocket.CloseMessageTooBig)

	b := dial(t, address, "client=b") // in fragments, each of them small
	w, err := b.ws.NextWriter(websocket.TextMessage)
	if err != nil {
		t.Fatal(err)
	}
	for range 100 {
		if _, err := w.Write(bytes.Repeat([]byte("x"), 5000)); err != nil {
			break // closed already
		}
	}
	b.closed(websocket.CloseMessageTooBig)
}

func TestTextThatIsNoUTF8ClosesWith1007(t *testing.T) {
	_, address := serve(t, Config{})
	a := dial(t, address, "client=a")
	a.write("{\"version\":\"\xff\"}")
	a.closed(websocket.CloseInvalidFramePayloadData)
}

func TestAnUnmaskedFrameClosesWith1002(t *testing.T) {
	s, address := serve(t, Config{})
	c := rawDial(t, address, "client=a")
	if _, err := c.Write([]byte{0x81, 2, 'h', 'i'}); err != nil {
		t.Fatal(err)
	}
	if code := lastClose(t, c); code != websocket.CloseProtocolError {
		t.Errorf("closed with %d", code)
	}
	eventually(t, func() bool { return s.conns.Load() == 0 })
}

func TestACloseFrameIsAnsweredWithItsCode(t *testing.T) {
	_, address := serve(t, Config{})
	c := rawDial(t, address, "client=a")
	if _, err := c.Write([]byte{0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8}); err != nil { // masked with zeros
		t.Fatal(err)
	}
	if code := lastClose(t, c); code != websocket.CloseNormalClosure {
		t.Errorf("closed with %d", code)
	}
}

// lastClose reads to the end and returns the code of the close frame there.
func lastClose(t *testing.T, c net.Conn) int {
	t.Helper()
	_ = c.SetReadDeadline(time.Now().Add(patience))
	b, err := io.ReadAll(c)
	if err != nil {
		t.Fatal(err)
	}
	i := bytes.LastIndexByte(b, 0x88)
	if i < 0 || len(b) < i+4 {
		t.Fatalf("no close frame in %q", b)
	}
	return int(binary.BigEndian.Uint16(b[i+2:]))
}

func TestAFloodIsRefusedThenClosedWith1008(t *testing.T) {
	_, address := serve(t, Config{Rate: 10})
	a := dial(t, address, "client=a")
	for range 10 {
		a.beat(1)
		a.next("heartbeat_ack")
	}
	a.beat(1)
	if e := a.next("error"); e.Code != 429 || e.Payload.Meta.ErrorCode != "RATE_LIMITED" {
		t.Errorf("%+v", e)
	}
	for range 3 * maxStrikes {
		if a.ws.WriteMessage(websocket.TextMessage, []byte("x")) != nil {
			break
		}
	}
	a.closed(websocket.ClosePolicyViolation)
}

func TestAFloodOfPingsIsLimitedToo(t *testing.T) {
	_, address := serve(t, Config{Rate: 10})
	a := dial(t, address, "client=a")
	for range 10 + 3*maxStrikes {
		if a.ws.WriteControl(websocket.PingMessage, nil, time.Now().Add(time.Second)) != nil {
			break
		}
	}
	a.closed(websocket.ClosePolicyViolation)
}

func TestPingsAreAnsweredWithTheirPayload(t *testing.T) {
	_, address := serve(t, Config{})
	a := dial(t, address, "client=a")
	var pong string
	a.ws.SetPongHandler(func(s string) error { pong = s; return nil })
	if err := a.ws.WriteControl(websocket.PingMessage, []byte("abc"), time.Now().Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	a.silent()
	if pong != "abc" {
		t.Errorf("ponged %q", pong)
	}
}

// shout lets b say n large messages to a room in which somebody does not read:
// at 300, some 9 MB, much more than sockets hold.
func shout(t *testing.T, b *client, n int) {
	t.Helper()
	text := strings.Repeat("x", 30_000)
	for range n {
		b.tell(`"room":"r"`, text)
	}
}

func TestASlowConsumerIsClosedWith1013AndMayResume(t *testing.T) {
	s, address := serve(t, Config{Queue: 10})
	o := watch(t, address)
	b, slow := dial(t, address, "client=b&room=r"), dial(t, address, "client=slow&room=r")
	from := slow.offset
	shout(t, b, 300)
	o.sees(slow.session, false)
	eventually(t, func() bool { return s.conns.Load() == 2 })
	b.silent()
	slow = dial(t, address, "client=slow&room=r&offset="+from)
	for range 300 {
		slow.next("message")
	}
	slow.silent()
}

func TestASlowConsumerLosesItsOldestIfSo(t *testing.T) {
	_, address := serve(t, Config{Queue: 10, SlowConsumer: DropOldest})
	b, slow := dial(t, address, "client=b&room=r"), dial(t, address, "client=slow&room=r")
	shout(t, b, 300)
	b.tell(`"room":"r"`, "the last")
	n := 0
	for n++; slow.next("message").Payload.Content != "the last"; n++ {
	}
	if n >= 301 || n < 10 {
		t.Errorf("%d messages came", n)
	}
	slow.silent()
}

func TestHalfOpenHandshakesAreBounded(t *testing.T) {
	s, address := serve(t, Config{MaxConns: 1})
	s.heads.Store(moreHeads + 1) // as many are waiting already
	defer s.heads.Store(0)
	_, _, err := websocket.DefaultDialer.Dial("ws://"+address+"/ws", nil)
	if err == nil {
		t.Fatal("one more was let in")
	}
	s.heads.Store(0)
	dial(t, address, "client=a")
}

func TestGarbageInsteadOfAHandshakeHarmsNobody(t *testing.T) {
	_, address := serve(t, Config{})
	for _, garbage := range []string{"\x16\x03\x01\x02\x00", "GET /ws\r\n\r\n", "GET /ws HTTP/1.1\r\nX: " + strings.Repeat("x", 20_000) + "\r\n\r\n"} {
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(c, garbage+"\r\n\r\n"); err != nil && !errors.Is(err, net.ErrClosed) {
			t.Log(err) // refused while still writing
		}
		_ = c.SetReadDeadline(time.Now().Add(patience))
		if b, _ := io.ReadAll(c); !bytes.HasPrefix(b, []byte("HTTP/1.1 4")) {
			t.Errorf("%.20q was answered %q", garbage, b)
		}
		_ = c.Close()
	}
	dial(t, address, "client=a").silent()
}

// FuzzFrames throws bytes at a connection after the handshake.
func FuzzFrames(f *testing.F) {
	f.Add([]byte{0x81, 0x82, 0, 0, 0, 0, 'h', 'i'})
	f.Add([]byte{0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
	f.Add([]byte{0x88, 0x80, 0, 0, 0, 0})
	_, address := serve(f, Config{})
	f.Fuzz(func(t *testing.T, b []byte) {
		c := rawDial(t, address, "client=a&room=r")
		if _, err := c.Write(b); err == nil {
			_ = c.(*net.TCPConn).CloseWrite()
		}
		_ = c.SetReadDeadline(time.Now().Add(patience))
		if _, err := io.Copy(io.Discard, c); errors.Is(err, net.ErrClosed) || isTimeout(err) {
			t.Errorf("%q: %v", b, err)
		}
	})
}

func isTimeout(err error) bool {
	var n net.Error
	return errors.As(err, &n) && n.Timeout()
}
