package memnet

import (
	"net"
	"os"
	"sync"
	"time"
)

// pipe is one direction of a connection: a bounded ring of bytes with one
// reading and one writing end.
type pipe struct {
	mu      sync.Mutex
	changed sync.Cond // broadcast on every change that somebody may wait for

	ring  []byte // grows up to limit, so an idle connection costs little
	start int    // of the first unread byte in ring
	n     int    // unread bytes
	limit int

	// Why each end is finished, nil while it is not. The reader still gets
	// what is in the ring, unless it closed the pipe itself.
	readEnd, writeEnd error

	readDeadline, writeDeadline deadline

	// writing keeps one Write's bytes together. It is not a mutex, because a
	// goroutine that waits for a mutex does not block durably in synctest.
	writing bool
}

func newPipe(limit int) *pipe {
	p := &pipe{limit: limit}
	p.changed.L = &p.mu
	return p
}

func (p *pipe) read(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		switch {
		case p.readEnd == net.ErrClosed:
			return 0, net.ErrClosed
		case p.readDeadline.passed:
			return 0, os.ErrDeadlineExceeded
		case len(b) == 0:
			return 0, nil
		case p.n > 0:
			n := p.take(b)
			p.changed.Broadcast()
			return n, nil
		case p.readEnd != nil:
			return 0, p.readEnd
		}
		p.changed.Wait()
	}
}

func (p *pipe) write(b []byte) (n int, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.writing && p.writeStopped() == nil {
		p.changed.Wait()
	}
	if err := p.writeStopped(); err != nil {
		return 0, err
	}
	p.writing = true
	defer func() {
		p.writing = false
		p.changed.Broadcast()
	}()
	for len(b) > 0 {
		if err := p.writeStopped(); err != nil {
			return n, err
		}
		if p.n == p.limit {
			p.changed.Wait()
			continue
		}
		m := p.put(b)
		n, b = n+m, b[m:]
		p.changed.Broadcast()
	}
	return n, nil
}

// writeStopped says why nothing can be written now, if so.
func (p *pipe) writeStopped() error {
	switch {
	case p.writeEnd != nil:
		return p.writeEnd
	case p.writeDeadline.passed:
		return os.ErrDeadlineExceeded
	}
	return nil
}

// take moves unread bytes into b.
func (p *pipe) take(b []byte) int {
	b = b[:min(len(b), p.n)]
	m := copy(b, p.ring[p.start:])
	copy(b[m:], p.ring)
	p.n -= len(b)
	p.start = (p.start + len(b)) % len(p.ring)
	return len(b)
}

// put appends as much of b as there is room for.
func (p *pipe) put(b []byte) int {
	b = b[:min(len(b), p.limit-p.n)]
	p.grow(p.n + len(b))
	end := (p.start + p.n) % len(p.ring)
	m := copy(p.ring[end:], b)
	copy(p.ring, b[m:])
	p.n += len(b)
	return len(b)
}

// grow makes the ring hold need bytes; need is at most the limit.
func (p *pipe) grow(need int) {
	if need <= len(p.ring) {
		return
	}
	ring := make([]byte, min(max(need, 2*len(p.ring), 512), p.limit))
	m := copy(ring, p.ring[p.start:min(p.start+p.n, len(p.ring))])
	copy(ring[m:p.n], p.ring)
	p.ring, p.start = ring, 0
}

// end finishes the pipe: from now on its reader meets read and its writer
// meets write. An end that is already finished only takes a graver reason.
func (p *pipe) end(read, write error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if gravity(read) > gravity(p.readEnd) {
		p.readEnd = read
	}
	if gravity(write) > gravity(p.writeEnd) {
		p.writeEnd = write
	}
	if read == net.ErrClosed {
		p.ring, p.start, p.n = nil, 0, 0
		p.readDeadline.stop()
	}
	if write == net.ErrClosed {
		p.writeDeadline.stop()
	}
	p.changed.Broadcast()
}

// gravity orders the reasons for an end: the first that the peer gave stays,
// as in the kernel, where a FIN that arrived is EOF whatever follows; what was
// closed here is closed.
func gravity(err error) int {
	switch err {
	case nil:
		return 0
	case net.ErrClosed:
		return 2
	default:
		return 1
	}
}

// unread is how many bytes wait for the reader.
func (p *pipe) unread() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.n
}

// ended says why nothing more can be written, nil when it can.
func (p *pipe) ended() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.writeEnd
}

// setDeadline replaces d, one of p's two deadlines, unless its end is closed.
func (p *pipe) setDeadline(d *deadline, end *error, t time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if *end == net.ErrClosed {
		return net.ErrClosed
	}
	d.set(t, p)
	p.changed.Broadcast()
	return nil
}
