package report

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	hdr "github.com/HdrHistogram/hdrhistogram-go"
)

// Merge adds results of the same scenario up, be they parts of one run or
// repetitions of it: samples and counts add, seconds of the timeline add by
// their time (so repetitions look like one run of all their clients), and
// thresholds are held against the sums. Associative and commutative, but for
// the last digit of a sum of CPU seconds. Of what cannot add (a seed, a file,
// the first of two quotes) the one that sorts first stands; of memory and
// descriptors the most. The results given are not changed. Results of different
// scenarios or schemas do not merge.
func Merge(results ...*Result) (*Result, error) {
	if len(results) == 0 {
		return nil, errors.New("merge results: there are none")
	}
	first := results[0]
	m := merger{thresholds: first.Thresholds, out: &Result{
		Schema: first.Schema, Scenario: first.Scenario, TimeScale: first.TimeScale, Started: first.Started, Counts: map[string]int64{},
		Groups: map[string]*Group{}, Closes: map[string]int64{},
		Faults: make([]FaultResult, len(first.Faults)),
	}, overall: times{}, groups: map[string]times{}, faults: make([]times, len(first.Faults)), seconds: map[float64]*second{}}
	for i, r := range results {
		if err := m.compatible(r); err != nil {
			return nil, fmt.Errorf("merge results: %w", err)
		}
		if err := m.add(r); err != nil {
			return nil, fmt.Errorf("merge results: no. %d: %w", i+1, err)
		}
	}
	return m.finish()
}

// times are the samples of several metrics, by name.
type times map[string]*Histogram

func (t times) add(name string, s *Stats) error {
	h, err := s.Decode()
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if t[name] == nil {
		t[name] = new(Histogram)
	}
	t[name].Merge(h)
	return nil
}

func (t times) addAll(metrics map[string]*Stats) error {
	for name, s := range metrics {
		if err := t.add(name, s); err != nil {
			return err
		}
	}
	return nil
}

func (t times) stats() map[string]*Stats {
	all := map[string]*Stats{}
	for name, h := range t {
		if h.Count() > 0 {
			all[name] = h.Stats()
		}
	}
	return all
}

// merger is a merge under way.
type merger struct {
	out         *Result
	overall     times
	groups      map[string]times
	faults      []times
	seconds     map[float64]*second // by their number
	protocol    quotes
	connect     quotes
	thresholds  []ThresholdResult
	interrupted bool
}

type second struct {
	Second
	delivery *hdr.Histogram
}

// compatible reports why r cannot be added.
func (m *merger) compatible(r *Result) error {
	o := m.out
	if r.Schema != Schema || o.Schema != Schema {
		return fmt.Errorf("of schema %s and %s; only %s merges", cut(o.Schema), cut(r.Schema), Schema)
	}
	if r.Scenario.Hash != o.Scenario.Hash {
		return fmt.Errorf("of different scenarios: %s (%s) and %s (%s)",
			cut(o.Scenario.Name), cut(o.Scenario.Hash), cut(r.Scenario.Name), cut(r.Scenario.Hash))
	}
	if len(r.Faults) != len(o.Faults) {
		return fmt.Errorf("with %d and %d faults", len(o.Faults), len(r.Faults))
	}
	if !slices.EqualFunc(r.Thresholds, m.thresholds, func(a, b ThresholdResult) bool { return a.Text == b.Text }) {
		return errors.New("held against different thresholds")
	}
	return nil
}

func (m *merger) add(r *Result) error {
	o := m.out
	o.Version = union(o.Version, r.Version)
	o.Scenario = firstScenario(o.Scenario, r.Scenario)
	if r.Started.Before(o.Started) {
		o.Started = r.Started
	}
	o.DurationS, o.ConnectS = max(o.DurationS, r.DurationS), max(o.ConnectS, r.ConnectS)
	o.Failure = union(o.Failure, r.Failure)
	m.interrupted = m.interrupted || r.Verdict == Interrupted
	kinds(o.Counts).merge(r.Counts)
	kinds(o.Closes).merge(r.Closes)
	m.protocol, m.connect = m.protocol.with(r.ProtocolErrors), m.connect.with(r.ConnectErrors)
	o.Worst = addWorst(o.Worst, r.Worst)
	o.Server = addServer(o.Server, r.Server)
	o.Generator = addGenerator(o.Generator, r.Generator)
	o.Warnings = unionOf(o.Warnings, r.Warnings)
	if err := m.overall.addAll(r.Metrics); err != nil {
		return err
	}
	for name, g := range r.Groups {
		if err := m.addGroup(name, g); err != nil {
			return fmt.Errorf("group %s: %w", cut(name), err)
		}
	}
	for i := range r.Faults {
		if err := m.addFault(i, &r.Faults[i]); err != nil {
			return fmt.Errorf("fault %s: %w", cut(r.Faults[i].Name), err)
		}
	}
	return m.addTimeline(r.Timeline)
}

