package agent

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"github.com/imbench/imbench/faults"
	"github.com/imbench/imbench/protocol"
	"github.com/imbench/imbench/scenario"
)

// probe is the one question that a silenced connection is healed for, and its
// answer.
type probe struct {
	staleAnswers bool // an answer to a beat of before the silence may still be under way
	planned      bool
	due          time.Duration
	begun        bool
	answer       answer
	at           time.Duration // when what the answer says was so
}

// answer is what came of a probe.
type answer int

const (
	cannotTell answer = iota // not asked, or nothing can be said
	stillHeld
	forgotten
)

const (
	// probePatience is how long the server has to answer, from when its kernel
	// has acknowledged the question.
	probePatience = 2 * time.Second
	// ackPatience is how long that may take: the longest that TCP waits between
	// two retransmissions, and a little.
	ackPatience = 125 * time.Second
	// readerPatience is how long it takes at most that the reader of a
	// connection that was given up has left it.
	readerPatience = 10 * time.Millisecond
)

// probeIfDue starts the probes whose time has come, and returns when the next
// one's comes.
func (g *ghosts) probeIfDue(ctx context.Context, probes *sync.WaitGroup, now time.Duration) (next time.Duration) {
	next = never
	for _, n := range g.toProbe() {
		p := &n.probe
		if !p.planned {
			p.planned = true
			if p.due = g.probeAt(n); p.due < never {
				_ = n.link.conn.Persist() // else the answer takes longer to come
			}
		}
		if p.due == never {
			continue
		}
		due := max(p.due, n.abandonedAt)
		if due <= now && !n.link.left.Load() {
			due = now + readerPatience
		}
		if due > now {
			next = min(next, due)
			continue
		}
		p.begun = true
		g.mu.Lock()
		n.revivedAt = now
		g.drop(n)
		g.mu.Unlock()
		probes.Go(func() { g.ask(ctx, n) })
	}
	return next
}

// toProbe are the ghosts that may be probed, now or later.
func (g *ghosts) toProbe() (wanted []*ghost) {
	g.mu.Lock()
	defer g.mu.Unlock()
	needed := !g.told && g.onHost == otherHost
	for _, n := range g.all {
		if n.by.probe && !n.probe.begun && n.abandonedAt > 0 && n.healedAt == 0 && (needed || !n.by.ifNeeded) {
			wanted = append(wanted, n)
		}
	}
	return wanted
}

// probeAt is when a ghost is to be asked about: the plan spreads the clients of
// an occurrence evenly from when they have given up to the end, or to when the
// fault heals, which would be in the way.
func (g *ghosts) probeAt(n *ghost) time.Duration {
	r := g.run
	o := r.occurrenceOf(n.fault, n.at)
	if o == nil {
		return never
	}
	_, longest, _ := r.groups[n.client.group].DetectBound()
	from := n.at + longest
	to := r.zero + r.scenario.Duration + min(0, r.scenario.Drain-probePatience)
	if o.For > 0 {
		to = min(to, n.at+o.For-probePatience)
	}
	if to <= n.at || o.For > 0 && to <= from {
		return never
	}
	return from + time.Duration(g.fateOf(o, n.client.id)*float64(max(to-from, 0)))
}

// occurrenceOf is the latest time that the fault was applied before then.
func (r *run) occurrenceOf(fault int, at time.Duration) (latest *occurrence) {
	for _, o := range r.occurrences {
		if o.Fault == fault && r.zero+o.At <= at && (latest == nil || o.At >= latest.At) {
			latest = o
		}
	}
	return latest
}

// fateOf is where in the time for probes a client's lies, from 0 to 1: each
// client has a part of its own of that time, which one it is and where in it
// comes from the seed.
func (g *ghosts) fateOf(o *occurrence, client uint32) float64 {
	fates := g.fates[o]
	if fates == nil {
		fates = spread(o.Clients, g.run.plan.Rand(slices.Index(g.run.occurrences, o), scenario.GhostProbe))
		g.fates[o] = fates
	}
	return fates[client]
}

func spread[C ~uint32 | ~int](clients []C, random *rand.Rand) map[uint32]float64 {
	fates := make(map[uint32]float64, len(clients))
	for i, j := range random.Perm(len(clients)) {
		fates[uint32(clients[j])] = (float64(i) + random.Float64()) / float64(len(clients))
	}
	return fates
}

// ask heals a connection that its client has given up, sends a heartbeat and a
// ping over it, and ends it with RST when the server has answered or will not.
func (g *ghosts) ask(ctx context.Context, n *ghost) {
	l := n.link
	if l.conn.Revive() != nil {
		return // it has ended meanwhile: nothing is known
	}
	healed := g.run.clock.now()
	q := g.question(n)
	l.ws.SetPingHandler(func(string) error { return nil }) // of before the healing; an answer would be news to the server
	l.ws.SetPongHandler(func(data string) error {
		if data == q.ping {
			return errPong
		}
		return nil
	})
	if err := g.put(l, q); err != nil {
		_ = l.conn.Reset()
		g.answered(n, endedBy(err), healed)
		return
	}
	heard := make(chan verdict, 1)
	go func() { heard <- g.listen(l, q) }()
	v, over := g.await(ctx, l, heard)
	_ = l.conn.Reset()
	if !over {
		<-heard // the listener leaves, too
	}
	g.answered(n, v, healed)
}

