package testserver

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// endOf reads, which answers pings, until the connection ends, and tells when
// and how.
func endOf(ws *websocket.Conn) <-chan ended {
	end := make(chan ended, 1)
	go func() {
		for {
			if _, _, err := ws.ReadMessage(); err != nil {
				end <- ended{time.Now(), err}
				return
			}
		}
	}()
	return end
}

type ended struct {
	at  time.Time
	how error
}

func TestBrowserWSCutsOffWhoDoesNotAnswerAPing(t *testing.T) {
	overPipes(t, Config{}, func(t *testing.T, s *Server, l pipes) {
		alive, dead := l.webSocket(t, "/raw"), l.webSocket(t, "/raw")
		dead.SetPingHandler(func(string) error { return nil })
		aliveEnd, deadEnd := endOf(alive), endOf(dead)
		start := time.Now()
		e := <-deadEnd
		if took := e.at.Sub(start); took < 29*time.Second || took > 62*time.Second {
			t.Errorf("cut off after %s", took)
		}
		if websocket.IsCloseError(e.how, websocket.CloseNormalClosure, websocket.CloseNoStatusReceived, 4002) {
			t.Errorf("with a close frame: %v", e.how)
		}
		time.Sleep(10 * time.Minute)
		if n := s.conns.Load(); n != 1 {
			t.Errorf("%d connections left", n)
		}
		_ = alive.Close()
		<-aliveEnd
	})
}

func TestHeartClassClosesTheSilentIfAskedTo(t *testing.T) {
	overPipes(t, Config{}, func(t *testing.T, s *Server, l pipes) {
		silent, bound, talks := l.webSocket(t, "/heart/a"), l.webSocket(t, "/heart/b?heart_beat=20"), l.webSocket(t, "/heart/c?heart_beat=20")
		silentEnd, boundEnd, talksEnd := endOf(silent), endOf(bound), endOf(talks)
		start := time.Now()
		for range 10 {
			time.Sleep(15 * time.Second)
			if err := talks.WriteMessage(websocket.TextMessage, []byte("ping")); err != nil {
				t.Fatal(err)
			}
		}
		e := <-boundEnd
		if took := e.at.Sub(start); took < 20*time.Second || took > 22*time.Second || !websocket.IsCloseError(e.how, websocket.CloseNormalClosure) {
			t.Errorf("after %s: %v", took, e.how)
		}
		time.Sleep(24 * time.Hour)
		if e := <-talksEnd; e.at.Sub(start) < 170*time.Second {
			t.Errorf("a client that talked was closed after %s", e.at.Sub(start))
		}
		if n := s.conns.Load(); n != 1 {
			t.Errorf("%d connections left, want the one that no heart_beat binds", n)
		}
		_ = silent.Close()
		<-silentEnd
	})
}

func TestTheEndOfASocketIOClientThatAnswersNoPing(t *testing.T) {
	overPipes(t, Config{}, func(t *testing.T, s *Server, l pipes) {
		ws := l.webSocket(t, "/socket.io/?EIO=4&transport=websocket")
		if err := ws.WriteMessage(websocket.TextMessage, []byte("40")); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		for {
			_, b, err := ws.ReadMessage()
			if err != nil {
				if took := time.Since(start); took < 44*time.Second || took > 47*time.Second || !websocket.IsCloseError(err, websocket.CloseNoStatusReceived) {
					t.Errorf("after %s: %v", took, err)
				}
				break
			}
			if took := time.Since(start); string(b) == "2" && (took < 25*time.Second || took > 26*time.Second) {
				t.Errorf("pinged after %s", took)
			}
		}
		_ = ws.Close()
		time.Sleep(2 * time.Second)
		if n := s.conns.Load(); n != 0 {
			t.Errorf("%d connections left", n)
		}
	})
}

