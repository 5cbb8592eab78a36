package report

import (
	"strings"
	"time"
)

// The samples are results as runs give them, with figures that add up.

// seen sums up count samples in ms.
func seen(count int64, least, p50, p90, p99, p999, most float64) *Stats {
	return &Stats{
		Unit: "ms", Count: count, Min: least, Mean: (p50 + p90) / 2,
		P50: p50, P90: p90, P95: (p90 + p99) / 2, P99: p99, P999: p999, Max: most,
	}
}

func value(v float64) *float64 { return &v }

// sampleQuickstart is the run a newcomer makes first: 500 clients in rooms of
// 50, a silence on 20 % that heals after 3 s, and one on 10 % for good.
func sampleQuickstart() *Result {
	return &Result{
		Schema: Schema, Version: "0.1.0",
		Scenario: ScenarioInfo{
			Name: "quickstart", Hash: "9f31c07a5be24d16", Seed: 1, File: "examples/quickstart.yaml",
			Target: "ws://127.0.0.1:41873/ws", Protocol: "envelope", Clients: 500,
			Summary: "500/s poisson to rooms of 50", DurationS: 25,
		},
		Started: time.Date(2026, 11, 22, 4, 31, 7, 0, time.UTC), DurationS: 28.02, Verdict: Passed,
		Thresholds: []ThresholdResult{
			{Text: "delivery.p99 < 200ms", Value: value(12.43), Unit: "ms", Verdict: Passed},
			{Text: "detect{gone}.max < 5s", Value: value(3981.3), Unit: "ms", Verdict: Passed},
			{Text: "never_recovered == 0", Value: value(0), Verdict: Passed},
			{Text: "lost == 0", Value: value(0), Verdict: Passed},
			{Text: "reach >= 97%", Value: value(0.97317), Verdict: Passed},
		},
		Metrics: map[string]*Stats{
			"connect":   seen(598, 0.284, 0.642, 1.91, 4.07, 6.2, 6.2),
			"delivery":  seen(587006, 0.108, 1.27, 3.34, 12.43, 38.2, 71.9),
			"recovery":  seen(11874, 211, 1840, 3610, 4420, 4610, 4630),
			"fanout":    seen(11702, 0.391, 2.44, 6.12, 24.8, 52.4, 71.9),
			"roundtrip": seen(12209, 0.097, 0.981, 2.76, 10.9, 31.6, 44.8),
			"heartbeat": seen(6721, 0.081, 0.412, 1.31, 5.2, 9.93, 12.7),
			"detect":    seen(98, 2012, 2941, 3702, 3981.3, 3981.3, 3981.3),
			"reconnect": seen(98, 4.1, 271, 704, 983, 983, 983),
			"outage":    seen(150, 2031, 3221, 4012, 4630, 4642, 4642),
			"lag":       seen(12310, 0.002, 0.061, 0.182, 0.611, 1.83, 2.4),
		},
		Counts: map[string]int64{
			"planned": 12488, "unsent": 178, "sent": 12310, "acked": 12209,
			"expected": 603190, "delivered": 587006, "recovered": 11874, "missed": 4212, "indeterminate": 98,
			"connects": 598, "attempts": 611, "connect_failures": 0, "disconnects": 98, "reconnects": 98,
		},
		Rates: map[string]float64{"reach": 0.97317, "loss": 0},
		Faults: []FaultResult{
			{
				Name: "nat", Kind: "silence", Text: "{name: nat, at: 5s, kind: silence, clients: 20%, for: 3s}",
				Mechanism: map[string]int64{"md5": 100}, AtS: []float64{5}, ForS: 3, Clients: 100,
				Detected: 48, Unnoticed: 52, Recovered: 48, Causes: map[string]int64{"heartbeat timeout": 48},
				DetectBound: "2s..4s",
				Detect:      seen(48, 2012, 2517, 2894, 2991, 2991, 2991),
				Reconnect:   seen(48, 4.1, 260, 688, 971, 971, 971),
				Outage:      seen(100, 2031, 3104, 3388, 3871, 3871, 3871),
			},
			{
				Name: "gone", Kind: "silence", Text: "{name: gone, at: 12s, kind: silence, clients: 10%}",
				Mechanism: map[string]int64{"md5": 50}, AtS: []float64{12}, Clients: 50,
				Detected: 50, Recovered: 50, Causes: map[string]int64{"heartbeat timeout": 50},
				DetectBound: "2s..4s",
				Detect:      seen(50, 2077, 3079, 3811, 3981.3, 3981.3, 3981.3),
				Reconnect:   seen(50, 5.2, 284, 717, 983, 983, 983),
				Outage:      seen(50, 2130, 3402, 4199, 4642, 4642, 4642),
				Ghost:       seen(50, 4110, 5230, 5871, 5990, 5990, 5990),
			},
		},
		Groups:   map[string]*Group{"default": {Clients: 500}},
		Closes:   map[string]int64{"heartbeat timeout": 98},
		Timeline: sampleTimeline(),
		Server:   &Server{CPUS: 6.42, RSSMaxBytes: 48_300_000, FDsMax: 611},
		Generator: Generator{
			CPUS: 9.87, RSSMaxBytes: 41_700_000, FDsMax: 574, LagP99Ms: 0.611, GCPauseMs: 0.214, Cores: 2,
		},
	}
}

