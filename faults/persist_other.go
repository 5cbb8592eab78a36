//go:build !linux

package faults

import "time"

// RetryEvery is how long a persistent connection waits at most before it
// retransmits.
const RetryEvery = time.Second

// Persist does nothing here: there is no silence in the kernel.
func (*Conn) Persist() error { return nil }
