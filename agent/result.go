package agent

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/imbench/imbench/faults"
	"github.com/imbench/imbench/internal/unit"
	"github.com/imbench/imbench/internal/vitals"
	"github.com/imbench/imbench/report"
	"github.com/imbench/imbench/scenario"
)

// outcome is what a run came to, before it is summed up.
type outcome struct {
	started     time.Time
	end         time.Duration
	interrupted bool
	err         error
	collector   *collector
	judgement   report.Judgement
	generator   report.Generator
	server      *report.Server
}

// settle closes every story that is still open at the end of the run. Nothing
// moves any more.
func (r *run) settle(out *outcome) {
	r.survivals = r.ghosts.settle(out.end)
	for _, c := range r.clients {
		c.settle(out.end)
		if !c.everReady {
			c.shard.rec.Add(report.NeverReady, int(c.group), 1)
		}
	}
	for _, s := range r.shards {
		r.rec.Merge(s.rec)
	}
	if r.zero > 0 {
		l := losses{run: r, at: out.end}
		out.judgement = r.ledger.Judge(report.Evidence{
			Inbox: func(i int) *report.Inbox { return &r.clients[i].inbox },
			Downs: func(i int) []report.Down { return r.clients[i].downs },
			Group: func(i int) int { return int(r.clients[i].group) },
			Wait:  r.scenario.Drain + r.longestLag() + r.longestWay(), End: out.end,
			Lost: l.add,
		})
		l.end()
	}
	out.generator = r.generator(out.collector)
	out.server = r.server(out.collector)
}

// longestLag is added to how long a message is waited for: it counts from the
// intended send, and a late message must not be held against a server that was
// gone when it left.
func (r *run) longestLag() time.Duration {
	lag, _ := r.rec.Quantile(report.Lag, 1)
	return lag
}

// longestWay is added, too: what a fault delays, by how much it is meant to. A
// message on a slow path may find its receiver gone that was there when it left.
func (r *run) longestWay() (delay time.Duration) {
	for _, f := range r.scenario.Faults {
		up, down := f.Shapes()
		delay += up.Delay + up.Jitter + down.Delay + down.Jitter
	}
	return delay
}

// wasDue reports whether any message was sent to where c listens at or after
// since.
func (r *run) wasDue(c *client, since time.Duration) bool {
	for _, s := range r.shards {
		last := &s.lastSent[r.listensTo(c)]
		at := last.notBy(c.id)
		if r.to == report.ToSelf || r.wire.traits.Echo {
			at = time.Duration(last.at.Load())
		}
		if at > 0 && at >= since {
			return true
		}
	}
	return false
}

// listensTo is the destination whose messages c receives.
func (r *run) listensTo(c *client) int {
	switch r.to {
	case report.ToRoom:
		return r.plan.RoomOf(int(c.id))
	case report.ToAll:
		return 0
	}
	return int(c.id)
}

// tolerableLag is how late sends may leave before the generator calls itself
// the bottleneck: its 99th percentile.
const tolerableLag = 10 * time.Millisecond

// generator judges imbench itself.
func (r *run) generator(c *collector) report.Generator {
	g := report.Generator{
		CPUS: c.generator.cpu.Seconds(), RSSMaxBytes: c.generator.rssMax, FDsMax: c.generator.fdsMax,
		Cores: runtime.GOMAXPROCS(0), GCPauseMs: unit.Millis(longestPause()), Machine: thisMachine(),
	}
	if lag, n := r.rec.Quantile(report.Lag, 0.99); n > 0 && lag > tolerableLag {
		g.Limits = append(g.Limits, fmt.Sprintf("sends left late: lag.p99 was %s, %d ms is tolerable", report.Millis(unit.Millis(lag)), tolerableLag.Milliseconds()))
	}
	if planned, late := r.lateSends(); late > max(1, planned/1000) { // one may have been due in the last moment
		g.Limits = append(g.Limits, fmt.Sprintf("%d of %d planned messages had not left when the traffic ended", late, planned))
	}
	for _, q := range r.rec.ConnectErrors() {
		if q.Kind == noDescriptors || q.Kind == noAddresses {
			g.Limits = append(g.Limits, fmt.Sprintf("%s: %d dials failed", q.Kind, q.Count))
		}
	}
	return g
}

// thisMachine is where imbench runs; nil when the system does not tell.
func thisMachine() *report.Machine {
	m, err := vitals.ThisMachine()
	if err != nil {
		return nil
	}
	return &report.Machine{OS: m.OS, Arch: runtime.GOARCH, CPU: m.CPU, Cores: m.Cores, MemoryBytes: m.Memory, Kernel: m.Kernel}
}