// sampleTimeline is quickstart's, from one second before second 0.
func sampleTimeline() []Second {
	connected := map[int]int64{-1: 500, 7: 481, 8: 466, 9: 492, 14: 477, 15: 463, 16: 488, 17: 497}
	p99 := map[int]float64{5: 14.2, 8: 2940, 9: 3380, 10: 41.7, 14: 2612, 15: 3904, 16: 4410, 17: 1210}
	var timeline []Second
	for t := -1; t < 28; t++ {
		s := Second{TS: float64(t), Connected: 500, ServerCPU: 0.27, GeneratorCPU: 0.41}
		if c, ok := connected[t]; ok {
			s.Connected = c
		}
		if t >= 0 && t < 25 {
			s.Sent, s.Delivered = 492, 24120
			s.DeliveryP50Ms, s.DeliveryP99Ms = 1.2+float64(t%3)/10, 8.4+float64(t*7%5)
		}
		if v, ok := p99[t]; ok {
			s.DeliveryP99Ms = v
		}
		timeline = append(timeline, s)
	}
	return timeline
}

// sampleFailing is quickstart against a server that drops, repeats and
// acknowledges what it then loses, with clients that stay away.
func sampleFailing() *Result {
	r := sampleQuickstart()
	r.Verdict = Failed
	r.Reasons = []string{
		"delivery.p99 was 200.06 ms, not < 200ms.",
		"lost was 612, not 0.",
		"never_recovered was 3, not 0.",
	}
	r.Thresholds = []ThresholdResult{
		{Text: "delivery.p99 < 200ms", Value: value(200.06), Unit: "ms", Verdict: Failed},
		{Text: "detect{gone}.max < 5s", Value: value(15991.2), Unit: "ms", Verdict: Failed, Note: "at least"},
		{Text: "never_recovered == 0", Value: value(3), Verdict: Failed},
		{Text: "lost == 0", Value: value(612), Verdict: Failed},
		{Text: "reach >= 97%", Value: value(0.97210), Verdict: Passed},
		{Text: "ghost{gone}.p99 < 10s", Verdict: Inconclusive, Note: "no samples"},
	}
	r.Metrics["delivery"] = seen(586394, 0.108, 1.31, 3.9, 200.06, 611, 1204)
	r.Metrics["detect"] = openEnded(seen(98, 2012, 3012, 14210, 15991.2, 15991.2, 15991.2), 7, "p99", "p999", "max")
	r.Metrics["outage"] = openEnded(seen(150, 2031, 3221, 4012, 15991.2, 15991.2, 15991.2), 3, "p99", "p999", "max")
	delete(r.Metrics, "recovery")
	counts := r.Counts
	counts["delivered"], counts["lost"] = 586394, 612
	counts["duplicated"], counts["reordered"], counts["acked_lost"] = 1204, 1, 12
	counts["connect_failures"], counts["attempts"] = 41, 652
	counts["never_recovered"], counts["never_detected"], counts["false_disconnects"] = 3, 4, 2
	counts["disconnects"], counts["reconnects"], counts["protocol_errors"] = 100, 97, 14
	r.Worst = []ClientLoss{{17, 204, 1207}, {312, 198, 1207}, {318, 190, 1204}, {4, 20, 1190}}
	r.LookAt = []ClientNote{{17, "lost 204 of 1,207 deliveries"}, {312, "lost 198 of 1,207 deliveries; never came back after gone"}, {88, "never noticed gone"}}
	r.Events = "out/events.jsonl"
	r.Closes = map[string]int64{"heartbeat timeout": 90, "read error: connection reset": 8, "close frame 1006": 2}
	gone := &r.Faults[1]
	gone.Clients, gone.NotApplied, gone.Errors = 48, 2, []string{"offline"}
	gone.Mechanism = map[string]int64{"md5": 44, "stall": 4}
	gone.Detected, gone.NeverDetected, gone.Recovered, gone.NeverRecovered, gone.Ghosts = 44, 4, 41, 3, 4
	gone.Causes = map[string]int64{"heartbeat timeout": 42, "write error": 2}
	gone.Detect = openEnded(seen(48, 2012, 3012, 14210, 15991.2, 15991.2, 15991.2), 4, "p99", "p999", "max")
	gone.Ghost = seen(44, 4110, 5230, 5871, 5990, 5990, 5990)
	gone.Outage = openEnded(seen(48, 2031, 3221, 14012, 15991.2, 15991.2, 15991.2), 3, "p99", "p999", "max")
	r.ProtocolErrors = []Quote{
		{Kind: "not JSON", Count: 13, First: `<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center></body></html>`},
		{Kind: "ack of a message nobody sent", Count: 1, First: `{"event":"ack","payload":{"id":"c17-99"}}`},
	}
	r.ConnectErrors = []Quote{{Kind: "timeout", Count: 41, First: "dial tcp 127.0.0.1:41873: i/o timeout"}}
	r.Warnings = []string{
		"silence “gone” was made by stall on 4 of 48 connections: their kernel went on acknowledging, so the server's TCP timers did not run.",
	}
	return r
}

