package testserver

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// plainClient is a WebSocket of a system without logins. Its methods fail the
// test.
type plainClient struct {
	t  testing.TB
	ws *websocket.Conn
}

// join connects to a path of the server, query included.
func join(t testing.TB, address, path string) *plainClient {
	t.Helper()
	ws, res, err := websocket.DefaultDialer.Dial("ws://"+address+path, nil)
	if err != nil {
		t.Fatal(path, res, err)
	}
	t.Cleanup(func() { _ = ws.Close() })
	return &plainClient{t, ws}
}

func (c *plainClient) say(text string) {
	c.t.Helper()
	if err := c.ws.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
		c.t.Fatal(err)
	}
}

// hears reads just these frames, in this order.
func (c *plainClient) hears(texts ...string) {
	c.t.Helper()
	for _, want := range texts {
		_ = c.ws.SetReadDeadline(time.Now().Add(patience))
		_, b, err := c.ws.ReadMessage()
		if err != nil {
			c.t.Fatalf("waiting for %q: %v", want, err)
		}
		if string(b) != want {
			c.t.Fatalf("heard %q, want %q", b, want)
		}
	}
}

// ends reads to the end and returns what it was.
func (c *plainClient) ends() error {
	c.t.Helper()
	_ = c.ws.SetReadDeadline(time.Now().Add(patience))
	for {
		if _, _, err := c.ws.ReadMessage(); err != nil {
			return err
		}
	}
}

// crowdOf waits until n are in a crowd: who has shaken hands is not a member
// at once.
func crowdOf(t testing.TB, c *crowd, n int) {
	t.Helper()
	eventually(t, func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return len(c.members) == n
	})
}

func TestBrowserWSRelaysToTheOthersAndAnswersPing(t *testing.T) {
	s, address := serve(t, Config{})
	a, b, c := join(t, address, "/raw"), join(t, address, "/"), join(t, address, "/?x=1")
	crowdOf(t, &s.browsers, 3)
	a.say("ping")
	a.hears("pong")
	a.say("hello, 你好")
	a.say("")
	b.hears("hello, 你好", "")
	c.hears("hello, 你好", "")
	if err := a.ws.WriteMessage(websocket.BinaryMessage, []byte{0, 1, 0xff}); err != nil {
		t.Fatal(err)
	}
	if kind, body, err := b.ws.ReadMessage(); err != nil || kind != websocket.BinaryMessage || string(body) != "\x00\x01\xff" {
		t.Errorf("bytes came as %d %q %v", kind, body, err)
	}
	b.say("PING")
	a.hears("PING")
	a.say("ping")
	a.hears("pong") // nothing of its own came before
}

func TestTheRootIsTheEnvelopesForWhoLogsIn(t *testing.T) {
	_, address := serve(t, Config{})
	for _, query := range []string{"client=a", "room=r", "observe=presence", "offset="} {
		ws, _, err := websocket.DefaultDialer.Dial("ws://"+address+"/?"+query, nil)
		if err != nil {
			t.Fatal(query, err)
		}
		greeted(t, ws)
	}
}

func TestHeartClassGreetsTheUIDAndRelays(t *testing.T) {
	s, address := serve(t, Config{})
	a, b := join(t, address, "/heart/c17"), join(t, address, "/heart/some/where/c18")
	other, none := join(t, address, "/c19"), join(t, address, "/heart/")
	a.hears("Hello 用户c17!")
	b.hears("Hello 用户c18!")
	other.hears("Hello 用户c19!")
	none.hears("Hello 用户0!")
	crowdOf(t, &s.hearts, 4)
	a.say("ping")
	a.say("hi")
	b.hears("hi")
	other.hears("hi")
	b.say("back")
	a.hears("back")
}

