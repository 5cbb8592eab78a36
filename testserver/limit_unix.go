//go:build unix

package testserver

import "syscall"

// spareDescriptors are left for listeners, logs and connections that only read
// /metrics.
const spareDescriptors = 200

// defaultMaxConns keeps below the descriptor limit, because a client that is
// answered 503 knows what to do, and one whose connection is never accepted
// does not.
func defaultMaxConns() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return mostConns
	}
	return int(min(mostConns, max(100, uint64(limit.Cur)-min(spareDescriptors, uint64(limit.Cur)))))
}
