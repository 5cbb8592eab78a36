package proxy

import (
	stdbytes "bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	toxiproxy "github.com/Shopify/toxiproxy/v2/client"

	"github.com/imbench/imbench/internal/wsframe"
)

const upgradeRequest = "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"

func TestFramesKnowsWhereAMessageEnds(t *testing.T) {
	const agreed = "HTTP/1.1 101 Switching Protocols\r\n\r\n"
	part := func(opcode byte, final bool, n int) []byte {
		if final {
			opcode |= wsframe.Final
		}
		return wsframe.Append(nil, opcode, wsframe.Client, stdbytes.Repeat([]byte("p"), n))
	}
	tests := map[string]struct {
		request, answer string
		frames          [][]byte
		between         []bool // after each frame
		lost            bool
	}{
		"messages of all sizes": {upgradeRequest, agreed,
			[][]byte{part(1, true, 0), part(1, true, 125), part(2, true, 126), part(1, true, 70_000)}, []bool{true, true, true, true}, false},
		"fragments, and a ping between them": {upgradeRequest, agreed,
			[][]byte{part(1, false, 3), part(9, true, 1), part(0, false, 200), part(0, true, 0)}, []bool{false, false, false, true}, false},
		"a goodbye": {upgradeRequest, agreed, [][]byte{part(1, true, 1), closeFrame(1000)}, []bool{true, false}, false},
		"requests before the upgrade": {"GET / HTTP/1.1\r\n\r\nPOST /login HTTP/1.1\r\nContent-Length: 5\r\n\r\n12345" + upgradeRequest, agreed,
			[][]byte{part(1, true, 1)}, []bool{true}, false},
		"a refused upgrade":           {upgradeRequest, "HTTP/1.1 403 Forbidden\r\n\r\n", nil, nil, true},
		"TLS":                         {"\x16\x03\x01\x02\x00\x01", "", nil, nil, true},
		"a body of chunks":            {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", "", nil, nil, true},
		"a length that is none":       {"POST / HTTP/1.1\r\nContent-Length: 5x\r\n\r\n", "", nil, nil, true},
		"a head without an end":       {"GET / HTTP/1.1\r\nX: " + strings.Repeat("x", largestHead), "", nil, nil, true},
		"frames before the agreement": {upgradeRequest + "\x81\x80", "", nil, nil, true},
	}
	for name, tt := range tests {
		for _, step := range []int{1, 3, 1 << 20} {
			t.Run(name, func(t *testing.T) {
				var f frames
				feed := func(p []byte) {
					for len(p) > 0 {
						n := min(step, len(p))
						for piece := p[:n]; len(piece) > 0; {
							piece = piece[f.advance(piece):]
						}
						p = p[n:]
					}
				}
				feed([]byte(tt.request))
				f.agree([]byte(tt.answer))
				if (f.state == lost) != tt.lost {
					t.Fatalf("after the handshake it is in state %d", f.state)
				}
				for i, fr := range tt.frames {
					feed(fr)
					if f.between() != tt.between[i] {
						t.Errorf("after frame %d between messages is %v", i, f.between())
					}
				}
			})
		}
	}
}

// FuzzFrames: whatever a client sends, in whatever pieces, is taken without a
// panic, and what is made of it does not depend on the pieces.
func FuzzFrames(f *testing.F) {
	f.Add([]byte(upgradeRequest), closeFrame(1000), uint8(1))
	f.Add([]byte("POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc"), []byte("GET"), uint8(7))
	f.Add([]byte(upgradeRequest), append(wsframe.Append(nil, wsframe.Final|wsframe.Text, wsframe.Client, make([]byte, 300)), 0x01), uint8(2))
	f.Fuzz(func(t *testing.T, request, rest []byte, step uint8) {
		var whole, pieces frames
		feed := func(f *frames, p []byte, step int) {
			for len(p) > 0 {
				n := f.advance(p[:min(step, len(p))])
				if n <= 0 || n > len(p) {
					t.Fatalf("it took %d of %d bytes", n, len(p))
				}
				p = p[n:]
			}
		}
		for _, p := range [][]byte{request, rest} {
			feed(&whole, p, 1<<20)
			feed(&pieces, p, int(step)+1)
			whole.agree([]byte("HTTP/1.1 101"))
			pieces.agree([]byte("HTTP/1.1 101"))
			if whole.state != pieces.state || whole.left != pieces.left || whole.fragmented != pieces.fragmented || whole.closed != pieces.closed {
				t.Fatalf("as a whole %+v, in pieces %+v", whole, pieces)
			}
		}
	})
}

// webServer echoes messages and tells how each client ended.
func webServer(t *testing.T, limit int64) (addr string, ends <-chan error) {
	t.Helper()
	ended := make(chan error, 10)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		up := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
		c, err := up.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer c.Close()
		c.SetReadLimit(limit)
		for {
			kind, p, err := c.ReadMessage()
			if err != nil {
				ended <- err
				return
			}
			if c.WriteMessage(kind, p) != nil {
				return
			}
		}
	}))
	t.Cleanup(s.Close)
	return strings.TrimPrefix(s.URL, "http://"), ended
}