func openEnded(s *Stats, censored int64, atLeast ...string) *Stats {
	s.Censored, s.AtLeast = censored, atLeast
	return s
}

// sampleOverloaded is a run that says more about the generator than about the
// server.
func sampleOverloaded() *Result {
	r := sampleQuickstart()
	r.Verdict = Inconclusive
	r.Reasons = []string{"imbench itself was the bottleneck: messages left up to 412 ms late (lag.p99)."}
	r.Scenario.Summary = "40000/s poisson to rooms of 50"
	r.Faults, r.Closes = nil, nil
	r.Thresholds = r.Thresholds[:1]
	r.Thresholds[0] = ThresholdResult{
		Text: "delivery.p99 < 200ms", Value: value(611.2), Unit: "ms", Verdict: Inconclusive,
		Note: "the generator was the bottleneck",
	}
	r.Metrics = map[string]*Stats{
		"connect":  seen(500, 0.284, 0.642, 1.91, 4.07, 6.2, 6.2),
		"delivery": seen(30_412_007, 0.108, 208, 498, 611.2, 720, 903),
		"lag":      seen(620_417, 0.002, 102, 311, 412, 502, 611),
	}
	r.Counts = map[string]int64{
		"planned": 1_000_204, "unsent": 379_787, "overruns": 379_787, "sent": 620_417, "acked": 620_417,
		"expected": 30_412_007, "delivered": 30_412_007, "connects": 500, "attempts": 500,
	}
	for i := range r.Timeline {
		r.Timeline[i].Connected, r.Timeline[i].GeneratorCPU = 500, 1.97
	}
	r.Generator = Generator{
		CPUS: 51.2, RSSMaxBytes: 512_000_000, FDsMax: 574, LagP99Ms: 412, GCPauseMs: 11.2, Cores: 2,
		Limits: []string{"lag.p99 was 412 ms, above 10 ms", "its CPU was 1.97 of 2 cores in 24 of 25 seconds"},
	}
	return r
}

// sampleNothingExpected is a run whose clients never got a greeting.
func sampleNothingExpected() *Result {
	r := sampleQuickstart()
	r.Verdict = Inconclusive
	r.Reasons = []string{"None of the 500 clients came online.", "Nothing was expected: no message could be sent."}
	r.Thresholds = []ThresholdResult{
		{Text: "delivery.p99 < 200ms", Unit: "ms", Verdict: Inconclusive, Note: "no samples"},
		{Text: "lost == 0", Value: value(0), Verdict: Inconclusive, Note: "nothing was expected"},
	}
	r.Metrics = map[string]*Stats{"connect": {Unit: "ms"}}
	r.Counts = map[string]int64{
		"planned": 12488, "unsent": 12488, "attempts": 1500, "connect_failures": 1500, "never_ready": 500,
	}
	r.Faults, r.Closes, r.Timeline, r.Server = nil, nil, nil, nil
	r.ConnectErrors = []Quote{{Kind: "handshake refused", Count: 1500, First: "HTTP 403 Forbidden: {\"error\":\"token missing\"}"}}
	return r
}

