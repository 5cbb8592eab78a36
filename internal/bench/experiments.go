package main

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/imbench/imbench/report"
)

// experiment takes some figures once.
type experiment struct {
	name string
	take func(ctx context.Context, l *lab) ([]figure, error)
}

func experiments() []experiment {
	return []experiment{
		{"idle", idle},
		{"saturated", saturated},
		{"paced", paced},
		{"connect", connects},
		{"freeze", freeze},
		{"room", room},
		{"many", many},
		{"socketio", socketIO},
		{"silence", silence},
	}
}

const micro = 1e6

// steady adds up the full seconds from the third on, before the drain.
func steady(r *report.Result) (seconds, cores, serverCores, delivered float64) {
	for _, s := range r.Timeline {
		if s.TS >= 3 && s.TS <= r.Scenario.DurationS {
			seconds++
			cores += s.GeneratorCPU
			serverCores += s.ServerCPU
			delivered += float64(s.Delivered)
		}
	}
	return seconds, cores, serverCores, delivered
}

func lastRSS(r *report.Result) (generator, server float64) {
	for _, s := range r.Timeline {
		if s.TS <= r.Scenario.DurationS {
			generator, server = float64(s.GeneratorRSS), float64(s.ServerRSS)
		}
	}
	return generator, server
}

// footprint is what one of 10,000 idle clients takes beyond the process itself,
// in KB, and a connection of the server.
type footprint struct{ client, peak, base, server float64 }

func (l *lab) idleFootprint(ctx context.Context, scenario string) (f footprint, err error) {
	const many, few, kb = 10_000, 10, 1000
	base, err := l.run(ctx, fmt.Sprintf(scenario, few))
	if err != nil {
		return f, err
	}
	full, err := l.run(ctx, fmt.Sprintf(scenario, many))
	if err != nil {
		return f, err
	}
	g0, s0 := lastRSS(base)
	g1, s1 := lastRSS(full)
	f.client, f.server, f.base = (g1-g0)/kb/(many-few), (s1-s0)/kb/(many-few), g0/1e6
	f.peak = float64(full.Generator.RSSMaxBytes-base.Generator.RSSMaxBytes) / kb / (many - few)
	return f, nil
}

func idle(ctx context.Context, l *lab) ([]figure, error) {
	f, err := l.idleFootprint(ctx, "clients: {count: %d, connect_rate: 5000/s, heartbeat: {every: 10s, timeout: 20s}}\nduration: 25s\ndrain: 0s\n")
	return []figure{
		{"idle client with heartbeats, of 10,000", "KB", f.client, "<= 6"},
		{"– at its peak", "KB", f.peak, ""},
		{"idle base process", "MB", f.base, ""},
		{"idle connection of the reference server", "KB", f.server, "<= 12"},
	}, err
}

// socketIO holds Socket.IO against the envelope, both sending to everybody.
func socketIO(ctx context.Context, l *lab) ([]figure, error) {
	perDelivery := func(target string) (float64, error) {
		r, err := l.run(ctx, target+"clients: {count: 500, connect_rate: 2000/s}\ntraffic: {rate: 20/s, to: all, arrivals: even}\nduration: 12s\ndrain: 1s\n")
		if err != nil {
			return 0, err
		}
		_, cores, _, delivered := steady(r)
		return cores / delivered * micro, nil
	}
	plain, err := perDelivery("")
	if err != nil {
		return nil, err
	}
	const chat = "target: {url: 'ws://{{addr}}', pid: {{pid}}, preset: socketio-chat}\n"
	framed, err := perDelivery(chat)
	if err != nil {
		return nil, err
	}
	f, err := l.idleFootprint(ctx, chat+"clients: {count: %d, connect_rate: 1000/s}\nduration: 30s\ndrain: 0s\n")
	return []figure{
		{"Socket.IO, to all of 500: CPU per delivery", "µs", framed, ""},
		{"– ratio to the envelope, to all of 500", "×", framed / plain, "<= 1.5"},
		{"idle Socket.IO client, of 10,000", "KB", f.client, "<= 7"},
	}, err
}

func saturated(ctx context.Context, l *lab) ([]figure, error) {
	r, err := l.run(ctx, "clients: {count: 1000, connect_rate: 5000/s}\ntraffic: {rate: 200000/s, to: self, arrivals: even}\nduration: 10s\ndrain: 1s\n")
	if err != nil {
		return nil, err
	}
	floor, err := l.floor(ctx, 1000, 5)
	if err != nil {
		return nil, err
	}
	seconds, cores, serverCores, delivered := steady(r)
	per := cores / delivered * micro
	return []figure{
		{"saturated, 1,000 clients: CPU per round trip", "µs", per, "<= 20"},
		{"– raw TCP echo client, in the same job", "µs", float64(floor) / 1e3, ""},
		{"– ratio to that", "×", per / (float64(floor) / 1e3), ""},
		{"– round trips", "/s", delivered / seconds, ""},
		{"– reference server: CPU per round trip", "µs", serverCores / delivered * micro, "<= 20"},
	}, nil
}

