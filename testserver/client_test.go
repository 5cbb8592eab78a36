package testserver

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if os.Getenv(serveVariable) == "" {
		goleak.VerifyTestMain(m)
		return
	}
	if err := serveUntilInputEnds(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// patience is how long a test waits for what must come.
const patience = 30 * time.Second

// serve starts a server with c on loopback and returns it and its address. It
// is shut down at the end of the test.
func serve(t testing.TB, c Config) (*Server, string) {
	t.Helper()
	s, address, served := begin(t, c)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			t.Errorf("shutdown: %v", err)
		}
		if err := <-served; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	return s, address
}

// begin is serve for tests that shut the server down themselves: what Serve
// returns then is in served.
func begin(t testing.TB, c Config) (_ *Server, address string, served <-chan error) {
	t.Helper()
	s, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	l, err := Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(l) }()
	return s, l.Addr().String(), ended
}

// received is an envelope from the server.
type received struct {
	Version, Event string
	Code           int
	Payload        struct {
		ID, Content string
		Timestamp   int64
		Sender      struct{ ID string }
		Meta        struct {
			Connection, Online, All             bool
			Room, To, Offset, ErrorCode, Client string
		}
	}
}

// client is a client of the tests. Its methods fail the test.
type client struct {
	t       testing.TB
	ws      *websocket.Conn
	session string
	offset  string // of the greeting, then of the last message
	n       int
}

// dial logs in with a query such as "client=a&room=r" and waits for the
// greeting.
func dial(t testing.TB, address, query string) *client {
	t.Helper()
	ws, _, err := websocket.DefaultDialer.Dial("ws://"+address+"/ws?"+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	return greeted(t, ws)
}

func greeted(t testing.TB, ws *websocket.Conn) *client {
	t.Helper()
	c := &client{t: t, ws: ws}
	t.Cleanup(func() { _ = ws.Close() })
	e := c.next("system")
	if !e.Payload.Meta.Connection || e.Code != 201 || e.Payload.Content != "连接成功" {
		t.Fatalf("greeted by %+v", e)
	}
	c.session, c.offset = strings.TrimPrefix(e.Payload.ID, "sys_"), e.Payload.Meta.Offset
	return c
}

// read returns the next envelope, or what ended the connection.
func (c *client) read() (e received, err error) {
	c.t.Helper()
	_ = c.ws.SetReadDeadline(time.Now().Add(patience))
	_, b, err := c.ws.ReadMessage()
	if err != nil {
		return e, err
	}
	if err := json.Unmarshal(b, &e); err != nil {
		c.t.Fatalf("%s: %v", b, err)
	}
	if e.Version != "1.0.0" {
		c.t.Fatalf("version of %s", b)
	}
	return e, nil
}

// next returns the next envelope, which must be of that event.
func (c *client) next(event string) received {
	c.t.Helper()
	e, err := c.read()
	if err != nil {
		c.t.Fatalf("waiting for %s: %v", event, err)
	}
	if e.Event != event {
		c.t.Fatalf("waiting for %s, came %+v", event, e)
	}
	if event == "message" {
		c.offset = e.Payload.Meta.Offset
	}
	return e
}

// expect reads messages with just these contents, in this order.
func (c *client) expect(contents ...string) {
	c.t.Helper()
	for _, want := range contents {
		if got := c.next("message").Payload.Content; got != want {
			c.t.Fatalf("got message %q, want %q", got, want)
		}
	}
}

// silent checks that nothing came before the answer to a beat.
func (c *client) silent() {
	c.t.Helper()
	c.beat(42)
	if e := c.next("heartbeat_ack"); e.Payload.Timestamp != 42 {
		c.t.Fatalf("the beat came back as %+v", e)
	}
}

func (c *client) write(text string) {
	c.t.Helper()
	if err := c.ws.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
		c.t.Fatal(err)
	}
}

func (c *client) beat(ms int64) {
	c.t.Helper()
	c.write(fmt.Sprintf(`{"version":"1.0.0","event":"heartbeat","payload":{"timestamp":%d},"code":200}`, ms))
}

// say sends content to meta, for example `"room":"r"`.
func (c *client) say(meta, content string) {
	c.t.Helper()
	c.n++
	c.write(fmt.Sprintf(`{"version":"1.0.0","event":"message","payload":{"id":"m%d","timestamp":5,"content":%q,"meta":{%s}},"code":200}`, c.n, content, meta))
}

// tell is say, and waits for the ack.
func (c *client) tell(meta, content string) {
	c.t.Helper()
	c.say(meta+`,"ack":true`, content)
	if e := c.next("ack"); e.Payload.ID != fmt.Sprintf("m%d", c.n) {
		c.t.Fatalf("m%d was acked by %+v", c.n, e)
	}
}

// closed reads until the connection ends and checks with which code.
func (c *client) closed(code int) {
	c.t.Helper()
	for {
		_, err := c.read()
		if err == nil {
			continue
		}
		if !websocket.IsCloseError(err, code) {
			c.t.Fatalf("ended by %v, want close %d", err, code)
		}
		return
	}
}

// leave closes without a word.
func (c *client) leave() { _ = c.ws.Close() }

// watch logs an observer of presence in.
func watch(t testing.TB, address string) *client {
	t.Helper()
	return dial(t, address, "observe=presence")
}

// sees waits until a session goes online or offline.
func (c *client) sees(session string, online bool) {
	c.t.Helper()
	for {
		if e := c.next("presence"); e.Payload.ID == session && e.Payload.Meta.Online == online {
			return
		}
	}
}

// status is what a plain GET is answered.
func status(t testing.TB, address, path string, header http.Header) *http.Response {
	t.Helper()
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	u := url.URL{Scheme: "http", Host: address}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, u.String()+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range header {
		req.Header[k] = v
	}
	res, err := transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = res.Body.Close() })
	return res
}

// rawDial is a TCP connection after a handshake, before the greeting is read,
// for what a WebSocket library would not send.
func rawDial(t testing.TB, address, query string) net.Conn {
	t.Helper()
	return rawDialPath(t, address, "/ws?"+query)
}

func rawDialPath(t testing.TB, address, path string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_, err = fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", path)
	if err != nil {
		t.Fatal(err)
	}
	_ = c.SetReadDeadline(time.Now().Add(patience))
	var answer []byte
	for b := make([]byte, 1); !strings.HasSuffix(string(answer), "\r\n\r\n"); answer = append(answer, b[0]) {
		if _, err := c.Read(b); err != nil {
			t.Fatal(err)
		}
	}
	if !strings.HasPrefix(string(answer), "HTTP/1.1 101 ") {
		t.Fatalf("answered %q", answer)
	}
	return c
}
