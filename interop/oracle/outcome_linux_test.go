package oracle_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/imbench/imbench/faults"
	"github.com/imbench/imbench/report"
)

// What is silenced has beats and chat under way. The server remembers less than
// is missed, so that a part is recovered and a part never arrives; and it lets
// go of silent clients before they are back.
const (
	someGoDark = `
clients: {count: 24, connect_rate: 200/s, heartbeat: {every: 1s, timeout: 3s}, reconnect: {backoff: constant, base: 4s}}
rooms: {size: 8}
traffic: {rate: 48/s, arrivals: even, to: room}
duration: 14s
drain: 2s
`
	clients = 24
	victims = 8
	every   = time.Second
	timeout = 3 * time.Second
	backoff = 4 * time.Second
	reap    = 4 * time.Second
	looks   = 250 * time.Millisecond // how often the server looks whom to reap
)

func TestEveryOutcomeOfARunIsTheSame(t *testing.T) {
	needRoot(t)
	t.Parallel()
	imbench := built(t)
	inEachFamily(t, func(t *testing.T, at addresses) { everyOutcomeIsTheSame(t, imbench, at) })
}

func everyOutcomeIsTheSame(t *testing.T, imbench string, at addresses) {
	for _, s := range stories {
		if at.ip == "ip6" && s.direction != faults.Both {
			continue // these are other rules of the same mechanisms
		}
		t.Run(string(s.direction), func(t *testing.T) {
			t.Parallel()
			p := &play{
				family: at, scenario: someGoDark, clients: clients, at: 4 * time.Second,
				serve: []string{"--reap-after", "4s", "--ping-every", "2s", "--history", "60"},
				fault: fmt.Sprintf("name: dark, at: 4s, kind: silence, clients: %d, direction: %s", victims, s.direction),
			}
			accounts := byEach(t, s.ways, func(t *testing.T, w way) *account {
				w.natTimeout = longNAT // it is made to forget
				return p.perform(t, imbench, w)
			})
			if t.Failed() {
				return
			}
			t.Log("\n" + outcomeTable(s.ways, accounts))
			for i, a := range accounts {
				a.holds(t, s.ways[i], s.direction)
				a.resembles(t, s.ways[i].name, accounts[0])
			}
		})
	}
}

// holds fails the test where a run did not come to what its own timers imply.
func (a *account) holds(t *testing.T, w way, d faults.Direction) {
	t.Helper()
	if a.others > 0 || len(a.fates) != victims {
		t.Errorf("%s: %d clients were struck, and %d others lost their connection", w.name, len(a.fates), a.others)
	}
	slack := a.slack()
	held := between{reap - every, reap + looks}
	if d == faults.Inbound {
		// The server hears one beat more. It is never acknowledged, so the
		// client's kernel sends that one again, and nothing after it.
		held = between{reap, reap + every + looks}
	}
	for name, f := range a.fates {
		if f.cause != "heartbeat_timeout" {
			t.Errorf("%s: %s lost its connection by %q", w.name, name, f.cause)
		}
		for _, is := range []struct {
			what  string
			value time.Duration
			in    between
		}{
			{"noticed", f.detect, between{timeout - every, timeout}},
			{"was back after that", f.reconnect(), between{backoff, backoff}},
			{"was a ghost for", f.ghost, held},
		} {
			if is.value < is.in.least-slack || is.value > is.in.most+slack {
				t.Errorf("%s: %s %s %v, not within %v..%v", w.name, name, is.what, is.value, is.in.least, is.in.most)
			}
		}
	}
	if w.ours {
		a.agreesWithItself(t, w)
	}
}

type between struct{ least, most time.Duration }

// slack is by how much times may be off: by what the test does not know, and by
// how late imbench itself was.
func (a *account) slack() time.Duration {
	slack := 200*time.Millisecond + a.unsure
	if lag := a.result.Metrics["lag"]; lag != nil {
		slack += time.Duration(lag.Max * float64(time.Millisecond))
	}
	return slack
}

// agreesWithItself fails the test where imbench reports of its own fault
// something else than the events and the server's presence show.
func (a *account) agreesWithItself(t *testing.T, w way) {
	t.Helper()
	f := a.result.Faults[0]
	if f.Mechanism[string(w.mechanism)] != victims || f.Clients != victims || f.Recovered != victims || f.NeverDetected != 0 {
		t.Errorf("%s: the result says %+v", w.name, f)
	}
	var detect, reconnect, ready, ghost time.Duration
	for _, f := range a.fates {
		detect, reconnect = max(detect, f.detect), max(reconnect, f.reconnect())
		ready, ghost = max(ready, f.ready), max(ghost, f.ghost)
	}
	for _, c := range []struct {
		what  string
		stats *report.Stats
		seen  time.Duration
		slack time.Duration
	}{
		{"detect", f.Detect, detect, 0},
		{"reconnect", f.Reconnect, reconnect, 0},
		{"outage", f.Outage, ready, time.Second}, // until the first message, some time after being ready
		{"ghost", f.Ghost, ghost, 0},
	} {
		if c.stats == nil || c.stats.Count == 0 {
			continue // a ghost that is none, by direction
		}
		got := time.Duration(c.stats.Max * float64(time.Millisecond))
		if off := got - c.seen; off.Abs() > c.slack+50*time.Millisecond {
			t.Errorf("%s: the result says %s.max %v, the events %v", w.name, c.what, got, c.seen)
		}
	}
}

