package html_test

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/imbench/imbench/report"
)

// metric are the times a metric was seen at, drawn from a log-normal
// distribution around ms; the last few may be censored.
func metric(random *rand.Rand, n int, ms, spread float64, censored int) *report.Stats {
	var h report.Histogram
	for range n - censored {
		h.Record(time.Duration(ms * math.Exp(spread*random.NormFloat64()) * float64(time.Millisecond)))
	}
	for range censored {
		h.RecordCensored(time.Duration(4 * ms * float64(time.Millisecond)))
	}
	return h.Stats()
}

func value(v float64) *float64 { return &v }

// sample is a failed run on a tenth of the story's clock with every kind of
// thing in it, so many seconds long.
func sample(seconds int) *report.Result {
	random := rand.New(rand.NewPCG(1, 2))
	r := &report.Result{
		Schema: report.Schema, Version: "0.2.0",
		Scenario: report.ScenarioInfo{
			Name: "everything at once", Hash: "9f31c07a5be24d16aa", Seed: 7, File: "examples/every thing.yaml",
			Target: "ws://127.0.0.1:41873/ws?token=***", Protocol: "envelope", Clients: 1000,
			Summary: "500/s poisson to rooms of 50, 200B each", DurationS: float64(seconds) - 5,
			YAML: "name: everything at once\nseed: 7\ntarget:\n  url: \"ws://127.0.0.1:41873/ws?token=***\"\nclients:\n  count: 1000\nduration: 55s\n",
		},
		Started: time.Date(2026, 11, 22, 4, 31, 7, 0, time.UTC), DurationS: float64(seconds), ConnectS: 2, Verdict: report.Failed,
		Reasons:   []string{"detect{nat}.max < 1500ms failed: it was at least 2.00 s.", "ghosts == 0 failed: it was 14."},
		TimeScale: 0.1,
		Thresholds: []report.ThresholdResult{
			{Text: "delivery.p95 < 200ms", Value: value(12.43), Unit: "ms", Verdict: report.Passed},
			{Text: "detect{nat}.max < 1500ms", Value: value(2000), Unit: "ms", Verdict: report.Failed, Note: "at least, 15 s of the story"},
			{Text: "ghost{nat}.max < 60s", Verdict: report.Inconclusive, Note: "there was no sample"},
			{Text: "ghosts == 0", Value: value(14), Verdict: report.Failed},
			{Text: "reach >= 97%", Value: value(0.97317), Verdict: report.Passed},
		},
		Metrics: map[string]*report.Stats{
			"connect": metric(random, 1598, 0.9, 0.6, 0), "delivery": metric(random, 60000, 1.3, 0.8, 0),
			"recovery": metric(random, 1187, 900, 0.5, 0), "fanout": metric(random, 2702, 3.2, 0.6, 0),
			"roundtrip": metric(random, 12209, 1, 0.7, 0), "heartbeat": metric(random, 6721, 0.5, 0.5, 0),
			"detect": metric(random, 200, 1400, 0.1, 6), "reconnect": metric(random, 194, 270, 0.8, 0),
			"outage": metric(random, 194, 1900, 0.2, 0), "ghost": metric(random, 186, 1800, 0.3, 14),
			"lag": metric(random, 12310, 0.3, 0.7, 0),
		},
		Counts: map[string]int64{
			"planned": 12488, "unsent": 178, "overruns": 3, "sent": 12310, "acked": 12209,
			"expected": 603190, "delivered": 586906, "recovered": 11874, "missed": 4212, "lost": 100, "indeterminate": 98,
			"duplicated": 2, "reordered": 1, "unexpected": 4, "acked_lost": 5,
			"connects": 1598, "attempts": 1711, "connect_failures": 113, "disconnects": 598, "reconnects": 594,
			"never_ready": 1, "never_detected": 6, "never_recovered": 4, "ghosts": 14, "protocol_errors": 2, "false_disconnects": 3,
		},
		Rates: map[string]float64{"reach": 0.97317, "loss": 0.000166},
		Groups: map[string]*report.Group{
			"desktop": {Clients: 600, Metrics: map[string]*report.Stats{"delivery": metric(random, 900, 1.1, 0.5, 0)}, Counts: map[string]int64{"lost": 30}},
			"mobile": {Clients: 400, Metrics: map[string]*report.Stats{
				"delivery": metric(random, 700, 2.1, 0.9, 0), "detect": metric(random, 200, 1400, 0.1, 6), "reconnect": metric(random, 194, 270, 0.8, 0),
			}, Counts: map[string]int64{"lost": 70, "never_recovered": 4}},
		},
		Closes:         map[string]int64{"heartbeat_timeout": 194, "reset": 380, "close_frame": 21, "eof": 3},
		ConnectErrors:  []report.Quote{{Kind: "refused", Count: 110, First: "dial tcp 127.0.0.1:41873: connect: connection refused"}, {Kind: "timeout", Count: 3}},
		ProtocolErrors: []report.Quote{{Kind: "unknown frame", Count: 2, First: `{"type":"<b>surprise</b>"}`}},
		Worst:          []report.ClientLoss{{Client: 17, Lost: 40, Expected: 612}},
		LookAt:         []report.ClientNote{{Client: 42, Why: "never noticed that it was silenced by nat at 10 s"}, {Client: 317, Why: "never came back"}},
		Server:         &report.Server{CPUS: 21.4, RSSMaxBytes: 131 << 20, FDsMax: 1013, Restarts: 1},
		Generator:      report.Generator{CPUS: 18.2, RSSMaxBytes: 64 << 20, FDsMax: 1211, LagP99Ms: 0.61, GCPauseMs: 0.4, Cores: 2, Limits: []string{"sends left late: lag.p99 was 14 ms, 10 ms is tolerable"}},
		Warnings:       []string{"time_scale is 0.1: the server's own timers (TCP keepalive, its reaping) are not scaled."},
		Faults:         sampleFaults(random, float64(seconds)),
	}
	for i := -2; i <= seconds; i++ {
		r.Timeline = append(r.Timeline, sampleSecond(random, i, seconds))
	}
	return r
}

