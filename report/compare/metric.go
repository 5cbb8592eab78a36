package compare

import (
	"fmt"
	"slices"

	"github.com/imbench/imbench/report"
)

// Unit is what a metric's values are in.
type Unit string

// The units. Of a Share the change is told in points, of a Count that may be 0
// in numbers, of all others as a part of the base.
const (
	Millis  Unit = "ms"
	Seconds Unit = "s"
	Bytes   Unit = "bytes"
	Count   Unit = "count"
	Share   Unit = "share"
)

// Better is the direction in which a metric gets better.
type Better string

// The directions. Neither is for what says how much was asked of a build, not
// how well it did.
const (
	Lower   Better = "lower"
	Higher  Better = "higher"
	Neither Better = "neither"
)

// metric is one thing that runs are compared by.
type metric struct {
	name     string
	unit     Unit
	better   Better
	headline bool // among those judged together, that decide
	of       func(*report.Result) (value, bool)
}

// value is what one run came to. atLeast: it is a lower bound; never: the run
// ended before there was one.
type value struct {
	v              float64
	atLeast, never bool
}

// Headline lists the metrics that decide about a comparison for which nothing
// else was asked: how late messages are, what became of them, how clients get
// in and back, and what it costs the server. Those that are the same in all
// runs cost the others nothing.
func Headline() []string {
	return []string{
		"delivery.p50", "delivery.p99", "connect.p50", "reconnect.p99", "outage.p99", "ghost.p99",
		"reach", "lost", "duplicated", "reordered", "unexpected", "acked_lost",
		"never_ready", "never_recovered", "false_disconnects", "protocol_errors",
		"server.cpu_s", "server.rss_max_bytes",
	}
}

// metricsOf lists what the results can be compared by, in the order of the
// report.
func metricsOf(results []*report.Result) []metric {
	var all []metric
	for m := range report.NumMetrics {
		all = append(all, timesOf(m, "", func(r *report.Result) *report.Stats { return r.Metrics[m.String()] })...)
	}
	for _, name := range []string{"reach", "loss"} {
		all = append(all, metric{name: name, unit: Share, better: betterRate(name), of: func(r *report.Result) (value, bool) {
			v, ok := r.Rates[name]
			return value{v: v}, ok
		}})
	}
	for c := range report.NumCounts {
		all = append(all, countOf(c, "", func(r *report.Result) map[string]int64 { return r.Counts }))
	}
	all = append(all, processMetrics()...)
	all = append(all, faultMetrics(results)...)
	all = append(all, groupMetrics(results)...)
	headline := Headline()
	for i := range all {
		all[i].headline = slices.Contains(headline, all[i].name)
	}
	return all
}

func betterRate(name string) Better {
	if name == "reach" {
		return Higher
	}
	return Lower
}

// statistics are those compared of each time; tail ones say something only of
// so many samples.
func statistics() []struct {
	name    string
	samples int64
	of      func(*report.Stats) float64
} {
	return []struct {
		name    string
		samples int64
		of      func(*report.Stats) float64
	}{
		{"mean", 1, func(s *report.Stats) float64 { return s.Mean }},
		{"p50", 1, func(s *report.Stats) float64 { return s.P50 }},
		{"p90", 10, func(s *report.Stats) float64 { return s.P90 }},
		{"p95", 20, func(s *report.Stats) float64 { return s.P95 }},
		{"p99", 1, func(s *report.Stats) float64 { return s.P99 }},
		{"p999", 1000, func(s *report.Stats) float64 { return s.P999 }},
		{"max", 1, func(s *report.Stats) float64 { return s.Max }},
	}
}

// timesOf are the statistics of one time; scope is {NAME} or nothing.
func timesOf(m report.Metric, scope string, of func(*report.Result) *report.Stats) []metric {
	better := Lower
	if m == report.Lag {
		better = Neither // the generator's, not the server's
	}
	var all []metric
	for _, stat := range statistics() {
		all = append(all, metric{
			name: m.String() + scope + "." + stat.name, unit: Millis, better: better,
			of: func(r *report.Result) (value, bool) {
				s := of(r)
				if s == nil || s.Count < stat.samples {
					return value{}, false
				}
				return value{v: stat.of(s), atLeast: slices.Contains(s.AtLeast, stat.name)}, true
			},
		})
	}
	return all
}

