package testserver

import (
	"time"

	"golang.org/x/time/rate"
)

// quota keeps one client to its rate. The zero quota lets everything through.
type quota struct {
	limiter *rate.Limiter
	strikes int // how often the limit was hit lately
}

func (c Config) newQuota() quota {
	if c.Rate <= 0 {
		return quota{}
	}
	return quota{limiter: rate.NewLimiter(rate.Limit(c.Rate), max(1, int(c.Rate)))}
}

// maxStrikes is how many frames over the limit, beyond as many within it, end
// a connection.
const maxStrikes = 20

// take asks for one frame: whether it may pass, and whether the client has
// ignored the limit often enough to be closed.
func (q *quota) take(now time.Time) (ok, enough bool) {
	if q.limiter == nil {
		return true, false
	}
	if q.limiter.AllowN(now, 1) {
		q.strikes = max(0, q.strikes-1)
		return true, false
	}
	q.strikes++
	return false, q.strikes > maxStrikes
}