// resembles fails the test where what came of a run is not what came of ours.
func (a *account) resembles(t *testing.T, name string, ours *account) {
	t.Helper()
	slack := a.slack() + ours.slack()
	later := a.into - ours.into
	var apart time.Duration // the clients' times in the dark, all together
	for client, f := range a.fates {
		// By the run's clock it is the same, or a beat apart: one may have been
		// answered just before the later fault.
		off := (f.detect + later - ours.fates[client].detect).Abs()
		if min(off, (off-every).Abs()) > slack {
			t.Errorf("%s: %s noticed %v after second 0, under ours %v", name, client, f.detect+a.into, ours.fates[client].detect+ours.into)
		}
		apart += (f.ready - ours.fates[client].ready).Abs()
	}
	for _, c := range counted {
		got, want := c.of(a.result.Counts), c.of(ours.result.Counts)
		room := c.room + want*c.percent/100 + int64(float64(c.rate)*apart.Seconds())
		if off := max(got-want, want-got); off > room {
			t.Errorf("%s: %s is %d, under ours %d", name, c.name, got, want)
		}
	}
}

// counted are the outcomes that are counts, and how far apart they may be. The
// faults do not begin in the same moment of their runs, and a client in the dark
// for a second longer misses 14 messages and sends 2 to 7 others for nothing:
// that is rate. What never arrived is counted as one: only
// who made a fault knows that what was sent into it was missed, not lost.
var counted = []struct {
	name                string
	of                  func(map[string]int64) int64
	room, percent, rate int64
}{
	{"sent", count("sent"), 5, 1, 2},
	{"acked", count("acked"), 10, 2, 4},
	{"expected", count("expected"), 35, 1, 14},
	{"delivered", count("delivered"), 40, 2, 28},
	{"recovered", count("recovered"), 20, 5, 14},
	{"never arrived", count("lost", "missed", "indeterminate"), 40, 10, 28},
	{"duplicated", count("duplicated"), 0, 0, 0},
	{"reordered", count("reordered"), 0, 0, 0},
	{"unexpected", count("unexpected"), 0, 0, 0},
	{"acked_lost", count("acked_lost"), 0, 0, 0},
	{"disconnects", count("disconnects"), 0, 0, 0},
	{"reconnects", count("reconnects"), 0, 0, 0},
	{"never_detected", count("never_detected"), 0, 0, 0},
	{"never_recovered", count("never_recovered"), 0, 0, 0},
	{"protocol_errors", count("protocol_errors"), 0, 0, 0},
}

func count(names ...string) func(map[string]int64) int64 {
	return func(counts map[string]int64) (n int64) {
		for _, name := range names {
			n += counts[name]
		}
		return n
	}
}

// outcomeTable is what came of the runs, as a table in Markdown.
func outcomeTable(ways []way, accounts []*account) string {
	var b strings.Builder
	b.WriteString("| made by | clients | detect | reconnect | back after | ghost | delivered | recovered | never arrived (lost + missed + indeterminate) |\n")
	b.WriteString("|---|---|---|---|---|---|---|---|---|\n")
	for i, a := range accounts {
		var detect, reconnect, ready, ghost extent
		for _, f := range a.fates {
			detect.take(f.detect)
			reconnect.take(f.reconnect())
			ready.take(f.ready)
			ghost.take(f.ghost)
		}
		c := a.result.Counts
		fmt.Fprintf(&b, "| %s | %d | %s | %s | %s | %s | %d of %d | %d | %d (%d + %d + %d) |\n", ways[i].name, len(a.fates),
			detect, reconnect, ready, ghost, c["delivered"], c["expected"], c["recovered"],
			c["lost"]+c["missed"]+c["indeterminate"], c["lost"], c["missed"], c["indeterminate"])
	}
	return b.String()
}

// extent is the least and the most of some times.
type extent struct {
	between
	some bool
}

func (e *extent) take(d time.Duration) {
	if !e.some {
		e.between, e.some = between{d, d}, true
	}
	e.least, e.most = min(e.least, d), max(e.most, d)
}

func (e extent) String() string {
	return fmt.Sprintf("%.2f..%.2f s", e.least.Seconds(), e.most.Seconds())
}
