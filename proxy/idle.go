package proxy

import (
	"errors"
	"time"

	"github.com/imbench/imbench/faults"
)

// watchIdle has a middlebox stand on the link's path: when nothing that it
// counts has moved for its time, on neither side, it forgets the link.
func (l *link) watchIdle(t *trouble, box faults.Config) (stop func()) {
	w := l.server.WatchPath(l.client, box.Idle, box.Lifetime, box.Counts, func(idle time.Duration) {
		l.expire(t, box, idle)
	})
	return func() { w.Stop() }
}

// expire does to the link what the box does to what it has forgotten.
func (l *link) expire(t *trouble, box faults.Config, idle time.Duration) {
	var mechanism faults.Mechanism
	var err error
	switch box.Expiry {
	case faults.ExpireResetBoth:
		l.abort("expired")
	case faults.ExpireClose:
		l.finish("expired")
	case faults.ExpireReset, faults.ExpireResetClient:
		mechanism, err = l.refuse(t, box.Expiry == faults.ExpireReset)
	default:
		mechanism, err = l.darken(t)
	}
	if errors.Is(err, errOver) {
		return // it ended, or was taken out of the trouble, in this moment
	}
	if err != nil {
		l.proxy.logger.Warn("could not expire", "link", l.number, "name", t.name, "error", err)
		return
	}
	l.log("expired", "name", t.name, "expiry", string(box.Expiry), "idle", idle.Round(time.Millisecond).String(), "mechanism", string(mechanism))
}

// refuse has the client's next byte answered with RST and tells nobody before;
// the server's next byte, too, or its packets vanish.
func (l *link) refuse(t *trouble, bothEnds bool) (mechanism faults.Mechanism, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.shareOf(t)
	if s == nil || l.done {
		return "", errOver
	}
	l.refusing.Store(true) // before an end can break
	s.refuses = true
	if bothEnds {
		err = l.server.ResetOnData()
	} else {
		mechanism, err = l.server.SilenceBy(faults.Both)
	}
	return mechanism, errors.Join(err, l.client.ResetOnData())
}

// relent ends refuse. An end that was answered meanwhile is gone, and now the
// other hears of it. It is called with mu held.
func (l *link) relent() error {
	l.refusing.Store(false)
	err := l.heal()
	if l.broken.Load() {
		_, _ = l.client.Reset(), l.server.Reset() // ended already
	}
	return err
}
