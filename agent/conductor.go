package agent

import (
	"context"
	"fmt"
	"time"

	"github.com/imbench/imbench/faults"
)

// sleepUntil waits for a time on the run's clock; false means that ctx ended
// first.
func (r *run) sleepUntil(ctx context.Context, at time.Duration) bool {
	wait := r.clock.until(at)
	if wait <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// conductServer applies the faults on the server, one after the other, until
// ctx ends. It always leaves the server running or reports why not.
func (r *run) conductServer(ctx context.Context) error {
	for _, o := range r.occurrences {
		if !o.config.Kind.OnServer() {
			continue
		}
		if !r.sleepUntil(ctx, r.zero+o.At) {
			return nil
		}
		if err := r.strikeServer(ctx, o); err != nil {
			return fmt.Errorf("fault %s: %w", o.config.Name, err)
		}
	}
	return nil
}

func (r *run) strikeServer(ctx context.Context, o *occurrence) error {
	p := r.target.process
	// The letter goes first: whatever the strike does to a client finds its
	// episode open. The strike itself is a system call away.
	r.tellAll(letter{word: tellServerDown, at: r.clock.now(), strike: o})
	err := r.pauseServer(ctx, p, o)
	r.tellAll(letter{word: tellServerUp, at: r.clock.now(), strike: o})
	return err
}

func (r *run) pauseServer(ctx context.Context, p *faults.Process, o *occurrence) error {
	struck := func() (until time.Duration) {
		o.struckAt.Store(int64(r.clock.now()))
		return r.clock.now() + o.For
	}
	switch o.config.Kind {
	case faults.ServerFreeze:
		if err := p.Freeze(); err != nil {
			return err
		}
		r.sleepUntil(ctx, struck())
		r.tellAll(letter{word: tellServerWakes, strike: o})
		return p.Thaw()
	case faults.ServerKill:
		if err := p.Kill(); err != nil {
			return err
		}
	case faults.ServerRestart:
		if err := p.Terminate(ctx); err != nil {
			return err
		}
	}
	r.sleepUntil(ctx, struck())
	return p.Restart(context.WithoutCancel(ctx), nil)
}

func (r *run) tellAll(l letter) {
	for _, s := range r.shards {
		s.mail.post(l)
	}
}
