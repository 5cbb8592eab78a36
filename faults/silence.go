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
	refuse bool // above TCP: the next byte that arrives is answered with RST
	stall  bool // above TCP: reading has stopped
}

// without returns what is in e but not in other.
func (e effects) without(other effects) effects {
	return effects{
		md5:    e.md5 && !other.md5,
		minTTL: e.minTTL && !other.minTTL,
		quiet:  e.quiet && !other.quiet,
		hold:   e.hold && !other.hold,
		refuse: e.refuse && !other.refuse,
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

// rungs lists the mechanisms of a ladder that can silence direction d. The
// ladder is for what comes in; what goes out is always held.
func rungs(d Direction, ladder []Mechanism) []Mechanism {
	switch d {
	case Outbound:
		return []Mechanism{Held}
	case Inbound:
		return slices.DeleteFunc(slices.Clone(ladder), func(m Mechanism) bool { return m == MD5 })
	default:
		return ladder
	}
}

// Silence makes c's packets vanish in direction d ("" is Both): no data, ACK,
// FIN or RST gets through, and the peer is not told. It returns the mechanism
// that took effect, the first of the lot's ladder that can. With Held and
// Stall it is our data that stop; the kernel goes on acknowledging.
//
// It takes a few microseconds. With MinTTL in both directions, while bytes of
// ours are unacknowledged, the peer's packets go on arriving until they are,
// but for 20 ms at most: a retransmission of ours would get through. Safe for
// concurrent use; a second call replaces the first.
func (c *Conn) Silence(d Direction) (Mechanism, error) { return c.SilenceBy(d, c.lot.ladder()...) }

// SilenceBy is Silence by one of these mechanisms, the best first; without
// any, it is Silence.
func (c *Conn) SilenceBy(d Direction, ladder ...Mechanism) (Mechanism, error) {
	if d == "" {
		d = Both
	}
	if !slices.Contains(Directions(), d) {
		return "", fmt.Errorf("silence: %q is not a direction", d)
	}
	if len(ladder) == 0 {
		ladder = c.lot.ladder()
	}
	c.faulting.Lock()
	defer c.faulting.Unlock()
	return c.silence(d, ladder)
}

// silence is called with faulting held.
func (c *Conn) silence(d Direction, ladder []Mechanism) (Mechanism, error) {
	if c.state.Load()&(wasReset|wasClosed) != 0 {
		return "", fmt.Errorf("silence: %w", net.ErrClosed)
	}
	var errs []error
	for _, m := range rungs(d, ladder) {
		before, want := c.on, effectsOf(m, d)
		if err := c.turnOn(want.without(before)); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", m, err), c.turnOff(c.on.without(before)))
			continue
		}
		return m, c.turnOff(before.without(want))
	}
	return "", fmt.Errorf("silence: no mechanism works here: %w", errors.Join(errs...))
}

// Heal ends a silence, or an expiry, on the same connection; what both sides
// have queued arrives, by the kernels' retransmissions, so not before their
// timers say. A connection that was closed while silent now really ends: its
// FIN, or the RST of a Reset, leaves. On a connection that is not silent it
// does nothing; slow paths and slow consumers have ends of their own.
func (c *Conn) Heal() error {
	c.faulting.Lock()
	defer c.faulting.Unlock()
	err := c.turnOff(c.on)
	if c.forgive() {
		c.lot.take(c)
		return errors.Join(err, c.hangUp(abortive))
	}
	if !c.lot.has(c) || c.lingers() {
		return err
	}
	if c.state.Load()&wasReset == 0 && c.linger() {
		return err
	}
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
		if err := c.freeze(time.Now()); err != nil {
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
		c.mark(stalled, 0)
		c.on.stall = true
	}
	if want.refuse {
		was, _ := c.setKeepAlive(false) // best effort: what a probe tells the peer is little
		c.on.quiet = c.on.quiet || was
		c.mark(refusing, 0)
		c.mu.Lock()
		c.startPump()
		c.mu.Unlock()
		c.on.refuse = true
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
		c.stopFreezing()
		errs = append(errs, c.setMinTTL(0))
		c.on.minTTL = false
	}
	if unwanted.quiet {
		_, err := c.setKeepAlive(true)
		errs = append(errs, err)
		c.on.quiet = false
	}
	if unwanted.stall {
		c.mark(0, stalled)
		c.on.stall = false
	}
	if unwanted.refuse {
		c.mark(0, refusing)
		c.mu.Lock()
		c.evictPump()
		c.mu.Unlock()
		c.on.refuse = false
	}
	if unwanted.hold { // last: what is let go must get through
		c.unhold()
		c.on.hold = false
	}
	return errors.Join(errs...)
}

// freeze makes the kernel drop what comes in: at once, or, when our writes are
// held, as soon as our bytes are acknowledged, but soon. It is called with
// faulting held.
func (c *Conn) freeze(since time.Time) error {
	const patience, step = 20 * time.Millisecond, time.Millisecond
	if n, err := c.Unacked(); !c.on.hold || n == 0 || err != nil || time.Since(since) >= patience {
		return c.setMinTTL(maxTTL)
	}
	if err := c.setMinTTL(0); err != nil { // it would fail later, too
		return err
	}
	c.mu.Lock()
	way := c.way()
	c.mu.Unlock()
	var later *time.Timer
	later = time.AfterFunc(step, func() {
		c.faulting.Lock()
		defer c.faulting.Unlock()
		if way.freeze == later {
			way.freeze = nil
			_ = c.freeze(since) // the kernel has said that it can
		}
	})
	way.freeze = later
	return nil
}

// stopFreezing is called with faulting held.
func (c *Conn) stopFreezing() {
	c.mu.Lock()
	way := c.onWay
	c.mu.Unlock()
	if way != nil && way.freeze != nil {
		way.freeze.Stop()
		way.freeze = nil
	}
}