func TestJSONManagerKeepsSessionsApart(t *testing.T) {
	s, address := serve(t, Config{})
	path := "/api/websocket?token=t"
	a, b, c := join(t, address, path+"&session_id=s1"), join(t, address, path+"&session_id=s1"), join(t, address, path+"&session_id=s2")
	all := join(t, address, path)
	crowdOf(t, &s.managers, 4)
	message := func(session, text string) string {
		return fmt.Sprintf(`{"type":"message","event_id":"e","session_id":%q,"data":{"type":"text","content":%q}}`, session, text)
	}
	a.say(`{"type":"heartbeat","timestamp":1760000000000}`)
	a.say(message("s1", "to s1"))
	a.say("no JSON")
	b.hears(message("s1", "to s1"), "no JSON")
	all.say(message("s2", "to s2"))
	c.hears(message("s2", "to s2"))
	all.say("to everybody")
	a.hears("to everybody")
	b.hears("to everybody")
	c.hears("to everybody")
	all.hears(message("s1", "to s1"), "no JSON")
}

func TestIonicServiceRelaysAnythingPingIncluded(t *testing.T) {
	s, address := serve(t, Config{})
	a, b := join(t, address, "/ionic"), join(t, address, "/ionic")
	crowdOf(t, &s.ionic, 2)
	a.say("ping")
	b.hears("ping")
}

func TestTheTokenIsAskedForInEverySystem(t *testing.T) {
	_, address := serve(t, Config{Token: "secret"})
	for _, path := range []string{"/ws", "/raw", "/", "/ionic", "/heart/a", "/a", "/api/websocket"} {
		_, res, err := websocket.DefaultDialer.Dial("ws://"+address+path, nil)
		if err == nil || res == nil || res.StatusCode != 401 {
			t.Errorf("%s without it: %v, %v", path, res, err)
		}
		join(t, address, path+"?token=secret")
	}
}

func TestWrongLoginsOfOtherSystemsAreRejected(t *testing.T) {
	_, address := serve(t, Config{})
	for name, path := range map[string]string{
		"a heart_beat of no seconds":    "/heart/a?heart_beat=0",
		"a heart_beat that is a word":   "/heart/a?heart_beat=x",
		"a heart_beat of a week":        "/heart/a?heart_beat=604800",
		"a uid of 65 bytes":             "/heart/" + strings.Repeat("x", 65),
		"a uid that is no UTF-8":        "/heart/%ff",
		"a session_id of 65 bytes":      "/api/websocket?session_id=" + strings.Repeat("x", 65),
		"a request that is no upgrade ": "",
	} {
		if path == "" {
			if res := status(t, address, "/raw", nil); res.StatusCode != 400 {
				t.Errorf("%s: %s", name, res.Status)
			}
			continue
		}
		_, res, err := websocket.DefaultDialer.Dial("ws://"+address+path, nil)
		if err == nil || res == nil || res.StatusCode != 400 {
			t.Errorf("%s: %v %v", name, res, err)
		}
	}
}

func TestOnlyRestrictsTheServerToOneSystem(t *testing.T) {
	upgrade := http.Header{
		"Connection": {"Upgrade"}, "Upgrade": {"websocket"},
		"Sec-Websocket-Version": {"13"}, "Sec-Websocket-Key": {"dGhlIHNhbXBsZSBub25jZQ=="},
	}
	const engine = "/socket.io/?EIO=4&transport=websocket"
	all := []string{"/ws", "/", "/raw", "/ionic", "/heart/a", "/a", "/api/websocket", engine}
	open := map[string][]string{
		"":                        all,
		"envelope":                {"/ws", "/"},
		"browser-ws":              {"/raw", "/"},
		"browser-ws-as-published": {"/raw", "/"},
		"ionic-service":           {"/ionic", "/"},
		"heart-class":             {"/heart/a", "/a"},
		"json-manager":            {"/api/websocket"},
		"angular-socketio":        {engine},
		"socketio-chat":           {engine},
		"socketio":                {engine},
	}
	for only, paths := range open {
		_, address := serve(t, Config{Only: only})
		want := map[string]int{}
		for _, path := range all {
			want[path] = 404
		}
		for _, path := range paths {
			want[path] = 101
		}
		for path, code := range want {
			res := status(t, address, path, upgrade)
			if res.StatusCode != code {
				t.Errorf("only %q: %s is answered %s, want %d", only, path, res.Status, code)
			}
			if code == 404 {
				var b [200]byte
				n, _ := res.Body.Read(b[:])
				if says := string(b[:n]); !strings.Contains(says, "restricted to "+plain(only)+", which is on "+paths[0][:3]) {
					t.Errorf("only %q: %s says %q", only, path, says)
				}
			}
		}
		if res := status(t, address, "/healthz", nil); res.StatusCode != 200 {
			t.Errorf("only %q: healthz is %s", only, res.Status)
		}
	}
	if err := (Config{Only: "smoke-signals"}).Validate(); err == nil || !strings.Contains(err.Error(), "browser-ws") {
		t.Error(err)
	}
}

