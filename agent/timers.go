package agent

import "sync/atomic"

// cleared remembers which of the last 64 timers were stopped. One goroutine
// adds; any asks.
type cleared struct{ recent [64]atomic.Uint32 }

func (c *cleared) add(serial uint32)      { c.recent[serial%64].Store(serial) }
func (c *cleared) has(serial uint32) bool { return c.recent[serial%64].Load() == serial }
