package telemetry

import (
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/imbench/imbench/report"
)

// Run says which run the metrics are of.
type Run struct {
	Name, Hash, Protocol string
	Seed                 uint64
}

// Metrics are those of one run at a time. Safe for concurrent use.
type Metrics struct {
	registry *prometheus.Registry
	descs    map[string]*prometheus.Desc
	version  string

	mu   sync.Mutex
	run  state
	asks sync.Mutex // one at a time
}

// state is what is known of the run.
type state struct {
	Run
	begun    time.Time // zero before the first run
	snapshot report.Snapshot
	standing *report.Standing
	looked   time.Time // at the standing
}

// PhaseOver is the phase of a run whose result is there.
const PhaseOver = "over"

// New returns the metrics of no run yet.
func New(version string) *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry(), descs: map[string]*prometheus.Desc{}, version: version}
	for _, f := range families() {
		m.descs[f.name] = f.desc()
	}
	m.registry.MustRegister(m)
	return m
}

// Begin forgets the run before, and begins another.
func (m *Metrics) Begin(r Run) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.run = state{Run: r, begun: time.Now(), snapshot: report.Snapshot{Phase: report.PhaseConnecting}}
}

// Update takes note of how the run stands.
func (m *Metrics) Update(s report.Snapshot) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.run.snapshot = s
}

// Finish takes note of how the run ended. It is an error when the result's
// histograms cannot be read.
func (m *Metrics) Finish(r *report.Result) error {
	s, err := r.Standing(Bounds())
	if err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.run.standing = s
	m.run.snapshot.Phase = PhaseOver
	m.run.snapshot.UnderWay, m.run.snapshot.Running = nil, nil
	return nil
}

// Gatherer is where the metrics come from.
func (m *Metrics) Gatherer() prometheus.Gatherer { return m.registry }

// Describe implements prometheus.Collector.
func (m *Metrics) Describe(to chan<- *prometheus.Desc) {
	for _, d := range m.descs {
		to <- d
	}
}

// lookEvery is how often the recorders are looked at, at most.
const lookEvery = time.Second

// look returns what is known of the run, after looking again if that is due.
func (m *Metrics) look() state {
	m.asks.Lock()
	defer m.asks.Unlock()
	m.mu.Lock()
	now := m.run
	m.mu.Unlock()
	if now.snapshot.Running == nil || time.Since(now.looked) < lookEvery {
		return now
	}
	// Without the lock: the run goes on while this takes its milliseconds.
	standing := now.snapshot.Running.Standing(Bounds())
	m.mu.Lock()
	defer m.mu.Unlock()
	if standing != nil && m.run.begun.Equal(now.begun) && m.run.snapshot.Phase != PhaseOver {
		m.run.standing, m.run.looked = standing, time.Now()
	}
	return m.run
}

// Collect implements prometheus.Collector.
func (m *Metrics) Collect(to chan<- prometheus.Metric) {
	e := export{to: to, descs: m.descs}
	e.number(buildInfo, 1, m.version)
	s := m.look()
	if s.begun.IsZero() {
		return
	}
	e.begun = s.begun
	e.snapshot(s)
	if s.standing != nil {
		e.standing(s.standing)
	}
	e.faultsUnderWay(s)
}

// export hands metrics over.
type export struct {
	to    chan<- prometheus.Metric
	descs map[string]*prometheus.Desc
	begun time.Time // when counters began to count
}

// number hands over one number of a family.
func (e export) number(f family, v float64, labels ...string) {
	if f.kind == prometheus.CounterValue {
		e.to <- prometheus.MustNewConstMetricWithCreatedTimestamp(e.descs[f.name], f.kind, v, e.begun, labels...)
		return
	}
	e.to <- prometheus.MustNewConstMetric(e.descs[f.name], f.kind, v, labels...)
}

// times hands over the times of a family.
func (e export) times(f family, b report.Buckets, labels ...string) {
	buckets := map[float64]uint64{}
	for i, bound := range Bounds() {
		buckets[bound.Seconds()] = uint64(b.UpTo[i])
	}
	e.to <- prometheus.MustNewConstHistogramWithCreatedTimestamp(e.descs[f.name], uint64(b.Count), b.Sum.Seconds(), buckets, e.begun, labels...)
}

// snapshot hands over what is known every second.
func (e export) snapshot(r state) {
	s := r.snapshot
	e.number(scenarioInfo, 1, label(r.Name), strconv.FormatUint(r.Seed, 10), label(r.Hash), label(r.Protocol))
	for _, p := range []string{report.PhaseConnecting, report.PhaseRunning, report.PhaseDraining, PhaseOver} {
		e.number(phase, oneIf(p == s.Phase), p)
	}
	e.number(elapsed, s.Elapsed.Seconds())
	e.number(planned, s.Total.Seconds())
	e.number(clients, float64(s.Connected), "connected")
	e.number(clients, float64(s.Clients-s.Connected), "offline")
	e.number(warnings, float64(len(s.Warnings)))
	if s.Server.RSS > 0 {
		e.number(serverCPU, s.Server.CPU.Seconds())
		e.number(serverRSS, float64(s.Server.RSS))
	}
	if s.Generator.RSS > 0 {
		e.number(generatorCPU, s.Generator.CPU.Seconds())
		e.number(generatorRSS, float64(s.Generator.RSS))
	}
}

func oneIf(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

// standing hands over what the recorders hold.
func (e export) standing(s *report.Standing) {
	for _, g := range boundGroups(s.Groups) {
		for c := range report.NumCounts {
			if s.Over || !c.AtEnd() {
				e.number(counter(c), float64(g.Counts[c]), g.Name)
			}
		}
		for t := range report.NumMetrics {
			if s.Over || !t.AtEnd() {
				e.times(histogram(t), g.Times[t], g.Name)
			}
		}
	}
	for _, f := range boundFaults(s.Faults) {
		e.number(faultClients, float64(f.Clients), f.Name)
		e.number(faultNotApplied, float64(f.NotApplied), f.Name)
		e.number(faultSkipped, float64(f.Skipped), f.Name)
		e.number(faultDetected, float64(f.Detected), f.Name)
		e.number(faultUnnoticed, float64(f.Unnoticed), f.Name)
		e.number(faultRecovered, float64(f.Recovered), f.Name)
		if s.Over {
			e.number(faultGhosts, float64(f.Ghosts), f.Name)
		}
	}
	for _, t := range boundThresholds(s.Thresholds) {
		if t.Value != nil {
			e.number(thresholdValue, valueOf(t), t.Text)
		}
		if t.Verdict == report.Passed || t.Verdict == report.Failed {
			e.number(thresholdOK, oneIf(t.Verdict == report.Passed), t.Text)
		}
	}
}

// faultsUnderWay says of each fault whether it goes on.
func (e export) faultsUnderWay(r state) {
	if r.standing == nil {
		return
	}
	on := map[string]bool{}
	for _, f := range r.snapshot.UnderWay {
		on[label(f.Name)] = !f.Over
	}
	for _, f := range boundFaults(r.standing.Faults) {
		e.number(faultUnderWay, oneIf(on[f.Name]), f.Name, f.Kind)
	}
}

// valueOf is a threshold's value in the unit that Prometheus uses.
func valueOf(t report.ThresholdResult) float64 {
	if t.Unit == "ms" {
		return *t.Value / 1000
	}
	return *t.Value
}