func sampleFaults(random *rand.Rand, end float64) []report.FaultResult {
	none := (*report.Histogram)(nil).Stats()
	return []report.FaultResult{
		{
			Name: "nat", Kind: "silence", Text: "{name: nat, at: 10s, kind: silence, clients: 20%}", Mechanism: map[string]int64{"md5": 198, "minttl": 2},
			AtS: []float64{10}, Clients: 200, Skipped: 3, Detected: 194, NeverDetected: 6, Recovered: 190, NeverRecovered: 4, Ghosts: 14,
			Causes: map[string]int64{"heartbeat_timeout": 190, "read_error": 4}, DetectBound: "1s..1.5s",
			Detect: metric(random, 200, 1400, 0.1, 6), Reconnect: metric(random, 194, 270, 0.8, 0), Outage: metric(random, 194, 1900, 0.2, 0), Ghost: metric(random, 186, 1800, 0.3, 14),
			GhostSurvival: []report.Survival{
				{Method: "inet_diag", Story: "idle", Clients: 100, Forgotten: 94, Held: 6, Curve: survivalCurve(20, 0.06, 0), States: map[string]int{"ESTABLISHED": 6, "none": 94}},
				{Method: "inet_diag", Story: "chat", Clients: 100, Forgotten: 92, Held: 8, Curve: survivalCurve(30, 0.08, 0)},
				{Method: "probe", Story: "idle", Clients: 40, Forgotten: 30, Held: 6, Unknown: 4, Curve: survivalCurve(20, 0.15, 0.08)},
			},
		},
		{
			Name: "storm", Kind: "storm", Text: "{name: storm, at: 22s, kind: storm, clients: 38%}", AtS: []float64{22}, Clients: 380,
			Detected: 380, Recovered: 380, Causes: map[string]int64{"reset": 380},
			Detect: metric(random, 380, 0.8, 0.4, 0), Reconnect: metric(random, 380, 1500, 0.6, 0), Outage: metric(random, 380, 1700, 0.5, 0), Ghost: none,
			Storm: &report.Storm{
				Clients: 380, Offered: []int64{210, 160, 90, 40, 12, 3, 1}, Accepted: []int64{140, 130, 70, 30, 7, 2, 1},
				RunOffered: []int64{210, 160, 90, 40, 12, 3, 1}, RunAccepted: []int64{140, 130, 70, 30, 7, 2, 1},
				PeakOffered: 210, PeakAccepted: 140, Back50S: value(1.4), Back99S: value(4.6), Back100S: value(6.2),
			},
		},
		{
			Name: "office", Kind: "idle_expiry", Text: "{name: office, at: 0s, kind: idle_expiry, box: aws-nlb, group: desktop}", AtS: []float64{0}, Clients: 600,
			Detected: 12, Recovered: 12, Causes: map[string]int64{"reset": 12}, Detect: none, Reconnect: none, Outage: none, Ghost: none,
			Box: &report.Box{
				Preset: "aws-nlb", IdleS: 35, Expiry: "reset", Counts: "packets", Connections: 612, Expired: 12, LongestGapS: 34.2,
				HeartbeatS: 36, SafeHeartbeatS: 34,
			},
		},
		{
			Name: "garbage", Kind: "malformed", Text: "{name: garbage, at: 40s, kind: malformed, clients: 10}", AtS: []float64{40, 45}, Clients: 20, NotApplied: 1,
			Detected: 14, Unnoticed: 6, Recovered: 14, Causes: map[string]int64{"close_frame": 12, "eof": 2}, Detect: metric(random, 14, 0.6, 0.3, 0), Reconnect: metric(random, 14, 240, 0.4, 0), Outage: none, Ghost: none,
			Malformed: []report.Malformed{
				{Form: "bad-json", Sent: 5, Answers: map[string]int64{"error": 5}}, {Form: "oversize", Sent: 5, Answers: map[string]int64{"close 1009": 5}},
				{Form: "bad-utf8", Sent: 5, Answers: map[string]int64{"close 1007": 4, "nothing": 1}}, {Form: "unmasked", Sent: 5, Answers: map[string]int64{"eof": 5}},
			},
			Errors: []string{"client 12: the connection was not taking bytes"},
		},
		{
			Name: "slow", Kind: "flap", Text: "{name: slow, at: 30s, for: 8s, kind: flap, of: latency, delay: 200ms, down: 1s, up: 1s}", AtS: []float64{30}, ForS: math.Min(8, end), Clients: 40,
			Unnoticed: 40, Detect: none, Reconnect: none, Outage: none, Ghost: none,
		},
	}
}

