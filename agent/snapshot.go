package agent

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/imbench/imbench/faults"
	"github.com/imbench/imbench/report"
)

// newRunning is the look at the run that those get who watch it.
func (r *run) newRunning() *report.Running {
	planned := report.Run{Groups: r.groupInfos(), Thresholds: r.scenario.Thresholds, TimeScale: r.scenario.TimeScale}
	for _, f := range r.scenario.Faults {
		planned.Faults = append(planned.Faults, report.FaultInfo{Name: f.Name, Kind: string(f.Kind)})
	}
	recorders := []*report.Recorder{r.rec}
	for _, s := range r.shards {
		recorders = append(recorders, s.rec)
	}
	return report.NewRunning(planned, recorders...)
}

// snapshot says how the run stands.
func (c *collector) snapshot(phase string, zero time.Duration, last *report.Second, seconds float64) report.Snapshot {
	r := c.run
	now := r.clock.now()
	s := report.Snapshot{
		Phase: phase, Elapsed: now, Connected: int(last.Connected), Fewest: int(last.FewestConnected()), Clients: len(r.clients),
		SentPerS: float64(last.Sent) / seconds, DeliveredPerS: float64(last.Delivered) / seconds,
		DeliveryP50: fromMillis(last.DeliveryP50Ms), DeliveryP99: fromMillis(last.DeliveryP99Ms),
		DeliveryMax: fromMillis(last.DeliveryMaxMs), LagP99: fromMillis(last.LagP99Ms),
		Generator: c.generator.usage(), Server: c.server.usage(),
		Warnings: r.warned(), Running: r.running,
	}
	s.Late = s.LagP99 > tolerableLag
	for _, shard := range r.shards {
		s.Disconnected += int(shard.disconnects.Load())
		s.Reconnected += int(shard.rec.Sum(report.Reconnects))
	}
	if zero == 0 {
		return s
	}
	s.Elapsed, s.Total = max(0, now-zero), r.scenario.Duration+r.scenario.Drain
	s.UnderWay = c.underWay(s.Elapsed)
	if phase == report.PhaseRunning {
		s.ToCome = c.toCome(s.Elapsed)
	}
	return s
}

func fromMillis(ms float64) time.Duration { return time.Duration(ms * float64(time.Millisecond)) }

// window is a time in which a fault goes on.
type window struct{ from, to time.Duration }

// endless ends a window whose fault stays until its connections' end.
const endless = time.Duration(math.MaxInt64)

// faultWindows are the times in which each fault of the scenario goes on, by
// time. What a flap does once and again is one window.
func (r *run) faultWindows() [][]window {
	windows := make([][]window, len(r.scenario.Faults))
	for _, o := range r.occurrences {
		f, w := r.scenario.Faults[o.Fault], window{o.At, o.At + o.For}
		if o.For == 0 && o.config.Kind.Lasts() {
			w.to = endless
		}
		so := windows[o.Fault]
		if n := len(so); f.Kind == faults.Flap && n > 0 && w.from <= so[n-1].to+f.Up {
			so[n-1].to = w.to
			continue
		}
		windows[o.Fault] = append(so, w)
	}
	return windows
}

// begun is how many of the windows have begun by t.
func begun(windows []window, t time.Duration) int {
	n, _ := slices.BinarySearchFunc(windows, t, func(w window, t time.Duration) int {
		return cmp.Or(cmp.Compare(w.from, t), -1)
	})
	return n
}

// underWay are the faults that go on at t, and those that are over without
// everybody being back.
func (c *collector) underWay(t time.Duration) (all []report.FaultNow) {
	tallies := c.run.running.Faults()
	for i, windows := range c.windows {
		f := c.run.scenario.Faults[i]
		n := begun(windows, t)
		if n == 0 || i >= len(tallies) {
			continue
		}
		tally, w := tallies[i], windows[n-1]
		now := report.FaultNow{
			Name: f.Name, Clients: tally.Clients, NotApplied: tally.NotApplied, Noticed: tally.Detected, Back: tally.Recovered,
		}
		switch {
		case w.to == endless && (f.Inner().Kind.OnPath() || tally.Clients > tally.Detected+tally.Unnoticed):
		case w.to != endless && t < w.to:
			now.Left = w.to - t
		case tally.Detected > tally.Recovered:
			now.Over = true
		default:
			continue
		}
		all = append(all, now)
	}
	return all
}

// toCome are the faults' next times after t.
func (c *collector) toCome(t time.Duration) (all []report.FaultNow) {
	for i, windows := range c.windows {
		if n := begun(windows, t); n < len(windows) {
			all = append(all, report.FaultNow{Name: c.run.scenario.Faults[i].Name, In: windows[n].from - t})
		}
	}
	slices.SortStableFunc(all, func(a, b report.FaultNow) int { return cmp.Compare(a.In, b.In) })
	return all
}
