package agent

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// shareSourcePorts lets the kernel choose the source port at connect, when it
// knows the destination, instead of at bind: a port can then serve several
// destinations.
func shareSourcePorts(network, _ string, c syscall.RawConn) error {
	var err error
	if ctl := c.Control(func(fd uintptr) {
		err = unix.SetsockoptInt(int(fd), unix.IPPROTO_IP, unix.IP_BIND_ADDRESS_NO_PORT, 1)
	}); ctl != nil {
		return ctl
	}
	return err
}