func TestFramesThatAreTooBigOrNoUTF8EndAnySystem(t *testing.T) {
	_, address := serve(t, Config{MaxFrame: 1000})
	for _, path := range []string{"/raw", "/ionic", "/heart/a", "/api/websocket", "/socket.io/?EIO=4&transport=websocket"} {
		big := join(t, address, path)
		big.say(strings.Repeat("x", 1001))
		if err := big.ends(); !websocket.IsCloseError(err, websocket.CloseMessageTooBig) {
			t.Errorf("%s ended a frame too big by %v", path, err)
		}
		twisted := join(t, address, path)
		twisted.say("\xff")
		if err := twisted.ends(); !websocket.IsCloseError(err, websocket.CloseInvalidFramePayloadData) {
			t.Errorf("%s ended text that is no UTF-8 by %v", path, err)
		}
	}
}

func TestAFloodEndsAnySystem(t *testing.T) {
	_, address := serve(t, Config{Rate: 10})
	for _, path := range []string{"/raw", "/ionic", "/heart/a", "/api/websocket"} {
		c := join(t, address, path)
		for range 10 + 3*maxStrikes {
			if c.ws.WriteMessage(websocket.TextMessage, []byte("x")) != nil {
				break
			}
		}
		if err := c.ends(); !websocket.IsCloseError(err, websocket.ClosePolicyViolation) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestBugsShowInEverySystem(t *testing.T) {
	bug := func(text string) Config {
		b, err := ParseBug(text)
		if err != nil {
			t.Fatal(err)
		}
		return Config{Bugs: []Bug{b}}
	}
	for name, c := range map[string]struct {
		bug  string
		want []string // of the texts 1 to 4
	}{
		"every second delivery is left out":             {"drop=1/2", []string{"1", "3"}},
		"every second delivery is made twice":           {"duplicate=1/2", []string{"1", "2", "2", "3", "4", "4"}},
		"every second message is delivered to nobody":   {"ack-then-lose=1/2", []string{"1", "3"}},
		"every third delivery comes after its follower": {"reorder=1/3", []string{"1", "2", "4", "3"}},
	} {
		t.Run(name, func(t *testing.T) {
			s, address := serve(t, bug(c.bug))
			for _, path := range []string{"/raw", "/heart/a", "/api/websocket", "/ionic"} {
				crowd := map[string]*crowd{"/raw": &s.browsers, "/heart/a": &s.hearts, "/api/websocket": &s.managers, "/ionic": &s.ionic}[path]
				a, b := join(t, address, path), join(t, address, path)
				if path == "/heart/a" {
					a.hears("Hello 用户a!")
					b.hears("Hello 用户a!")
				}
				crowdOf(t, crowd, 2)
				for _, text := range []string{"1", "2", "3", "4"} {
					a.say(text)
				}
				b.hears(c.want...)
				_ = a.ws.Close()
				crowdOf(t, crowd, 1)
				s.bugs.drop.asked.Store(0)
				s.bugs.duplicate.asked.Store(0)
				s.bugs.lose.asked.Store(0)
				s.bugs.reorder.asked.Store(0)
			}
		})
	}
}

func TestAPingIsNotAnsweredIfThatIsTheBug(t *testing.T) {
	s, address := serve(t, Config{Bugs: []Bug{{Name: "no-heartbeat-ack"}}})
	a, b := join(t, address, "/raw"), join(t, address, "/raw")
	crowdOf(t, &s.browsers, 2)
	a.say("ping")
	b.say("x")
	a.hears("x")
}
