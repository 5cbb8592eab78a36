package agent

import (
	"strconv"
	"time"

	"github.com/imbench/imbench/report"
)

// The events tell of so many losses: a receiver that misses more misses them in
// the same way, and a file that tells of all may not end.
const (
	lossesEach = 50
	lossesMost = 100_000
)

// losses writes events of lost messages, which come receiver by receiver once
// the run is judged.
type losses struct {
	run  *run
	at   time.Duration
	to   int   // the receiver
	each int64 // its losses so far
	told int   // in all
}

func (l *losses) add(loss report.Loss) {
	if l.run.events == nil {
		return
	}
	if loss.Receiver != l.to {
		l.end()
		l.to, l.each = loss.Receiver, 0
	}
	l.each++
	if l.each > lossesEach || l.told >= lossesMost {
		return
	}
	l.told++
	acked := ""
	if loss.Acked {
		acked = "yes"
	}
	l.run.events.log(l.at, l.run.clients[l.to], "lost",
		"from", l.run.clients[loss.Sender].name(), "sent", string(appendSeconds(nil, loss.Intended)), "acked", acked)
}

// end says how many more the receiver lost than was told of.
func (l *losses) end() {
	if more := l.each - lossesEach; more > 0 {
		l.run.events.log(l.at, l.run.clients[l.to], "lost", "more", strconv.FormatInt(more, 10))
	}
}
