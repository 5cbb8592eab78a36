package faults

import (
	"errors"
	"os"
	"time"
)

// The pump reads the socket in place of the reader while what comes in is
// slow, so that each byte is late by the delay and no more, and while the peer
// is to be refused. Reader and pump do not read the same socket at once: of a
// slow path the reader itself starts the pump, and a refusal does not care who
// got the byte.

// startPump is called with mu held.
func (c *Conn) startPump() {
	way := c.way()
	if way.pump != nil {
		return
	}
	done := make(chan struct{})
	way.pump = done
	c.set(detoured, 0)
	go func() {
		refused := c.pumpOut()
		close(done) // before hanging up, which waits for pumps
		if refused {
			c.answer()
		}
	}()
}

// pumping is the channel that is closed when the pump has left; nil without
// one. It is called with mu held.
func (c *Conn) pumping() <-chan struct{} {
	if c.onWay == nil {
		return nil
	}
	return c.onWay.pump
}

// evictPump makes the pump leave its wait for the socket; it looks then
// whether it is still wanted. It is called with mu held.
func (c *Conn) evictPump() {
	if c.pumping() != nil {
		_ = c.nc.SetReadDeadline(longAgo) // fails only when closed, which evicts as well
		c.wake()
	}
}

// pumpOut moves what arrives to the line until it is not wanted any more, or
// the peer must be answered with RST.
func (c *Conn) pumpOut() (refused bool) {
	read := c.pumpStep()
	for c.pumpStays() {
		b, err := read()
		switch {
		case b != nil:
			c.saw(fromPeer, b.n)
			c.divert(b.Bytes(), err)
			b.Release()
		case err != nil:
			c.divert(nil, err)
		}
		if c.pumpLeaves(err) {
			return c.refused()
		}
	}
	return false
}

// pumpStays waits until the socket is to be read, and reports false, having
// signed off, when it is not to be any more.
func (c *Conn) pumpStays() bool {
	for {
		c.mu.Lock()
		way, state := c.way(), c.state.Load()
		if state&refusing != 0 {
			c.mu.Unlock()
			return true
		}
		if c.ended(state) != nil || way.down == nil || way.down.shape.IsZero() {
			c.signOff()
			c.mu.Unlock()
			return false
		}
		if state&paused == 0 && way.down.bytes < c.lot.maxQueued() {
			c.mu.Unlock()
			return true
		}
		changed := c.changes()
		c.mu.Unlock()
		<-changed
	}
}

// pumpLeaves reports whether there is nothing more to read, having signed off.
// A deadline was not the pump's.
func (c *Conn) pumpLeaves(err error) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if errors.Is(err, os.ErrDeadlineExceeded) {
		if state := c.state.Load(); state&refusing != 0 || c.ended(state) == nil {
			_ = c.nc.SetReadDeadline(time.Time{})
		}
		return false
	}
	if err == nil && !c.way().gone {
		return false
	}
	c.signOff()
	return true
}

// signOff is called with mu held.
func (c *Conn) signOff() {
	c.way().pump = nil
	c.wake()
}

func (c *Conn) refused() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.way().gone
}

// pumpStep returns what reads once, waiting without a buffer where it can.
func (c *Conn) pumpStep() func() (*Buffer, error) {
	if c.raw == nil {
		return func() (*Buffer, error) {
			b := c.lot.buffer()
			n, err := c.nc.Read(b.data)
			b.n = n
			return b, err
		}
	}
	var got *Buffer
	var gotErr error
	try := func(fd uintptr) bool {
		if state := c.state.Load(); state&refusing == 0 && state&paused != 0 {
			return true // the kernel keeps what arrives
		}
		var again bool
		got, again, gotErr = c.readDescriptor(fd)
		return !again
	}
	return func() (*Buffer, error) {
		got, gotErr = nil, nil
		if err := c.raw.Read(try); err != nil {
			return nil, c.asRead(err)
		}
		return got, gotErr
	}
}
