package proxy

import (
	"errors"
	"io"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/imbench/imbench/faults"
	"github.com/imbench/imbench/internal/wsframe"
)

// pump passes one stream of a link on, in a goroutine of its own.
type pump struct {
	l        *link
	stream   stream
	src, dst *faults.Conn
	random   *rand.Rand // of slices

	current atomic.Pointer[course] // nil: bytes pass as they come

	// Of the upstream pump: what a frame can be put in between.
	turn    sync.Mutex // held while writing
	frames  frames
	mute    bool        // nothing of the client's goes on any more; guarded by turn
	asked   atomic.Bool // for the upgrade
	waiting atomic.Bool // there is something in pending
	mu      sync.Mutex  // taken after turn
	pending []byte      // guarded by mu
}

// course is a flow until another one takes its place.
type course struct {
	flow
	over chan struct{}
}

// steer gives the pump another flow. It is called with the link's mu held.
func (p *pump) steer(f flow) {
	var next *course
	if !f.isPlain() {
		next = &course{flow: f, over: make(chan struct{})}
	}
	if was := p.current.Swap(next); was != nil {
		close(was.over)
	}
}

// run passes bytes on until the stream has ended, and then its end.
func (p *pump) run() {
	err := p.relay()
	p.linger()
	if !errors.Is(err, io.EOF) {
		if p.l.refusing.Load() {
			p.l.broken.Store(true)
			p.l.note(p.side() + " reset after expiry")
			return
		}
		p.l.abort(p.cause(err))
		return
	}
	p.l.note(p.side() + " closed")
	_ = p.dst.CloseWrite() // the other side has ended already
}

// relay passes bytes on and returns why they ended, io.EOF for a FIN.
func (p *pump) relay() error {
	received := &p.l.proxy.traffic.received[p.stream]
	for {
		b, err := p.src.ReadPooled()
		if err != nil {
			return err
		}
		received.Add(int64(len(b.Bytes())))
		err = p.pass(b.Bytes())
		b.Release()
		if err != nil && !p.l.finishing.Load() { // else what comes is thrown away, up to its end
			return err
		}
	}
}

// pass passes on what was read, by the course of the stream.
func (p *pump) pass(b []byte) error {
	for len(b) > 0 {
		c := p.current.Load()
		switch {
		case c == nil:
			return p.write(b)
		case c.discard:
			return nil
		case c.hold:
			p.wait(c, 0)
			if p.l.isOver() {
				return errOver
			}
			continue
		}
		n := c.slice.next(c.allowed(len(b)), p.random)
		if err := p.write(b[:n]); err != nil {
			return err
		}
		if b = b[n:]; c.spend(n) {
			p.l.finish("limit_data")
			return nil
		}
		if c.slice.gap > 0 {
			p.wait(c, c.slice.gap)
		}
	}
	return nil
}

// errOver is why a pump leaves a link that was ended by somebody else.
var errOver = errors.New("link is over")

// wait waits until d has passed, the course has changed or the link is over; 0
// never passes.
func (p *pump) wait(c *course, d time.Duration) {
	var passed <-chan time.Time
	if d > 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		passed = timer.C
	}
	select {
	case <-passed:
	case <-c.over:
	case <-p.l.over:
	}
}

// linger waits as long as the stream's end is to be kept back.
func (p *pump) linger() {
	began := time.Now()
	for {
		c := p.current.Load()
		if c == nil || p.l.isOver() {
			return
		}
		left := c.linger - time.Since(began)
		if left <= 0 {
			return
		}
		p.wait(c, left)
	}
}

// write hands bytes to the other side, what waits to be put in with them.
func (p *pump) write(b []byte) error {
	if p.stream == downstream {
		if up := p.l.up; up.asked.Load() {
			up.agree(b)
		}
		return p.send(b)
	}
	p.turn.Lock()
	defer p.turn.Unlock()
	for len(b) > 0 && !p.mute {
		n := p.follow(b)
		if err := p.send(b[:n]); err != nil {
			return err
		}
		b = b[n:]
		if err := p.putIn(); err != nil {
			p.l.log("could not send a frame for the client", "error", err)
		}
	}
	return nil
}

// follow takes note of what the client sends next, and returns how much of it
// may go before something is put in. It is called with turn held.
func (p *pump) follow(b []byte) (n int) {
	if p.frames.state == lost {
		return len(b)
	}
	for n < len(b) {
		n += p.frames.advance(b[n:])
		if p.waiting.Load() && p.frames.between() {
			break
		}
	}
	p.asked.Store(p.frames.state == switches)
	return n
}

func (p *pump) send(b []byte) error {
	if err := p.dst.WriteAll(b); err != nil {
		return err
	}
	p.l.proxy.traffic.sent[p.stream].Add(int64(len(b)))
	return nil
}

// agree tells the upstream pump how the server answers.
func (p *pump) agree(answer []byte) {
	p.turn.Lock()
	defer p.turn.Unlock()
	p.frames.agree(answer)
	p.asked.Store(false)
}

// inject sends frames on the client's behalf, before its next message. It does
// not wait.
func (p *pump) inject(frames []byte) error {
	p.mu.Lock()
	p.pending = append(p.pending, frames...)
	p.waiting.Store(true)
	p.mu.Unlock()
	if !p.turn.TryLock() {
		return nil // whoever is writing puts it in
	}
	defer p.turn.Unlock()
	return p.putIn()
}

// putIn sends what waits, if it can be put in here. It is called with turn
// held.
func (p *pump) putIn() error {
	if !p.waiting.Load() {
		return nil
	}
	switch state := p.frames.state; {
	case p.mute || p.frames.closed || state != inHeader && state != inFrame:
		p.take()
		return errNoWebSocket
	case !p.frames.between():
		return nil
	}
	b := p.take()
	if len(b) > 1 && b[0] == wsframe.Final|wsframe.Close {
		p.mute = true // nothing comes after a goodbye
	}
	_, err := p.dst.Write(b)
	return err
}

func (p *pump) take() (b []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	b, p.pending = p.pending, nil
	p.waiting.Store(false)
	return b
}

// side is who sends the stream.
func (p *pump) side() string {
	if p.stream == upstream {
		return "client"
	}
	return "server"
}

// cause words why a stream broke off.
func (p *pump) cause(err error) string {
	switch {
	case errors.Is(err, errOver):
		return "ended"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "reset by a peer"
	case errors.Is(err, syscall.ETIMEDOUT):
		return p.side() + " no longer acknowledged"
	}
	return p.side() + ": " + err.Error()
}
