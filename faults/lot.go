package faults

import (
	"cmp"
	"errors"
	"sync"
	"time"
)

// Lot is what the connections of one run share: the settings of their faults,
// read buffers, and the place where silenced connections are parked when their
// client has given them up, so that no FIN tells the peer. A parked connection
// holds its descriptor; the lot has no other bound. So does one that was
// closed while bytes of its were under way on a slow path, until they have
// left. The zero Lot is ready to
// use; its fields may be set before the first connection, and not after. Its
// methods are safe for concurrent use.
type Lot struct {
	// Ladder lists the mechanisms to try for a silence, best first. Empty: MD5,
	// MinTTL, Stall.
	Ladder []Mechanism
	// MaxQueued bounds the bytes each connection queues; see Conn.Write. Zero:
	// DefaultMaxQueued.
	MaxQueued int
	// BufferSize is how many bytes one ReadPooled reads at most. Zero: BufferSize.
	BufferSize int

	buffers sync.Pool

	starting sync.Once
	started  time.Time

	mu     sync.Mutex
	parked map[*Conn]struct{}
}

func (l *Lot) ladder() []Mechanism {
	if len(l.Ladder) == 0 {
		return []Mechanism{MD5, MinTTL, Stall}
	}
	return l.Ladder
}

func (l *Lot) maxQueued() int {
	if l.MaxQueued == 0 {
		return DefaultMaxQueued
	}
	return l.MaxQueued
}

// since is the time on the lot's clock, which starts with its first
// connection: a Conn keeps times in 8 bytes.
func (l *Lot) since() time.Duration {
	l.starting.Do(func() { l.started = time.Now() })
	return time.Since(l.started)
}

func (l *Lot) buffer() *Buffer {
	if b, ok := l.buffers.Get().(*Buffer); ok {
		return b
	}
	return &Buffer{data: make([]byte, cmp.Or(l.BufferSize, BufferSize)), home: &l.buffers}
}

// Len is how many connections are parked.
func (l *Lot) Len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.parked)
}

// Release ends all parked connections: it heals them, so that the peer does
// not drop what it is told next, then closes them with RST. It is for the end
// of a run, when nothing is measured any more.
func (l *Lot) Release() error {
	l.mu.Lock()
	parked := l.parked
	l.parked = nil
	l.mu.Unlock()
	var errs []error
	for c := range parked {
		errs = append(errs, c.healForRelease())
	}
	for c := range parked {
		errs = append(errs, c.abort())
	}
	return errors.Join(errs...)
}

// has reports whether c is in the lot.
func (l *Lot) has(c *Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, was := l.parked[c]
	return was
}

func (l *Lot) park(c *Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.parked == nil {
		l.parked = make(map[*Conn]struct{})
	}
	l.parked[c] = struct{}{}
}

// take takes c out of the lot and reports whether it was there: whoever took
// it ends it.
func (l *Lot) take(c *Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, was := l.parked[c]
	delete(l.parked, c)
	return was
}
