package faults

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
)

// BufferSize is how many bytes one ReadPooled reads at most, unless its Lot says
// otherwise: a TLS record, and many chat messages.
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
	if c.raw == nil {
		return c.readBuffer()
	}
	for {
		if c.state.Load()&offSocket != 0 {
			found, err := c.await()
			if err != nil {
				return nil, err
			}
			if found == bytesDue {
				return c.readBuffer()
			}
		}
		err := c.raw.Read(c.tryRead)
		b := c.got
		if err != nil {
			err = c.asRead(err)
		} else {
			err = c.gotErr
		}
		c.got, c.gotErr = nil, nil
		switch {
		case c.state.Load()&(offSocket|watched) == 0 || c.afterPooled(b, err):
			if b != nil || err != nil {
				return b, err
			}
		case b != nil:
			b.Release()
		}
	}
}

// readBuffer reads into a buffer taken beforehand: there is no descriptor to
// wait on, or something to read already.
func (c *Conn) readBuffer() (*Buffer, error) {
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
	if c.state.Load()&offSocket != 0 {
		return true
	}
	var again bool
	c.got, again, c.gotErr = c.readDescriptor(fd)
	return !again
}

// readDescriptor reads once into a buffer; again means that there was nothing.
func (c *Conn) readDescriptor(fd uintptr) (b *Buffer, again bool, err error) {
	b = c.lot.buffer()
	n, err := readNow(fd, b.data)
	if err == nil && n > 0 {
		b.n = n
		return b, false, nil
	}
	b.Release()
	switch {
	case err == syscall.EAGAIN:
		return nil, true, nil
	case err != nil:
		return nil, false, c.opError("read", os.NewSyscallError("read", err))
	}
	return nil, false, io.EOF
}

// afterPooled is after, for bytes in a buffer, if there are any.
func (c *Conn) afterPooled(b *Buffer, err error) bool {
	if b == nil {
		return c.after(nil, err)
	}
	return c.after(b.Bytes(), err)
}

// asRead makes the error of a raw read look like that of a plain one.
func (c *Conn) asRead(err error) error {
	if op := (*net.OpError)(nil); errors.As(err, &op) {
		return c.opError("read", op.Err)
	}
	return err
}
