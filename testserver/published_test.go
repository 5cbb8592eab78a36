package testserver

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// These tests hold the server against socket.io-client from npm, which nobody
// here wrote.

func polling() map[string]any   { return map[string]any{"transports": []string{"polling"}} }
func webSocket() map[string]any { return map[string]any{"transports": []string{"websocket"}} }

func TestPublishedClientsConnectByEveryTransport(t *testing.T) {
	for name, c := range map[string]struct {
		options map[string]any
		upgrade bool
	}{
		"polling only":                {polling(), false},
		"WebSocket only":              {webSocket(), false},
		"polling, then an upgrade":    {map[string]any{}, true},
		"WebSocket, polling if fails": {map[string]any{"transports": []string{"websocket", "polling"}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			_, address := serve(t, Config{})
			n := startNode(t, address)
			n.connect("a", "", c.options)
			n.connect("b", "", webSocket())
			n.greeted("a")
			n.greeted("b")
			if c.upgrade {
				n.next("a", "upgrade")
			}
			n.emit("a", "chat", "from a")
			if got := n.event("b", "chat"); got[0] != "from a" {
				t.Errorf("b got %v", got)
			}
			n.emit("b", "chat", "from b, 你好 \"\\")
			if got := n.event("a", "chat"); got[0] != "from b, 你好 \"\\" {
				t.Errorf("a got %v", got)
			}
			n.do(command{Do: "emit", Name: "a", Args: []any{"chat", "confirmed"}, Ack: true})
			if e := n.next("a", "ack"); len(e.Args) != 0 {
				t.Errorf("acked with %v", e.Args)
			}
			n.event("b", "chat")
			n.emit("a", "chat", "base64:AAEC/w==", "text", "base64:")
			if got := n.event("b", "chat"); got[0] != "base64:AAEC/w==" || got[1] != "text" || got[2] != "base64:" {
				t.Errorf("b got %v", got)
			}
			n.emit("b", "chat", "base64:AAEC/w==")
			if got := n.event("a", "chat"); got[0] != "base64:AAEC/w==" {
				t.Errorf("a got %v", got)
			}
		})
	}
}

func TestThePublishedAngularSystem(t *testing.T) {
	_, address := serve(t, Config{})
	n := startNode(t, address)
	n.connect("a", "", webSocket())
	n.greeted("a")
	n.connect("b", "", polling())
	n.greeted("b")

	n.emit("a", "heartbeat", map[string]any{"timestamp": 1760000000123})
	if got := n.event("a", "heartbeat_ack"); !cmp.Equal(got[0], map[string]any{"timestamp": 1760000000123.0}) {
		t.Errorf("the beat was answered by %v", got)
	}
	envelope := map[string]any{
		"version": "1.0.0", "event": "message", "code": 200,
		"payload": map[string]any{"id": "client_1", "timestamp": 1, "content": "a \"你好\"", "meta": map[string]any{"platform": "web"}},
	}
	text := `{"version":"1.0.0","event":"message","payload":{"content":"a \"你好\""}}`
	for _, message := range []any{envelope, text} {
		n.emit("a", "message", message)
		for _, name := range []string{"a", "b"} {
			answer, _ := n.event(name, "message")[0].(map[string]any)
			payload, _ := answer["payload"].(map[string]any)
			id, _ := payload["id"].(string)
			parts := strings.Split(id, "_")
			if len(parts) != 3 || parts[0] != "msg" || len(parts[2]) != 5 {
				t.Errorf("the id is %q", id)
			}
			delete(payload, "id")
			delete(payload, "timestamp")
			want := map[string]any{
				"version": "1.0.0", "event": "message", "code": 200.0,
				"payload": map[string]any{
					"sender":  map[string]any{"id": "server", "name": "系统服务"},
					"content": "已收到：a \"你好\"", "meta": map[string]any{"protocol": "websocket"},
				},
			}
			if diff := cmp.Diff(want, answer); diff != "" {
				t.Errorf("%s got (-want +got)\n%s", name, diff)
			}
		}
	}
	for name, wrong := range map[string]any{
		"another version":           map[string]any{"version": "2.0.0", "payload": map[string]any{"content": "x"}},
		"no version":                map[string]any{},
		"text that is not JSON":     "hello",
		"a number":                  5,
		"content that is no string": map[string]any{"version": "1.0.0", "payload": map[string]any{"content": 5}},
		"bytes for content":         []any{"base64:AAEC"},
	} {
		n.emit("a", "message", wrong)
		answer, _ := n.event("a", "message")[0].(map[string]any)
		if text := fmt.Sprint(answer); answer["event"] != "error" || answer["code"] != 400.0 ||
			!strings.Contains(text, "errorCode:INVALID_FORMAT") || !strings.Contains(text, "id:err_") {
			t.Errorf("%s: answered by %s", name, text)
		}
	}
	n.emit("b", "chat", "a marker")
	n.event("a", "chat") // the errors went to nobody else, and a lives
	if len(n.kept["b"]) != 0 {
		t.Errorf("b got %+v", n.kept["b"])
	}
}