// sampleInterrupted is quickstart, stopped by hand in its eleventh second.
func sampleInterrupted() *Result {
	r := sampleQuickstart()
	r.Verdict = Interrupted
	r.Reasons = []string{"Stopped by SIGINT after 11.2 s; what follows is what was seen until then."}
	r.DurationS = 11.24
	r.Timeline = r.Timeline[:12]
	r.Faults[1] = FaultResult{Name: "gone", Kind: "silence", Text: r.Faults[1].Text}
	r.Thresholds[1] = ThresholdResult{Text: "detect{gone}.max < 5s", Unit: "ms", Verdict: Inconclusive, Note: "no samples"}
	return r
}

// sampleEveryFault has a fault of each kind, groups, CJK names, and a run of
// half an hour.
func sampleEveryFault() *Result {
	r := sampleQuickstart()
	r.Scenario.Name, r.Scenario.File = "一切故障 (every fault)", "scenarios/every fault.yaml"
	r.Scenario.DurationS, r.DurationS = 1800, 1805.2
	out := seen(500, 812, 1204, 1811, 2290, 2402, 2402)
	at := func(s ...float64) []float64 { return s }
	r.Faults = []FaultResult{
		{Name: "隧道", Kind: "silence", Text: "{name: 隧道, at: 1m, kind: silence, clients: 1, for: 5s, every: 2m, direction: inbound}",
			Mechanism: map[string]int64{"minttl": 9}, AtS: at(60, 180, 300, 420, 540, 660, 780, 900, 1020), ForS: 5, Clients: 9,
			Unnoticed: 9, DetectBound: "10s..20s"},
		{Name: "rst", Kind: "reset", Text: "{name: rst, at: 2m, kind: reset, clients: 10}", AtS: at(120), Clients: 10,
			Detected: 10, Recovered: 10, Causes: map[string]int64{"read error": 10},
			Detect: seen(10, 0.1, 0.21, 0.32, 0.41, 0.41, 0.41), Reconnect: seen(10, 12, 310, 702, 910, 910, 910), Outage: seen(10, 12, 311, 703, 911, 911, 911)},
		{Name: "fin", Kind: "close", Text: "{name: fin, at: 3m, kind: close, clients: 1}", AtS: at(180), Clients: 1,
			Detected: 1, Recovered: 1, Causes: map[string]int64{"read error": 1}, Detect: seen(1, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2), Reconnect: seen(1, 402, 402, 402, 402, 402, 402)},
		{Name: "leave", Kind: "bye", Text: "{name: leave, at: 200s, kind: bye, clients: 3}", AtS: at(200, 400), Clients: 6,
			Detected: 6, NeverRecovered: 6, Causes: map[string]int64{"close frame 1000": 6}, Detect: seen(6, 0.2, 0.2, 0.3, 0.4, 0.4, 0.4)},
		{Name: "everybody-at-once-in-the-morning", Kind: "storm", Text: "{name: everybody-at-once-in-the-morning, at: 600s, kind: storm}", AtS: at(600), Clients: 500,
			Detected: 500, Recovered: 500, Causes: map[string]int64{"read error": 500}, Detect: seen(500, 0.1, 0.3, 0.9, 2.2, 3.1, 3.1), Reconnect: seen(500, 4, 480, 903, 1204, 1401, 1401), Outage: out},
		{Name: "gc", Kind: "server.freeze", Text: "{name: gc, at: 15m, kind: server.freeze, for: 1s}", AtS: at(900), ForS: 1, Clients: 500,
			Unnoticed: 500, Outage: out},
		{Name: "crash", Kind: "server.kill", Text: "{name: crash, at: 20m, kind: server.kill, for: 2s}", AtS: at(1200), ForS: 2, Clients: 500,
			Detected: 500, Recovered: 500, Causes: map[string]int64{"read error": 488, "write error": 12}, Detect: seen(500, 0.2, 1.1, 3.4, 7.7, 9.1, 9.1), Reconnect: seen(500, 2011, 3104, 5102, 8120, 9402, 9402), Outage: seen(500, 2012, 3105, 5103, 8121, 9403, 9403)},
		{Name: "deploy", Kind: "server.restart", Text: "{name: deploy, at: 25m, kind: server.restart}", AtS: at(1500), Clients: 500,
			Detected: 500, Recovered: 500, Causes: map[string]int64{"close frame 1001": 500}, Detect: seen(500, 0.2, 1.1, 3.4, 7.7, 9.1, 9.1), Reconnect: seen(500, 211, 604, 1102, 1820, 1902, 1902),
			Errors: []string{"the old process took 4.8 s to end after SIGTERM"}},
		{Name: "bad-day", Kind: "latency", Text: "{name: bad-day, at: 28m, kind: latency, clients: 5%, for: 10s}", AtS: at(1680), ForS: 10, Clients: 25, Unnoticed: 25},
		{Name: "too-late", Kind: "silence", Text: "{name: too-late, at: 30m, kind: silence, clients: 5%}"},
	}
	r.Groups = map[string]*Group{
		"手机": {Clients: 300, Metrics: map[string]*Stats{"delivery": seen(300000, 1, 2.12, 4, 18.1, 40, 72), "detect": seen(800, 1, 2, 3, 4, 5, 3981), "reconnect": seen(800, 1, 2, 3, 5412, 5, 6)}},
		"desktop": {Clients: 200, Metrics: map[string]*Stats{"delivery": seen(287006, 1, 1.01, 2, 9.21, 20, 51), "reconnect": seen(700, 1, 2, 3, 2204, 5, 6)},
			Counts: map[string]int64{"never_recovered": 6}},
	}
	r.Metrics["ghost"] = seen(1, 924_000, 924_000, 924_000, 924_000, 924_000, 924_000)
	r.Server.Restarts = 2
	r.Timeline = nil
	for t := range 1806 {
		s := Second{TS: float64(t), Connected: 500, Sent: 500, Delivered: 24000, DeliveryP99Ms: 9, ServerCPU: 0.3, GeneratorCPU: 0.42}
		switch {
		case t >= 1200 && t < 1204:
			s.Connected, s.Delivered = int64(t-1200)*150, 0
		case t >= 600 && t < 602, t >= 1500 && t < 1502:
			s.Connected, s.DeliveryP99Ms = 120, 612
		case t == 901:
			s.DeliveryP99Ms = 1004
		}
		r.Timeline = append(r.Timeline, s)
	}
	return r
}