// question is what is asked, and which answers count.
type question struct {
	beat   []byte
	ping   string
	after  int64 // Unix milliseconds: an answer to a beat of after then counts
	stales int   // how many answers that do not say to which beat do not count
}

func (g *ghosts) question(n *ghost) question {
	r := g.run
	m := protocol.Message{UnixMillis: r.clock.unixMillis(), Client: n.client.appendName(nil)}
	if n.link.login != nil {
		m.Token, m.Row = n.link.login.Token, n.link.login.Row
	}
	q := question{beat: r.wire.appendBeat(nil, m), ping: "ghost " + strconv.FormatInt(m.UnixMillis, 10), after: r.clock.unixMillisAt(n.at)}
	if n.probe.staleAnswers {
		q.stales = 1
	}
	return q
}

func (g *ghosts) put(l *link, q question) error {
	if len(q.beat) > 0 {
		if err := l.write(q.beat); err != nil {
			return err
		}
	}
	l.writing.Lock()
	defer l.writing.Unlock()
	return l.ws.WriteMessage(websocket.PingMessage, []byte(q.ping))
}

// verdict is what a probe came to, and by what.
type verdict struct {
	answer answer
	by     string
}

// errPong ends the listening when the ping's answer has come.
var errPong = errors.New("the ping was answered")

// listen reads until the question is answered or the connection ends.
func (g *ghosts) listen(l *link, q question) verdict {
	for {
		kind, r, err := l.ws.NextReader()
		var frame []byte
		if err == nil {
			frame, err = io.ReadAll(r)
		}
		if err != nil {
			return endedBy(err)
		}
		if g.answers(frame, kind == websocket.BinaryMessage, &q) {
			return verdict{stillHeld, "beat"}
		}
	}
}

// answers reports whether a frame has an answer that counts.
func (g *ghosts) answers(frame []byte, binary bool, q *question) bool {
	ev := g.run.scans.get()
	defer g.run.scans.put(ev)
	for len(frame) > 0 {
		g.run.wire.scan(frame, binary, ev)
		if ev.Kind == protocol.HeartbeatAnswer || ev.Kind == protocol.Ready && ev.Answers {
			switch {
			case ev.UnixMillis > q.after:
				return true
			case ev.UnixMillis == 0 && q.stales == 0:
				return true
			case ev.UnixMillis == 0:
				q.stales--
			}
		}
		frame = ev.Rest
	}
	return false
}

// endedBy says what the end of a connection that was asked means.
func endedBy(err error) verdict {
	c := causeOf(err)
	switch {
	case errors.Is(err, errPong):
		return verdict{stillHeld, "pong"}
	case c == byReset, c == byEOF:
		return verdict{forgotten, string(c)}
	case websocket.IsUnexpectedCloseError(err):
		return verdict{forgotten, string(c)}
	}
	return verdict{cannotTell, string(c)}
}

// await waits for an answer. Without any, it matters whether the server's
// kernel has acknowledged the question: if the server had closed its end, that
// would have answered with RST. The words of a server with more to say first
// may be minutes away, because its kernel waits longer and longer between
// retransmissions.
func (g *ghosts) await(ctx context.Context, l *link, heard <-chan verdict) (v verdict, over bool) {
	const step = 50 * time.Millisecond
	tick := time.NewTicker(step)
	defer tick.Stop()
	acked := time.Duration(0)
	for waited := time.Duration(0); waited < ackPatience && acked < probePatience; waited += step {
		select {
		case v := <-heard:
			return v, true
		case <-ctx.Done():
			return verdict{cannotTell, "the run's end"}, false
		case <-tick.C:
		}
		if left, err := l.conn.Unacked(); err == nil && left+l.conn.Queued() == 0 {
			acked += step
		}
	}
	if acked >= probePatience {
		return verdict{stillHeld, "acknowledged"}, false
	}
	return verdict{cannotTell, "nothing"}, false
}

// answered takes note of what a probe found. A server that still answers held
// the ghost when it was healed; one that does not had let go by now.
func (g *ghosts) answered(n *ghost, v verdict, healed time.Duration) {
	now := g.run.clock.now()
	g.mu.Lock()
	defer g.mu.Unlock()
	n.probe.answer = v.answer
	state := "unknown"
	switch v.answer {
	case stillHeld:
		n.probe.at, state = healed, "held"
	case forgotten:
		n.probe.at, state = now, "forgotten"
	}
	g.run.events.log(now, n.client, "ghost", "fault", g.nameOf(n), "method", faults.GhostProbe, "state", state, "answer", v.by)
}
