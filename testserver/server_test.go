package testserver

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

func TestMessagesGoToWhomTheyAreFor(t *testing.T) {
	_, address := serve(t, Config{})
	a, b := dial(t, address, "client=a&room=r"), dial(t, address, "client=b&room=r")
	other := dial(t, address, "client=c&room=s")

	a.tell(`"room":"r"`, "to the room")
	e := b.next("message")
	if p := e.Payload; e.Code != 200 || p.ID != "m1" || p.Content != "to the room" || p.Timestamp != 5 ||
		p.Sender.ID != "a" || p.Meta.Room != "r" || !strings.HasPrefix(p.Meta.Offset, "r") {
		t.Errorf("%+v", e)
	}
	a.tell(`"to":"b"`, "to one")
	if e := b.next("message"); e.Payload.Content != "to one" || e.Payload.Meta.To != "b" || !strings.HasPrefix(e.Payload.Meta.Offset, "d") {
		t.Errorf("%+v", e)
	}
	a.tell(`"all":true`, "to all")
	if e := b.next("message"); e.Payload.Content != "to all" || !e.Payload.Meta.All || !strings.HasPrefix(e.Payload.Meta.Offset, "a") {
		t.Errorf("%+v", e)
	}
	other.expect("to all")
	a.say(`"to":"a"`, "to myself")
	a.expect("to myself")
	for _, c := range []*client{a, b, other} {
		c.silent()
	}
}

func TestTheUsualLayoutAndAnyOtherMeanTheSame(t *testing.T) {
	_, address := serve(t, Config{})
	a, b := dial(t, address, "client=a&room=r"), dial(t, address, "client=b&room=r")
	for _, frame := range []string{
		`{"version":"1.0.0","event":"message","payload":{"id":"x","timestamp":7,"content":"你好 \"\u0041\"","meta":{"room":"r","ack":true}},"code":200}`,
		"{\n \"code\": 1, \"payload\": {\"meta\":{\"ack\":true,\"room\":\"r\"},\"content\":\"你好 \\\"\\u0041\\\"\",\"timestamp\":7.0,\"id\":\"x\"},\"event\":\"message\",\"version\":\"1.0.0\"}",
	} {
		a.write(frame)
		if e := a.next("ack"); e.Payload.ID != "x" {
			t.Errorf("%s: acked as %+v", frame, e)
		}
		if p := b.next("message").Payload; p.ID != "x" || p.Content != `你好 "A"` || p.Timestamp != 7 {
			t.Errorf("%s: received as %+v", frame, p)
		}
	}
}

func TestAnErrorIsAnsweredAndTheConnectionLivesOn(t *testing.T) {
	_, address := serve(t, Config{})
	a := dial(t, address, "client=a&room=r")
	message := func(payload string) string {
		return `{"version":"1.0.0","event":"message","payload":{` + payload + `},"code":200}`
	}
	for name, c := range map[string]struct {
		frame string
		code  int
		error string
	}{
		"text that is no JSON":          {"hello", 400, "INVALID_FORMAT"},
		"an empty frame":                {"", 400, "INVALID_FORMAT"},
		"JSON that is no object":        {"[1]", 400, "INVALID_FORMAT"},
		"another version":               {`{"version":"2.0.0","event":"message"}`, 400, "INVALID_FORMAT"},
		"no version":                    {`{"event":"heartbeat","payload":{"timestamp":1}}`, 400, "INVALID_FORMAT"},
		"no event":                      {`{"version":"1.0.0"}`, 400, "INVALID_FORMAT"},
		"an unknown event":              {`{"version":"1.0.0","event":"explode"}`, 400, "INVALID_FORMAT"},
		"no id":                         {message(`"content":"x","meta":{"all":true}`), 400, "INVALID_FORMAT"},
		"an id of 129 bytes":            {message(`"id":"` + strings.Repeat("x", 129) + `","timestamp":1,"content":"x","meta":{"all":true}`), 400, "INVALID_FORMAT"},
		"content that is no string":     {message(`"id":"x","content":{},"meta":{"all":true}`), 400, "INVALID_FORMAT"},
		"no content":                    {message(`"id":"x","meta":{"all":true}`), 400, "INVALID_FORMAT"},
		"no addressee":                  {message(`"id":"x","timestamp":1,"content":"x","meta":{}`), 400, "INVALID_FORMAT"},
		"two addressees":                {message(`"id":"x","timestamp":1,"content":"x","meta":{"all":true,"room":"r"}`), 400, "INVALID_FORMAT"},
		"a room without a name":         {message(`"id":"x","timestamp":1,"content":"x","meta":{"room":""}`), 400, "INVALID_FORMAT"},
		"a time before 1970":            {message(`"id":"x","timestamp":-1,"content":"x","meta":{"all":true}`), 400, "INVALID_FORMAT"},
		"a room one is not in":          {message(`"id":"x","timestamp":1,"content":"x","meta":{"room":"s"}`), 403, "NOT_A_MEMBER"},
		"a client nobody knows":         {message(`"id":"x","timestamp":1,"content":"x","meta":{"to":"z"}`), 404, "UNKNOWN_CLIENT"},
		"joining the room one is in":    {`{"version":"1.0.0","event":"join","payload":{"meta":{"room":"r"}}}`, 400, "INVALID_FORMAT"},
		"joining with a foreign offset": {`{"version":"1.0.0","event":"join","payload":{"meta":{"room":"s","offset":"17"}}}`, 400, "INVALID_FORMAT"},
		"joining nothing":               {`{"version":"1.0.0","event":"join","payload":{}}`, 400, "INVALID_FORMAT"},
		"leaving a room one is not in":  {`{"version":"1.0.0","event":"leave","payload":{"meta":{"room":"s"}}}`, 403, "NOT_A_MEMBER"},
	} {
		a.write(c.frame)
		e := a.next("error")
		if e.Code != c.code || e.Payload.Meta.ErrorCode != c.error || e.Payload.Content == "" || !strings.HasPrefix(e.Payload.ID, "err_") {
			t.Errorf("%s: %+v", name, e)
		}
	}
	if err := a.ws.WriteMessage(websocket.BinaryMessage, []byte("x")); err != nil {
		t.Fatal(err)
	}
	a.next("error")
	a.silent()
}

