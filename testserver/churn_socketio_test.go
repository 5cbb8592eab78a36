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

// TestSocketIOChurnLeavesNothingBehind lets clients come by every transport,
// talk, upgrade, resume and vanish, then shuts down amid it.
func TestSocketIOChurnLeavesNothingBehind(t *testing.T) {
	s, address, served := begin(t, Config{Queue: 20, History: 50, PingEvery: 5 * time.Millisecond, ReapAfter: 200 * time.Millisecond})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var group sync.WaitGroup
	for w := range 6 {
		group.Go(func() {
			c := &churner{address: address, transport: &http.Transport{}}
			defer c.transport.CloseIdleConnections()
			for n := w; ctx.Err() == nil; n++ {
				c.visit(ctx, n)
			}
		})
	}
	churn(func() bool {
		n := s.engines.namespaces[0]
		n.mu.Lock()
		defer n.mu.Unlock()
		return n.last >= 50
	})
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
	left := len(s.engines.list) + len(s.engines.bySID) + len(s.hub.sessions)
	for _, n := range s.engines.namespaces {
		left += len(n.members) + len(n.rooms)
	}
	if n := s.conns.Load(); left != 0 || n != 0 {
		t.Errorf("%d places taken, %d connections", left, n)
	}
	if n := s.engines.namespaces[0].last; n < 50 {
		t.Errorf("only %d events were published", n)
	}
}

// churner is a client whose requests may fail at any time.
type churner struct {
	address   string
	transport *http.Transport
	auth      string // resumes the last session
}

func (c *churner) request(ctx context.Context, method, query, body string) string {
	req, err := http.NewRequestWithContext(ctx, method, "http://"+c.address+"/socket.io/?"+query, strings.NewReader(body))
	if err != nil {
		return ""
	}
	res, err := c.transport.RoundTrip(req)
	if err != nil {
		return ""
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		return ""
	}
	return string(b)
}

const chatter = "42[\"join\",\"r\"]\x1e421[\"message\",{\"room\":\"r\"}]\x1e42[\"chat\",\"x\"]\x1e3"

// visit is one session: by polling, with an upgrade or without, or by
// WebSocket; it ends in one way or another.
func (c *churner) visit(ctx context.Context, n int) {
	if n%3 == 0 {
		c.talk(byWebSocket, n, "40"+c.auth)
		return
	}
	open := c.request(ctx, "GET", byPolling, "")
	_, rest, _ := strings.Cut(open, `"sid":"`)
	sid, _, found := strings.Cut(rest, `"`)
	if !found {
		return
	}
	query := byPolling + "&sid=" + sid
	c.request(ctx, "POST", query, "40"+c.auth)
	c.remember(c.request(ctx, "GET", query, ""))
	c.request(ctx, "POST", query, chatter)
	if n%3 == 1 {
		c.talk(byWebSocket+"&sid="+sid, n, "2probe", "5", `42["chat","y"]`)
		return
	}
	c.request(ctx, "GET", query, "")
	switch n % 4 {
	case 0:
		c.request(ctx, "POST", query, "41\x1e1")
	case 1:
		short, cancel := context.WithTimeout(ctx, time.Millisecond)
		c.request(short, "GET", query, "")
		cancel()
	}
}

// talk says packets by WebSocket, reads some, and closes or cuts off.
func (c *churner) talk(query string, n int, packets ...string) {
	ws, res, err := websocket.DefaultDialer.Dial("ws://"+c.address+"/socket.io/?"+query, nil)
	if err != nil {
		return
	}
	_ = res.Body.Close()
	defer ws.Close()
	for _, p := range append(packets, strings.Split(chatter, "\x1e")...) {
		if ws.WriteMessage(websocket.TextMessage, []byte(p)) != nil {
			return
		}
	}
	for range n % 5 {
		_ = ws.SetReadDeadline(time.Now().Add(time.Second))
		_, b, err := ws.ReadMessage()
		if err != nil {
			return
		}
		c.remember(string(b))
	}
	if n%2 == 0 {
		_ = ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(1000, ""), time.Now().Add(time.Second))
	}
}

// remember keeps what resumes a session.
func (c *churner) remember(answer string) {
	_, rest, found := strings.Cut(answer, `"pid":"`)
	if pid, _, ok := strings.Cut(rest, `"`); found && ok {
		c.auth = fmt.Sprintf(`{"pid":%q,"offset":%q}`, pid, "n0000.1")
		if _, o, ok := strings.Cut(answer, `,"n`); ok {
			o, _, _ = strings.Cut(o, `"`)
			c.auth = fmt.Sprintf(`{"pid":%q,"offset":"n%s"}`, pid, o)
		}
	}
}
