package proxy

import (
	"net"
	"testing"

	"golang.org/x/sys/unix"
)

// unacked is how many bytes of c's the peer has not acknowledged.
func unacked(t *testing.T, c *net.TCPConn) (n int) {
	t.Helper()
	raw, err := c.SyscallConn()
	must(t, err)
	must(t, raw.Control(func(fd uintptr) { n, err = unix.IoctlGetInt(int(fd), unix.TIOCOUTQ) }))
	must(t, err)
	return n
}
