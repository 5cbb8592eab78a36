package agent_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gorilla/websocket"

	"github.com/imbench/imbench/agent"
	"github.com/imbench/imbench/testserver"
)

// engine serves Socket.IO as a test writes it: polling answers every request of
// long-polling, speak takes over a WebSocket.
func engine(t *testing.T, polling string, speak func(*websocket.Conn)) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !websocket.IsWebSocketUpgrade(r) {
			fmt.Fprint(w, polling)
			return
		}
		ws, err := new(websocket.Upgrader).Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer ws.Close()
		speak(ws)
	}))
	t.Cleanup(s.Close)
	return "ws" + strings.TrimPrefix(s.URL, "http")
}

func say(ws *websocket.Conn, frames ...string) {
	for _, f := range frames {
		if ws.WriteMessage(websocket.TextMessage, []byte(f)) != nil {
			return
		}
	}
	for { // until the client leaves
		if _, _, err := ws.ReadMessage(); err != nil {
			return
		}
	}
}

const openPacket = `0{"sid":"x","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}`

func TestSocketIOServersThatCannotBeTalkedTo(t *testing.T) {
	for _, c := range []struct {
		name, preset, polling string
		frames                []string
		says                  []string
	}{
		{"a Socket.IO v2 server", "socketio-chat", `96:0{"sid":"x","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":5000}2:40`, nil,
			[]string{"long-polling handshake failed", "Socket.IO v2"}},
		{"a web page", "socketio-chat", "<html>hello</html>", nil, []string{"long-polling handshake failed", "html"}},
		{"a namespace that is refused", "angular-socketio", "", []string{openPacket, `44{"message":"Invalid namespace"}`},
			[]string{"login refused", "Invalid namespace"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			url := engine(t, c.polling, func(ws *websocket.Conn) { say(ws, c.frames...) })
			_, err := agent.Run(t.Context(), load(t, fmt.Sprintf(
				"target: {url: %q, preset: %s}\nclients: {count: 3, connect_rate: 100/s, reconnect: none}\nduration: 1s\ndrain: 0s\n", url, c.preset)), agent.Options{})
			if err == nil {
				t.Fatal("the run was made all the same")
			}
			for _, want := range c.says {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not say %q", err, want)
				}
			}
		})
	}
}

func TestSocketIOFramesThatDoNotParseAreCountedAndQuoted(t *testing.T) {
	url := engine(t, "", func(ws *websocket.Conn) {
		say(ws, openPacket, `40{"sid":"y"}`,
			`42["message",{"version":"1.0.0","event":"system","payload":{"id":"sys_y","content":"hi","meta":{"connection":true}},"code":201}]`,
			`42["message",{"broken`, `9what is this`)
	})
	r := runScenario(t, fmt.Sprintf("target: {url: %q, preset: angular-socketio}\nclients: {count: 3, connect_rate: 100/s}\nduration: 1s\ndrain: 0s\n", url))
	if n := r.Counts["protocol_errors"]; n != 6 {
		t.Errorf("%d protocol errors, want two for each of 3 clients: %v", n, r.ProtocolErrors)
	}
	if len(r.ProtocolErrors) == 0 || r.ProtocolErrors[0].First == "" {
		t.Errorf("nothing is quoted: %v", r.ProtocolErrors)
	}
	if r.Counts["disconnects"] != 0 {
		t.Errorf("%d clients were lost over it", r.Counts["disconnects"])
	}
}

// The reference server speaks all systems on one port, so everybody on
// Socket.IO's namespace / gets the greeting of one of them.
func TestAServersNoticeIsNoChatMessage(t *testing.T) {
	const members = 6
	for _, preset := range []string{"socketio", "socketio-chat", "angular-socketio"} {
		t.Run(preset, func(t *testing.T) {
			t.Parallel()
			url := strings.TrimSuffix(serve(t, testserver.Config{}), "/ws")
			rooms := ""
			if preset == "socketio" {
				rooms = "rooms: {size: 3}\n"
			}
			r := runScenario(t, fmt.Sprintf("target: {url: %q, preset: %s}\n%sclients: {count: %d, connect_rate: 100/s}\ntraffic: 20/s\nduration: 1s\ndrain: 2s\n", url, preset, rooms, members))
			if r.Counts["connects"] != members || r.Counts["delivered"] == 0 || r.Counts["delivered"] != r.Counts["expected"] {
				t.Errorf("%d connects, %d delivered of %d", r.Counts["connects"], r.Counts["delivered"], r.Counts["expected"])
			}
			for _, what := range []string{"unexpected", "protocol_errors", "rejected"} {
				if n := r.Counts[what]; n != 0 {
					t.Errorf("%d %s in a run in which nothing goes wrong", n, what)
				}
			}
		})
	}
}

func TestAChatMessageThatNobodySentIsUnexpected(t *testing.T) {
	url := engine(t, "", func(ws *websocket.Conn) {
		say(ws, openPacket, `40{"sid":"y"}`,
			`42["message",{"version":"1.0.0","event":"system","payload":{"id":"sys_y","content":"hi","meta":{"connection":true}},"code":201}]`,
			`42["message",{"room":"r0","text":"who wrote this?"}]`, `42["message","a text alone"]`, `42["typing",{"text":"no message"}]`)
	})
	r := runScenario(t, fmt.Sprintf("target: {url: %q, preset: socketio}\nclients: {count: 3, connect_rate: 100/s}\nduration: 1s\ndrain: 0s\n", url))
	if n := r.Counts["unexpected"]; n != 6 {
		t.Errorf("%d unexpected, want two for each of 3 clients", n)
	}
	if n := r.Counts["protocol_errors"]; n != 0 {
		t.Errorf("%d protocol errors: %v", n, r.ProtocolErrors)
	}
}
