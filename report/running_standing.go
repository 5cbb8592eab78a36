package report

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// Standing is how a run stands, in figures that only grow, for monitoring
// systems.
type Standing struct {
	Over       bool // and so what is known only at the end is known
	Groups     []GroupStanding
	Faults     []FaultResult // name, kind and numbers of connections only
	Thresholds []ThresholdResult
}

// GroupStanding is one group's part of it.
type GroupStanding struct {
	Name    string
	Clients int
	Counts  [NumCounts]int64
	Times   [NumMetrics]Buckets
}

// Standing tells how the run stands, its times by bounds. It is nil once the
// run is over.
func (n *Running) Standing(bounds []time.Duration) (s *Standing) {
	n.look(func() { s = n.standing(bounds) })
	return s
}

func (n *Running) standing(bounds []time.Duration) *Standing {
	s := &Standing{Faults: n.faults(), Thresholds: n.thresholds()}
	for i, counts := range n.counts() {
		g := GroupStanding{Name: n.run.Groups[i].Name, Clients: n.run.Groups[i].Clients, Counts: counts}
		for m := range NumMetrics {
			g.Times[m] = n.times(m, i).buckets(bounds)
		}
		s.Groups = append(s.Groups, g)
	}
	return s
}

// Standing tells how a finished run ended. It is an error when the result's
// histograms cannot be read.
func (r *Result) Standing(bounds []time.Duration) (*Standing, error) {
	s := &Standing{Over: true, Faults: r.Faults, Thresholds: r.Thresholds}
	for _, name := range slices.Sorted(maps.Keys(r.Groups)) {
		from := r.Groups[name]
		g := GroupStanding{Name: name, Clients: from.Clients}
		for c := range NumCounts {
			g.Counts[c] = from.Counts[c.String()]
		}
		for m := range NumMetrics {
			h, err := from.Metrics[m.String()].Decode()
			if err != nil {
				return nil, fmt.Errorf("group %s: %s: %w", name, m, err)
			}
			g.Times[m] = h.buckets(bounds)
		}
		s.Groups = append(s.Groups, g)
	}
	return s, nil
}
