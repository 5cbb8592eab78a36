package testserver

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

const (
	byPolling   = "EIO=4&transport=polling"
	byWebSocket = "EIO=4&transport=websocket"
)

// webOf makes requests of a server.
func webOf(t testing.TB, address string) func(method, query, body string) (int, string) {
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return func(method, query, body string) (int, string) {
		t.Helper()
		return exchange(t, transport, address, method, query, body)
	}
}

// poller is a client that polls, by hand. Its methods fail the test.
type poller struct {
	t       testing.TB
	request func(method, query, body string) (int, string)
	query   string
}

func poll(t testing.TB, address string) *poller {
	t.Helper()
	request := webOf(t, address)
	code, open := request("GET", byPolling, "")
	if code != 200 || !strings.HasSuffix(open, `"upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}`) {
		t.Fatalf("opened by %d %s", code, open)
	}
	return &poller{t, request, byPolling + "&sid=" + sidIn(t, open)}
}

func (p *poller) post(body string) {
	p.t.Helper()
	if code, b := p.request("POST", p.query, body); code != 200 || b != "ok" {
		p.t.Fatalf("POST of %.40q: %d %s", body, code, b)
	}
}

// get returns the packets of one GET.
func (p *poller) get() []string {
	p.t.Helper()
	code, b := p.request("GET", p.query, "")
	if code != 200 {
		p.t.Fatalf("GET: %d %s", code, b)
	}
	return strings.Split(b, "\x1e")
}

// connect connects to / and reads up to the greeting.
func (p *poller) connect() {
	p.t.Helper()
	p.post("40")
	got := p.get()
	if len(got) == 1 { // the first woke the GET
		got = append(got, p.get()...)
	}
	if len(got) != 2 || !strings.HasPrefix(got[0], `40{"sid":"`) || !strings.Contains(got[1], "sys_") {
		p.t.Fatalf("connected by %q", got)
	}
}

func TestEngineIORefusesInItsOwnWords(t *testing.T) {
	_, address := serve(t, Config{})
	request := webOf(t, address)
	p := poll(t, address)
	direct := join(t, address, "/socket.io/?"+byWebSocket)
	_, open, err := direct.ws.ReadMessage()
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		method, query string
		want          string
	}{
		"Engine.IO 3":                        {"GET", "EIO=3&transport=polling", `{"code":5,"message":"Unsupported protocol version"}`},
		"no version":                         {"GET", "transport=polling", `{"code":5,"message":"Unsupported protocol version"}`},
		"an unknown transport":               {"GET", "EIO=4&transport=pigeon", `{"code":0,"message":"Transport unknown"}`},
		"no transport":                       {"GET", "EIO=4", `{"code":0,"message":"Transport unknown"}`},
		"a session nobody knows":             {"GET", byPolling + "&sid=x", `{"code":1,"message":"Session ID unknown"}`},
		"a POST to a session nobody knows":   {"POST", byPolling + "&sid=x", `{"code":1,"message":"Session ID unknown"}`},
		"a handshake by POST":                {"POST", byPolling, `{"code":2,"message":"Bad handshake method"}`},
		"a WebSocket without an upgrade":     {"GET", byWebSocket, `{"code":3,"message":"Bad request"}`},
		"polling where a WebSocket is":       {"GET", byPolling + "&sid=" + sidIn(t, string(open)), `{"code":3,"message":"Bad request"}`},
		"a polled session, but no upgrade":   {"GET", strings.Replace(p.query, "polling", "websocket", 1), `{"code":3,"message":"Bad request"}`},
		"an empty name of a session":         {"GET", byPolling + "&sid=", `{"code":1,"message":"Session ID unknown"}`},
		"Engine.IO 3 that asks for a socket": {"GET", "EIO=3&transport=websocket", `{"code":3,"message":"Bad request"}`},
	} {
		if code, b := request(c.method, c.query, ""); code != 400 || b != c.want {
			t.Errorf("%s: %d %s", name, code, b)
		}
	}
	_, res, err := websocket.DefaultDialer.Dial("ws://"+address+"/socket.io/?EIO=3&transport=websocket", nil)
	if err == nil || res == nil || res.StatusCode != 400 {
		t.Errorf("Engine.IO 3 by WebSocket: %v %v", res, err)
	}
	p.connect() // it all did no harm
}

