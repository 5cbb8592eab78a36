package compare_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/imbench/imbench/report"
	"github.com/imbench/imbench/report/compare"
)

// oneRun is a run of a scenario whose deliveries take so long in the median, in
// ms, and 4 times as long in the tail.
func oneRun(seed uint64, p50 float64) *report.Result {
	stats := func(p50, p99 float64) *report.Stats {
		return &report.Stats{Unit: "ms", Count: 5000, Min: p50 / 4, Mean: p50 * 1.1, P50: p50, P90: p50 * 2, P95: p50 * 3, P99: p99, P999: p99 * 2, Max: p99 * 3}
	}
	r := &report.Result{
		Schema: report.Schema, Version: "1.2.3", Verdict: report.Passed,
		Scenario:  report.ScenarioInfo{Name: "quickstart", Hash: "9f31c07a", Seed: seed, Target: "ws://127.0.0.1:8080/ws", Clients: 200},
		DurationS: 20,
		Metrics:   map[string]*report.Stats{"delivery": stats(p50, 4*p50), "connect": stats(0.6, 2), "lag": stats(0.3, 0.7)},
		Counts:    map[string]int64{"sent": 10_000, "expected": 190_000, "delivered": 190_000, "connects": 200},
		Rates:     map[string]float64{"reach": 1, "loss": 0},
		Server:    &report.Server{CPUS: 3, RSSMaxBytes: 40e6, FDsMax: 210},
		Generator: report.Generator{CPUS: 2, Cores: 2, Machine: &report.Machine{
			OS: "linux", Arch: "amd64", CPU: "AMD EPYC", Cores: 2, MemoryBytes: 16e9, Kernel: "6.18.1",
		}},
	}
	for c := range report.NumCounts { // a result has all of them
		r.Counts[c.String()] += 0
	}
	return r
}

// runs are n runs with seeds from 1, whose medians spread by about a hundredth
// around p50; change is made to each.
func runs(name string, n int, p50 float64, change ...func(i int, r *report.Result)) []compare.Run {
	random := rand.New(rand.NewPCG(uint64(len(name)), uint64(p50*1000)))
	var all []compare.Run
	for i := range n {
		r := oneRun(uint64(i+1), math.Round(1000*p50*math.Exp(0.01*random.NormFloat64()))/1000)
		r.Server.CPUS += math.Round(100*random.Float64()) / 1000
		r.Server.RSSMaxBytes += random.Int64N(1e6)
		r.Started = time.Unix(1_800_000_000+random.Int64N(1e6), 0)
		for _, c := range change {
			c(i, r)
		}
		all = append(all, compare.Run{Name: fmt.Sprintf("%s-%d.json", name, i+1), Result: r})
	}
	return all
}

func failOn(texts ...string) (all []compare.FailOn) {
	for _, s := range texts {
		f, err := compare.ParseFailOn(s)
		if err != nil {
			panic(err)
		}
		all = append(all, f)
	}
	return all
}