func TestRoomsAreJoinedAndLeftAtRunTime(t *testing.T) {
	_, address := serve(t, Config{})
	a, b := dial(t, address, "client=a"), dial(t, address, "client=b&room=r")
	a.write(`{"version":"1.0.0","event":"join","payload":{"meta":{"room":"r"}}}`)
	if e := a.next("system"); e.Payload.Meta.Room != "r" || e.Payload.Meta.Connection || e.Code != 200 {
		t.Errorf("%+v", e)
	}
	b.tell(`"room":"r"`, "one")
	a.expect("one")
	a.write(`{"version":"1.0.0","event":"leave","payload":{"meta":{"room":"r"}}}`)
	a.next("system")
	b.tell(`"room":"r"`, "two")
	a.silent()
	a.write(fmt.Sprintf(`{"version":"1.0.0","event":"join","payload":{"meta":{"room":"r","offset":%q}}}`, a.offset))
	a.next("system")
	a.expect("two")
}

func TestPresenceTellsWhoComesAndGoes(t *testing.T) {
	_, address := serve(t, Config{})
	o := watch(t, address)
	a := dial(t, address, "client=a")
	e := o.next("presence")
	if e.Payload.ID != a.session || e.Payload.Meta.Client != "a" || !e.Payload.Meta.Online {
		t.Errorf("%+v", e)
	}
	a.leave()
	if e := o.next("presence"); e.Payload.ID != a.session || e.Payload.Meta.Online {
		t.Errorf("%+v", e)
	}
	watch(t, address).leave() // is nobody's business
	o.silent()
	o.say(`"all":true`, "x")
	if e := o.next("error"); e.Payload.Meta.ErrorCode != "FORBIDDEN" {
		t.Errorf("an observer chats: %+v", e)
	}
}

func TestANewConnectionOfAClientTakesOverFromTheOld(t *testing.T) {
	_, address := serve(t, Config{})
	o := watch(t, address)
	old := dial(t, address, "client=a&room=r")
	o.sees(old.session, true)
	b := dial(t, address, "client=b&room=r")
	fresh := dial(t, address, "client=a&room=r")
	old.closed(4001)
	o.sees(old.session, false)
	b.tell(`"to":"a"`, "one")
	b.tell(`"room":"r"`, "two")
	fresh.expect("one", "two")
	fresh.silent()
}

func TestTokenIsAskedForAtTheDoor(t *testing.T) {
	_, address := serve(t, Config{Token: "secret"})
	for name, c := range map[string]struct {
		query  string
		header http.Header
		want   int
	}{
		"no token":              {"", nil, 401},
		"a wrong one":           {"token=guess", nil, 401},
		"a wrong bearer":        {"", http.Header{"Authorization": {"Bearer guess"}}, 401},
		"the right one":         {"token=secret", nil, 101},
		"the right one, bearer": {"", http.Header{"Authorization": {"Bearer secret"}}, 101},
	} {
		ws, res, err := websocket.DefaultDialer.Dial("ws://"+address+"/ws?"+c.query, c.header)
		if err == nil {
			greeted(t, ws).leave()
		}
		if res == nil || res.StatusCode != c.want {
			t.Errorf("%s: %v %v", name, res, err)
		}
	}
}

func TestOriginsAreCheckedIfSaid(t *testing.T) {
	_, address := serve(t, Config{Origins: []string{"https://chat.example"}})
	for origin, want := range map[string]int{"": 101, "https://chat.example": 101, "https://evil.example": 403} {
		header := http.Header{}
		if origin != "" {
			header.Set("Origin", origin)
		}
		ws, res, err := websocket.DefaultDialer.Dial("ws://"+address, header)
		if err == nil {
			_ = ws.Close()
		}
		if res == nil || res.StatusCode != want {
			t.Errorf("origin %q: %v %v", origin, res, err)
		}
	}
}