func TestEveryOriginMayReadUnlessToldOtherwise(t *testing.T) {
	for name, c := range map[string]struct {
		allowed      []string
		origin, want string
		code         int
	}{
		"any":         {nil, "https://a.example", "*", 200},
		"one listed":  {[]string{"https://a.example"}, "https://a.example", "https://a.example", 200},
		"another one": {[]string{"https://a.example"}, "https://b.example", "", 403},
		"no browser":  {[]string{"https://a.example"}, "", "", 200},
	} {
		_, address := serve(t, Config{Origins: c.allowed})
		header := http.Header{}
		if c.origin != "" {
			header.Set("Origin", c.origin)
		}
		res := status(t, address, "/socket.io/?"+byPolling, header)
		if got := res.Header.Get("Access-Control-Allow-Origin"); res.StatusCode != c.code || got != c.want {
			t.Errorf("%s: %s, allowed is %q", name, res.Status, got)
		}
	}
	_, address := serve(t, Config{})
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodOptions, "http://"+address+"/socket.io/?"+byPolling, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Access-Control-Request-Headers", "authorization")
	res, err := transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if h := res.Header; res.StatusCode != 204 || h.Get("Access-Control-Allow-Headers") != "authorization" ||
		!strings.Contains(h.Get("Access-Control-Allow-Methods"), "POST") || h.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("%s %v", res.Status, h)
	}
}

func TestPollingTakesAllThereIsAndBringsSeveral(t *testing.T) {
	_, address := serve(t, Config{})
	a, b := poll(t, address), poll(t, address)
	a.connect()
	b.connect()
	a.post("42[\"chat\",\"one\"]\x1e4217[\"chat\",\"two\"]\x1e451-[\"chat\",{\"_placeholder\":true,\"num\":0}]\x1ebAAEC/w==")
	if got := a.get(); len(got) != 1 || got[0] != "4317[]" {
		t.Errorf("acked by %q", got)
	}
	got := b.get()
	want := []string{`42["chat","one",`, `42["chat","two",`, `451-["chat",{"_placeholder":true,"num":0},"n`, `bAAEC/w==`}
	if len(got) != len(want) {
		t.Fatalf("%q", got)
	}
	for i := range want {
		if !strings.HasPrefix(got[i], want[i]) {
			t.Errorf("%q, want %q …", got[i], want[i])
		}
	}
	waits := make(chan []string)
	go func() { waits <- b.get() }()
	a.post(`42["chat","three"]`)
	if got := <-waits; len(got) != 1 || !strings.HasPrefix(got[0], `42["chat","three",`) {
		t.Errorf("%q", got)
	}
}

func TestTwoGETsAtATimeEndASession(t *testing.T) {
	s, address := serve(t, Config{})
	p := poll(t, address)
	p.connect()
	first := make(chan string)
	go func() {
		_, b := p.request("GET", p.query, "")
		first <- b
	}()
	e := s.engines.snapshot(nil)[0]
	eventually(t, func() bool {
		e.mu.Lock()
		defer e.mu.Unlock()
		return e.waiter != nil
	})
	if code, _ := p.request("GET", p.query, ""); code != 400 {
		t.Errorf("the second is answered %d", code)
	}
	if b := <-first; b != "1" {
		t.Errorf("the first is answered %q", b)
	}
	eventually(t, func() bool { return s.conns.Load() == 0 })
}

func TestAGETThatIsGivenUpEndsTheSession(t *testing.T) {
	s, address := serve(t, Config{})
	p := poll(t, address)
	p.connect()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fprintf(conn, "GET /socket.io/?%s HTTP/1.1\r\nHost: x\r\n\r\n", p.query); err != nil {
		t.Fatal(err)
	}
	e := s.engines.snapshot(nil)[0]
	eventually(t, func() bool {
		e.mu.Lock()
		defer e.mu.Unlock()
		return e.waiter != nil
	})
	_ = conn.Close()
	eventually(t, func() bool { return s.conns.Load() == 0 })
}

