package interop_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	nats "github.com/nats-io/nats-server/v2/server"

	"github.com/imbench/imbench/agent"
	"github.com/imbench/imbench/report"
)

// described is a protocol that the protocol package keeps as an example.
func described(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("..", "protocol", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return "target.protocol=" + path
}

// inRooms are two rooms of three.
var inRooms = []string{"rooms={size: 3}", "traffic.to=room"}

// beatsOften is a heartbeat that shows in a short run.
const beatsOften = "clients.heartbeat={every: 300ms, timeout: 3s}"

func TestNATSByADescription(t *testing.T) {
	t.Parallel()
	s, err := nats.NewServer(&nats.Options{
		Host: "127.0.0.1", Port: nats.RANDOM_PORT, NoSigs: true, PingInterval: 700 * time.Millisecond, MaxPingsOut: 4,
		Websocket: nats.WebsocketOpts{Host: "127.0.0.1", Port: nats.RANDOM_PORT, NoTLS: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	if !s.ReadyForConnections(startWithin) {
		t.Fatal("nats-server did not start")
	}
	url := "ws://" + s.WebsocketURL()[len("ws://"):]

	// The server disconnects whoever leaves four of its pings unanswered.
	run(t, append(inRooms, "target.url="+url, described(t, "nats.yaml"), beatsOften, "duration=6s"),
		append(faultless, "heartbeat.count >= 30", "roundtrip.count >= 60")...)
}

func TestBayeuxByADescription(t *testing.T) {
	t.Parallel()
	addr, _ := node(t, "faye.js")
	run(t, append(inRooms, "target.url=ws://"+addr, described(t, "faye.yaml")),
		append(faultless, "acked >= 60", "acked_lost == 0")...)
}

func TestXMPPByADescription(t *testing.T) {
	t.Parallel()
	addr := prosody(t)
	run(t, append(inRooms, "target.url=ws://"+addr, described(t, "xmpp.yaml"), beatsOften),
		append(faultless, "heartbeat.count >= 30")...)
}

// prosody runs Prosody with a room component and anonymous logins.
func prosody(t *testing.T) (addr string) {
	t.Helper()
	command := program(t, "prosody")
	addr = freeAddr(t)
	dir := t.TempDir()
	config := fmt.Sprintf(`
run_as_root = true
data_path = %q
storage = "memory"
modules_enabled = { "saslauth", "websocket", "ping" }
modules_disabled = { "s2s" }
authentication = "anonymous"
c2s_require_encryption = false
consider_websocket_secure = true
c2s_ports, s2s_ports, https_ports = {}, {}, {}
http_ports, http_interfaces, http_default_host = { %s }, { "127.0.0.1" }, "localhost"
log = { info = "*console" }
VirtualHost "localhost"
Component "rooms.localhost" "muc"
  muc_room_locking = false
`, dir, portOf(addr))
	file := filepath.Join(dir, "prosody.cfg.lua")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	start(t, []string{command, "--config", file, "-F"})
	awaitTCP(t, addr)
	return addr
}

// hexletChat is a described protocol: what can be said of @hexlet/chat-server
// is how it is received from. Messages go to it by HTTP.
const hexletChat = `{
  name: hexlet-chat, speaks: socketio, socketio: {transports: [polling, websocket], auth: {token: "${token}"}},
  to: none, message: {send: [newMessage, {body: "${content}"}], receive: '$[0] == "newMessage"'}, reconnect: socketio}`

func TestHexletChatWithATokenForEachClient(t *testing.T) {
	t.Parallel()
	const clients, posts = 6, 5
	command := script(t, filepath.Join("node_modules", "@hexlet", "chat-server", "bin", "index.js"))
	addr := freeAddr(t)
	start(t, append(command, "-a", "127.0.0.1", "-p", portOf(addr), "-s", t.TempDir()))
	awaitTCP(t, addr)

	var tokens []string
	for i := range clients {
		var account struct{ Token string }
		post(t, addr, "signup", "", map[string]any{"username": fmt.Sprintf("c%d", i), "password": "secret"}, &account)
		tokens = append(tokens, account.Token)
	}
	file := filepath.Join(t.TempDir(), "tokens.txt")
	if err := os.WriteFile(file, []byte(strings.Join(tokens, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	posted := make(chan error, 1)
	begun := make(chan struct{})
	begin := sync.OnceFunc(func() { close(begun) })
	go func() {
		<-begun
		for i := range posts {
			if err := postTo(addr, "messages", tokens[i], map[string]any{"body": "hello", "channelId": "1", "username": "c0"}, nil); err != nil {
				posted <- err
				return
			}
		}
		posted <- nil
	}()
	r, err := attempt(t, agent.Options{Progress: func(s report.Snapshot) {
		if s.Phase == report.PhaseRunning {
			begin()
		}
	}}, []string{
		"target.url=ws://" + addr, "target.protocol=" + hexletChat, "clients.login={tokens: " + file + "}", "traffic=", "duration=3s",
	})
	begin()
	if err := errors.Join(err, <-posted); err != nil {
		t.Fatal(err)
	}
	// None of the clients sent what came: each message is unexpected, at everybody.
	want := map[string]int64{"connects": clients, "connect_failures": 0, "disconnects": 0, "protocol_errors": 0, "unexpected": clients * posts}
	for name, n := range want {
		if r.Counts[name] != n {
			t.Errorf("%s is %d, not %d", name, r.Counts[name], n)
		}
	}
}

// post makes a request that the test needs to be answered.
func post(t *testing.T, addr, what, token string, body, into any) {
	t.Helper()
	if err := postTo(addr, what, token, body, into); err != nil {
		t.Fatal(err)
	}
}

func postTo(addr, what, token string, body, into any) error {
	b, err := json.Marshal(body)
	if err != nil {
		return err
	}
	r, err := http.NewRequest(http.MethodPost, "http://"+addr+"/api/v1/"+what, bytes.NewReader(b))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	client := http.Client{Timeout: startWithin}
	answer, err := client.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode/100 != 2 {
		return fmt.Errorf("%s: HTTP %d", what, answer.StatusCode)
	}
	if into == nil {
		return nil
	}
	return json.NewDecoder(answer.Body).Decode(into)
}
