package faults

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// ErrQueueFull is what Write returns, having written nothing, when the bytes
// would not fit in the queue: the peer, or a silence, keeps them from going
// out. A client of a real system would block here.
var ErrQueueFull = errors.New("write queue is full")

// What has befallen a connection, as bits of Conn.state. Zero: nothing, bytes
// pass untouched. Silence made in the kernel shows here only as far as it
// needs something above TCP.
const (
	stalled uint32 = 1 << iota // reading has stopped
	held                       // writes are kept in the queue
	wasCut
	wasReset
	wasClosed

	stopsReading = stalled | wasCut | wasReset | wasClosed
)

// Conn is a connection that faults can be applied to. It stands beneath TLS
// and WebSocket and passes bytes untouched, at the cost of an atomic load,
// until a fault is applied.
//
// Writing never blocks; see Write. Every method may be called at any time from
// any goroutine, except that only one goroutine at a time may read.
type Conn struct {
	nc  net.Conn
	raw syscall.RawConn // nil where there is no descriptor to read and write ourselves
	lot *Lot

	state atomic.Uint32

	// The reader's own.
	tryRead func(fd uintptr) bool // made once: a closure a call would be garbage
	got     *Buffer
	gotErr  error
	stash   []byte // read from below, but not to be seen before healing

	faulting sync.Mutex // held while a fault is applied or ends; taken before mu
	on       effects    // guarded by faulting

	mu           sync.Mutex // never held while blocking
	queue        []byte
	queued       atomic.Int64 // len(queue), readable without mu
	writer       chan struct{}
	evicted      bool // the writer was told to leave by a deadline in the past
	finSent      bool
	err          error // of a write
	readDeadline time.Time
	changed      chan struct{} // closed at the next change that a waiting reader cares about

	push   func(fd uintptr) // writes out, once; made once
	out    []byte
	outN   int
	outErr error
}

// longAgo, as a deadline, makes whoever waits leave at once.
var longAgo = time.Unix(1, 0)

// NewConn wraps c, which it owns from then on. Connections of one run share a
// lot; nil gives the connection one of its own. Faults at packet level need c
// to be a *net.TCPConn; on anything else they act above it, as stall does.
func NewConn(c net.Conn, lot *Lot) *Conn {
	if lot == nil {
		lot = new(Lot)
	}
	conn := &Conn{nc: c, lot: lot}
	if sc, ok := c.(syscall.Conn); ok && rawIO {
		if raw, err := sc.SyscallConn(); err == nil {
			conn.raw = raw
		}
	}
	conn.tryRead = conn.readOnce
	conn.push = conn.writeOnce
	return conn
}

// Read reads as net.Conn does. After Reset it returns ECONNRESET, after Cut
// io.EOF, after Close net.ErrClosed.
func (c *Conn) Read(p []byte) (int, error) {
	if c.state.Load()&stopsReading != 0 {
		if err := c.await(); err != nil {
			return 0, err
		}
	}
	if len(c.stash) > 0 {
		n := copy(p, c.stash)
		c.stash = c.stash[n:]
		return n, nil
	}
	n, err := c.nc.Read(p)
	if c.state.Load()&stopsReading != 0 {
		return c.after(p[:n], err)
	}
	return n, err
}

// after settles what was read while a fault was being applied: bytes that came
// in under a stall are seen when it heals, not before.
func (c *Conn) after(p []byte, err error) (int, error) {
	blocked := c.await()
	if blocked == nil {
		return len(p), err
	}
	if errors.Is(blocked, os.ErrDeadlineExceeded) {
		c.stash = append(c.stash, p...)
	}
	return 0, blocked
}

// await blocks while reading is stalled. It returns an error when the
// connection has ended for its reader, or the read deadline has passed.
func (c *Conn) await() error {
	for {
		c.mu.Lock()
		state := c.state.Load()
		if err := c.ended(state); err != nil {
			c.mu.Unlock()
			return err
		}
		if state&stalled == 0 {
			c.mu.Unlock()
			return nil
		}
		if c.changed == nil {
			c.changed = make(chan struct{})
		}
		changed, deadline := c.changed, c.readDeadline
		c.mu.Unlock()
		if !waitUntil(changed, deadline) {
			return c.opError("read", os.ErrDeadlineExceeded)
		}
	}
}

// waitUntil reports whether changed was closed before the deadline; a zero
// deadline never comes.
func waitUntil(changed <-chan struct{}, deadline time.Time) bool {
	if deadline.IsZero() {
		<-changed
		return true
	}
	timer := time.NewTimer(time.Until(deadline))
	defer timer.Stop()
	select {
	case <-changed:
		return true
	case <-timer.C:
		return false
	}
}

// ended says what a reader is told; what befell the connection first counts.
func (c *Conn) ended(state uint32) error {
	switch {
	case state&wasReset != 0:
		return c.opError("read", os.NewSyscallError("read", syscall.ECONNRESET))
	case state&wasCut != 0:
		return io.EOF
	case state&wasClosed != 0:
		return c.opError("read", net.ErrClosed)
	}
	return nil
}

// set changes state bits and wakes a waiting reader. It is called with mu held.
func (c *Conn) set(bits, clear uint32) {
	c.state.Store(c.state.Load()&^clear | bits)
	c.wake()
}

func (c *Conn) wake() {
	if c.changed != nil {
		close(c.changed)
		c.changed = nil
	}
}

func (c *Conn) opError(op string, err error) error {
	return &net.OpError{Op: op, Net: c.nc.LocalAddr().Network(), Source: c.nc.LocalAddr(), Addr: c.nc.RemoteAddr(), Err: err}
}

// LocalAddr is the address of our end.
func (c *Conn) LocalAddr() net.Addr { return c.nc.LocalAddr() }

// RemoteAddr is the address of the peer.
func (c *Conn) RemoteAddr() net.Addr { return c.nc.RemoteAddr() }

// SetDeadline sets the read deadline; see SetWriteDeadline.
func (c *Conn) SetDeadline(t time.Time) error { return c.SetReadDeadline(t) }

// SetWriteDeadline does nothing: a write never waits, so none comes too late.
func (*Conn) SetWriteDeadline(time.Time) error { return nil }

// SetReadDeadline sets when a Read that is waiting, or stalled, gives up with
// os.ErrDeadlineExceeded. Clearing a deadline that is not set costs nothing.
func (c *Conn) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t.IsZero() && c.readDeadline.IsZero() {
		return nil
	}
	c.readDeadline = t
	c.wake()
	if c.state.Load()&(wasCut|wasReset|wasClosed) != 0 {
		return nil // the reader has been told to leave by a deadline, which must stand
	}
	return c.nc.SetReadDeadline(t)
}