func TestNothingIsLostOrTwistedAroundAnUpgrade(t *testing.T) {
	const messages = 300
	_, address := serve(t, Config{})
	n := startNode(t, address)
	n.connect("from", "", webSocket())
	n.greeted("from")
	n.connect("to", "", map[string]any{})
	n.greeted("to")
	for i := range messages {
		n.emit("from", "chat", fmt.Sprint(i))
	}
	n.next("to", "upgrade")
	for i := range messages {
		if got := n.event("to", "chat"); got[0] != fmt.Sprint(i) {
			t.Fatalf("message %d was %v", i, got)
		}
	}
}

func TestAPublishedClientRecoversWhatItMissed(t *testing.T) {
	for name, options := range map[string]map[string]any{
		"by WebSocket": webSocket(), "by polling": polling(), "by an upgrade": {},
	} {
		t.Run(name, func(t *testing.T) {
			s, address := serve(t, Config{})
			n := startNode(t, address)
			n.connect("b", "", webSocket())
			n.greeted("b")
			options["reconnectionDelay"] = 300
			n.connect("a", "", options)
			first := n.greeted("a")
			n.emit("b", "chat", "one")
			n.event("a", "chat")
			if len(options) == 1 {
				n.next("a", "upgrade")
			}
			before := s.conns.Load()
			n.do(command{Do: "cut", Name: "a"})
			n.next("a", "disconnect")
			eventually(t, func() bool { return s.conns.Load() < before })
			n.emit("b", "chat", "two")
			n.emit("b", "chat", "three")
			for _, want := range []string{"two", "three"} {
				if got := n.event("a", "chat"); got[0] != want {
					t.Errorf("recovered %v, want %s", got, want)
				}
			}
			again := n.greeted("a")
			if !again.Recovered || again.ID != first.ID {
				t.Errorf("came back as %+v; was %+v", again, first)
			}
			n.emit("b", "chat", "four")
			if got := n.event("a", "chat"); got[0] != "four" {
				t.Errorf("after that came %v", got)
			}
		})
	}
}

func TestAClientThatDisconnectsIsForgotten(t *testing.T) {
	s, address := serve(t, Config{})
	n := startNode(t, address)
	n.connect("a", "", webSocket())
	n.greeted("a")
	n.do(command{Do: "disconnect", Name: "a"})
	if e := n.next("a", "disconnect"); e.Text != "io client disconnect" {
		t.Errorf("%+v", e)
	}
	eventually(t, func() bool { return s.conns.Load() == 0 })
	if away := len(s.engines.namespaces[0].away); away != 0 {
		t.Errorf("%d are expected back", away)
	}
}

func TestNamespacesAreApart(t *testing.T) {
	_, address := serve(t, Config{})
	n := startNode(t, address)
	for name, options := range map[string]map[string]any{"a": webSocket(), "b": polling()} {
		n.connect(name, "/chat", options)
		n.next(name, "connect")
	}
	n.connect("c", "", webSocket())
	n.greeted("c")
	n.connect("d", "/nowhere", webSocket())
	if e := n.next("d", "connect_error"); e.Text != "Invalid namespace" {
		t.Errorf("%+v", e)
	}
	n.emit("a", "chat", "in /chat")
	if got := n.event("b", "chat"); got[0] != "in /chat" {
		t.Errorf("%v", got)
	}
	n.do(command{Do: "emit", Name: "b", Args: []any{"chat", "back"}, Ack: true})
	n.next("b", "ack")
	n.event("a", "chat")
	n.emit("a", "chat", "base64:AAEC")
	if got := n.event("b", "chat"); got[0] != "base64:AAEC" {
		t.Errorf("%v", got)
	}
	n.emit("c", "heartbeat", map[string]any{"timestamp": 1})
	n.event("c", "heartbeat_ack") // and nothing else before it
}

func TestRoomsOfAnySocketIOClient(t *testing.T) {
	_, address := serve(t, Config{Only: "socketio"})
	n := startNode(t, address)
	for _, name := range []string{"a", "b", "c"} {
		n.connect(name, "", webSocket())
		n.next(name, "connect")
	}
	join := func(name, room string) {
		n.do(command{Do: "emit", Name: name, Args: []any{"join", room}, Ack: true})
		n.next(name, "ack")
	}
	join("a", "r")
	join("b", "r")
	join("c", "s")
	n.do(command{Do: "emit", Name: "a", Args: []any{"message", map[string]any{"room": "r", "text": "hi"}}, Ack: true})
	n.next("a", "ack")
	if got := n.event("b", "message"); !cmp.Equal(got[0], map[string]any{"room": "r", "text": "hi"}) {
		t.Errorf("b got %v", got)
	}
	n.emit("a", "message", map[string]any{"room": "s", "text": "from outside"})
	n.emit("a", "message", map[string]any{"text": "to all"})
	for _, name := range []string{"b", "c"} {
		if got := n.event(name, "message"); !cmp.Equal(got[0], map[string]any{"text": "to all"}) {
			t.Errorf("%s got %v", name, got)
		}
	}
	n.do(command{Do: "emit", Name: "b", Args: []any{"leave", "r"}, Ack: true})
	n.next("b", "ack")
	n.emit("a", "message", map[string]any{"room": "r", "text": "to nobody"})
	n.emit("a", "message", "last")
	if got := n.event("b", "message"); got[0] != "last" {
		t.Errorf("b got %v", got)
	}
}