func TestBodiesOfPOSTsAreBounded(t *testing.T) {
	s, address := serve(t, Config{})
	p := poll(t, address)
	p.connect()
	p.post(`42["chat","` + strings.Repeat("x", 1_000_000-13) + `"]`)
	if code, _ := p.request("POST", p.query, strings.Repeat("x", 1_000_001)); code != 413 {
		t.Errorf("answered %d", code)
	}
	half := strings.Repeat("x", 500_000)
	p.request("POST", p.query, "452-[\"chat\"]\x1eb"+half)
	p.request("POST", p.query, "b"+half)
	p.request("POST", p.query, "b"+half)
	eventually(t, func() bool { return s.conns.Load() == 0 })
}

func TestSessionsAreBoundedPollingIncluded(t *testing.T) {
	s, address := serve(t, Config{MaxConns: 2})
	a, b := poll(t, address), poll(t, address)
	request := webOf(t, address)
	if code, _ := request("GET", byPolling, ""); code != 503 {
		t.Errorf("a third by polling: %d", code)
	}
	for _, path := range []string{"/raw", "/socket.io/?" + byWebSocket, "/socket.io/?" + strings.Replace(b.query, "polling", "websocket", 1)} {
		if _, res, err := websocket.DefaultDialer.Dial("ws://"+address+path, nil); err == nil || res == nil || res.StatusCode != 503 {
			t.Errorf("%s: %v %v", path, res, err)
		}
	}
	if n := len(s.engines.snapshot(nil)); n != 2 {
		t.Errorf("%d sessions are kept", n)
	}
	a.connect() // one may well stay with polling
	a.post("1")
	if n := s.conns.Load(); n != 1 {
		t.Errorf("%d connections left", n)
	}
	poll(t, address)
}

func TestAClientThatDoesNotPollIsClosedWhenItsQueueIsFull(t *testing.T) {
	s, address := serve(t, Config{Queue: 10})
	a, slow := poll(t, address), poll(t, address)
	a.connect()
	slow.connect()
	for i := range 11 {
		a.post(fmt.Sprintf(`42["chat","%d"]`, i))
	}
	if code, b := slow.request("GET", slow.query, ""); code != 200 && code != 400 || code == 200 && b != "1" {
		t.Errorf("%d %s", code, b)
	}
	eventually(t, func() bool { return s.conns.Load() == 1 })

	_, address = serve(t, Config{Queue: 10, SlowConsumer: DropOldest})
	a, slow = poll(t, address), poll(t, address)
	a.connect()
	slow.connect()
	for i := range 12 {
		a.post(fmt.Sprintf(`42["chat","%d"]`, i))
	}
	if got := slow.get(); len(got) != 10 || !strings.HasPrefix(got[0], `42["chat","2"`) {
		t.Errorf("%q", got)
	}
}

func TestAFloodOfPOSTsEndsTheSession(t *testing.T) {
	s, address := serve(t, Config{Rate: 10})
	p := poll(t, address)
	p.connect()
	p.request("POST", p.query, strings.TrimSuffix(strings.Repeat("42[\"chat\",\"x\"]\x1e", 200), "\x1e"))
	eventually(t, func() bool { return s.conns.Load() == 0 })
}

