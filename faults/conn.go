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
	stalled   uint32 = 1 << iota // reading has stopped, for a silence
	unread                       // reading has stopped, for a slow consumer
	refusing                     // the next byte that arrives is answered with RST
	doomed                       // so is the next Write
	detoured                     // what arrives goes by way of the line
	held                         // writes are kept in the queue
	watched                      // what moves is noted
	wasHalved                    // nothing more is written, and the peer knows; reading goes on
	wasCut
	wasReset
	wasClosed

	paused    = stalled | unread | refusing
	offSocket = paused | detoured | wasCut | wasReset | wasClosed // the reader leaves the socket alone
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
	changed      chan struct{} // closed at the next change that somebody waits for
	onWay        *path         // nil until a fault needs it

	push   func(fd uintptr) // writes out, once; made once
	out    []byte
	outN   int
	outErr error

	watches atomic.Pointer[[]*IdleWatch]
	born    time.Duration // on the lot's clock
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
	conn := &Conn{nc: c, lot: lot, born: lot.since()}
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
	for {
		if c.state.Load()&offSocket != 0 {
			found, err := c.await()
			if err != nil {
				return 0, err
			}
			if found == bytesDue {
				if n := c.takeDue(p); n > 0 || len(p) == 0 {
					return n, nil
				}
				continue
			}
		}
		n, err := c.nc.Read(p)
		if c.state.Load()&(offSocket|watched) == 0 || c.after(p[:n], err) {
			return n, err
		}
	}
}

// after settles what was read from the socket while faults were about, and
// reports whether the reader may have it. What came in under one goes by way
// of the line, and is seen when that says.
func (c *Conn) after(p []byte, err error) bool {
	c.saw(fromPeer, len(p))
	if c.state.Load()&offSocket == 0 {
		return true
	}
	c.divert(p, err)
	if c.refused() {
		c.answer()
	}
	return false
}

// await blocks until there is something for the reader, or its socket is free
// for it. It returns an error when the connection has ended for its reader, or
// the read deadline has passed.
func (c *Conn) await() (arrival, error) {
	for {
		c.mu.Lock()
		state := c.state.Load()
		if err := c.ended(state); err != nil {
			c.mu.Unlock()
			return 0, err
		}
		until := time.Time{}
		if state&paused == 0 {
			found, again, err := c.arrivals(time.Now())
			if err != nil || found != nothingYet {
				c.mu.Unlock()
				return found, err
			}
			until = again
		}
		changed, deadline := c.changes(), c.readDeadline
		c.mu.Unlock()
		if !waitUntil(changed, sooner(until, deadline)) && passed(deadline) {
			return 0, c.opError("read", os.ErrDeadlineExceeded)
		}
	}
}

// changes returns what is closed at the next change. It is called with mu held.
func (c *Conn) changes() <-chan struct{} {
	if c.changed == nil {
		c.changed = make(chan struct{})
	}
	return c.changed
}

// waitUntil reports whether changed was closed before then; a zero time never
// comes.
func waitUntil(changed <-chan struct{}, then time.Time) bool {
	if then.IsZero() {
		<-changed
		return true
	}
	timer := time.NewTimer(time.Until(then))
	defer timer.Stop()
	select {
	case <-changed:
		return true
	case <-timer.C:
		return false
	}
}

// sooner is the earlier of two times, of which zero never comes.
func sooner(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

func passed(deadline time.Time) bool { return !deadline.IsZero() && !time.Now().Before(deadline) }

// ended says what a reader is told; what befell the connection first counts.
func (c *Conn) ended(state uint32) error {
	switch {
	case state&wasReset != 0:
		return c.resetError("read")
	case state&wasCut != 0:
		return io.EOF
	case state&wasClosed != 0:
		return c.opError("read", net.ErrClosed)
	}
	return nil
}

func (c *Conn) resetError(op string) error {
	return c.opError(op, os.NewSyscallError(op, syscall.ECONNRESET))
}

// mark is set, for who does not hold mu.
func (c *Conn) mark(bits, clear uint32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.set(bits, clear)
}

// set changes state bits and wakes whoever waits. It is called with mu held.
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
	if c.pumping() != nil {
		return nil // it is the pump that reads the socket
	}
	return c.nc.SetReadDeadline(t)
}