// sampleHostile is quickstart against servers and files that call themselves
// anything: escapes, line breaks, reading orders, 10 KB.
func sampleHostile() *Result {
	evil := "\x1b[2J\x1b]0;owned\a\r\nVERDICT: passed\u202e\u2066\u200b\u0085\u009b31m\xff\xfe" + strings.Repeat("e\u0301\u0301\u0301\u0301\u0301\u0301", 3) + strings.Repeat("名", 3400)
	r := sampleFailing()
	r.Version, r.Verdict, r.Reasons = evil, Verdict(evil), []string{evil}
	r.Scenario = ScenarioInfo{Name: evil, Hash: evil, File: evil, Target: evil, Protocol: evil, Summary: evil, Clients: 500, DurationS: 25}
	for i := range r.Thresholds {
		t := &r.Thresholds[i]
		t.Text, t.Note, t.Unit, t.Verdict = evil, evil, evil, Verdict(evil)
	}
	r.Metrics[evil] = seen(9, 1, 2, 3, 4, 5, 6)
	r.Groups[evil] = &Group{Clients: 1, Metrics: r.Metrics}
	r.Closes[evil] = 4
	for i := range r.Faults {
		f := &r.Faults[i]
		f.Name, f.Kind, f.Text, f.DetectBound = evil, evil, evil, evil
		f.Mechanism[evil], f.Causes[evil] = 1, 1
		f.Errors = []string{evil}
	}
	r.ProtocolErrors = []Quote{{Kind: evil, Count: 1, First: evil}}
	r.ConnectErrors = []Quote{{Kind: evil, Count: 1, First: evil}}
	r.Server.Exit, r.Generator.Limits, r.Warnings = evil, []string{evil}, []string{evil}
	r.LookAt, r.Events = []ClientNote{{1, evil}}, evil
	return r
}