// lateSends counts what was still to be sent when the traffic ended.
func (r *run) lateSends() (planned, late int64) {
	for _, s := range r.shards {
		late += s.late
	}
	return r.rec.Sum(report.Planned), late
}

// longestPause is the longest time that the garbage collector stopped imbench
// for, of the last 256.
func longestPause() time.Duration {
	stats := debug.GCStats{PauseQuantiles: make([]time.Duration, 2)} // shortest and longest
	debug.ReadGCStats(&stats)
	return stats.PauseQuantiles[1]
}

func (r *run) server(c *collector) *report.Server {
	if r.target == nil || r.target.process == nil {
		return nil
	}
	s := &report.Server{
		CPUS: c.server.cpu.Seconds(), RSSMaxBytes: c.server.rssMax, FDsMax: c.server.fdsMax,
		Restarts: int64(r.target.process.Restarts()),
	}
	select {
	case <-r.target.process.Died():
		s.Exit = r.target.process.Exit()
	default:
	}
	return s
}

// result sums the run up.
func (r *run) result(out outcome) *report.Result {
	s := r.scenario
	sum := report.Run{
		Version: r.options.Version, Started: out.started, Recorder: r.rec, Judgement: out.judgement,
		Thresholds: s.Thresholds, Generator: out.generator, Server: out.server, Warnings: r.warnings,
		Interrupted: out.interrupted, Scenario: r.scenarioInfo(), TimeScale: s.TimeScale,
	}
	if out.err != nil {
		sum.Failure = r.redact(out.err.Error())
	}
	if r.zero > 0 {
		sum.Duration = out.end - r.zero
	}
	if out.collector != nil {
		sum.Timeline = out.collector.timeline()
		sum.ConnectTook = r.connectTook
	}
	sum.Groups = r.groupInfos()
	for i, f := range s.Faults {
		sum.Faults = append(sum.Faults, r.faultInfo(i, f, sum.Duration))
	}
	result := report.Build(sum)
	result.LookAt = r.lookAt(result)
	return result
}

func (r *run) groupInfos() (all []report.GroupInfo) {
	for _, g := range r.groups {
		all = append(all, report.GroupInfo{Name: g.Name, Clients: g.Count})
	}
	return all
}

func (r *run) scenarioInfo() report.ScenarioInfo {
	s := r.scenario
	info := report.ScenarioInfo{
		Name: s.Name, Hash: s.Hash, Seed: s.Seed, File: s.File, Protocol: s.Target.Preset,
		Clients: r.plan.Clients(), Summary: s.Summary(), DurationS: s.Duration.Seconds(), Set: s.Set,
		Target: "the reference server",
	}
	if s.Target.URL != "" {
		info.Target = s.Redacted().Target.URL
	}
	if yaml, err := scenario.Marshal(s); err == nil { // too long to be read again: not kept
		info.YAML = string(yaml)
	}
	return info
}

func (r *run) faultInfo(i int, f faults.Config, lasted time.Duration) report.FaultInfo {
	info := report.FaultInfo{Name: f.Name, Kind: string(f.Kind), Text: f.String(), ForS: f.For.Seconds()}
	for _, o := range r.occurrences {
		if o.Fault == i && o.At <= lasted {
			info.AtS = append(info.AtS, o.At.Seconds())
		}
	}
	info.Box = r.boxInfo(f)
	if i < len(r.survivals) {
		info.GhostSurvival = r.survivals[i]
	}
	switch kind := f.Inner().Kind; {
	case kind == faults.Silence, kind == faults.ServerFreeze, kind == faults.SlowConsumer,
		kind == faults.IdleExpiry && f.Expiry == faults.ExpireSilent:
		info.DetectBound = r.detectBound(f.Group)
	}
	return info
}

// detectBound words what the heartbeats of a group, or of all, imply for how
// long a silence goes unnoticed.
func (r *run) detectBound(group string) string {
	var shortest, longest time.Duration
	for i, g := range r.groups {
		if group != "" && g.Name != group {
			continue
		}
		lo, hi, ok := g.DetectBound()
		if !ok {
			return ""
		}
		if i == 0 || longest == 0 || lo < shortest {
			shortest = lo
		}
		longest = max(longest, hi)
	}
	return fmt.Sprintf("%s..%s", shortest, longest)
}
