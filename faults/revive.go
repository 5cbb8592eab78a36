package faults

import (
	"fmt"
	"net"
	"time"
)

// Revive takes a connection that was closed while silent, and so is parked, out
// of its lot and heals it: it can be read and written again as if it had never
// been closed, and what was queued flows. Whoever read from it must have left.
// It is an error, and changes nothing, on any other connection; one that cannot
// be healed is ended with RST.
func (c *Conn) Revive() error {
	c.faulting.Lock()
	defer c.faulting.Unlock()
	if c.state.Load()&(wasCut|wasHalved|wasReset) != 0 || c.on.refuse || c.lingers() || !c.lot.take(c) {
		return fmt.Errorf("revive: not parked: %w", net.ErrClosed)
	}
	c.mu.Lock()
	c.set(0, wasClosed)
	_ = c.nc.SetReadDeadline(c.readDeadline) // fails only when closed, as the read will
	c.mu.Unlock()
	if err := c.turnOff(c.on); err != nil {
		c.mark(wasReset, 0)
		_ = c.hangUp(abortive) // the error that led to it is the one to tell
		return fmt.Errorf("revive: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.evicted {
		c.evicted = false
		_ = c.nc.SetWriteDeadline(time.Time{})
	}
	c.startWriter()
	return nil
}
