package interop_test

import (
	"strings"
	"testing"

	"github.com/imbench/imbench/agent"
)

// socketIO describes what socketio-all.js speaks.
const socketIO = `{
  name: all-of-socketio, speaks: socketio,
  socketio: {transports: TRANSPORTS, namespace: /im, auth: {token: "${token}"}, acks: true, recovery: true},
  open: [[join, "${room}"]],
  message: {send: [say, {room: "${room}", text: "${content}"}], receive: '$[0] == "said"'}, reconnect: socketio}`

func TestSocketIOWithNamespaceTokenAcksAttachmentsAndRecovery(t *testing.T) {
	for name, transports := range map[string]string{
		"by WebSocket":           "[websocket]",
		"by polling and upgrade": "[polling, websocket]",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			addr, p := node(t, "socketio-all.js")
			protocol := strings.ReplaceAll(socketIO, "TRANSPORTS", transports)
			run(t, append(inRooms,
				"target.url=ws://"+addr, "target.protocol="+protocol, "target.token=t0ken",
				"clients.reconnect={backoff: constant, base: 400ms}",
				"faults=[{name: cut, at: 1s, kind: close, clients: 3}]", "duration=4s", "drain=2s"),
				"disconnects == 3", "reconnects == 3", "acked >= 60", "recovered >= 1", "missed == 0", "lost == 0",
				"duplicated == 0", "reordered == 0", "unexpected == 0", "protocol_errors == 0", "acked_lost == 0")
			if n := p.count("recovered"); n != 3 {
				t.Errorf("the server recovered %d sessions, not 3", n)
			}
		})
	}
}

func TestSocketIORefusesAWrongTokenAndANamespaceThatIsNot(t *testing.T) {
	addr, _ := node(t, "socketio-all.js")
	right := strings.ReplaceAll(socketIO, "TRANSPORTS", "[websocket]")
	for name, c := range map[string]struct{ protocol, token, says string }{
		"a wrong token":             {right, "wrong", "who are you?"},
		"a namespace that is not":   {strings.ReplaceAll(right, "/im", "/nowhere"), "t0ken", "Invalid namespace"},
		"a wrong token, by polling": {strings.ReplaceAll(socketIO, "TRANSPORTS", "[polling, websocket]"), "wrong", "who are you?"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := attempt(t, agent.Options{}, append(inRooms,
				"target.url=ws://"+addr, "target.protocol="+c.protocol, "target.token="+c.token, "clients.reconnect=none"))
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("the run ended with %v, which does not say %q", err, c.says)
			}
		})
	}
}