// addTimeline adds what came in each second. Rows end a little late, each run's
// by something else, so they add by the second that they are of.
func (m *merger) addTimeline(rows []Second) error {
	var before *int64 // the fewest online in an earlier row of the same second
	for i := range rows {
		s := rows[i]
		if before != nil {
			fewest := min(*before, s.FewestConnected())
			s.ConnectedMin, before = &fewest, nil
		}
		if i > 0 {
			if err := m.addBetween(&rows[i-1], s); err != nil {
				return err
			}
		}
		if i+1 < len(rows) && rows[i+1].number() == s.number() { // the next stands for it
			before = s.ConnectedMin
			s = s.passed()
		}
		if err := m.addSecond(s); err != nil {
			return fmt.Errorf("second %v of the timeline: %w", s.TS, err)
		}
	}
	return nil
}

// mostLate bounds the seconds that one row stands for, whatever a file says.
const mostLate = 60

// addBetween adds a row's state to the seconds before its own that have none,
// because it ended late: its clients were online in these, too.
func (m *merger) addBetween(before *Second, s Second) error {
	s.Connects, s.Disconnects, s.Sent, s.Delivered, s.LagP99Ms, s.Histogram = 0, 0, 0, 0, 0, ""
	for missing := min(s.number()-before.number()-1, mostLate); missing > 0; missing-- {
		earlier := s
		earlier.TS = s.number() + 1 - missing
		if err := m.addSecond(earlier); err != nil {
			return err
		}
	}
	return nil
}

// passed is s without what was so at its end.
func (s Second) passed() Second {
	s.Connected, s.ConnectedMin, s.ServerCPU, s.GeneratorCPU, s.GeneratorRSS = 0, nil, 0, 0, 0
	return s
}

func (m *merger) addGroup(name string, g *Group) error {
	into := m.out.Groups[name]
	if into == nil {
		into = &Group{Counts: map[string]int64{}, Closes: map[string]int64{}}
		m.out.Groups[name], m.groups[name] = into, times{}
	}
	into.Clients += g.Clients
	kinds(into.Counts).merge(g.Counts)
	kinds(into.Closes).merge(g.Closes)
	return m.groups[name].addAll(g.Metrics)
}

func (m *merger) addFault(i int, f *FaultResult) error {
	into := &m.out.Faults[i]
	if m.faults[i] == nil {
		m.faults[i] = times{}
		*into = FaultResult{
			Name: f.Name, Kind: f.Kind, Text: f.Text, ForS: f.ForS, DetectBound: f.DetectBound,
			Mechanism: map[string]int64{}, Causes: map[string]int64{},
		}
	}
	if f.Name != into.Name {
		return fmt.Errorf("in the place of %s", cut(into.Name))
	}
	into.DetectBound = firstOf(into.DetectBound, f.DetectBound)
	into.AtS = unionOf(into.AtS, f.AtS)
	into.Errors = unionOf(into.Errors, f.Errors)
	kinds(into.Mechanism).merge(f.Mechanism)
	kinds(into.Causes).merge(f.Causes)
	into.Clients += f.Clients
	into.NotApplied += f.NotApplied
	into.Skipped += f.Skipped
	into.Detected += f.Detected
	into.Unnoticed += f.Unnoticed
	into.NeverDetected += f.NeverDetected
	into.Recovered += f.Recovered
	into.NeverRecovered += f.NeverRecovered
	into.Ghosts += f.Ghosts
	into.Storm = addStorm(into.Storm, f.Storm)
	into.Box = addBox(into.Box, f.Box)
	into.Malformed = addMalformed(into.Malformed, f.Malformed)
	into.GhostSurvival = addSurvivals(into.GhostSurvival, f.GhostSurvival)
	t := m.faults[i]
	if f.Storm != nil {
		if err := t.add("storm", f.Storm.Back); err != nil {
			return err
		}
	}
	return errors.Join(t.add("detect", f.Detect), t.add("reconnect", f.Reconnect),
		t.add("outage", f.Outage), t.add("ghost", f.Ghost))
}

func (m *merger) addSecond(s Second) error {
	h, err := decode(s.Histogram, intervalDigits)
	if err != nil {
		return err
	}
	into := m.seconds[s.number()]
	if into == nil {
		into = &second{Second: Second{TS: s.TS}}
		m.seconds[s.number()] = into
	}
	into.TS = max(into.TS, s.TS)
	mergeTimes(&into.delivery, h)
	if s.ConnectedMin != nil || into.ConnectedMin != nil { // at different moments: no more than the sum of them is certain
		fewest := into.FewestConnected() + s.FewestConnected()
		into.ConnectedMin = &fewest
	}
	into.Connected += s.Connected
	into.Connects += s.Connects
	into.Disconnects += s.Disconnects
	into.Sent += s.Sent
	into.Delivered += s.Delivered
	into.LagP99Ms = max(into.LagP99Ms, s.LagP99Ms) // its samples are not kept by the second
	into.ServerCPU += s.ServerCPU
	into.ServerRSS = max(into.ServerRSS, s.ServerRSS)
	into.GeneratorCPU += s.GeneratorCPU
	into.GeneratorRSS += s.GeneratorRSS
	return nil
}

