package agent

import "time"

// clock is the run's one clock: monotonic, from the moment the run was set up.
type clock struct{ epoch time.Time }

func newClock() clock { return clock{epoch: time.Now()} }

func (c clock) now() time.Duration { return time.Since(c.epoch) }

// unixMillis is the time of day, for frames that carry one. It follows the
// monotonic clock.
func (c clock) unixMillis() int64 { return c.unixMillisAt(c.now()) }

func (c clock) unixMillisAt(at time.Duration) int64 { return c.epoch.Add(at).UnixMilli() }

// ofUnixMillis is when, on this clock, a frame that carries ms was written.
func (c clock) ofUnixMillis(ms int64) time.Duration { return time.UnixMilli(ms).Sub(c.epoch.Round(0)) }

func (c clock) until(at time.Duration) time.Duration { return at - c.now() }
