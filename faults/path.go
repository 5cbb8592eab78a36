package faults

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"time"
)

// path is what a connection needs only while its path is slow, its peer is to
// be refused, or its consumer does not read. It is guarded by Conn.mu, except
// for what says otherwise.
type path struct {
	up, down *line         // nil: bytes pass by
	pump     chan struct{} // closed when the goroutine that reads the socket for the reader has left; nil: none
	closing  bool          // closed by its user, with bytes still under way to the peer
	gone     bool          // the peer was, or is being, answered with RST

	freeze *time.Timer // of MinTTL; guarded by Conn.faulting
	buffer bufferSizes // of a slow consumer; guarded by Conn.faulting
}

// Shape makes the path slow from now on: up is what c writes, down what it
// reads; a second call replaces the first. Jitter is drawn from seed. Zero
// Shapes end it: what already travels arrives when it would have, what waits
// for a rate or a gap goes at once, and the order stays.
//
// Write does not wait for a slow path: bytes under way count as queued. Of
// what comes in, as much is under way at most as may be queued; then reading
// the socket stops, and the peer is held up as by a full pipe. So a Lot's
// MaxQueued over the delay bounds the throughput: 256 KiB at 100 ms are
// 2.6 MB/s. An end, too, is told with the delay: the peer's to the reader, and
// ours to the peer, for which a closed connection stays in its Lot until the
// last byte has left. Reset drops what is under way. What comes in travels
// from when it arrives at the socket; what had arrived before the reader's
// first Read under a Shape, from then.
func (c *Conn) Shape(up, down Shape, seed rand.PCG) error {
	c.faulting.Lock()
	defer c.faulting.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	if state := c.state.Load(); state&wasReset != 0 || state&wasClosed != 0 && !c.way().closing {
		return fmt.Errorf("shape: %w", net.ErrClosed)
	}
	now, way := time.Now(), c.way()
	upSeed, downSeed := rand.NewPCG(seed.Uint64(), seed.Uint64()), rand.NewPCG(seed.Uint64(), seed.Uint64())
	switch {
	case way.up != nil:
		way.up.reshape(now, up, upSeed)
	case !up.IsZero():
		way.up = newLine(up, upSeed)
	}
	switch {
	case way.down != nil:
		way.down.reshape(now, down, downSeed)
	case !down.IsZero():
		way.down = newLine(down, downSeed)
		c.set(detoured, 0)
	}
	if down.IsZero() {
		c.evictPump()
	}
	c.wake()
	c.startWriter()
	return nil
}

// Arriving is how many bytes have come in and are under way to the reader, on
// a slow path; see Queued for the other direction.
func (c *Conn) Arriving() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.onWay == nil {
		return 0
	}
	return c.onWay.down.size()
}

// way returns c's path, made now if there was none. It is called with mu held.
func (c *Conn) way() *path {
	if c.onWay == nil {
		c.onWay = new(path)
	}
	return c.onWay
}

// upLine is the line of what c writes, nil when there is none. It is called
// with mu held.
func (c *Conn) upLine() *line {
	if c.onWay == nil {
		return nil
	}
	return c.onWay.up
}

// advance moves what has come to the end of the line to the queue, when that
// is empty. While the writer has nothing to write but will have, it returns
// false, and when to look again if nothing changes before.
func (c *Conn) advance() (ready bool, again time.Time, changed <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	up := c.upLine()
	for len(c.queue) == 0 {
		head := up.head()
		if head == nil {
			break
		}
		if head.due.After(time.Now()) {
			return false, head.due, c.changes()
		}
		c.queue = head.data
		up.drop(len(head.data))
	}
	if up != nil && up.head() == nil && up.shape.IsZero() {
		c.onWay.up = nil // bytes pass by again
	}
	return true, time.Time{}, nil
}

// sendEnd puts the FIN on its way: on a slow path, it travels as data do. It
// is called with mu held.
func (c *Conn) sendEnd() {
	if up := c.upLine(); up != nil && (up.head() != nil || !up.shape.IsZero()) {
		up.putEnd(time.Now(), nil)
	}
}

// linger makes a closed connection outlive its user until what is on the way
// to the peer has left, and then the FIN; it reports false when nothing is.
// It is called with faulting held.
func (c *Conn) linger() bool {
	c.mu.Lock()
	up := c.upLine()
	if c.state.Load()&(wasCut|wasHalved) == 0 {
		c.sendEnd()
	}
	waits := c.err == nil && up.head() != nil
	c.mu.Unlock()
	if !waits {
		return false
	}
	c.lot.park(c) // before the writer can be done
	c.mu.Lock()
	c.onWay.closing = true
	c.set(wasClosed, 0)
	_ = c.nc.SetReadDeadline(longAgo)
	pump := c.onWay.pump
	c.startWriter()
	c.mu.Unlock()
	if pump != nil {
		<-pump
	}
	return true
}

// lingers reports whether c outlives its user; see linger.
func (c *Conn) lingers() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.onWay != nil && c.onWay.closing
}

// What a reader finds when it does not read the socket itself.
type arrival int

const (
	nothingYet arrival = iota
	bytesDue
	useSocket // nothing is under way any more, and bytes pass by
)

// arrivals says what the reader finds, and, of nothingYet, when to look again
// if nothing changes. It is called with mu held, by the reader: the socket is
// free for the pump.
func (c *Conn) arrivals(now time.Time) (arrival, time.Time, error) {
	way := c.way()
	slow := way.down != nil && !way.down.shape.IsZero()
	if slow && !way.down.ended() {
		c.startPump() // also behind what the reader itself has put on the line
	}
	if head := way.down.head(); head != nil {
		switch {
		case head.due.After(now):
			return nothingYet, head.due, nil
		case head.end != nil: // stays, for whoever reads again
			return nothingYet, time.Time{}, head.end
		}
		return bytesDue, time.Time{}, nil
	}
	if slow {
		return nothingYet, time.Time{}, nil
	}
	if way.pump != nil {
		c.evictPump()
		return nothingYet, time.Time{}, nil
	}
	way.down = nil
	c.set(0, detoured)
	_ = c.nc.SetReadDeadline(c.readDeadline) // fails only when closed, as the read will
	return useSocket, time.Time{}, nil
}

// takeDue copies bytes that have arrived to p and returns how many. It is the
// reader's.
func (c *Conn) takeDue(p []byte) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	down := c.way().down
	head := down.head()
	if head == nil || len(head.data) == 0 || head.due.After(time.Now()) {
		return 0 // reset meanwhile
	}
	n := copy(p, head.data)
	down.drop(n)
	c.wake() // the pump may wait for room
	return n
}

// divert puts what was read from the socket on the line: a fault came
// meanwhile. It is the reader's, or the pump's.
func (c *Conn) divert(p []byte, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	way := c.way()
	state := c.state.Load()
	ends := err != nil && !errors.Is(err, os.ErrDeadlineExceeded) // the reader knows its own deadline
	if state&refusing != 0 {
		way.gone = way.gone || len(p) > 0 || ends && !errors.Is(err, net.ErrClosed)
		return
	}
	if c.ended(state) != nil || len(p) == 0 && !ends {
		return
	}
	if way.down == nil {
		way.down = newLine(Shape{}, new(rand.PCG))
	}
	now := time.Now()
	way.down.put(now, p)
	if ends {
		way.down.putEnd(now, err)
	}
	c.set(detoured, 0)
}
