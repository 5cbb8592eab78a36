package faults

import (
	"errors"
	"net"
	"os"
	"syscall"
	"time"
)

// DefaultMaxQueued is how many bytes a connection queues at most, unless its
// Lot says otherwise.
const DefaultMaxQueued = 256 << 10

// Write never blocks. What the kernel does not take at once is copied to a
// queue, and a goroutine that exists only while there is something to write
// sends it on, in order. So len(p) bytes are accepted, or none: with
// ErrQueueFull when the queue has no room, or with the error that ended the
// connection, even one that befell an earlier write in the queue. It does not
// keep p.
func (c *Conn) Write(p []byte) (int, error) {
	if c.state.Load()&(doomed|watched) == 0 {
		return c.accept(p)
	}
	if c.strike() {
		return 0, c.resetError("write")
	}
	n, err := c.accept(p)
	if c.state.Load()&held == 0 { // else they move when they are let go
		c.saw(toPeer, n)
	}
	return n, err
}

// accept is Write, for a connection whose box has not forgotten it.
func (c *Conn) accept(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.refusal(); err != nil {
		return 0, err
	}
	if !c.Room(len(p)) {
		return 0, c.opError("write", ErrQueueFull)
	}
	if up := c.upLine(); up != nil {
		up.put(time.Now(), p)
		c.count()
		c.wake() // the writer may have been waiting for a change of the path
		c.startWriter()
		return len(p), nil
	}
	n := 0
	if c.raw != nil && c.writer == nil && len(c.queue) == 0 && c.state.Load()&held == 0 {
		if n = c.writeOut(p); c.err != nil {
			return n, c.err
		}
	}
	if n < len(p) {
		c.queue = append(c.queue, p[n:]...)
		c.count()
		c.startWriter()
	}
	return len(p), nil
}

// count publishes how much is queued, slow bytes too. It is called with mu
// held.
func (c *Conn) count() { c.queued.Store(int64(len(c.queue) + c.upLine().size())) }

// Room reports whether a Write of n bytes now would find room in the queue.
func (c *Conn) Room(n int) bool { return c.Queued()+n <= c.lot.maxQueued() }

// Queued is how many bytes were accepted by Write, but not by the kernel yet;
// those under way on a slow path are among them.
func (c *Conn) Queued() int { return int(c.queued.Load()) }

// Err is the error of a write that failed after Write had accepted it; nil as
// long as none has.
func (c *Conn) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// refusal says why nothing can be written any more. It is called with mu held.
func (c *Conn) refusal() error {
	state := c.state.Load()
	switch {
	case state&wasReset != 0:
		return c.resetError("write")
	case state&wasClosed != 0:
		return c.opError("write", net.ErrClosed)
	case state&(wasCut|wasHalved) != 0:
		return c.opError("write", os.NewSyscallError("write", syscall.EPIPE))
	}
	return c.err
}

// writeOut makes one non-blocking write of p and returns how much the kernel
// took; a failure is kept in c.err. It is called with mu held.
func (c *Conn) writeOut(p []byte) int {
	c.out, c.outN, c.outErr = p, 0, nil
	err := c.raw.Control(c.push)
	c.out = nil
	if err == nil && c.outErr != nil {
		err = c.opError("write", os.NewSyscallError("write", c.outErr))
	}
	if err != nil {
		c.err = err
	}
	return c.outN
}

func (c *Conn) writeOnce(fd uintptr) { c.outN, c.outErr = writeNow(fd, c.out) }

// flowing reports whether queued bytes are on their way out. It is called with
// mu held.
func (c *Conn) flowing() bool {
	if len(c.queue) == 0 && c.upLine().head() == nil || c.err != nil {
		return false
	}
	state := c.state.Load()
	return state&(held|wasReset) == 0 && (state&wasClosed == 0 || c.onWay != nil && c.onWay.closing)
}

// startWriter starts the goroutine that writes the queue out, if there is any
// call for it. It is called with mu held.
func (c *Conn) startWriter() {
	if c.writer != nil || !c.flowing() {
		return
	}
	c.writer = make(chan struct{})
	go c.drain(c.writer)
}

