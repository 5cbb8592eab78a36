package faults

import (
	"time"

	"golang.org/x/sys/unix"
)

// segments is how many segments the socket has sent and received, how long
// ago data or an acknowledgement last moved, as the kernel remembers that (bare
// probes it does not), and ok whether it tells.
func (c *Conn) segments() (n uint64, ago time.Duration, ok bool) {
	err := c.onSocket("TCP_INFO", func(fd int) error {
		info, err := unix.GetsockoptTCPInfo(fd, unix.IPPROTO_TCP, unix.TCP_INFO)
		if err == nil {
			n = uint64(info.Segs_in) + uint64(info.Segs_out)
			ago = time.Duration(min(info.Last_data_sent, info.Last_data_recv, info.Last_ack_recv)) * time.Millisecond
		}
		return err
	})
	return n, ago, err == nil
}
