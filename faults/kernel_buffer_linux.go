package faults

import "golang.org/x/sys/unix"

// bufferSizes is a socket's receive buffer as it was. The zero bufferSizes is
// none.
type bufferSizes struct {
	size   int // as the kernel counts it, twice what is set
	locked int // SO_BUF_LOCK: whose size the kernel does not tune any more
}

// shrinkBuffer sets the receive buffer and returns what it was.
func (c *Conn) shrinkBuffer(size int) (was bufferSizes, err error) {
	err = c.onSocket("set receive buffer", func(fd int) error {
		was.size, err = unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF)
		if err != nil {
			return err
		}
		was.locked, _ = unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_BUF_LOCK) // not before Linux 5.14
		return unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, size)
	})
	return was, err
}

func (c *Conn) restoreBuffer(was bufferSizes) error {
	return c.onSocket("set receive buffer", func(fd int) error {
		if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, was.size/2); err != nil {
			return err
		}
		_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_BUF_LOCK, was.locked)
		return nil
	})
}
