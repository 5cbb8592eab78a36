package faults

import (
	"time"

	"golang.org/x/sys/unix"
)

// segments is what the socket has sent and received, and ok whether the kernel
// tells.
func (c *Conn) segments() (t traffic, ok bool) {
	err := c.onSocket("TCP_INFO", func(fd int) error {
		info, err := unix.GetsockoptTCPInfo(fd, unix.IPPROTO_TCP, unix.TCP_INFO)
		if err == nil {
			t = traffic{
				info.Segs_in, info.Segs_out, info.Data_segs_in, info.Data_segs_out, info.Unacked,
				millis(info.Last_data_sent), millis(info.Last_data_recv), millis(info.Last_ack_recv),
			}
		}
		return err
	})
	return t, err == nil
}

func millis(n uint32) time.Duration { return time.Duration(n) * time.Millisecond }