func TestNeverReapPingsSocketIOClientsAllTheSame(t *testing.T) {
	overPipes(t, Config{Bugs: []Bug{{Name: "never-reap"}}}, func(t *testing.T, _ *Server, l pipes) {
		ws := l.webSocket(t, "/socket.io/?EIO=4&transport=websocket")
		if err := ws.WriteMessage(websocket.TextMessage, []byte("40")); err != nil {
			t.Fatal(err)
		}
		start, pings := time.Now(), 0
		for time.Since(start) < time.Hour {
			_, b, err := ws.ReadMessage()
			if err != nil {
				t.Fatal(err)
			}
			if string(b) == "2" {
				pings++
			}
		}
		if pings < 70 || pings > 90 {
			t.Errorf("%d pings in an hour without an answer", pings)
		}
		_ = ws.Close()
	})
}

// web makes requests over pipes.
func (p pipes) web(t *testing.T) func(method, query, body string) (int, string) {
	transport := &http.Transport{DialContext: p.dial}
	t.Cleanup(transport.CloseIdleConnections)
	return func(method, query, body string) (int, string) {
		t.Helper()
		return exchange(t, transport, "pipe", method, query, body)
	}
}

// exchange makes one request of /socket.io/.
func exchange(t testing.TB, transport *http.Transport, host, method, query, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, "http://"+host+"/socket.io/?"+query, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	res, err := transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(b)
}

// sidIn finds the session's name in an open packet.
func sidIn(t testing.TB, open string) string {
	t.Helper()
	_, rest, _ := strings.Cut(open, `"sid":"`)
	sid, _, found := strings.Cut(rest, `"`)
	if !found {
		t.Fatalf("no sid in %q", open)
	}
	return sid
}

func TestASessionThatStopsPollingExpires(t *testing.T) {
	overPipes(t, Config{}, func(t *testing.T, s *Server, l pipes) {
		request := l.web(t)
		polls := func(sid string) string { return "EIO=4&transport=polling&sid=" + sid }
		_, open := request("GET", "EIO=4&transport=polling", "")
		half := sidIn(t, open) // is heard of once only
		_, open = request("GET", "EIO=4&transport=polling", "")
		gone := sidIn(t, open) // connects, then is heard of no more
		request("POST", polls(gone), "40")
		_, open = request("GET", "EIO=4&transport=polling", "")
		alive := sidIn(t, open)
		request("POST", polls(alive), "40")
		start := time.Now()
		pings := 0
		for time.Since(start) < 5*time.Minute { // each GET waits for the next ping
			code, b := request("GET", polls(alive), "")
			if code != 200 {
				t.Fatalf("after %s: %d %s", time.Since(start), code, b)
			}
			if strings.Contains(b, "2") && !strings.Contains(b, "4") {
				pings++
				request("POST", polls(alive), "3")
			}
		}
		if pings < 10 || pings > 13 {
			t.Errorf("%d pings in 5 min", pings)
		}
		for _, sid := range []string{half, gone} {
			if code, b := request("GET", polls(sid), ""); code != 400 || b != `{"code":1,"message":"Session ID unknown"}` {
				t.Errorf("%d %s", code, b)
			}
		}
		if n := s.conns.Load(); n != 1 {
			t.Errorf("%d connections left", n)
		}
	})
}

func TestAWebSocketThatNeverTakesOverIsClosed(t *testing.T) {
	overPipes(t, Config{}, func(t *testing.T, s *Server, l pipes) {
		request := l.web(t)
		_, open := request("GET", "EIO=4&transport=polling", "")
		ws := l.webSocket(t, "/socket.io/?EIO=4&transport=websocket&sid="+sidIn(t, open))
		start := time.Now()
		if _, _, err := ws.ReadMessage(); err == nil || time.Since(start) > 12*time.Second {
			t.Errorf("after %s: %v", time.Since(start), err)
		}
		_ = ws.Close()
		time.Sleep(time.Second)
		if n := s.conns.Load(); n != 1 {
			t.Errorf("%d connections, want the polling one", n)
		}
	})
}
