package faults

import (
	"errors"
	"fmt"
	"net"
)

// StopReading makes c a slow consumer: what arrives stays in the kernel, whose
// receive buffer becomes small, buffer bytes (0: as it is), so that the peer's
// window closes and its send queue fills. What c writes still goes out. The
// kernel takes twice the figure and spends a part of it on bookkeeping; what
// it has promised to take already, it takes (see docs/faults.md). Without TCP
// only reading stops.
func (c *Conn) StopReading(buffer int) error {
	c.faulting.Lock()
	defer c.faulting.Unlock()
	if c.state.Load()&(wasCut|wasReset|wasClosed) != 0 {
		return fmt.Errorf("stop reading: %w", net.ErrClosed)
	}
	c.mu.Lock()
	c.set(unread, 0)
	way := c.way()
	c.mu.Unlock()
	if buffer <= 0 {
		return nil
	}
	was, err := c.shrinkBuffer(buffer)
	if errors.Is(err, errUnsupported) {
		return nil
	}
	if err == nil && way.buffer == (bufferSizes{}) {
		way.buffer = was
	}
	return err
}

// ResumeReading ends StopReading, and gives the kernel its buffer back.
func (c *Conn) ResumeReading() error {
	c.faulting.Lock()
	defer c.faulting.Unlock()
	c.mu.Lock()
	c.set(0, unread)
	way := c.way()
	c.mu.Unlock()
	was := way.buffer
	way.buffer = bufferSizes{}
	if was == (bufferSizes{}) || c.state.Load()&(wasReset|wasClosed) != 0 {
		return nil
	}
	return c.restoreBuffer(was)
}
