package agent

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/imbench/imbench/report"
)

const (
	// patience is how long a target may refuse everybody before the run gives
	// it up.
	patience = 5 * time.Second
	// settleTime is what the slowest clients get, beyond their own timeout,
	// after the last one has had its turn to connect.
	settleTime = 10 * time.Second
	// reunion is what those get who were ready, and lost their connection before
	// the last one was.
	reunion = 2 * time.Second
	// glance is how often the connecting phase looks at where it stands.
	glance = 5 * time.Millisecond
)

// connectAll gives every client its turn to connect, at its group's pace, and
// waits until all are ready or can be waited for no longer.
func (r *run) connectAll(ctx context.Context) error {
	pacing, stop := context.WithCancel(ctx)
	defer stop()
	var turns sync.WaitGroup
	defer turns.Wait()
	defer stop()
	first := 0
	longest := time.Duration(0)
	for _, g := range r.groups {
		members := r.clients[first : first+g.Count]
		first += g.Count
		turns.Go(func() { r.startGroup(pacing, members, float64(g.ConnectRate)) })
		took := time.Duration(float64(g.Count) / float64(g.ConnectRate) * float64(time.Second))
		longest = max(longest, took+g.ConnectTimeout)
	}
	began := r.clock.now()
	deadline := began + longest + settleTime
	met := false // everybody was ready once
	tick := time.NewTicker(glance)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-r.died():
			return r.deathOf(r.target.process)
		case <-tick.C:
		}
		ready, gone := r.online.now(), r.neverReady.Load()
		now := r.clock.now()
		if !met && r.everReady.Load() == int64(len(r.clients)) {
			met, deadline = true, min(deadline, now+reunion)
		}
		switch {
		case ready == int64(len(r.clients)):
			return nil
		case ready == 0 && (now-began > patience && r.mostFailed() || gone == int64(len(r.clients))):
			return fmt.Errorf("%w at %s let nobody in: %s", ErrTarget, r.shownTarget(), r.whyNobody())
		case ready+gone >= int64(len(r.clients)), now > deadline:
			r.warn("%d of %d clients were not ready when the traffic began", len(r.clients)-int(ready), len(r.clients))
			return nil
		}
	}
}

// mostFailed reports whether more dials have failed than are under way: it is
// not that a slow login keeps everybody waiting.
func (r *run) mostFailed() bool {
	failures := r.failures.Load()
	return failures > 0 && 2*failures > r.attempts.Load()
}

// startGroup tells each member when its turn has come.
func (r *run) startGroup(ctx context.Context, members []*client, perSecond float64) {
	// A burst of ten milliseconds' worth makes up for timers that are late.
	limiter := rate.NewLimiter(rate.Limit(perSecond), max(1, int(perSecond/100)))
	for _, c := range members {
		if limiter.Wait(ctx) != nil {
			return
		}
		c.shard.mail.post(letter{word: tellStart, client: c})
	}
}

func (r *run) warn(format string, args ...any) {
	r.warningsMu.Lock()
	defer r.warningsMu.Unlock()
	r.warnings = append(r.warnings, fmt.Sprintf(format, args...))
}

// warned returns the warnings so far.
func (r *run) warned() []string {
	r.warningsMu.Lock()
	defer r.warningsMu.Unlock()
	return slices.Clone(r.warnings)
}

// whyNobody words the most frequent reason why nobody became ready, and what
// can be done about it.
func (r *run) whyNobody() string {
	counts := map[string]int64{}
	worst := report.Quote{Kind: "no reason given"}
	for _, s := range r.shards {
		for _, q := range s.rec.ConnectErrors() {
			counts[q.Kind] += q.Count
			if counts[q.Kind] > worst.Count {
				worst = report.Quote{Kind: q.Kind, Count: counts[q.Kind], First: q.First}
			}
		}
	}
	text := fmt.Sprintf("%s, %d of %d times (%s)", worst.Kind, worst.Count, r.failures.Load(), worst.First)
	if advice := adviceOn(worst.Kind); advice != "" {
		text += "; " + advice
	}
	return text
}
