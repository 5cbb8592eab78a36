package faults

import (
	"fmt"
	"net"
)

// Expire does to c what a middlebox does to a connection it has forgotten, as
// seen from the client's end. The mechanism is that of the silence in it, if
// there is one.
//
//   - ExpireSilent: both ends are in the dark, as with Silence.
//   - ExpireReset: nobody is told. The next Write returns ECONNRESET, and Read
//     from then on; until then it waits. The next byte of the server is
//     answered with RST, whatever c's user does; c is parked when closed.
//   - ExpireResetClient: the same for c's user, but the server's packets
//     vanish.
//   - ExpireResetBoth: both ends get RST at once.
//   - ExpireClose: both ends get FIN at once: Read returns io.EOF.
//
// "" is ExpireSilent. Heal undoes what was not told yet.
func (c *Conn) Expire(e Expiry) (Mechanism, error) {
	switch e {
	case ExpireResetBoth:
		return "", c.Reset()
	case ExpireClose:
		return "", c.Cut()
	}
	c.faulting.Lock()
	defer c.faulting.Unlock()
	switch e {
	case ExpireSilent, "":
		return c.silence(Both, c.lot.ladder())
	case ExpireReset:
		if err := c.refuse(); err != nil {
			return "", err
		}
		c.mark(doomed, 0)
		return "", nil
	case ExpireResetClient:
		m, err := c.silence(Both, c.lot.ladder())
		if err == nil {
			c.mark(doomed, 0)
		}
		return m, err
	}
	return "", fmt.Errorf("expire: %q is not a way to expire", e)
}

// ResetOnData makes the peer unknown: from now on, the next thing it sends is
// answered with RST, and what c writes is held back and goes nowhere. Until
// then nobody is told, and Read waits; after it, Read and Write return
// ECONNRESET. The byte itself is acknowledged, a moment before the RST. It
// replaces a silence, Heal undoes it, and a connection that is closed
// meanwhile is parked.
//
// A proxy gives both ends of a forgotten connection to it.
func (c *Conn) ResetOnData() error {
	c.faulting.Lock()
	defer c.faulting.Unlock()
	return c.refuse()
}

// refuse is called with faulting held.
func (c *Conn) refuse() error {
	if c.state.Load()&(wasCut|wasReset|wasClosed) != 0 {
		return fmt.Errorf("refuse: %w", net.ErrClosed)
	}
	before, want := c.on, effects{hold: true, refuse: true}
	if err := c.turnOn(want.without(before)); err != nil {
		return err
	}
	want.quiet = true
	return c.turnOff(before.without(want))
}

// answer resets a connection whose peer was to be refused and has sent
// something. Its user is told, unless a middlebox stands between them that
// tells only who sends.
func (c *Conn) answer() {
	c.faulting.Lock()
	defer c.faulting.Unlock()
	if !c.refused() {
		return // healed meanwhile
	}
	c.lot.take(c)
	c.mu.Lock()
	if c.state.Load()&doomed == 0 {
		c.set(wasReset, 0)
	}
	c.mu.Unlock()
	_ = c.hangUp(abortive) // nobody is there who could do something about it
}

// strike is what the next Write meets when the box has forgotten c: RST. It
// reports false when it has not.
func (c *Conn) strike() bool {
	if c.state.Load()&doomed == 0 {
		return false
	}
	c.faulting.Lock()
	defer c.faulting.Unlock()
	if state := c.state.Load(); state&doomed == 0 || state&(wasCut|wasReset|wasClosed) != 0 {
		return false
	}
	c.mark(0, doomed)
	if c.on.dark() {
		c.park(wasReset) // the server is not told
	} else {
		c.mark(wasReset, 0) // it was answered: the descriptor is gone
	}
	return true
}

// forgive makes the box remember c again, and reports true when it is too
// late, since the peer was answered: then c's user is told now. It is called
// with faulting held.
func (c *Conn) forgive() (late bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	late = c.onWay != nil && c.onWay.gone && c.state.Load()&(wasReset|wasClosed) == 0
	if late {
		c.set(wasReset, doomed)
	} else {
		c.set(0, doomed)
	}
	return late
}