// countOf is a count of those that a result has. One that it lacks, as older
// results do, is no 0.
func countOf(c report.Count, scope string, of func(*report.Result) map[string]int64) metric {
	return metric{name: c.String() + scope, unit: Count, better: betterCount(c), of: func(r *report.Result) (value, bool) {
		v, ok := of(r)[c.String()]
		return value{v: float64(v)}, ok
	}}
}

func betterCount(c report.Count) Better {
	switch c {
	case report.Delivered, report.Acked:
		return Higher
	case report.Planned, report.Sent, report.Expected, report.Connects, report.Attempts, report.Reconnects, report.Recovered:
		return Neither
	default:
		return Lower
	}
}

// processMetrics are what server and generator use.
func processMetrics() []metric {
	server := func(name string, unit Unit, of func(*report.Server) float64) metric {
		return metric{name: "server." + name, unit: unit, better: Lower, of: func(r *report.Result) (value, bool) {
			if r.Server == nil {
				return value{}, false
			}
			return value{v: of(r.Server)}, true
		}}
	}
	generator := func(name string, unit Unit, of func(*report.Generator) float64) metric {
		return metric{name: "generator." + name, unit: unit, better: Neither, of: func(r *report.Result) (value, bool) {
			return value{v: of(&r.Generator)}, true
		}}
	}
	return []metric{
		server("cpu_s", Seconds, func(s *report.Server) float64 { return s.CPUS }),
		server("rss_max_bytes", Bytes, func(s *report.Server) float64 { return float64(s.RSSMaxBytes) }),
		server("fds_max", Count, func(s *report.Server) float64 { return float64(s.FDsMax) }),
		generator("cpu_s", Seconds, func(g *report.Generator) float64 { return g.CPUS }),
		generator("rss_max_bytes", Bytes, func(g *report.Generator) float64 { return float64(g.RSSMaxBytes) }),
	}
}

// faultMetrics are those of each fault, by its name.
func faultMetrics(results []*report.Result) []metric {
	var names []string
	for _, r := range results {
		for _, f := range r.Faults {
			if !slices.Contains(names, f.Name) {
				names = append(names, f.Name)
			}
		}
	}
	var all []metric
	for _, name := range names {
		scope := fmt.Sprintf("{%s}", name)
		stats := func(m report.Metric, of func(*report.FaultResult) *report.Stats) {
			all = append(all, timesOf(m, scope, func(r *report.Result) *report.Stats {
				if f := faultOf(r, name); f != nil {
					return of(f)
				}
				return nil
			})...)
		}
		stats(report.Detect, func(f *report.FaultResult) *report.Stats { return f.Detect })
		stats(report.Reconnect, func(f *report.FaultResult) *report.Stats { return f.Reconnect })
		stats(report.Outage, func(f *report.FaultResult) *report.Stats { return f.Outage })
		stats(report.Ghost, func(f *report.FaultResult) *report.Stats { return f.Ghost })
		all = append(all, backMetrics(name)...)
		for _, c := range []report.Count{report.NeverDetected, report.NeverRecovered, report.Ghosts} {
			all = append(all, countOf(c, scope, func(r *report.Result) map[string]int64 {
				f := faultOf(r, name)
				if f == nil {
					return nil
				}
				return map[string]int64{
					report.NeverDetected.String():  f.NeverDetected,
					report.NeverRecovered.String(): f.NeverRecovered,
					report.Ghosts.String():         f.Ghosts,
				}
			}))
		}
	}
	return all
}

func faultOf(r *report.Result, name string) *report.FaultResult {
	for i := range r.Faults {
		if r.Faults[i].Name == name {
			return &r.Faults[i]
		}
	}
	return nil
}

// groupMetrics are those of each client group, when there are several.
func groupMetrics(results []*report.Result) []metric {
	var names []string
	for _, r := range results {
		for name := range r.Groups {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	if len(names) < 2 {
		return nil
	}
	slices.Sort(names)
	var all []metric
	for _, name := range names {
		scope := fmt.Sprintf("{%s}", name)
		for m := range report.NumMetrics {
			all = append(all, timesOf(m, scope, func(r *report.Result) *report.Stats {
				if g := r.Groups[name]; g != nil {
					return g.Metrics[m.String()]
				}
				return nil
			})...)
		}
		for c := range report.NumCounts {
			all = append(all, countOf(c, scope, func(r *report.Result) map[string]int64 {
				if g := r.Groups[name]; g != nil {
					return g.Counts
				}
				return nil
			}))
		}
	}
	return all
}
