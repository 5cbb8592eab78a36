package testserver

import (
	"bytes"
	"sync"
	"sync/atomic"
	"time"
)

// bugs are those switched on. All methods work on nil, which has none, so that
// the server without bugs pays for a comparison.
type bugs struct {
	drop, duplicate, reorder, lose nth
	neverReap, noHeartbeatAck      bool
	slowLogin, stallRoom, toilFor  time.Duration
	stalled                        atomic.Bool // the room to stall was found
}

func newBugs(on []Bug) *bugs {
	if len(on) == 0 {
		return nil
	}
	b := &bugs{}
	for _, bug := range on {
		switch bug.Name {
		case "drop":
			b.drop.n = bug.Every
		case "duplicate":
			b.duplicate.n = bug.Every
		case "reorder":
			b.reorder.n = bug.Every
		case "ack-then-lose":
			b.lose.n = bug.Every
		case "never-reap":
			b.neverReap = true
		case "no-heartbeat-ack":
			b.noHeartbeatAck = true
		case "slow-login":
			b.slowLogin = bug.Delay
		case "slow-delivery":
			b.toilFor = bug.Delay
		case "stall-room":
			b.stallRoom = bug.Delay
		}
	}
	return b
}

// nth picks every nth of what it is asked about, over all connections; none if
// n is 0.
type nth struct {
	n     uint64
	asked atomic.Uint64
}

func (e *nth) now() bool { return e.n > 0 && e.asked.Add(1)%e.n == 0 }

func (b *bugs) keepsDead() bool             { return b != nil && b.neverReap }
func (b *bugs) leavesBeatsUnanswered() bool { return b != nil && b.noHeartbeatAck }
func (b *bugs) losesNow() bool              { return b != nil && b.lose.now() }

// loginDelay is how late a greeting is to be.
func (b *bugs) loginDelay() time.Duration {
	if b == nil {
		return 0
	}
	return b.slowLogin
}

// waitToGreet delays a greeting; it reports false if quit was closed meanwhile.
func (b *bugs) waitToGreet(quit <-chan struct{}) bool {
	if b == nil || b.slowLogin == 0 {
		return true
	}
	t := time.NewTimer(b.slowLogin)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-quit:
		return false
	}
}

// toil works on a message for as long as asked, to the microsecond, as costlier
// code would: on a processor, of which only what is beyond a millisecond is
// slept. It ends early when quit is closed.
func (b *bugs) toil(quit <-chan struct{}) {
	if b == nil || b.toilFor == 0 {
		return
	}
	end := time.Now().Add(b.toilFor)
	if idle := b.toilFor - time.Millisecond; idle > 0 {
		t := time.NewTimer(idle)
		defer t.Stop()
		select {
		case <-t.C:
		case <-quit:
			return
		}
	}
	for time.Now().Before(end) {
	}
}

// deliver is the way of a message to one receiver where there are bugs.
func (b *bugs) deliver(to *heldBack, f frame, sender string) {
	if b.drop.now() {
		return
	}
	if to.exchange(f, sender, b) {
		return
	}
	to.to.send(f)
	if b.duplicate.now() {
		to.to.send(f)
	}
}

// receiver is somebody to whom frames go, at once and without blocking.
type receiver interface{ send(frame) }

// reorderWait is how long a delivery is held back at most.
const reorderWait = time.Second

// heldBack are the deliveries to one receiver that wait for the next one of
// their sender.
type heldBack struct {
	to       receiver
	mu       sync.Mutex
	bySender map[string]*heldFrame
}

type heldFrame struct{ frame frame }

// exchange holds f back, or sends it before the one that was held back; it
// reports false where it did neither.
func (h *heldBack) exchange(f frame, sender string, b *bugs) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if late := h.bySender[sender]; late != nil {
		delete(h.bySender, sender)
		h.to.send(f)
		h.to.send(late.frame)
		return true
	}
	if !b.reorder.now() {
		return false
	}
	if h.bySender == nil {
		h.bySender = map[string]*heldFrame{}
	}
	late := &heldFrame{f}
	h.bySender[sender] = late
	time.AfterFunc(reorderWait, func() { h.release(sender, late) })
	return true
}

// release sends late if it is still held.
func (h *heldBack) release(sender string, late *heldFrame) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.bySender[sender] == late {
		delete(h.bySender, sender)
		h.to.send(late.frame)
	}
}

// delayFor gives the first room there is a delayLine.
func (b *bugs) delayFor(st *stream) *delayLine {
	if b == nil || b.stallRoom == 0 || b.stalled.Swap(true) {
		return nil
	}
	return &delayLine{stream: st, by: b.stallRoom}
}

// delayLine publishes to its stream late, in order.
type delayLine struct {
	stream *stream
	by     time.Duration

	mu      sync.Mutex
	waiting []delayed // oldest first
}

type delayed struct {
	from *session
	m    inbound
	due  time.Time
}

// maxDelayed bounds a delayLine; beyond it, nothing is accepted any more.
const maxDelayed = 1 << 16

// publish copies m: the frame it points into is about to be read over.
func (d *delayLine) publish(from *session, m *inbound) {
	late := *m
	late.id, late.content, late.room = bytes.Clone(m.id), bytes.Clone(m.content), nil
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.waiting) >= maxDelayed {
		return
	}
	d.waiting = append(d.waiting, delayed{from, late, time.Now().Add(d.by)})
	if len(d.waiting) == 1 {
		time.AfterFunc(d.by, d.next)
	}
}

// next publishes what is due and waits for the rest.
func (d *delayLine) next() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for len(d.waiting) > 0 && time.Until(d.waiting[0].due) <= 0 {
		late := d.waiting[0]
		d.waiting[0] = delayed{}
		d.waiting = d.waiting[1:]
		n := d.stream.publish(late.from, &late.m)
		late.from.server.metrics.deliveries.Add(float64(n))
	}
	if len(d.waiting) > 0 {
		time.AfterFunc(time.Until(d.waiting[0].due), d.next)
	}
}
