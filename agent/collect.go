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
	windows [][]window    // of each fault

	// Of collect's goroutine, until it has ended:
	generator, server gauge
	last              report.Interval // of the last row
	lastFrom          time.Duration
}

func newCollector(r *run) *collector {
	c := &collector{run: r, phase: report.PhaseConnecting, begun: make(chan struct{}), windows: r.faultWindows()}
	now := r.clock.now()
	self, err := vitals.Self()
	c.generator.watch(now, self, err)
	if p := r.target.process; p != nil { // what it used before is not the run's doing
		c.server.pid = p.PID()
		server, err := vitals.Watch(int32(c.server.pid))
		c.server.watch(now, server, err)
	}
	return c
}

func (c *collector) begin(zero time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.zero, c.phase = zero, report.PhaseRunning
	close(c.begun)
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
	return c.zero + (last - c.zero + soon).Truncate(time.Second) + time.Second
}

// shortRow is the least time that makes a row of its own: in less, a process's
// CPU time, which comes in steps of 10 ms, says nothing.
const shortRow = 300 * time.Millisecond

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
	c.mu.Lock()
	phase, zero := c.phase, c.zero
	short := to-from < shortRow && len(c.seconds) > 0 && (zero == 0 || from > zero)
	if short { // goes to the row before
		i.Add(c.last)
		from = c.lastFrom
	}
	c.mu.Unlock()
	second := i.Second(to.Seconds())
	online, fewest := c.run.online.look()
	c.last, c.lastFrom = i, from
	c.lookAtProcesses(&second, to)
	c.mu.Lock()
	if short {
		before := c.seconds[len(c.seconds)-1]
		fewest = min(fewest, before.FewestConnected())
		c.seconds = c.seconds[:len(c.seconds)-1]
	}
	second.Connected, second.ConnectedMin = online, &fewest
	c.seconds = append(c.seconds, second)
	c.mu.Unlock()
	if c.run.options.Progress != nil && to > from {
		c.run.options.Progress(c.snapshot(phase, zero, &second, (to - from).Seconds()))
	}
}

func (c *collector) lookAtProcesses(second *report.Second, now time.Duration) {
	second.GeneratorCPU = c.generator.look(now)
	second.GeneratorRSS = c.generator.rss
	if p := c.run.target.process; p != nil {
		c.server.follow(p.PID())
		second.ServerCPU = c.server.look(now)
		second.ServerRSS = c.server.rss
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
	lastAt  time.Duration // of last
	cores   float64       // at the last look
	cpu     time.Duration // in all, over restarts, since it was first looked at
	rss     int64         // at the last look
	rssMax  int64
	fdsMax  int64
}

// usage is what the process used when it was last looked at.
func (g *gauge) usage() report.Usage {
	return report.Usage{CPU: g.cpu, Cores: g.cores, RSS: g.rss}
}

func (g *gauge) watch(now time.Duration, p *vitals.Process, err error) {
	if err != nil { // without it the figures stay away
		return
	}
	g.process, g.lastAt = p, now
	g.last, _ = p.Sample()
}

// follow watches pid from now on, if it does not yet.
func (g *gauge) follow(pid int) {
	if pid == g.pid || pid <= 0 {
		return
	}
	g.pid, g.process, g.last, g.cores = pid, nil, vitals.Sample{}, 0
	p, err := vitals.Watch(int32(pid))
	if err == nil {
		g.process = p
	}
}

// look takes a sample and returns how many cores were in use since the last
// one. Looked at again too soon, it says what it said before.
func (g *gauge) look(now time.Duration) float64 {
	if g.process == nil || g.lastAt > 0 && now-g.lastAt < shortRow {
		return g.cores
	}
	s, err := g.process.Sample()
	if err != nil { // it is gone, or going
		return 0
	}
	used := max(0, s.CPU-g.last.CPU)
	g.cores = used.Seconds() / (now - g.lastAt).Seconds()
	g.last, g.lastAt = s, now
	g.cpu += used
	g.rss = s.RSS
	g.rssMax = max(g.rssMax, s.RSS)
	g.fdsMax = max(g.fdsMax, int64(s.FDs))
	return g.cores
}
