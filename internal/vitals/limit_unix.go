//go:build unix

package vitals

import (
	"fmt"
	"syscall"
)

// FDLimit returns how many descriptors this process may open now, and up to
// which number it may raise that itself. Go programs start with the soft limit
// already raised to the hard one. Both are 0 where the system does not tell.
func FDLimit() (soft, hard uint64) {
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l); err != nil {
		return 0, 0
	}
	return limit(l.Cur), limit(l.Max)
}

// RaiseFDLimit raises the limit on descriptors as far as this process may and
// returns it. Unlike the raise that every Go program starts with, this one is
// inherited by the processes started afterwards, the server under test among
// them.
func RaiseFDLimit() (uint64, error) {
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l); err != nil {
		return 0, fmt.Errorf("read the limit on descriptors: %w", err)
	}
	soft := l.Cur
	if l.Cur < l.Max {
		l.Cur = l.Max
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &l); err != nil {
		return limit(soft), fmt.Errorf("raise the limit on descriptors from %d to %d: %w", soft, l.Max, err)
	}
	return limit(l.Cur), nil
}

// limit makes the kernel's number, signed on some systems, ours.
func limit[T int64 | uint64](n T) uint64 { return uint64(n) }
