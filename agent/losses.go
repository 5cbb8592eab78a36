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
	each int   // of its losses, those that were told of
	more int64 // and those that were not
	told int   // in all
}

func (l *losses) add(loss report.Loss) {
	if l.run.events == nil {
		return
	}
	if loss.Receiver != l.to {
		l.end()
		l.to, l.each, l.more = loss.Receiver, 0, 0
	}
	if l.each >= lossesEach || l.told >= lossesMost {
		l.more++
		return
	}
	l.each++
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
	if l.more > 0 {
		l.run.events.log(l.at, l.run.clients[l.to], "lost", "more", strconv.FormatInt(l.more, 10))
	}
}
