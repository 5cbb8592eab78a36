package faults

import (
	"errors"
	"time"

	"golang.org/x/sys/unix"
)

// RetryEvery is how long a persistent connection waits at most before it
// retransmits.
const RetryEvery = time.Second

// Persist has the kernel not give c up while nothing is acknowledged, and
// retransmit every second once the timer that is running has fired, instead of
// after ever longer times. It is for a silence that will end, to be seen by the
// peer soon after. Kernels before 6.15 keep to the longer times.
func (c *Conn) Persist() error {
	const patience = 24 * time.Hour
	return c.onSocket("make persistent", func(fd int) error {
		if err := unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(patience.Milliseconds())); err != nil {
			return err
		}
		err := unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_RTO_MAX_MS, int(RetryEvery.Milliseconds()))
		if errors.Is(err, unix.ENOPROTOOPT) {
			return nil
		}
		return err
	})
}
