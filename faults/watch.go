package faults

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// IdleWatch looks for a connection that a middlebox would have forgotten; see
// Conn.WatchIdle.
type IdleWatch struct {
	conn           *Conn
	beyond         *Conn // another stretch of the same path; nil: there is none
	idle, lifetime time.Duration
	counts         Counts
	expired        func(idle time.Duration)
	started        time.Time

	// Times since started, noted by whoever reads and writes, or looks.
	last    atomic.Int64 // when something last moved
	quiet   atomic.Int64 // since when surely no packet has moved
	longest atomic.Int64 // the longest time for which surely nothing did

	mu       sync.Mutex
	timer    *time.Timer
	over     bool
	survived time.Duration // once it is over
	seen     look          // the last, where packets count
}

// which way bytes moved.
type heading int

const (
	fromPeer heading = iota
	toPeer
)

// WatchIdle calls expired once, from a goroutine of its own, when nothing that
// counts has moved on c for idle (0: no matter), or c is older than lifetime
// (0: no matter), with how long nothing had moved; never after c was reset or
// closed. Whoever watches starts with the clock at zero, as a box that has just
// seen a packet.
//
// CountData and CountServerData are bytes as Read and Write see them, to the
// moment. CountPackets asks the kernel how many segments have come and gone,
// every twentieth of idle, at least every second, at most every 5 ms, and when
// data last moved: it takes notice of keepalive probes and bare ACKs, and is
// off by that step at most, behind data by some milliseconds. It asks at once
// when bytes end what would be the longest time without packets; what Stop
// tells of that is never too long: between data it may be too short by the 0.2 s
// that an ACK may come after them, but no more than the step, and by 20 ms;
// between keepalive probes by two steps. Where the kernel does not tell, it is
// CountData. The watch costs one timer, and each read and write of c a note of
// the time.
func (c *Conn) WatchIdle(idle, lifetime time.Duration, counts Counts, expired func(idle time.Duration)) *IdleWatch {
	return c.watch(nil, idle, lifetime, counts, expired)
}

// WatchPath is WatchIdle for a path of two stretches that a relay joins: c is
// the one towards the server, which all bytes pass, and packets count on both.
func (c *Conn) WatchPath(beyond *Conn, idle, lifetime time.Duration, counts Counts, expired func(idle time.Duration)) *IdleWatch {
	return c.watch(beyond, idle, lifetime, counts, expired)
}

func (c *Conn) watch(beyond *Conn, idle, lifetime time.Duration, counts Counts, expired func(idle time.Duration)) *IdleWatch {
	w := &IdleWatch{conn: c, beyond: beyond, idle: idle, lifetime: lifetime, counts: counts, expired: expired, started: time.Now()}
	if counts == CountPackets || counts == "" {
		w.counts = CountData
		if seen, ok := w.passed(); ok {
			w.counts, w.seen = CountPackets, look{traffic: seen}
		}
	}
	c.mu.Lock()
	var watches []*IdleWatch
	if old := c.watches.Load(); old != nil {
		watches = *old
	}
	watches = append(slices.Clone(watches), w)
	c.watches.Store(&watches)
	c.set(watched, 0)
	c.mu.Unlock()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.timer = time.AfterFunc(w.next(0), w.check)
	return w
}

// Stop ends the watch and returns the longest time that c survived without
// anything that counts: the one still open included, the one that it expired of
// not. It may be called again, and from expired; it does not wait for a call of
// expired that is under way.
func (w *IdleWatch) Stop() (longestGap time.Duration) {
	w.mu.Lock()
	if !w.over {
		w.timer.Stop()
		w.end(w.look())
	}
	w.mu.Unlock()
	w.conn.unwatch(w)
	return w.survived
}

// check is the timer's.
func (w *IdleWatch) check() {
	w.mu.Lock()
	if w.over {
		w.mu.Unlock()
		return
	}
	if w.conn.state.Load()&(wasReset|wasClosed) != 0 {
		w.end(time.Since(w.started))
		w.mu.Unlock()
		return
	}
	now := w.look()
	wait := w.next(now)
	if wait > 0 {
		w.timer.Reset(wait)
		w.mu.Unlock()
		return
	}
	idle := now - time.Duration(w.last.Load())
	w.over, w.survived = true, time.Duration(w.longest.Load())
	if w.idle == 0 || idle < w.idle { // of age: it survived the gap
		w.end(now)
	}
	w.mu.Unlock()
	w.conn.unwatch(w)
	w.expired(idle)
}

// next is how long to wait until the watch must look again; nothing, when c
// has expired.
func (w *IdleWatch) next(now time.Duration) time.Duration {
	const never = time.Duration(1<<63 - 1)
	wait := never
	if w.idle > 0 {
		wait = time.Duration(w.last.Load()) + w.idle - now
	}
	if w.lifetime > 0 {
		wait = min(wait, w.lifetime-(w.conn.lot.since()-w.conn.born))
	}
	if w.counts == CountPackets && wait > 0 && w.idle > 0 {
		wait = min(wait, w.step())
	}
	return wait
}

// step is how often the kernel is asked for packets.
func (w *IdleWatch) step() time.Duration {
	return min(max(w.idle/20, 5*time.Millisecond), time.Second)
}

// note takes notice of bytes.
func (w *IdleWatch) note(h heading) {
	switch {
	case w.counts == CountPackets:
		w.lookAtRecord()
	case w.counts == CountData, h == fromPeer:
		w.moved(time.Since(w.started))
	}
}

func (w *IdleWatch) moved(now time.Duration) {
	gap := int64(now) - w.last.Swap(int64(now))
	w.stretch(gap)
}

// stretch makes gap the longest, if it is.
func (w *IdleWatch) stretch(gap int64) {
	for {
		longest := w.longest.Load()
		if gap <= longest || w.longest.CompareAndSwap(longest, gap) {
			return
		}
	}
}

// end is called with mu held.
func (w *IdleWatch) end(now time.Duration) {
	w.over = true
	since := &w.last
	if w.counts == CountPackets {
		since = &w.quiet
	}
	w.stretch(int64(now) - since.Load())
	w.survived = time.Duration(w.longest.Load())
}

// unwatch takes w off its connection.
func (c *Conn) unwatch(w *IdleWatch) {
	c.mu.Lock()
	defer c.mu.Unlock()
	old := c.watches.Load()
	if old == nil || !slices.Contains(*old, w) {
		return
	}
	rest := slices.DeleteFunc(slices.Clone(*old), func(o *IdleWatch) bool { return o == w })
	if len(rest) > 0 {
		c.watches.Store(&rest)
		return
	}
	c.watches.Store(nil)
	c.set(0, watched)
}

// saw notes that n bytes moved, for whoever watches.
func (c *Conn) saw(h heading, n int) {
	if n == 0 || c.state.Load()&watched == 0 {
		return
	}
	if watches := c.watches.Load(); watches != nil {
		for _, w := range *watches {
			w.note(h)
		}
	}
}
