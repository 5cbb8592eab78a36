package oracle_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/imbench/imbench/report"
)

// span is a moment as well as it is known.
type span struct{ from, to time.Time }

// account is what came of a run: the result, and what became of each client,
// as its events and the server tell it, who both know nothing of the fault.
type account struct {
	result   *report.Result
	events   []event
	presence []presence
	fates    map[string]*fate
	epoch    time.Time     // when the clock of the events began
	into     time.Duration // the run, its second 0, was the fault made
	unsure   time.Duration // about that
	others   int           // clients beside those meant that lost their connection
}

// event is a line of the events file.
type event struct {
	T      float64 `json:"t"`
	Client string  `json:"client"`
	Event  string  `json:"event"`
	Cause  string  `json:"cause"`
	Method string  `json:"method"` // by which a ghost was watched
}

func (e event) at() time.Duration { return time.Duration(e.T * float64(time.Second)) }

// fate is what a fault did to a client. Times count from the fault.
type fate struct {
	struck time.Duration // on the run's clock; 0 until known
	detect time.Duration
	cause  string
	ready  time.Duration // again
	ghost  time.Duration // until the server believed it no more
}

func (f *fate) reconnect() time.Duration { return f.ready - f.detect }

// readAccount reads what imbench wrote about a run.
func readAccount(t *testing.T, dir string, seen []presence) *account {
	t.Helper()
	a := &account{presence: seen, fates: map[string]*fate{}}
	f, err := os.Open(filepath.Join(dir, "result.json"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if a.result, err = report.Read(f); err != nil {
		t.Fatal(err)
	}
	e, err := os.Open(filepath.Join(dir, "events.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	for lines := bufio.NewScanner(e); lines.Scan(); {
		var ev event
		if err := json.Unmarshal(lines.Bytes(), &ev); err != nil {
			t.Fatalf("%s: %v", lines.Text(), err)
		}
		a.events = append(a.events, ev)
	}
	a.findEpoch(t)
	return a
}

// settle finds out what became of the victims. Struck is when the fault was
// made on the way; where imbench made it, it says so itself.
func (a *account) settle(victims []uint32, struck span) {
	a.unsure = struck.to.Sub(struck.from)
	for _, v := range victims {
		f := &fate{}
		if !struck.to.IsZero() {
			f.struck = a.onClock(struck.to)
		}
		a.fates[fmt.Sprintf("c%d", v)] = f
	}
	var begun time.Duration
	for _, e := range a.events {
		f := a.fates[e.Client]
		at := e.at()
		switch {
		case e.Event == "begin":
			begun = at
		case e.Event == "detect" && f == nil:
			a.others++
		case f == nil:
		case e.Event == "fault":
			f.struck = at
		case e.Event == "detect" && f.detect == 0:
			f.detect, f.cause = at-f.struck, e.Cause
		case e.Event == "ready" && f.detect > 0 && f.ready == 0:
			f.ready = at - f.struck
		}
	}
	for _, f := range a.fates {
		a.into = max(a.into, f.struck-begun)
	}
	for _, p := range a.presence {
		f := a.fates[p.client]
		if at := a.onClock(p.at); f != nil && !p.online && f.ghost == 0 && at >= f.struck {
			f.ghost = at - f.struck
		}
	}
}

// onClock is a moment on the clock of the run's events.
func (a *account) onClock(at time.Time) time.Duration { return at.Sub(a.epoch) }

// findEpoch finds out when the run's clock began: a client is ready when the
// greeting reaches it, and the server says when it sent that. The quickest of
// them tells best.
func (a *account) findEpoch(t *testing.T) {
	t.Helper()
	online := map[string]time.Time{}
	for _, p := range a.presence {
		if _, known := online[p.client]; p.online && !known {
			online[p.client] = p.at
		}
	}
	seen := map[string]bool{}
	for _, e := range a.events {
		sent, known := online[e.Client]
		if e.Event != "ready" || !known || seen[e.Client] {
			continue
		}
		seen[e.Client] = true
		if epoch := sent.Add(-e.at()); epoch.After(a.epoch) {
			a.epoch = epoch
		}
	}
	if len(seen) == 0 {
		t.Fatalf("none of the clients that were ready was online for the server: %d events, %d presences", len(a.events), len(a.presence))
	}
}

// presence is what the server told its observers about a client.
type presence struct {
	client string
	online bool
	at     time.Time // by the server, to the millisecond
}

// observe joins the server as an observer, as soon as it is there. The
// function that it returns leaves, and says what was told.
func (s *site) observe(t *testing.T) func() []presence {
	t.Helper()
	d := websocket.Dialer{NetDialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return s.dial(ctx, s.at.observer)
	}}
	var conn *websocket.Conn
	eventually(t, "the server takes an observer", func() bool {
		c, _, err := d.DialContext(t.Context(), "ws://"+s.at.server+"/ws?client=oracle&observe=presence", nil)
		conn = c
		return err == nil
	})
	var seen []presence
	var reading, pinging sync.WaitGroup
	left := make(chan struct{})
	pinging.Go(func() { // lest a NAT forgets the observer
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case now := <-tick.C:
				_ = conn.WriteControl(websocket.PingMessage, nil, now.Add(every)) // the reader learns of it
			case <-left:
				return
			}
		}
	})
	reading.Go(func() {
		for {
			var m struct {
				Event   string
				Payload struct {
					Timestamp int64
					Meta      struct {
						Client string
						Online bool
					}
				}
			}
			if conn.ReadJSON(&m) != nil {
				return
			}
			if m.Event == "presence" {
				seen = append(seen, presence{m.Payload.Meta.Client, m.Payload.Meta.Online, time.UnixMilli(m.Payload.Timestamp)})
			}
		}
	})
	leave := sync.OnceValue(func() []presence {
		close(left)
		pinging.Wait()
		_ = conn.Close()
		reading.Wait()
		return seen
	})
	t.Cleanup(func() { leave() })
	return leave
}
