package agent

import (
	"time"

	"github.com/imbench/imbench/report"
)

// snapshot says how the run stands, for progress.
func (r *run) snapshot(phase string, zero time.Duration, last report.Second, seconds float64) report.Snapshot {
	now := r.clock.now()
	s := report.Snapshot{
		Phase: phase, Elapsed: now, Connected: int(last.Connected), Clients: len(r.clients),
		SentPerS: float64(last.Sent) / seconds, DeliveredPerS: float64(last.Delivered) / seconds,
		DeliveryP50: fromMillis(last.DeliveryP50Ms), DeliveryP99: fromMillis(last.DeliveryP99Ms), LagP99: fromMillis(last.LagP99Ms),
	}
	for _, shard := range r.shards {
		s.Disconnected += int(shard.disconnects.Load())
	}
	if zero == 0 {
		return s
	}
	s.Elapsed, s.Total = max(0, now-zero), r.scenario.Duration+r.scenario.Drain
	s.FaultsUnderWay = r.faultsAt(s.Elapsed)
	if phase == report.PhaseRunning {
		for _, o := range r.occurrences {
			if o.At > s.Elapsed {
				s.NextFault, s.NextFaultIn = o.config.Name, o.At-s.Elapsed
				break
			}
		}
	}
	return s
}

func fromMillis(ms float64) time.Duration { return time.Duration(ms * float64(time.Millisecond)) }

// faultsAt names the faults that last over t, in the order they came.
func (r *run) faultsAt(t time.Duration) (names []string) {
	for _, o := range r.occurrences {
		if o.For > 0 && o.At <= t && t < o.At+o.For {
			names = append(names, o.config.Name)
		}
	}
	return names
}