func TestPacketsThatAreNoneEndTheSession(t *testing.T) {
	s, address := serve(t, Config{})
	for name, frame := range map[string]string{
		"an empty packet":                     "",
		"a ping, which is the server's":       "2",
		"an open packet":                      `0{"sid":"x"}`,
		"an unknown packet":                   "9",
		"an empty message":                    "4",
		"an unknown message":                  "47",
		"an event that is no list":            `42{"a":1}`,
		"an event without a name":             `42[]`,
		"an event whose name is an object":    `42[{}]`,
		"an event of a reserved name":         `42["disconnect"]`,
		"an event that is cut off":            `42["chat"`,
		"an event with something behind it":   `42["chat"]]`,
		"an event of a namespace not joined":  `42/chat,["chat","x"]`,
		"an event of a namespace not there":   `42/x,["chat","x"]`,
		"connecting twice":                    `40`,
		"connecting with a list":              `40[1]`,
		"a connect error":                     `44{"message":"x"}`,
		"a disconnect with a reason":          `41"x"`,
		"an ack that is no list":              `431{}`,
		"an ack id of 16 digits":              `421234567890123456["chat"]`,
		"attachments without a number":        `45-["chat"]`,
		"no attachment at all":                `450-["chat"]`,
		"eleven attachments":                  `4511-["chat"]`,
		"an event while an attachment lacks":  "451-[\"chat\"]\x1e42[\"chat\"]",
		"an attachment that nobody announced": "bAAEC",
		"an attachment that is no base64":     "451-[\"chat\"]\x1eb!",
	} {
		t.Run(name, func(t *testing.T) {
			p := poll(t, address)
			p.connect()
			p.request("POST", p.query, frame)
			if code, b := p.request("GET", p.query, ""); code != 400 && b != "1" {
				t.Errorf("by polling: %d %s", code, b)
			}
			if strings.ContainsAny(frame, "\x1e") || strings.HasPrefix(frame, "b") {
				return
			}
			c := join(t, address, "/socket.io/?"+byWebSocket)
			c.say("40")
			c.say(frame)
			if err := c.ends(); !websocket.IsCloseError(err, websocket.CloseNoStatusReceived) {
				t.Errorf("by WebSocket: %v", err)
			}
		})
	}
	eventually(t, func() bool { return s.conns.Load() == 0 })
}

func TestWhatIsHarmlessDoesNoHarm(t *testing.T) {
	_, address := serve(t, Config{})
	p := poll(t, address)
	p.connect()
	for _, frame := range []string{
		"3", "5", "6", `43["x"]`, `431[]`, `42["unknown",1]`, `42[5]`, `42["join",5]`, `42["leave","never joined"]`, `42["chat"]`, `42 ["chat" , "x"] `,
		"461-1[{\"_placeholder\":true,\"num\":0}]\x1ebAAEC", "451-[\"unknown\",{\"_placeholder\":true,\"num\":0}]\x1ebAAEC",
		`41`, `40`, `40/chat,{"token":5}`,
	} {
		p.post(frame)
	}
	if got := p.get(); len(got) != 3 || !strings.HasPrefix(got[2], "40/chat,") {
		t.Errorf("%q", got)
	}
}

func TestAnUpgradeThatGoesWrongLeavesPollingAlone(t *testing.T) {
	s, address := serve(t, Config{})
	p := poll(t, address)
	p.connect()
	path := "/socket.io/?" + strings.Replace(p.query, "polling", "websocket", 1)
	for name, frames := range map[string][]string{
		"something else than a probe":   {"hello"},
		"taking over without a probe":   {"5"},
		"a message between the two":     {"2probe", `42["chat","x"]`},
		"a probe and nothing behind it": {"2probe"},
	} {
		c := join(t, address, path)
		for _, f := range frames {
			c.say(f)
		}
		if len(frames) == 1 && frames[0] == "2probe" {
			c.hears("3probe")
			if got := p.get(); got[0] != "6" {
				t.Errorf("%s: polling got %q", name, got)
			}
		}
		_ = c.ws.Close()
		eventually(t, func() bool { return s.conns.Load() == 1 })
	}
	c := join(t, address, path)
	c.say("2probe")
	c.hears("3probe")
	if _, res, err := websocket.DefaultDialer.Dial("ws://"+address+path, nil); err == nil || res == nil || res.StatusCode != 400 {
		t.Errorf("a second WebSocket: %v %v", res, err)
	}
	p.post(`42["heartbeat",{"timestamp":7}]`)
	c.say("5")
	c.hears(`42["heartbeat_ack",{"timestamp":7}]`) // which had waited for a GET
	if code, _ := p.request("GET", p.query, ""); code != 400 {
		t.Errorf("polling goes on: %d", code)
	}
	if n := s.conns.Load(); n != 1 {
		t.Errorf("%d connections", n)
	}
}

