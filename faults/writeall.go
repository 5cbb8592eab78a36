package faults

import (
	"errors"
	"os"
)

// WriteAll writes all of p as a plain connection does: it waits where Write
// would queue, while the kernel takes no more and while a fault holds writes
// back, and copies nothing. What Write has queued goes before it. It returns
// the error that ended the connection; how much of p went out before is not
// told. One goroutine at a time writes so. A Shape of what c writes does not
// delay it: who relays shapes the reading on the other side.
func (c *Conn) WriteAll(p []byte) error {
	if c.state.Load()&(doomed|watched) != 0 {
		if c.strike() {
			return c.resetError("write")
		}
		c.saw(toPeer, len(p))
	}
	for {
		c.mu.Lock()
		if err := c.refusal(); err != nil {
			c.mu.Unlock()
			return err
		}
		if c.writer != nil || len(c.queue) > 0 || c.state.Load()&held != 0 {
			c.awaitChange() // unlocks
			continue
		}
		if c.raw != nil {
			n := c.writeOut(p)
			p = p[n:]
			if c.err != nil || len(p) == 0 {
				err := c.err
				c.mu.Unlock()
				return err
			}
		}
		turn := make(chan struct{})
		c.writer = turn // whoever ends or silences the connection waits for it
		c.mu.Unlock()
		n, err := c.writeOn(p)
		p = p[n:]
		c.mu.Lock()
		c.writer = nil
		close(turn)
		if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) && c.err == nil {
			c.err = err
		}
		c.startWriter()
		c.finish()
		err = c.refusal()
		c.mu.Unlock()
		if err != nil || len(p) == 0 {
			return err
		}
	}
}

// writeOn waits for the kernel to take p, as far as it gets before something
// befalls the connection.
func (c *Conn) writeOn(p []byte) (n int, err error) {
	if c.raw == nil {
		return c.nc.Write(p)
	}
	err = c.raw.Write(func(fd uintptr) bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		for n < len(p) && c.err == nil && c.state.Load()&(held|wasReset|wasClosed) == 0 {
			k, err := writeNow(fd, p[n:])
			n += k
			if err != nil {
				c.err = c.opError("write", os.NewSyscallError("write", err))
			} else if k == 0 {
				return false
			}
		}
		return true
	})
	return n, err
}

// awaitChange waits for the next change that anybody waits for. It is called
// with mu held, and returns with it free.
func (c *Conn) awaitChange() {
	if c.changed == nil {
		c.changed = make(chan struct{})
	}
	changed := c.changed
	c.mu.Unlock()
	<-changed
}

// CloseWrite sends FIN, once what is queued has gone out and no silence holds
// it back; reading goes on. From then on writing returns EPIPE.
func (c *Conn) CloseWrite() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.refusal(); err != nil {
		return err
	}
	c.sendEnd()
	c.set(wasHalved, 0)
	c.startWriter()
	c.finish()
	return nil
}
