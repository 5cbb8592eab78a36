package faults

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"time"
)

// effects is what a silence is made of.
type effects struct {
	md5    bool // kernel: each side drops the other's segments
	minTTL bool // kernel: inbound segments are dropped before TCP
	quiet  bool // kernel: no keepalive probes of ours
	hold   bool // above TCP: our writes stay in the queue
	stall  bool // above TCP: reading has stopped
}

// without returns what is in e but not in other.
func (e effects) without(other effects) effects {
	return effects{
		md5:    e.md5 && !other.md5,
		minTTL: e.minTTL && !other.minTTL,
		quiet:  e.quiet && !other.quiet,
		hold:   e.hold && !other.hold,
		stall:  e.stall && !other.stall,
	}
}

// dark reports whether nothing of ours may reach the peer, not even a FIN.
func (e effects) dark() bool { return e.md5 || e.hold }

// effectsOf says what makes a silence in direction d by way of m.
func effectsOf(m Mechanism, d Direction) effects {
	both := d == Both
	switch m {
	case MD5:
		return effects{md5: true}
	case MinTTL:
		return effects{minTTL: true, quiet: both, hold: both}
	case Held:
		return effects{hold: true}
	default:
		return effects{stall: true, hold: both}
	}
}

// rungs lists the mechanisms that can silence direction d, best first.
func (l *Lot) rungs(d Direction) []Mechanism {
	switch d {
	case Outbound:
		return []Mechanism{Held}
	case Inbound:
		return slices.DeleteFunc(slices.Clone(l.ladder()), func(m Mechanism) bool { return m == MD5 })
	default:
		return l.ladder()
	}
}

// Silence makes c's packets vanish in direction d ("" is Both): no data, ACK,
// FIN or RST gets through, and the peer is not told. It returns the mechanism
// that took effect, the first of the lot's ladder that can. With Held and
// Stall it is our data that stop; the kernel goes on acknowledging.
//
// It takes a few microseconds, except that MinTTL in both directions waits up
// to 20 ms while bytes of ours are unacknowledged, since a retransmission
// would get through. Safe for concurrent use; a second call replaces the
// first.
func (c *Conn) Silence(d Direction) (Mechanism, error) {
	if d == "" {
		d = Both
	}
	if d != Both && d != Inbound && d != Outbound {
		return "", fmt.Errorf("silence: %q is not a direction", d)
	}
	c.faulting.Lock()
	defer c.faulting.Unlock()
	if c.state.Load()&(wasReset|wasClosed) != 0 {
		return "", fmt.Errorf("silence: %w", net.ErrClosed)
	}
	var errs []error
	for _, m := range c.lot.rungs(d) {
		before, want := c.on, effectsOf(m, d)
		if err := c.turnOn(want.without(before)); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", m, err), c.turnOff(c.on.without(before)))
			continue
		}
		return m, c.turnOff(before.without(want))
	}
	return "", fmt.Errorf("silence: no mechanism works here: %w", errors.Join(errs...))
}

// Heal ends a silence on the same connection; what both sides have queued
// arrives, by the kernels' retransmissions, so not before their timers say. A
// connection that was closed while silent now really ends: its FIN, or the RST
// of a Reset, leaves. On a connection that is not silent it does nothing.
func (c *Conn) Heal() error {
	c.faulting.Lock()
	defer c.faulting.Unlock()
	err := c.turnOff(c.on)
	if !c.lot.take(c) {
		return err
	}
	if c.state.Load()&wasReset != 0 {
		return errors.Join(err, c.hangUp(abortive))
	}
	c.flush()
	return errors.Join(err, c.hangUp(orderly))
}

// turnOn adds what want has to what is on; after an error, part of it may be.
// It is called with faulting held.
func (c *Conn) turnOn(want effects) error {
	if want.hold { // before the rest, so that nothing new is on its way when it freezes
		c.hold()
		c.on.hold = true
	}
	if want.quiet {
		was, err := c.setKeepAlive(false)
		if err != nil {
			return err
		}
		c.on.quiet = was // to be switched on again only if it was on
	}
	if want.minTTL {
		if c.on.hold {
			c.settle()
		}
		if err := c.setMinTTL(maxTTL); err != nil {
			return err
		}
		c.on.minTTL = true
	}
	if want.md5 {
		if err := c.setMD5(true); err != nil {
			return err
		}
		c.on.md5 = true
	}
	if want.stall {
		c.mu.Lock()
		c.set(stalled, 0)
		c.mu.Unlock()
		c.on.stall = true
	}
	return nil
}

// turnOff ends what unwanted has. It is called with faulting held.
func (c *Conn) turnOff(unwanted effects) error {
	var errs []error
	if unwanted.md5 {
		errs = append(errs, c.setMD5(false))
		c.on.md5 = false
	}
	if unwanted.minTTL {
		errs = append(errs, c.setMinTTL(0))
		c.on.minTTL = false
	}
	if unwanted.quiet {
		_, err := c.setKeepAlive(true)
		errs = append(errs, err)
		c.on.quiet = false
	}
	if unwanted.stall {
		c.mu.Lock()
		c.set(0, stalled)
		c.mu.Unlock()
		c.on.stall = false
	}
	if unwanted.hold { // last: what is let go must get through
		c.unhold()
		c.on.hold = false
	}
	return errors.Join(errs...)
}

// settle waits, but not for long, until all our bytes are acknowledged.
func (c *Conn) settle() {
	const patience, step = 20 * time.Millisecond, 200 * time.Microsecond
	for waited := time.Duration(0); waited < patience; waited += step {
		if n, err := c.Unacked(); n == 0 || err != nil {
			return
		}
		time.Sleep(step)
	}
}