func TestOneConnectionTooManyIsToldToComeBack(t *testing.T) {
	s, address := serve(t, Config{MaxConns: 1})
	a := dial(t, address, "client=a")
	_, res, err := websocket.DefaultDialer.Dial("ws://"+address+"/ws", nil)
	if err == nil || res == nil || res.StatusCode != 503 || res.Header.Get("Retry-After") == "" {
		t.Fatalf("%v %v", res, err)
	}
	a.leave()
	eventually(t, func() bool { return s.conns.Load() == 0 })
	dial(t, address, "client=b")
}

// eventually waits for what other goroutines are about to make true and tell
// nobody.
func eventually(t testing.TB, condition func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	deadline := time.After(patience)
	for !condition() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal("it never came true")
		}
	}
}

func TestWrongLoginsAreRejected(t *testing.T) {
	_, address := serve(t, Config{})
	for name, query := range map[string]string{
		"an offset that is none":    "client=a&offset=17",
		"one wrong offset of two":   "client=a&offset=r1a2b.1,x",
		"a client name of 65 bytes": "client=" + strings.Repeat("x", 65),
		"a room name of 65 bytes":   "client=a&room=" + strings.Repeat("x", 65),
		"a name that is no UTF-8":   "client=%ff",
		"something else to observe": "observe=weather",
	} {
		_, res, err := websocket.DefaultDialer.Dial("ws://"+address+"/ws?"+query, nil)
		if err == nil || res == nil || res.StatusCode != 400 {
			t.Errorf("%s: %v %v", name, res, err)
		}
	}
	if res := status(t, address, "/ws", nil); res.StatusCode != 400 {
		t.Errorf("a plain GET of /ws: %s", res.Status)
	}
	if res := status(t, address, "/elsewhere", nil); res.StatusCode != 404 {
		t.Errorf("a plain GET of /elsewhere: %s", res.Status)
	}
}

func TestHealthAndMetrics(t *testing.T) {
	s, address := serve(t, Config{})
	if res := status(t, address, "/healthz", nil); res.StatusCode != 200 {
		t.Errorf("healthz: %s", res.Status)
	}
	a, b := dial(t, address, "client=a&room=r"), dial(t, address, "client=b&room=r")
	a.tell(`"room":"r"`, "x")
	b.expect("x")
	a.silent()
	a.write("garbage")
	a.next("error")
	b.leave()
	eventually(t, func() bool { return s.conns.Load() == 1 })
	dial(t, address, "client=b&room=r&offset="+b.offset)
	want := []string{
		"imbench_server_connections 2", "imbench_server_accepted_total 3", "imbench_server_messages_total 1",
		"imbench_server_deliveries_total 1", "imbench_server_acks_total 1", "imbench_server_heartbeats_total 1",
		"imbench_server_resumed_total 1", "imbench_server_replayed_total 0", "imbench_server_queue_drops_total 0",
		`imbench_server_errors_total{code="INVALID_FORMAT"} 1`, `imbench_server_closed_total{cause="lost"} 1`,
		`imbench_server_rejected_total{reason="token"} 0`, "go_goroutines ",
	}
	var text string
	eventually(t, func() bool {
		body, err := io.ReadAll(status(t, address, "/metrics", nil).Body)
		if err != nil {
			t.Fatal(err)
		}
		text = string(body)
		return strings.Contains(text, want[0]) && strings.Contains(text, want[9])
	})
	for _, line := range want {
		if !strings.Contains(text, "\n"+line) {
			t.Errorf("no %q in\n%s", line, text)
		}
	}
}

func TestShutdownClosesEverybodyWith1001(t *testing.T) {
	s, address, served := begin(t, Config{})
	var clients sync.WaitGroup
	for i := range 20 {
		c := dial(t, address, fmt.Sprintf("client=c%d&room=r", i))
		clients.Go(func() { c.closed(1001) })
	}
	mute := rawDial(t, address, "client=mute") // never answers anything
	half := rawDial(t, address, "client=half")
	_ = half
	if _, err := mute.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := s.Shutdown(ctx); err != nil {
		t.Error(err)
	}
	clients.Wait()
	if err := <-served; err != nil {
		t.Error(err)
	}
	if err := s.Shutdown(ctx); err != nil {
		t.Errorf("a second time: %v", err)
	}
	if n := s.conns.Load(); n != 0 {
		t.Errorf("%d connections left", n)
	}
}

func TestShutdownEndsWithItsContext(t *testing.T) {
	s, address, served := begin(t, Config{})
	mute := rawDial(t, address, "client=mute")
	if _, err := mute.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Shutdown(ctx); err == nil {
		t.Error("no error, though nobody was waited for")
	}
	<-served
}

func TestTheHandlerServesWithinAnotherServer(t *testing.T) {
	s, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	l, err := Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	host := &http.Server{Handler: s.Handler(), ReadHeaderTimeout: time.Second}
	served := make(chan error, 1)
	go func() { served <- host.Serve(l) }()
	c := dial(t, l.Addr().String(), "client=a")
	c.silent()
	if err := s.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	c.closed(1001)
	_ = host.Close()
	<-served
}
