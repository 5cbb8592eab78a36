//go:build !linux

package faults

import (
	"errors"
	"syscall"
)

// errUnsupported sends Silence down its ladder, to stall.
var errUnsupported = errors.New("not on this platform")

const maxTTL = 255

func (*Conn) setMD5(bool) error               { return errUnsupported }
func (*Conn) setMinTTL(int) error             { return errUnsupported }
func (*Conn) setKeepAlive(bool) (bool, error) { return false, errUnsupported }

// bufferSizes is a socket's receive buffer as it was.
type bufferSizes struct{ size int }

// usualBuffer is what a slow consumer's socket gets back; the kernel was not
// asked what it had.
const usualBuffer = 256 << 10

func (c *Conn) shrinkBuffer(size int) (was bufferSizes, err error) {
	return bufferSizes{usualBuffer}, c.setReadBuffer(size)
}

func (c *Conn) restoreBuffer(was bufferSizes) error { return c.setReadBuffer(was.size) }

func (c *Conn) setReadBuffer(size int) error {
	b, ok := c.nc.(interface{ SetReadBuffer(bytes int) error })
	if !ok {
		return errUnsupported
	}
	return b.SetReadBuffer(size)
}

func (*Conn) segments() (traffic, bool) { return traffic{}, false }

func unacked(syscall.RawConn) (n int, err error) { return 0, errUnsupported }