// survivalCurve falls in steps to rest.
func survivalCurve(steps int, rest, open float64) []report.SurvivalPoint {
	var curve []report.SurvivalPoint
	for i := range steps + 1 {
		share := rest + (1-rest)*math.Exp(-4*float64(i)/float64(steps))
		if i == 0 {
			share = 1
		}
		curve = append(curve, report.SurvivalPoint{AfterS: float64(i) * 0.4, Share: share, Low: math.Max(0, share-open), High: math.Min(1, share+open)})
	}
	return curve
}

func sampleSecond(random *rand.Rand, i, seconds int) report.Second {
	t := float64(i)
	s := report.Second{
		TS: t, Connected: 1000, GeneratorCPU: 0.3 + 0.05*random.Float64(), GeneratorRSS: 50<<20 + int64(i)<<14,
		ServerCPU: 0.4 + 0.1*random.Float64(), ServerRSS: 90<<20 + int64(random.IntN(20))<<20,
	}
	switch {
	case i < 0:
		s.Connected, s.Connects = int64(500*(i+2)), 500
		return s
	case i >= 11 && i <= 14:
		s.Connected, s.Connects, s.Disconnects = 1000-int64(50*(15-i)), 48, 49
	case i >= 22 && i <= 28:
		s.Connected, s.Connects = 1000-int64(54*(29-i)), 54
		if i == 22 {
			s.Disconnects = 380
		}
	}
	if i > 48 && i < 51 { // the server was busy with itself
		return s
	}
	s.Sent, s.Delivered = 480+int64(random.IntN(40)), s.Connected*24+int64(random.IntN(900))
	s.DeliveryP50Ms = 1.2 + 0.2*random.Float64()
	s.DeliveryP99Ms, s.LagP99Ms = 6+3*random.Float64(), 0.4+0.3*random.Float64()
	if i >= 30 && i <= 38 {
		s.DeliveryP99Ms += 190
	}
	s.DeliveryMaxMs = s.DeliveryP99Ms * (1.5 + random.Float64())
	if i > seconds-5 {
		s.Sent = 0
	}
	return s
}

// copied is r without memory that it shares.
func copied(t *testing.T, r *report.Result) *report.Result {
	t.Helper()
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	c := new(report.Result)
	if err := json.Unmarshal(b, c); err != nil {
		t.Fatal(err)
	}
	return c
}
