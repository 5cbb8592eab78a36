package report

import (
	"fmt"
	"slices"
	"time"
)

// Run is everything that a finished run is judged by.
type Run struct {
	Version    string
	Scenario   ScenarioInfo
	Started    time.Time
	Duration   time.Duration // second 0 to the end of the drain
	Groups     []GroupInfo   // in the recorder's order
	Faults     []FaultInfo   // the same
	Thresholds []Threshold
	Timeline   []Second
	Server     *Server // nil when it was not watched
	Generator  Generator
	Warnings   []string

	Recorder    *Recorder // all shards', merged
	Judgement   Judgement // the zero one if there was no traffic
	Interrupted bool
	Failure     string        // why the run could not be made, or not to its end; "" when it could
	ConnectTook time.Duration // the first dial to the last client ready
	TimeScale   float64       // the run's clock ÷ the story's; 0 is 1
}

// GroupInfo is a group as it was planned.
type GroupInfo struct {
	Name    string
	Clients int
}

// FaultInfo is a fault as it was planned, and when it was applied.
type FaultInfo struct {
	Name, Kind, Text string
	AtS              []float64
	ForS             float64
	DetectBound      string
	Box              *Box       // idle_expiry: what is planned of it
	GhostSurvival    []Survival // as Result has it
}

// Build sums a run up, holds it against its thresholds and gives the verdict.
// It keeps run's slices. The recorder must have come to rest.
func Build(run Run) *Result {
	r := &Result{
		Schema: Schema, Version: run.Version, Scenario: run.Scenario,
		Started: run.Started, DurationS: run.Duration.Seconds(),
		Metrics: map[string]*Stats{}, Counts: map[string]int64{}, Rates: map[string]float64{},
		Faults: make([]FaultResult, len(run.Faults)), Groups: map[string]*Group{}, Closes: map[string]int64{},
		Timeline: run.Timeline, Server: run.Server, Generator: run.Generator, Warnings: slices.Clone(run.Warnings),
		Worst: run.Judgement.Worst,
	}
	if run.TimeScale != 1 {
		r.TimeScale = run.TimeScale
	}
	run.Recorder.mu.Lock()
	defer run.Recorder.mu.Unlock()
	r.addGroups(run)
	for i, f := range run.Faults {
		r.Faults[i] = run.Recorder.faults[i].result(f)
	}
	r.ProtocolErrors, r.ConnectErrors = run.Recorder.protocol.list(), run.Recorder.connect.list()
	if lag := r.Metrics[Lag.String()]; lag != nil {
		r.Generator.LagP99Ms = lag.P99
	}
	r.complete()
	r.ConnectS = run.ConnectTook.Seconds()
	r.Failure = run.Failure
	r.conclude(run.Thresholds, run.Interrupted)
	return r
}

// addGroups fills in each group's figures, and their sums.
func (r *Result) addGroups(run Run) {
	var overall [NumMetrics]Histogram
	for i, info := range run.Groups {
		from := &run.Recorder.groups[i]
		g := &Group{Clients: info.Clients, Metrics: map[string]*Stats{}, Counts: map[string]int64{}, Closes: map[string]int64{}}
		for m := range NumMetrics {
			overall[m].Merge(&from.times[m])
			if from.times[m].Count() > 0 {
				g.Metrics[m.String()] = from.times[m].Stats()
			}
		}
		tally := Tally{}
		if i < len(run.Judgement.Groups) {
			tally = run.Judgement.Groups[i]
		}
		counts := from.counts
		if received := counts[Delivered] + counts[Recovered]; received != tally.Delivered+tally.Recovered {
			r.Warnings = append(r.Warnings, fmt.Sprintf("Group %s: %d receipts were recorded while the ledger has %d; the ledger's figures stand.",
				info.Name, received, tally.Delivered+tally.Recovered))
		}
		tally.put(&counts)
		for c := range NumCounts {
			g.Counts[c.String()] = counts[c]
			r.Counts[c.String()] += counts[c]
		}
		kinds(g.Closes).merge(from.closes)
		kinds(r.Closes).merge(from.closes)
		r.Groups[info.Name] = g
	}
	for m := range NumMetrics {
		if overall[m].Count() > 0 {
			r.Metrics[m.String()] = overall[m].Stats()
		}
	}
}

// put sets the counts that the ledger, not the recorder, has the last word on.
func (t Tally) put(counts *[NumCounts]int64) {
	counts[Expected], counts[Delivered], counts[Recovered] = t.Expected, t.Delivered, t.Recovered
	counts[Missed], counts[Lost], counts[Indeterminate] = t.Missed, t.Lost, t.Indeterminate
	counts[AckedLost] = t.AckedLost
}

// result is the fault's story in the result's form.
func (f *faultTally) result(info FaultInfo) FaultResult {
	return FaultResult{
		Name: info.Name, Kind: info.Kind, Text: info.Text,
		AtS: info.AtS, ForS: info.ForS, DetectBound: info.DetectBound,
		Mechanism: f.mechanism, Causes: f.causes, Errors: f.reasons.names(),
		Clients: f.clients, NotApplied: f.notApplied, Skipped: f.skipped,
		Detected: f.detected, Unnoticed: f.unnoticed, NeverDetected: f.neverDetected,
		Recovered: f.recovered, NeverRecovered: f.neverRecovered, Ghosts: f.ghosts,
		Detect: f.detect.Stats(), Reconnect: f.reconnect.Stats(), Outage: f.outage.Stats(), Ghost: f.ghostFor.Stats(),
		Storm: f.storm.result(), Box: f.box.result(info.Box), Malformed: f.malformed.list(),
		GhostSurvival: info.GhostSurvival,
	}
}

// complete fills in what follows from the counts, and makes empty lists of
// missing ones, so that every result has the same form.
func (r *Result) complete() {
	r.Rates = ratesOf(r.Counts)
	r.Reasons = orEmpty(r.Reasons)
	r.Thresholds = orEmpty(r.Thresholds)
	r.Faults = orEmpty(r.Faults)
	r.Timeline = orEmpty(r.Timeline)
	r.Warnings = orEmpty(r.Warnings)
	r.Generator.Limits = orEmpty(r.Generator.Limits)
	for i := range r.Faults {
		r.Faults[i].AtS = orEmpty(r.Faults[i].AtS)
	}
}

func orEmpty[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

// ratesOf returns reach and loss; none when nothing was expected.
func ratesOf(counts map[string]int64) map[string]float64 {
	expected := float64(counts[Expected.String()])
	if expected == 0 {
		return map[string]float64{}
	}
	return map[string]float64{
		"reach": float64(counts[Delivered.String()]) / expected,
		"loss":  float64(counts[Lost.String()]) / expected,
	}
}