func webClient(t *testing.T, p *toxiproxy.Proxy) *websocket.Conn {
	t.Helper()
	c, _, err := websocket.DefaultDialer.Dial("ws://"+p.Listen+"/", nil)
	must(t, err)
	t.Cleanup(func() { c.Close() })
	echo(t, c, "hello")
	return c
}

func echo(t *testing.T, c *websocket.Conn, text string) {
	t.Helper()
	must(t, c.WriteMessage(websocket.TextMessage, []byte(text)))
	_ = c.SetReadDeadline(time.Now().Add(patience))
	if _, got, err := c.ReadMessage(); err != nil || string(got) != text {
		t.Fatalf("read %q, %v; want %q", got, err, text)
	}
}

func TestByeSaysGoodbyeForTheClient(t *testing.T) {
	w := newWorld(t, Config{})
	addr, ends := webServer(t, 1<<20)
	p := w.proxy(addr)
	c := webClient(t, p)
	toxic(t, p, "bye", "", toxiproxy.Attributes{"code": 1001})
	if err := <-ends; !websocket.IsCloseError(err, websocket.CloseGoingAway) {
		t.Errorf("the server met %v", err)
	}
	_ = c.SetReadDeadline(time.Now().Add(patience))
	if _, _, err := c.ReadMessage(); !websocket.IsCloseError(err, websocket.CloseGoingAway) {
		t.Errorf("the client met %v", err)
	}
}

func TestMalformedFramesComeBetweenTheClientsMessages(t *testing.T) {
	tests := map[string]func(error) bool{
		"bad-utf8": nil, // gorilla leaves it to its user
		"unmasked": func(err error) bool { return strings.Contains(err.Error(), "MASK") },
		"oversize": func(err error) bool { return errors.Is(err, websocket.ErrReadLimit) },
		"bad-json": nil,
	}
	for form, notices := range tests {
		t.Run(form, func(t *testing.T) {
			w := newWorld(t, Config{})
			addr, ends := webServer(t, 1<<20)
			p := w.proxy(addr)
			c := webClient(t, p)
			toxic(t, p, "malformed", "", toxiproxy.Attributes{"forms": []string{form}})
			if notices == nil {
				sent, err := malformedFrame(form)
				must(t, err)
				_ = c.SetReadDeadline(time.Now().Add(patience))
				if _, got, err := c.ReadMessage(); err != nil || !stdbytes.HasSuffix(sent, got) {
					t.Fatalf("the server took %q, %v", got, err)
				}
				echo(t, c, "and on it goes")
				return
			}
			if err := <-ends; !notices(err) {
				t.Errorf("the server met %v", err)
			}
		})
	}
}

func TestAFrameForWhatIsNoWebSocketIsNotSent(t *testing.T) {
	w, _, p, client, server := newChat(t, Config{})
	toxic(t, p, "bye", "", nil)
	w.saying("failed=1")
	w.saying("not a WebSocket in the clear")
	pass(t, client, server)
}