func TestMessagesThatAreNoEnvelopesGoToRoomsOrAll(t *testing.T) {
	_, address := serve(t, Config{})
	n := startNode(t, address)
	for _, name := range []string{"a", "b", "c"} {
		n.connect(name, "", webSocket())
		n.greeted(name)
	}
	n.emit("a", "message", map[string]any{"text": "to all"})
	for _, name := range []string{"b", "c"} {
		if got := n.event(name, "message"); !cmp.Equal(got[0], map[string]any{"text": "to all"}) {
			t.Errorf("%s got %v", name, got)
		}
	}
	n.emit("a", "join", "r")
	n.do(command{Do: "emit", Name: "b", Args: []any{"join", "r"}, Ack: true})
	n.next("b", "ack")
	n.emit("b", "message", map[string]any{"room": "r"})
	n.event("a", "message")
	n.emit("b", "message", map[string]any{"version": "2", "text": "x"})
	if got := fmt.Sprint(n.event("b", "message")); !strings.Contains(got, "INVALID_FORMAT") {
		t.Error(got)
	}
	n.emit("b", "chat", "a marker")
	if got := n.event("c", "chat"); got[0] != "a marker" {
		t.Errorf("c got %v", got)
	}
}

func TestTheTokenOfAPublishedClient(t *testing.T) {
	_, address := serve(t, Config{Token: "secret"})
	n := startNode(t, address)
	with := func(more map[string]any) map[string]any {
		more["transports"] = []string{"websocket"}
		return more
	}
	n.connect("none", "", webSocket())
	n.connect("wrong", "", with(map[string]any{"auth": map[string]any{"token": "guess"}}))
	n.connect("number", "", with(map[string]any{"auth": map[string]any{"token": 5}}))
	for _, name := range []string{"none", "wrong", "number"} {
		if e := n.next(name, "connect_error"); !strings.Contains(e.Text, "token") {
			t.Errorf("%+v", e)
		}
	}
	n.connect("right", "", with(map[string]any{"auth": map[string]any{"token": "secret"}}))
	n.greeted("right")
	n.connect("bearer", "", with(map[string]any{"extraHeaders": map[string]any{"Authorization": "Bearer secret"}}))
	n.greeted("bearer")
}

func TestPublishedClientsLiveOnPings(t *testing.T) {
	_, address := serve(t, Config{PingEvery: 50 * time.Millisecond, ReapAfter: 5 * time.Second})
	n := startNode(t, address)
	for name, options := range map[string]map[string]any{"a": webSocket(), "b": polling()} {
		n.connect(name, "", options)
		n.greeted(name)
		for range 5 {
			n.next(name, "ping")
		}
	}
	n.emit("a", "chat", "alive")
	n.event("b", "chat")
}

func TestAPublishedClientThatSendsTooMuchIsCutOffAndComesBack(t *testing.T) {
	_, address := serve(t, Config{})
	n := startNode(t, address)
	n.connect("a", "", map[string]any{"transports": []string{"websocket"}, "reconnectionDelay": 100})
	n.greeted("a")
	n.emit("a", "chat", strings.Repeat("x", 999_000))
	n.emit("a", "heartbeat", map[string]any{"timestamp": 1})
	n.event("a", "heartbeat_ack")
	n.emit("a", "chat", strings.Repeat("x", 1_000_001))
	if e := n.next("a", "disconnect"); e.Text != "transport close" {
		t.Errorf("%+v", e)
	}
	n.greeted("a")
}

func TestPublishedClientsAreToldOfAShutdown(t *testing.T) {
	s, address, served := begin(t, Config{})
	n := startNode(t, address)
	for name, options := range map[string]map[string]any{"a": webSocket(), "b": polling(), "c": {}} {
		n.connect(name, "", options)
		n.greeted(name)
	}
	n.next("c", "upgrade")
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := s.Shutdown(ctx); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"a", "b", "c"} {
		e := n.next(name, "disconnect")
		if name == "b" && e.Text == "transport error" {
			continue // between two polls there is nothing to tell it by
		}
		if e.Text != "transport close" {
			t.Errorf("%+v", e)
		}
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
	if n := s.conns.Load(); n != 0 {
		t.Errorf("%d connections left", n)
	}
}
