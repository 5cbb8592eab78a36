package agent

import (
	"context"
	"sync"
	"time"

	"github.com/imbench/imbench/internal/vitals"
	"github.com/imbench/imbench/report"
)

// collector looks at everything once a second: it makes the timeline, watches
// the processes, and says how the run is going.
type collector struct {
	run *run

	mu      sync.Mutex
	seconds []report.Second
	phase   string
	zero    time.Duration // 0 until second 0 is known
	begun   chan struct{} // closed then
	ended   bool
	left    int64 // connected at the end of the run

	generator, server gauge // of collect's goroutine, until it has ended
}

func newCollector(r *run) *collector {
	c := &collector{run: r, phase: report.PhaseConnecting, begun: make(chan struct{})}
	c.generator.watch(vitals.Self())
	if p := r.target.process; p != nil { // what it used before is not the run's doing
		c.server.pid = p.PID()
		c.server.watch(vitals.Watch(int32(c.server.pid)))
	}
	return c
}

func (c *collector) begin(zero time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.zero, c.phase = zero, report.PhaseRunning
	close(c.begun)
}

// end keeps how many clients are connected, before they are made to leave.
func (c *collector) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.left, c.ended = c.run.onlineNow(), true
}

func (c *collector) drain() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.phase = report.PhaseDraining
}

// collect makes a row each second, on the beat of second 0 once that is known,
// and a last one of what is left when ctx ends.
func (c *collector) collect(ctx context.Context) {
	clock := c.run.clock
	timer := time.NewTimer(time.Second)
	defer timer.Stop()
	begun := c.begun
	for last := clock.now(); ; {
		timer.Reset(clock.until(c.nextRow(last)))
		select {
		case <-timer.C:
		case <-begun:
			begun = nil
		case <-ctx.Done():
			c.row(last, clock.now())
			return
		}
		now := clock.now()
		c.row(last, now)
		last = now
	}
}

// nextRow is when the row that begins at last ends.
func (c *collector) nextRow(last time.Duration) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.zero == 0:
		return last + time.Second
	case last < c.zero:
		return c.zero
	}
	const soon = 100 * time.Millisecond // a timer's lateness does not make a row of its own
	return c.zero + (last-c.zero+soon)/time.Second*time.Second + time.Second
}

// row takes what came between two times.
func (c *collector) row(from, to time.Duration) {
	var i report.Interval
	for n, s := range c.run.shards {
		if n == 0 {
			i = s.rec.Tick()
			continue
		}
		i.Add(s.rec.Tick())
	}
	second := i.Second(to.Seconds())
	second.Connected = c.run.onlineNow()
	second.GeneratorCPU = c.generator.look(from, to)
	second.GeneratorRSS = c.generator.rss
	if p := c.run.target.process; p != nil {
		c.server.follow(p.PID())
		second.ServerCPU = c.server.look(from, to)
		second.ServerRSS = c.server.rss
	}
	c.mu.Lock()
	if c.ended { // by now they have left in order
		second.Connected = c.left
	}
	c.seconds = append(c.seconds, second)
	phase, zero := c.phase, c.zero
	c.mu.Unlock()
	if c.run.options.Progress != nil && to > from {
		c.run.options.Progress(c.run.snapshot(phase, zero, second, (to - from).Seconds()))
	}
}

// timeline returns the rows with second 0 where it belongs.
func (c *collector) timeline() []report.Second {
	c.mu.Lock()
	defer c.mu.Unlock()
	zero := c.zero.Seconds()
	for i := range c.seconds {
		c.seconds[i].TS = roundMillis(c.seconds[i].TS - zero)
	}
	return c.seconds
}

func roundMillis(s float64) float64 {
	d := time.Duration(s * float64(time.Second)).Round(time.Millisecond)
	return d.Seconds()
}

// gauge follows what a process uses, also over restarts.
type gauge struct {
	pid     int
	process *vitals.Process
	last    vitals.Sample
	cpu     time.Duration // in all, over restarts, since it was first looked at
	rss     int64         // at the last look
	rssMax  int64
	fdsMax  int64
}

func (g *gauge) watch(p *vitals.Process, err error) {
	if err != nil { // without it the figures stay away
		return
	}
	g.process = p
	g.last, _ = p.Sample()
}

// follow watches pid from now on, if it does not yet.
func (g *gauge) follow(pid int) {
	if pid == g.pid || pid <= 0 {
		return
	}
	g.pid, g.process, g.last = pid, nil, vitals.Sample{}
	p, err := vitals.Watch(int32(pid))
	if err == nil {
		g.process = p
	}
}

// look takes a sample and returns how many cores were used in between.
func (g *gauge) look(from, to time.Duration) float64 {
	if g.process == nil || to <= from {
		return 0
	}
	s, err := g.process.Sample()
	if err != nil { // it is gone, or going
		return 0
	}
	used := max(0, s.CPU-g.last.CPU)
	g.last = s
	g.cpu += used
	g.rss = s.RSS
	g.rssMax = max(g.rssMax, s.RSS)
	g.fdsMax = max(g.fdsMax, int64(s.FDs))
	return used.Seconds() / (to - from).Seconds()
}
