package proxy

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/imbench/imbench/faults"
	"github.com/imbench/imbench/internal/unit"
)

// Play makes the faults of a list happen to p's connections: second 0 is now.
// Each takes its share of the connections that are open at its time, chosen by
// the seed; a fault of the path (latency, bandwidth, slice, idle_expiry, and a
// flap) takes the same share of those that are opened while it lasts. Play
// returns when all has happened that can, or ctx has ended; faults that last
// for good stay. The faults must have passed CheckFault.
func (p *Proxy) Play(ctx context.Context, list []faults.Config) {
	began := time.Now()
	var all sync.WaitGroup
	for i, f := range list {
		f = f.WithDefaults()
		if f.Clients.IsZero() {
			f.Clients = unit.Share{Percent: 100}
		}
		key := fmt.Sprintf("%d/%s", i, f.Name) // faults may share a name
		all.Go(func() { p.repeat(ctx, began, f, key) })
	}
	all.Wait()
}

// repeat makes f happen at its time, and every so often from then on.
func (p *Proxy) repeat(ctx context.Context, began time.Time, f faults.Config, key string) {
	for n := 0; ; n++ {
		if !sleep(ctx, time.Until(began.Add(f.At+time.Duration(n)*f.Every))) {
			return
		}
		p.happen(ctx, f, fmt.Sprintf("%s/%d", key, n))
		if f.Every <= 0 {
			return
		}
	}
}

// sleep reports whether d has passed before ctx ended.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return ctx.Err() == nil
	}
}

// happen makes f happen once, as long as it lasts. key names the occurrence
// for the seed.
func (p *Proxy) happen(ctx context.Context, f faults.Config, key string) {
	whom := p.choose(f.Clients, key)
	if f.Kind != faults.Flap {
		p.spell(ctx, f, whom, f.For)
		return
	}
	end := time.Now().Add(f.For)
	for f.For == 0 || time.Now().Before(end) {
		on := f.Down
		if !f.Of.Lasts() {
			on = time.Nanosecond
		}
		if !p.spell(ctx, f, whom, on) || !sleep(ctx, f.Up) {
			return
		}
	}
}

// spell puts those who are chosen into f for a time, 0 for good, and reports
// whether ctx has not ended. What happens in a moment is over at once.
func (p *Proxy) spell(ctx context.Context, f faults.Config, whom func(*link, bool) bool, d time.Duration) bool {
	e, err := effectOf(f)
	if err != nil {
		p.logger.Error("fault", "name", f.Name, "error", err)
		return false
	}
	t := &trouble{name: f.Name, kind: string(f.Kind), takes: whom}
	t.settings.Store(&settings{effect: e, toxicity: 1})
	moment := !f.Inner().Kind.Lasts() && f.Inner().Kind != faults.Rebind
	p.changing.Lock()
	p.add(t)
	if moment {
		p.release(t)
	}
	p.changing.Unlock()
	if d == 0 || moment {
		return ctx.Err() == nil
	}
	slept := sleep(ctx, d)
	p.changing.Lock()
	defer p.changing.Unlock()
	if !t.over.Load() { // else a reset took it away
		p.remove(t)
	}
	return slept
}

// choose picks a share of the links that are open now: those with the lowest
// draws, so that a choice stays when others come and go. Of links opened later,
// a percentage takes each by its own draw, a count none.
func (p *Proxy) choose(share unit.Share, key string) func(l *link, later bool) bool {
	type ticket struct {
		number uint64
		drawn  float64
	}
	var tickets []ticket
	for _, l := range p.open() {
		if !l.isDone() {
			tickets = append(tickets, ticket{l.number, l.lot(key)})
		}
	}
	slices.SortFunc(tickets, func(a, b ticket) int {
		return cmp.Or(cmp.Compare(a.drawn, b.drawn), cmp.Compare(a.number, b.number))
	})
	chosen := make(map[uint64]bool) // or not; who is not in it was opened later
	for i, t := range tickets {
		chosen[t.number] = i < share.Of(len(tickets))
	}
	return func(l *link, _ bool) bool {
		if is, wasOpen := chosen[l.number]; wasOpen {
			return is
		}
		return share.Count == 0 && l.lot(key) < share.Percent/100
	}
}

func (l *link) isDone() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.done || l.isOver()
}
