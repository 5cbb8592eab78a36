package testserver

import (
	"context"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// TestChurnLeavesNothingBehind lets clients come, talk, take over from one
// another and vanish in all ways at once, then shuts down amid it.
func TestChurnLeavesNothingBehind(t *testing.T) {
	s, address, served := begin(t, Config{Queue: 20, History: 50, PingEvery: 5 * time.Millisecond, ReapAfter: 200 * time.Millisecond})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var group sync.WaitGroup
	for w := range 8 {
		group.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				visit(address, w, n)
			}
		})
	}
	churn(func() bool { return s.numbers.Load() >= 50 })
	cancel()
	end, cancelEnd := context.WithTimeout(context.Background(), patience)
	defer cancelEnd()
	if err := s.Shutdown(end); err != nil {
		t.Error(err)
	}
	group.Wait()
	if err := <-served; err != nil {
		t.Error(err)
	}

	if n := s.numbers.Load(); n < 50 {
		t.Errorf("only %d connections were made", n)
	}
	h := s.hub
	users := h.all.users + len(h.all.members) + len(h.sessions) + len(s.presence.observers)
	for _, st := range h.rooms {
		users += st.users + len(st.members)
	}
	for _, a := range h.clients {
		users += a.direct.users + len(a.direct.members)
		if a.session != nil {
			users++
		}
	}
	if users != 0 || s.conns.Load() != 0 || h.idle != len(h.rooms)+len(h.clients) {
		t.Errorf("%d places taken, %d connections, %d idle of %d rooms and %d clients",
			users, s.conns.Load(), h.idle, len(h.rooms), len(h.clients))
	}
}

// churn lets others go on for a second, and until they have done enough.
func churn(enough func() bool) {
	for began := time.Now(); time.Since(began) < time.Second || !enough() && time.Since(began) < patience; {
		time.Sleep(10 * time.Millisecond)
	}
}

// visit is one connection, as client c0 to c4 in room r0 or r1 or an observer,
// that ends in one way or another.
func visit(address string, w, n int) {
	query := fmt.Sprintf("client=c%d&room=r%d&offset=r0000.1", (w+n)%5, n%2)
	if n%7 == 0 {
		query = "observe=presence"
	}
	ws, res, err := websocket.DefaultDialer.Dial("ws://"+address+"/ws?"+query, nil)
	if err != nil {
		return // shut down
	}
	_ = res.Body.Close()
	for i := range 30 {
		to := []string{fmt.Sprintf(`"room":"r%d"`, n%2), `"all":true`, `"to":"c1"`}[i%3]
		frame := fmt.Sprintf(`{"version":"1.0.0","event":"message","payload":{"id":"m","timestamp":5,"content":"x","meta":{%s,"ack":true}},"code":200}`, to)
		if ws.WriteMessage(websocket.TextMessage, []byte(frame)) != nil {
			break
		}
		if i%4 == 0 {
			_ = ws.SetReadDeadline(time.Now().Add(time.Second))
			_, _, _ = ws.ReadMessage()
		}
	}
	switch n % 3 {
	case 0: // with a close frame
		_ = ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(1000, ""), time.Now().Add(time.Second))
	case 1: // with a reset
		if tcp, ok := ws.NetConn().(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
	}
	_ = ws.Close()
}