func TestRecoveryNeedsWhatIsKnown(t *testing.T) {
	s, address := serve(t, Config{History: 3})
	b := poll(t, address)
	b.connect()
	// lost is a client that has seen the offset and is gone.
	lost := func() (pid, offset string) {
		p := poll(t, address)
		p.post("40")
		got := p.get()
		_, rest, _ := strings.Cut(got[0], `"pid":"`)
		pid, _, _ = strings.Cut(rest, `"`)
		offset = strings.TrimSuffix(got[1][strings.LastIndexByte(got[1], ',')+2:], `"]`)
		p.post("1")
		return pid, offset
	}
	say := func(n int) {
		for i := range n {
			b.post(fmt.Sprintf(`42["chat","%d"]`, i))
		}
	}
	back := func(auth string) []string {
		p := poll(t, address)
		p.post("40" + auth)
		got := p.get()
		p.post("41")
		return got
	}
	pid, offset := lost()
	say(3)
	if got := back(fmt.Sprintf(`{"pid":%q,"offset":%q}`, pid, offset)); len(got) != 5 || !strings.Contains(got[3], pid) {
		t.Errorf("came back to %q", got)
	}
	for name, auth := range map[string]func() string{
		"a second time":       func() string { return fmt.Sprintf(`{"pid":%q,"offset":%q}`, pid, offset) },
		"an unknown session":  func() string { return fmt.Sprintf(`{"pid":"x","offset":%q}`, offset) },
		"no offset":           func() string { p, _ := lost(); return fmt.Sprintf(`{"pid":%q}`, p) },
		"another one's kind":  func() string { p, o := lost(); return fmt.Sprintf(`{"pid":%q,"offset":%q}`, p, "r"+o[1:]) },
		"another start":       func() string { p, o := lost(); return fmt.Sprintf(`{"pid":%q,"offset":%q}`, p, "n"+flip(o[1:5])+o[5:]) },
		"a future":            func() string { p, o := lost(); return fmt.Sprintf(`{"pid":%q,"offset":%q}`, p, o+"9") },
		"more than was kept":  func() string { p, o := lost(); say(4); return fmt.Sprintf(`{"pid":%q,"offset":%q}`, p, o) },
		"something else":      func() string { return `{"pid":5,"offset":[]}` },
		"nothing whatsoever ": func() string { return `{}` },
	} {
		got := back(auth())
		if len(got) != 2 || strings.Contains(got[0], pid) {
			t.Errorf("%s: came back to %q", name, got)
		}
	}
	if n := s.conns.Load(); n == 0 {
		t.Error("b is gone")
	}
	_, address = serve(t, Config{History: -1})
	p := poll(t, address)
	p.post("40")
	if got := p.get(); strings.Contains(got[0], "pid") || !strings.HasSuffix(got[1], `"code":201}]`) {
		t.Errorf("without history: %q", got)
	}
}

func TestBugsShowInSocketIO(t *testing.T) {
	chats := func(t *testing.T, bug string, want ...string) {
		t.Helper()
		b, err := ParseBug(bug)
		if err != nil {
			t.Fatal(err)
		}
		_, address := serve(t, Config{Bugs: []Bug{b}})
		from, to := poll(t, address), join(t, address, "/socket.io/?"+byWebSocket)
		from.connect()
		to.say("40")
		for range 3 { // open, connected, greeted
			if _, _, err := to.ws.ReadMessage(); err != nil {
				t.Fatal(err)
			}
		}
		for i := range 4 {
			from.post(fmt.Sprintf(`42%d["chat","%d"]`, i, i+1))
			if got := from.get(); got[0] != fmt.Sprintf("43%d[]", i) {
				t.Errorf("acked by %q", got)
			}
		}
		for _, text := range want {
			_ = to.ws.SetReadDeadline(time.Now().Add(patience))
			_, b, err := to.ws.ReadMessage()
			if err != nil || !strings.HasPrefix(string(b), `42["chat","`+text+`",`) {
				t.Errorf("%s: got %s %v, want %s", bug, b, err, text)
			}
		}
	}
	chats(t, "drop=1/2", "1", "3")
	chats(t, "duplicate=1/2", "1", "2", "2", "3", "4", "4")
	chats(t, "ack-then-lose=1/2", "1", "3")
	chats(t, "reorder=1/3", "1", "2", "4", "3")

	_, address := serve(t, Config{Bugs: []Bug{{Name: "no-heartbeat-ack"}}})
	p := poll(t, address)
	p.connect()
	p.post("42[\"heartbeat\",{\"timestamp\":1}]\x1e41\x1e40")
	if got := p.get(); !strings.HasPrefix(got[0], "40") {
		t.Errorf("the beat was answered: %q", got)
	}

	const delay = 50 * time.Millisecond
	_, address = serve(t, Config{Bugs: []Bug{{Name: "slow-login", Delay: delay}}})
	begun := time.Now()
	p = poll(t, address)
	p.connect()
	if took := time.Since(begun); took < delay {
		t.Errorf("logged in after %s", took)
	}
}

