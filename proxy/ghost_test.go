package proxy

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/imbench/imbench/testserver"
)

// The reference server behind the proxy: a silenced client notices by its own
// deadline and comes back, and the server holds both until it reaps the ghost.
func TestASilencedWebSocketClientIsAGhostUntilTheServerReapsIt(t *testing.T) {
	server, err := testserver.New(testserver.Config{PingEvery: 500 * time.Millisecond, ReapAfter: 4 * time.Second})
	must(t, err)
	listener, err := testserver.Listen(t.Context(), "127.0.0.1:0")
	must(t, err)
	addr := listener.Addr().String()
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	t.Cleanup(func() {
		must(t, server.Shutdown(context.Background()))
		must(t, <-served)
	})
	online := func(n string) func() bool {
		return func() bool {
			resp, err := http.Get("http://" + addr + "/metrics")
			must(t, err)
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			must(t, err)
			return strings.Contains(string(body), "\nimbench_server_connections "+n+"\n")
		}
	}

	w := newWorld(t, Config{})
	p := w.proxy(addr)
	connect := func(name string) *websocket.Conn {
		c, _, err := websocket.DefaultDialer.Dial("ws://"+p.Listen+"/ws?room=r1&client="+name, nil)
		must(t, err)
		t.Cleanup(func() { c.Close() })
		_ = c.SetReadDeadline(time.Now().Add(patience))
		_, _, err = c.ReadMessage() // the greeting
		must(t, err)
		return c
	}
	client := connect("phone")
	w.eventually("the server has it online", online("1"))
	toxic(t, p, "silence", "", nil)
	silenced := time.Now()
	_ = client.SetReadDeadline(time.Now().Add(time.Second)) // two pings late
	if _, _, err := client.ReadMessage(); err == nil {
		t.Fatal("it heard something")
	}
	client.Close()
	again := connect("phone-again")           // by its own name it would supersede its ghost
	if time.Since(silenced) < 3*time.Second { // else this machine is too busy to see it
		w.eventually("the server has both online", online("2"))
	}
	gone := make(chan struct{})
	go func() { // answers pings, as long as the connection is there
		defer close(gone)
		_ = again.SetReadDeadline(time.Time{})
		for {
			if _, _, err := again.ReadMessage(); err != nil {
				return
			}
		}
	}()
	w.eventually("the server has reaped the ghost", online("1"))
	if held := time.Since(silenced); held < 3*time.Second {
		t.Errorf("the ghost was held for %s only", held)
	}
	again.Close()
	<-gone
}
