package faults

import "time"

// traffic is what the kernel knows of the segments of a connection.
type traffic struct {
	in, out         uint32 // so far; they wrap
	dataIn, dataOut uint32 // of these, with data
	unacked         uint32 // of ours, on the way

	// How long ago the last came or went of what the kernel remembers: it
	// does not remember probes, nor acknowledgements that it sends.
	sent, received, acked time.Duration // data, data, a valid acknowledgement
}

// and is the traffic of two stretches of a path.
func (t traffic) and(o traffic) traffic {
	return traffic{
		t.in + o.in, t.out + o.out, t.dataIn + o.dataIn, t.dataOut + o.dataOut, t.unacked + o.unacked,
		min(t.sent, o.sent), min(t.received, o.received), min(t.acked, o.acked),
	}
}

// after is what moved from one look to the next.
func (t traffic) after(before traffic) traffic {
	t.in, t.out, t.dataIn, t.dataOut = t.in-before.in, t.out-before.out, t.dataIn-before.dataIn, t.dataOut-before.dataOut
	return t
}

// ago is how long ago anything that the kernel remembers moved.
func (t traffic) ago() time.Duration { return min(t.sent, t.received, t.acked) }

// Bounds of what kernels do, of Linux's.
const (
	kernelTick     = 10 * time.Millisecond  // a jiffy at most, by which its times may be off
	longestDelay   = 200 * time.Millisecond // of an acknowledgement of what was received
	leastKeepalive = time.Second            // of silence before a keepalive probe
)

// look is one look at the kernel's counts. It took place between two times.
type look struct {
	from, to time.Duration
	traffic
}

// moved bounds when segments moved between two looks, which found some: the
// first of them at first or later, the last of them at last or earlier. Where
// the kernel does not say more, that is just after the look before, and just
// now.
//
//	before              first                 last       now
//	──┴───────────────────┴─────── … ──────────┴──────────┴──► time
//	   nothing, for sure     something moved     nothing, for sure
func (l look) moved(before look) (first, last time.Duration) {
	first, last = before.from, l.to
	d := l.after(before.traffic)
	bareIn, bareOut := d.in-d.dataIn, d.out-d.dataOut
	low, high := l.to, before.from
	for _, kind := range []struct {
		n   uint32
		ago time.Duration
	}{{d.dataOut, d.sent}, {d.dataIn, d.received}, {bareIn, d.acked}} {
		if kind.n == 0 {
			continue
		}
		latest := l.to - kind.ago + kernelTick
		if latest < before.from { // probes, which it does not remember
			return first, last
		}
		low, high = min(low, l.from-kind.ago-kernelTick), max(high, latest)
	}
	if d.inOneTurn(before, bareIn, bareOut) {
		first = max(first, low)
	}
	switch received := l.to - d.received; {
	case bareOut == 0:
		last = min(last, high)
	case bareOut <= d.dataIn && l.to-(l.from-d.received) < leastKeepalive: // no answer to a probe
		last = min(last, max(high, received+kernelTick+longestDelay))
	}
	return first, last
}

// inOneTurn reports whether what moved is so little that the kernel remembers
// all of it but our acknowledgement: at most one segment of data each way, and
// no bare one that could have come before.
func (t traffic) inOneTurn(before look, bareIn, bareOut uint32) bool {
	switch {
	case t.dataIn > 1 || t.dataOut > 1 || bareIn > 1:
		return false
	case bareOut > t.dataIn, bareOut > 0 && bareIn > 0: // a probe, and its answer
		return false
	case bareOut > 0 && before.received < longestDelay+kernelTick: // of what was received before
		return false
	case bareIn > 0:
		return before.unacked == 0 && (t.dataOut == 1 || t.dataIn == 0)
	}
	return true
}

// look asks the kernel what has moved, and when. It is called with mu held,
// and returns since when that is known.
func (w *IdleWatch) look() (now time.Duration) {
	now = time.Since(w.started)
	if w.counts != CountPackets {
		return now
	}
	seen, ok := w.passed()
	l := look{now, time.Since(w.started), seen}
	if !ok {
		return now
	}
	if seen.in != w.seen.in || seen.out != w.seen.out {
		first, last := l.moved(w.seen)
		quiet := w.quiet.Load()
		w.stretch(int64(first) - quiet)
		w.quiet.Store(max(quiet, int64(last)))
		w.last.Store(int64(w.estimate(l)))
	}
	w.seen = l
	return now
}

// estimate is when something moved last, as near as can be told.
func (w *IdleWatch) estimate(l look) time.Duration {
	since, ago := l.from-w.seen.from, l.ago()
	if ago > since+kernelTick { // not what moved since: that was a probe, or its answer
		return l.from
	}
	return l.from - min(ago, since)
}

// passed is what the kernel knows of the segments on the path.
func (w *IdleWatch) passed() (traffic, bool) {
	t, ok := w.conn.segments()
	if w.beyond == nil || !ok {
		return t, ok
	}
	more, ok := w.beyond.segments()
	return t.and(more), ok
}

// lookAtRecord looks at once when bytes end what would be the longest time
// without packets: the sooner, the more exactly.
func (w *IdleWatch) lookAtRecord() {
	if int64(time.Since(w.started))-w.quiet.Load() <= w.longest.Load() {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.over {
		w.look()
	}
}
