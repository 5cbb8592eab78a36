package testserver

import (
	"sync"
	"syscall"
)

// outbox is what waits to be written to one client. It is bounded, and costs
// next to nothing while it is empty.
type outbox struct {
	mu      sync.Mutex
	frames  []frame // those from first on wait
	first   int
	extra   int           // replayed frames, allowed beyond the limit until all is written
	writing bool          // somebody is the writer
	shut    bool          // takes no more
	idle    chan struct{} // closed when the writer stops; nil unless somebody waits for it
}

// keepFrames is how many places an empty outbox keeps.
const keepFrames = 16

func (o *outbox) waiting() int { return len(o.frames) - o.first }

// push appends f; the caller holds o.mu.
func (o *outbox) push(f frame) {
	if len(o.frames) == cap(o.frames) && o.first > 0 {
		n := copy(o.frames, o.frames[o.first:])
		clear(o.frames[n:])
		o.frames, o.first = o.frames[:n], 0
	}
	o.frames = append(o.frames, f)
}

// pop removes the oldest; the caller holds o.mu and knows that there is one.
func (o *outbox) pop() frame {
	f := o.frames[o.first]
	o.frames[o.first] = nil
	if o.first++; o.first < len(o.frames) {
		return f
	}
	o.frames, o.first, o.extra = o.frames[:0], 0, 0
	if cap(o.frames) > keepFrames {
		o.frames = nil
	}
	return f
}

// discard empties o; the caller holds o.mu.
func (o *outbox) discard() { o.frames, o.first, o.extra = nil, 0, 0 }

// begin makes the caller the writer, if there is something to write and no
// writer; the caller holds o.mu.
func (o *outbox) begin() bool {
	if o.writing || o.waiting() == 0 {
		return false
	}
	o.writing = true
	return true
}

// coalesce is how much goes out in one write when several frames wait. One
// copy of that much is cheaper than a second system call; a vectored write
// would leave a list of vectors with every descriptor.
const coalesce = 16 << 10

// writer is the memory that somebody who writes needs.
type writer struct {
	out     []byte // still to be written
	scratch []byte // where frames are put together
	n       int
	err     error
	once    func(fd uintptr) bool
}

func newWriter() *writer {
	w := &writer{}
	w.once = func(fd uintptr) bool {
		w.n, w.err = writeNow(fd, w.out)
		return true
	}
	return w
}

// take moves what waits, or a good part of it, to w. When nothing waits, the
// caller is the writer no longer, and take returns false.
func (o *outbox) take(w *writer) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch o.waiting() {
	case 0:
		o.end()
		return false
	case 1:
		w.out = o.pop()
		return true
	}
	w.scratch = append(w.scratch[:0], o.pop()...)
	for o.waiting() > 0 && len(w.scratch)+len(o.frames[o.first]) <= coalesce {
		w.scratch = append(w.scratch, o.pop()...)
	}
	w.out = w.scratch
	return true
}

// end is the end of being the writer; the caller holds o.mu.
func (o *outbox) end() {
	o.writing = false
	if o.idle != nil {
		close(o.idle)
		o.idle = nil
	}
}

// try writes as much of w.out as the socket takes at once.
func (w *writer) try(raw syscall.RawConn) error {
	w.n, w.err = 0, nil
	if err := raw.Write(w.once); err != nil {
		return err
	}
	w.out = w.out[w.n:]
	return w.err
}
