package faults

import (
	"errors"
	"fmt"
	"net"
	"time"
)

// ending is how a connection is closed for good.
type ending int

const (
	orderly  ending = iota // FIN
	abortive               // RST
)

// Reset ends the connection with RST at once; on a silenced one the peer does
// not hear it, as Close says. From then on Read and Write return ECONNRESET.
// A connection without TCP is closed.
func (c *Conn) Reset() error {
	c.faulting.Lock()
	defer c.faulting.Unlock()
	if c.state.Load()&(wasReset|wasClosed) != 0 {
		return fmt.Errorf("reset: %w", net.ErrClosed)
	}
	return c.leave(wasReset, abortive)
}

// Cut sends FIN without a close frame, once what is queued has gone out; a
// silenced connection keeps it back until it heals. From then on Read returns
// io.EOF, and Write EPIPE. The descriptor stays until Close.
func (c *Conn) Cut() error {
	c.faulting.Lock()
	defer c.faulting.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state.Load()&(wasCut|wasReset|wasClosed) != 0 {
		return fmt.Errorf("cut: %w", net.ErrClosed)
	}
	c.sendEnd()
	c.set(wasCut, 0)
	_ = c.nc.SetReadDeadline(longAgo) // a waiting reader leaves
	c.startWriter()
	c.finish()
	return nil // an earlier write that failed does not undo it
}

// Close closes the connection; queued bytes that the kernel does not take now
// are dropped, except that those on a slow path travel on, with the FIN behind
// them, while the connection waits in its lot. A silenced connection of which nothing may reach the peer is
// parked in its lot instead, with all it holds: no FIN leaves until it heals.
// (A silence that is only inbound lets the FIN out, as it lets out all else.)
// Read returns net.ErrClosed.
func (c *Conn) Close() error {
	c.faulting.Lock()
	defer c.faulting.Unlock()
	state := c.state.Load()
	if state&wasClosed != 0 {
		return c.opError("close", net.ErrClosed)
	}
	if state&wasReset != 0 {
		c.mu.Lock()
		c.set(wasClosed, 0)
		c.mu.Unlock()
		return nil // the descriptor is gone already, or parked
	}
	return c.leave(wasClosed, orderly)
}

// Unacked is how many bytes the kernel holds of ours that the peer has not
// acknowledged. It is an error where the kernel does not tell.
func (c *Conn) Unacked() (int, error) {
	if c.raw == nil {
		return 0, errUnsupported
	}
	return unacked(c.raw)
}

// leave ends the connection for its user, marking it; it is parked or ended
// for the peer, too. It is called with faulting held.
func (c *Conn) leave(mark uint32, how ending) error {
	if c.on.dark() {
		c.park(mark)
		return nil
	}
	if how == orderly {
		if c.linger() {
			return nil
		}
		c.flush()
	}
	c.mu.Lock()
	c.set(mark, 0)
	c.mu.Unlock()
	return c.hangUp(how)
}

// park leaves the descriptor open, with nobody waiting on it but the pump
// that refuses the peer.
func (c *Conn) park(mark uint32) {
	if c.raw != nil {
		_, _ = c.setKeepAlive(false) // best effort: unanswered probes would end the socket
	}
	c.mu.Lock()
	c.set(mark, 0)
	_ = c.nc.SetReadDeadline(longAgo)
	writer, pump := c.writer, c.pumping()
	if c.on.refuse {
		pump = nil
	}
	c.evictWriter()
	c.mu.Unlock()
	if writer != nil {
		<-writer
	}
	if pump != nil {
		<-pump
	}
	c.lot.park(c)
}

// flush hands the kernel what it takes of the queue now. A connection without
// a descriptor cannot be asked without waiting, so it gets a moment.
func (c *Conn) flush() {
	if c.raw == nil {
		c.flushPlain(100 * time.Millisecond)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.writer == nil && len(c.queue) > 0 && c.err == nil {
		c.dequeue(c.writeOut(c.queue))
	}
}

func (c *Conn) flushPlain(moment time.Duration) {
	c.mu.Lock()
	writer := c.writer
	c.mu.Unlock()
	if writer != nil {
		_ = c.nc.SetWriteDeadline(time.Now().Add(moment))
		c.awaitWriter(writer, moment)
	}
	c.mu.Lock()
	rest := c.queue
	idle := c.writer == nil && c.err == nil
	c.mu.Unlock()
	if idle && len(rest) > 0 { // held back until now, by a connection that is parked
		_ = c.nc.SetWriteDeadline(time.Now().Add(moment))
		_, _ = c.nc.Write(rest) // what does not get through is dropped, as Close says
	}
}

func (c *Conn) awaitWriter(writer <-chan struct{}, atMost time.Duration) {
	timer := time.NewTimer(atMost)
	defer timer.Stop()
	select {
	case <-writer:
	case <-timer.C:
	}
}

// hangUp closes the descriptor and waits for the writer. It is called with
// faulting held, the connection marked, and mu free: closing waits for whoever
// is using the descriptor.
func (c *Conn) hangUp(how ending) error {
	if tcp, ok := c.nc.(*net.TCPConn); ok && how == abortive {
		_ = tcp.SetLinger(0) // fails only on a closed connection, as Close will
	}
	c.on = effects{}
	c.stopFreezing()
	c.mu.Lock()
	writer, pump := c.writer, c.pumping()
	c.letGo()
	c.mu.Unlock()
	err := c.nc.Close()
	if writer != nil {
		<-writer
	}
	if pump != nil {
		<-pump
	}
	c.mu.Lock()
	c.drop()
	c.mu.Unlock()
	if errors.Is(err, net.ErrClosed) {
		return nil // a reset or a failed half-close came first
	}
	return err
}

// healForRelease lets the peer hear c again, and drops what c held back.
func (c *Conn) healForRelease() error {
	c.faulting.Lock()
	defer c.faulting.Unlock()
	c.mu.Lock()
	c.letGo()
	if c.writer == nil { // else it leaves when the descriptor is closed
		c.drop()
	}
	c.mu.Unlock()
	return c.turnOff(c.on)
}

// letGo makes the writer leave that brings a closed connection to its end. It
// is called with mu held.
func (c *Conn) letGo() {
	if c.onWay != nil {
		c.onWay.closing = false
	}
	c.wake()
}

// drop forgets what is queued or under way to the peer. It is called with mu
// held, and without a writer.
func (c *Conn) drop() {
	if c.onWay != nil {
		c.onWay.up = nil
	}
	c.dequeue(len(c.queue))
}

func (c *Conn) abort() error {
	c.faulting.Lock()
	defer c.faulting.Unlock()
	return c.hangUp(abortive)
}