// finish sums up what was added, and gives the verdict.
func (m *merger) finish() (*Result, error) {
	o := m.out
	o.Metrics = m.overall.stats()
	if lag := o.Metrics[Lag.String()]; lag != nil {
		o.Generator.LagP99Ms = lag.P99
	}
	for name, g := range o.Groups {
		g.Metrics = m.groups[name].stats()
	}
	for i := range o.Faults {
		f, t := &o.Faults[i], m.faults[i]
		f.Detect, f.Reconnect, f.Outage, f.Ghost = t["detect"].Stats(), t["reconnect"].Stats(), t["outage"].Stats(), t["ghost"].Stats()
		if f.Storm != nil {
			storm := *f.Storm // it may be a result's own
			storm.Back = t["storm"].Stats()
			storm.readBack()
			f.Storm = &storm
		}
	}
	o.ProtocolErrors, o.ConnectErrors = m.protocol.list(), m.connect.list()
	for _, number := range slices.Sorted(maps.Keys(m.seconds)) {
		s := m.seconds[number]
		s.setDelivery(s.delivery)
		o.Timeline = append(o.Timeline, s.Second)
	}
	o.complete()
	var parsed []Threshold
	for _, t := range m.thresholds {
		p, err := parseThreshold(t.Text)
		if err != nil {
			return nil, fmt.Errorf("merge results: %w", err)
		}
		parsed = append(parsed, p)
	}
	o.conclude(parsed, m.interrupted)
	return o, nil
}

// with adds quotes of a result; on nil it starts anew.
func (q quotes) with(all []Quote) quotes {
	from := quotes{}
	for _, one := range all {
		from.merge(quotes{one.Kind: &one})
	}
	if q == nil {
		q = quotes{}
	}
	q.merge(from)
	return q
}

func firstScenario(a, b ScenarioInfo) ScenarioInfo {
	a.Name, a.File, a.Target = firstOf(a.Name, b.Name), firstOf(a.File, b.File), firstOf(a.Target, b.Target)
	a.Protocol, a.Summary, a.YAML = firstOf(a.Protocol, b.Protocol), firstOf(a.Summary, b.Summary), firstOf(a.YAML, b.YAML)
	a.Seed, a.Clients, a.DurationS = min(a.Seed, b.Seed), max(a.Clients, b.Clients), max(a.DurationS, b.DurationS)
	return a
}

// addWorst adds by client. All that are named stay, so that the order of
// merging makes no difference: ten for each result at most.
func addWorst(a, b []ClientLoss) []ClientLoss {
	by := map[int]ClientLoss{}
	for _, c := range slices.Concat(a, b) {
		sum := by[c.Client]
		by[c.Client] = ClientLoss{Client: c.Client, Lost: sum.Lost + c.Lost, Expected: sum.Expected + c.Expected}
	}
	return slices.SortedFunc(maps.Values(by), func(a, b ClientLoss) int {
		return cmp.Or(cmp.Compare(b.Lost, a.Lost), cmp.Compare(a.Client, b.Client))
	})
}

func addServer(a, b *Server) *Server {
	if b == nil {
		return a
	}
	if a == nil {
		a = &Server{}
	}
	return &Server{
		CPUS: a.CPUS + b.CPUS, RSSMaxBytes: max(a.RSSMaxBytes, b.RSSMaxBytes), FDsMax: max(a.FDsMax, b.FDsMax),
		Restarts: a.Restarts + b.Restarts, Exit: union(a.Exit, b.Exit),
	}
}

func addGenerator(a, b Generator) Generator {
	return Generator{
		CPUS: a.CPUS + b.CPUS, RSSMaxBytes: max(a.RSSMaxBytes, b.RSSMaxBytes), FDsMax: max(a.FDsMax, b.FDsMax),
		LagP99Ms: max(a.LagP99Ms, b.LagP99Ms), GCPauseMs: max(a.GCPauseMs, b.GCPauseMs), Cores: max(a.Cores, b.Cores),
		Machine: sameMachine(a.Machine, b.Machine), Limits: unionOf(a.Limits, b.Limits),
	}
}

// sameMachine is the one that sorts first, so that merging has no order.
func sameMachine(a, b *Machine) *Machine {
	if a == nil || b != nil && fmt.Sprint(*b) < fmt.Sprint(*a) {
		return b
	}
	return a
}

// union joins texts that differ.
func union(a, b string) string {
	const and = " + "
	var all []string
	for _, s := range append(strings.Split(a, and), strings.Split(b, and)...) {
		if s != "" {
			all = append(all, s)
		}
	}
	return strings.Join(unionOf(all, nil), and)
}

// unionOf returns what is in a or b, sorted, each once.
func unionOf[T cmp.Ordered](a, b []T) []T {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}
