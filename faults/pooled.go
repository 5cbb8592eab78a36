package faults

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
)

// BufferSize is how many bytes one ReadPooled reads at most: a TLS record, and
// many chat messages.
const BufferSize = 16 << 10

// Buffer holds what one ReadPooled read, until it is released.
type Buffer struct {
	data []byte
	n    int
	home *sync.Pool
}

// Bytes is what was read. It is the caller's until Release.
func (b *Buffer) Bytes() []byte { return b.data[:b.n] }

// Release gives the buffer back; neither it nor its bytes may be used after.
func (b *Buffer) Release() {
	b.n = 0
	b.home.Put(b)
}

// ReadPooled waits until there is something to read, without holding a buffer
// meanwhile, and returns it in one that the caller releases. Errors are those
// of Read. It does not allocate, and what it parks on fits the 2 KiB that a
// goroutine's stack starts with.
func (c *Conn) ReadPooled() (*Buffer, error) {
	for c.raw != nil && len(c.stash) == 0 {
		if c.state.Load()&stopsReading != 0 {
			if err := c.await(); err != nil {
				return nil, err
			}
		}
		if err := c.raw.Read(c.tryRead); err != nil {
			return c.noBuffer(c.asRead(err))
		}
		b, err := c.got, c.gotErr
		c.got, c.gotErr = nil, nil
		switch {
		case err != nil:
			return c.noBuffer(err)
		case b == nil: // stalled before anything was read
		case c.state.Load()&stopsReading != 0:
			return c.afterPooled(b)
		default:
			return b, nil
		}
	}
	b := c.lot.buffer()
	n, err := c.Read(b.data)
	if n == 0 {
		b.Release()
		return nil, err
	}
	b.n = n
	return b, nil
}

// readOnce is called when the descriptor may be readable: first to find out,
// then each time the poller says so. It returns false to go on waiting.
func (c *Conn) readOnce(fd uintptr) bool {
	if c.state.Load()&stopsReading != 0 {
		return true
	}
	b := c.lot.buffer()
	n, err := readNow(fd, b.data)
	switch {
	case err == syscall.EAGAIN:
		b.Release()
		return false
	case err != nil:
		b.Release()
		c.gotErr = c.opError("read", os.NewSyscallError("read", err))
	case n == 0:
		b.Release()
		c.gotErr = io.EOF
	default:
		b.n = n
		c.got = b
	}
	return true
}

// noBuffer says what a failed read means, given what befell the connection.
func (c *Conn) noBuffer(err error) (*Buffer, error) {
	if c.state.Load()&stopsReading != 0 {
		_, err = c.after(nil, err)
	}
	return nil, err
}

// afterPooled is after, for bytes in a buffer.
func (c *Conn) afterPooled(b *Buffer) (*Buffer, error) {
	if _, err := c.after(b.Bytes(), nil); err != nil {
		b.Release()
		return nil, err
	}
	return b, nil
}

// asRead makes the error of a raw read look like that of a plain one.
func (c *Conn) asRead(err error) error {
	if op := (*net.OpError)(nil); errors.As(err, &op) {
		return c.opError("read", op.Err)
	}
	return err
}
