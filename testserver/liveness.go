package testserver

import (
	"time"

	"github.com/gorilla/websocket"
)

// verdict is what the sweeper does about a session.
type verdict uint8

const (
	leaveBe verdict = iota
	ping
	reap
)

// judge decides about a session from its last sign of life and its last ping.
func judge(now, lastSeen, lastPing, pingEvery, reapAfter time.Duration) verdict {
	switch {
	case now-lastSeen >= reapAfter:
		return reap
	case now-lastPing >= pingEvery:
		return ping
	default:
		return leaveBe
	}
}

// sweep looks at all connections in turn until quit is closed: one goroutine
// and one ticker serve them all.
func (s *Server) sweep() {
	defer close(s.swept)
	ticker := time.NewTicker(s.cfg.sweepEvery())
	defer ticker.Stop()
	var sessions []*session
	var engines []*engine
	nextExpiry := time.Now()
	for {
		select {
		case <-s.quit:
			return
		case now := <-ticker.C:
			if now.After(nextExpiry) {
				s.hub.expire(now)
				s.engines.expire(now)
				nextExpiry = now.Add(s.cfg.HistoryFor / 8)
			}
			engines = s.engines.visit(engines, now.Sub(s.start))
			if s.bugs.keepsDead() {
				continue
			}
			sessions = s.hub.snapshot(sessions[:0])
			s.visit(sessions, now.Sub(s.start))
			clear(sessions)
		}
	}
}

// visit pings and reaps.
func (s *Server) visit(sessions []*session, now time.Duration) {
	beat := controlFrame(websocket.PingMessage, "")
	for _, c := range sessions {
		switch c.speaks.judge(c, now) {
		case reap:
			c.close(noSignOfLife)
		case ping:
			c.lastPing = int64(now)
			c.send(beat)
		}
	}
}

// sweepEvery is how late a ping or a reaping may be.
func (c Config) sweepEvery() time.Duration {
	return max(time.Millisecond, min(c.PingEvery/8, c.ReapAfter/8, time.Second))
}

// firstPing spreads the pings of sessions that connected in the same moment.
func (c Config) firstPing(number uint64, now time.Duration) time.Duration {
	const phases = 64
	return now - c.PingEvery*time.Duration(number%phases)/phases
}