func FuzzParsePacket(f *testing.F) {
	for _, seed := range []string{
		`0`, `0{"token":"x"}`, `0/chat,`, `1`, `1/chat,`, `2["chat","x"]`, `217["message",{}]`, `2/chat,17["m"]`, `317[]`,
		`51-["m",{"_placeholder":true,"num":0}]`, `52-/chat,3["m"]`, `61-3[]`, `4{"message":"x"}`, `2["é"]`, `2[5]`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := parsePacket(b)
		if err != nil {
			return
		}
		if p.kind < packetConnect || p.kind > packetAck || p.namespace == "" || p.namespace[0] != '/' ||
			p.attachments < 0 || p.attachments > maxAttachments || len(p.ack) > maxAckDigits || reserved(p.name) && p.kind == packetEvent {
			t.Errorf("%q was read as %+v", b, p)
		}
		if p.kind == packetEvent {
			if _, wrong := quoted(p.data); wrong == "" {
				if _, ok := quotedUsual(p.data); ok {
					slow, wrong := quotedSlow(p.data)
					fast, _ := quotedUsual(p.data)
					if wrong != "" || string(slow) != string(fast) {
						t.Errorf("%q: quoted %q, slowly %q (%s)", p.data, fast, slow, wrong)
					}
				}
			}
		}
	})
}

// FuzzPolling feeds a session whatever a POST may bring.
func FuzzPolling(f *testing.F) {
	f.Add("40\x1e42[\"chat\",\"x\"]\x1e42[\"message\",{\"version\":\"1.0.0\",\"payload\":{\"content\":\"x\"}}]")
	f.Add("40\x1e452-[\"chat\"]\x1ebAAEC\x1ebAAEC\x1e41\x1e40/chat,{\"pid\":\"x\",\"offset\":\"n0000.1\"}")
	f.Add("40\x1e421[\"join\",\"r\"]\x1e422[\"message\",{\"room\":\"r\"}]\x1e423[\"leave\",\"r\"]\x1e42[\"heartbeat\",{\"timestamp\":1}]\x1e3\x1e1")
	s, err := New(Config{Bugs: []Bug{{Name: "drop", Every: 2}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = s.Shutdown(f.Context()) })
	r := &http.Request{URL: &url.URL{}, Header: http.Header{}}
	f.Fuzz(func(t *testing.T, body string) {
		e := s.newEngine(r, time.Now())
		s.conns.Add(1)
		if !s.engines.add(e) {
			t.Fatal("shut down")
		}
		for p := range strings.SplitSeq(body, "\x1e") {
			if !e.takeOne([]byte(p), time.Now()) {
				break
			}
		}
		e.mu.Lock()
		text := payload(e.box)
		e.mu.Unlock()
		if strings.Contains(text, "\x1e\x1e") {
			t.Errorf("%q was answered by an empty packet in %q", body, text)
		}
		e.close(lost)
		e.leave(lost)
		if n := s.conns.Load(); n != 0 || len(s.engines.list) != 0 || len(s.engines.namespaces[0].members) != 0 || len(s.engines.namespaces[0].rooms) != 0 {
			t.Fatalf("%q left something behind", body)
		}
	})
}