func paced(ctx context.Context, l *lab) ([]figure, error) {
	r, err := l.run(ctx, "clients: {count: 1000, connect_rate: 5000/s}\ntraffic: {rate: 10000/s, to: self, arrivals: even}\nduration: 15s\ndrain: 1s\n")
	if err != nil {
		return nil, err
	}
	_, cores, serverCores, delivered := steady(r)
	return []figure{
		{"paced, 1,000 clients × 10/s: CPU per round trip", "µs", cores / delivered * micro, "<= 27"},
		{"– sent, of the plan", "%", 100 * float64(r.Counts["sent"]) / float64(r.Counts["planned"]), ">= 99.9"},
		{"– lag.p99", "ms", r.Metrics["lag"].P99, "<= 1.5"},
		{"– roundtrip.p50", "ms", r.Metrics["roundtrip"].P50, ""},
		{"– roundtrip.p99", "ms", r.Metrics["roundtrip"].P99, ""},
		{"– reference server: CPU per round trip", "µs", serverCores / delivered * micro, "<= 20"},
	}, nil
}

func connects(ctx context.Context, l *lab) ([]figure, error) {
	rate := func(n int) (float64, error) {
		r, err := l.run(ctx, fmt.Sprintf("clients: {count: %d, connect_rate: 1000000/s}\nduration: 1s\ndrain: 0s\n", n))
		if err != nil {
			return 0, err
		}
		return float64(r.Counts["connects"]) / r.ConnectS, nil
	}
	small, err := rate(5000)
	if err != nil {
		return nil, err
	}
	large, err := rate(18_000)
	return []figure{
		{"connects, dial to ready, 5,000 at once", "/s", small, ">= 6000"},
		{"connects, dial to ready, 18,000 at once", "/s", large, "no cliff"},
	}, err
}

func freeze(ctx context.Context, l *lab) ([]figure, error) {
	r, err := l.run(ctx, "clients: {count: 1000, connect_rate: 5000/s}\ntraffic: {rate: 10000/s, to: self, arrivals: even}\n"+
		"faults: [{name: freeze, at: 10s, kind: server.freeze, for: 1s}]\nduration: 20s\ndrain: 3s\n")
	if err != nil {
		return nil, err
	}
	return []figure{
		{"server frozen 1 s in 20 s: delivery.p99", "ms", r.Metrics["delivery"].P99, "800 + catch-up"},
		{"– delivery.p999", "ms", r.Metrics["delivery"].P999, "980 to 1050"},
		{"– lag.p99", "ms", r.Metrics["lag"].P99, ""},
	}, nil
}

func room(ctx context.Context, l *lab) ([]figure, error) {
	r, err := l.run(ctx, "clients: {count: 500, connect_rate: 5000/s}\nrooms: {size: 500}\ntraffic: {rate: 20/s, to: room, arrivals: even}\nduration: 15s\ndrain: 1s\n")
	if err != nil {
		return nil, err
	}
	_, cores, serverCores, delivered := steady(r)
	return []figure{
		{"room of 500, 20 messages/s: CPU per delivery", "µs", cores / delivered * micro, "<= 18"},
		{"– delivery.p50", "ms", r.Metrics["delivery"].P50, ""},
		{"– reference server: CPU per delivery", "µs", serverCores / delivered * micro, ""},
	}, nil
}

func many(ctx context.Context, l *lab) ([]figure, error) {
	r, err := l.run(ctx, "clients: {count: 15000, connect_rate: 5000/s}\nrooms: {size: 50}\ntraffic: {rate: 100/s, to: room}\nduration: 15s\ndrain: 2s\n")
	if err != nil {
		return nil, err
	}
	return []figure{
		{"15,000 clients in one process: ready", "", float64(r.Counts["connects"]), "15000"},
		{"– reach", "%", 100 * r.Rates["reach"], "100"},
		{"– lag.p99", "ms", r.Metrics["lag"].P99, ""},
		{"– memory, peak", "MB", float64(r.Generator.RSSMaxBytes) / 1e6, ""},
	}, nil
}

// silence silences all clients in the same moment, while they chat: what it
// takes for each is between the first and the last line of the events.
func silence(ctx context.Context, l *lab) ([]figure, error) {
	const clients = 10_000
	events := filepath.Join(l.dir, "silence.jsonl")
	r, err := l.runWith(ctx, fmt.Sprintf("clients: {count: %d, connect_rate: 5000/s, heartbeat: {every: 10s, timeout: 20s}, reconnect: none}\n"+
		"traffic: {rate: 500/s, to: self, arrivals: even}\nfaults: [{name: dark, at: 8s, kind: silence, clients: 100%%}]\n"+
		"duration: 12s\ndrain: 0s\n", clients), []string{"--events", events}, nil)
	if err != nil {
		return nil, err
	}
	spread, err := eventSpread(events, "fault")
	if err != nil {
		return nil, err
	}
	dark := r.Faults[0]
	lag := 0.0
	for _, s := range r.Timeline {
		if s.TS >= 7 && s.TS <= 10 {
			lag = max(lag, s.LagP99Ms)
		}
	}
	return []figure{
		{"10,000 silenced in the same moment: applied to", "", float64(dark.Clients), "10000"},
		{"– first to last, for each", "µs", spread.Seconds() * micro / float64(max(dark.Clients-1, 1)), "<= 10"},
		{"– first to last", "ms", spread.Seconds() * 1e3, ""},
		{"– lag.p99 of the worst second around it", "ms", lag, ""},
		{"– memory, peak", "MB", float64(r.Generator.RSSMaxBytes) / 1e6, ""},
	}, nil
}