// drain writes the queue out until it is empty or must not flow any more, then
// leaves; done tells Close, which waits for it.
func (c *Conn) drain(done chan<- struct{}) {
	defer close(done)
	write := c.drainPlain
	if c.raw != nil {
		step := c.drainStep // made once for all the waiting
		write = func() error { return c.raw.Write(step) }
	}
	for c.writerStays() {
		if ready, again, changed := c.advance(); !ready {
			waitUntil(changed, again)
			continue
		}
		if err := write(); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			c.fail(err)
		}
	}
}

// writerStays reports whether the writer has something to do; if not, it has
// signed off, and the FIN that waited for it leaves.
func (c *Conn) writerStays() bool {
	c.mu.Lock()
	if c.flowing() {
		c.mu.Unlock()
		return true
	}
	c.writer = nil
	c.wake() // whoever waits for its turn to write
	c.finish()
	over := c.onWay != nil && c.onWay.closing && c.state.Load()&held == 0
	c.mu.Unlock()
	if over && c.lot.take(c) { // whoever took it ends it
		_ = c.nc.Close()
	}
	return false
}

// drainStep writes as much of the queue as the kernel takes and reports
// whether waiting for it to take more is pointless.
func (c *Conn) drainStep(fd uintptr) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.queue) > 0 && c.flowing() {
		n, err := writeNow(fd, c.queue)
		c.dequeue(n)
		if err != nil {
			c.err = c.opError("write", os.NewSyscallError("write", err))
		} else if n == 0 {
			return false
		}
	}
	return true
}

// drainPlain writes the queue to a connection without a descriptor, which may
// block; the queue only grows at its end meanwhile.
func (c *Conn) drainPlain() error {
	c.mu.Lock()
	p := c.queue
	c.mu.Unlock()
	if len(p) == 0 { // a pipe would wait for a reader all the same
		return nil
	}
	n, err := c.nc.Write(p)
	c.mu.Lock()
	c.dequeue(n)
	c.mu.Unlock()
	return err
}

// dequeue takes n bytes off the queue, and its memory when it is empty. It is
// called with mu held.
func (c *Conn) dequeue(n int) {
	c.queue = c.queue[n:]
	if len(c.queue) == 0 {
		c.queue = nil
	}
	c.count()
	c.wake()
}

func (c *Conn) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if state := c.state.Load(); c.err == nil && (state&(wasReset|wasClosed) == 0 || c.onWay != nil && c.onWay.closing) {
		c.err = err
		c.wake()
	}
}

// hold keeps all writes in the queue from now on: when it returns, nothing
// more is handed to the kernel.
func (c *Conn) hold() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.set(held, 0)
	c.evictWriter()
}

// evictWriter makes the writer leave its wait for the kernel. It is called
// with mu held.
func (c *Conn) evictWriter() {
	if c.writer != nil {
		c.evicted = true
		_ = c.nc.SetWriteDeadline(longAgo) // fails only when closed, which evicts as well
	}
}

// unhold lets the queue flow again, at once as far as the kernel takes it.
func (c *Conn) unhold() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.evicted {
		c.evicted = false
		_ = c.nc.SetWriteDeadline(time.Time{})
	}
	c.set(0, held)
	c.saw(toPeer, len(c.queue))
	c.startWriter()
	c.finish()
}

// finish sends the FIN of a cut connection once nothing is left to go before
// it. It is called with mu held.
func (c *Conn) finish() {
	state := c.state.Load()
	if state&(wasCut|wasHalved) == 0 || state&(held|wasReset|wasClosed) != 0 || c.finSent {
		return
	}
	if len(c.queue) > 0 || c.upLine().head() != nil || c.writer != nil {
		return
	}
	c.finSent = true
	if err := closeWrite(c.nc); err != nil && c.err == nil {
		c.err = err
	}
}

// closeWrite sends FIN; a connection that cannot be half closed is closed.
func closeWrite(nc net.Conn) error {
	if half, ok := nc.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nc.Close()
}
