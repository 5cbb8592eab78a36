package scenario

import (
	"fmt"

	"github.com/imbench/imbench/faults"
	"github.com/imbench/imbench/report"
)

// Parked is the most connections that silences can leave behind: each keeps
// its descriptor while its client connects anew.
func (p *Plan) Parked() int {
	n := 0
	for _, o := range p.Occurrences() {
		if p.s.Faults[o.Fault].Kind == faults.Silence {
			n += len(o.Clients)
		}
	}
	return n
}

// PlannedDeliveries is the number of receipts to expect of so many sends, were
// everybody online all the while: each goes to everybody in its audience but
// its sender.
func (p *Plan) PlannedDeliveries(sends float64) float64 {
	switch n := p.Clients(); p.s.Traffic.To {
	case ToAll:
		return sends * float64(n-1)
	case ToRoom:
		others := 0.0 // summed over the clients, each as likely the sender as the others
		for room := range p.rooms {
			size := float64(p.RoomSize(room))
			others += size * (size - 1)
		}
		return sends * others / float64(n)
	default:
		return sends
	}
}

// LedgerBytes estimates the memory that accounting for every message takes.
func (p *Plan) LedgerBytes() int64 {
	a := report.Audience{To: report.ToSelf, Clients: p.Clients()}
	switch p.s.Traffic.To {
	case ToAll:
		a.To = report.ToAll
	case ToPeer:
		a.To = report.ToPeer
	case ToRoom:
		a.To = report.ToRoom
		for c := range p.Clients() {
			a.RoomOf = append(a.RoomOf, uint32(p.RoomOf(c)))
		}
	}
	return report.NewLedger(a, 1, 0).Bytes(int64(p.PlannedSends()))
}

// Summary says a scenario's traffic in a line: "500/s poisson to rooms of 50".
func Summary(s *Scenario) string {
	t := s.Traffic
	if len(t.Stages) == 0 {
		return "no traffic"
	}
	rate := t.Stages[0].Rate.String()
	if n := len(t.Stages); n > 1 {
		lowest, highest := t.Stages[0].Rate.From, t.Stages[0].Rate.From
		for _, st := range t.Stages {
			lowest = min(lowest, st.Rate.From, st.Rate.To)
			highest = max(highest, st.Rate.From, st.Rate.To)
		}
		rate = fmt.Sprintf("%d stages of %s to %s", n, lowest, highest)
		if lowest == highest {
			rate = fmt.Sprintf("%d stages of %s", n, lowest)
		}
	}
	to := map[string]string{ToAll: "everybody", ToPeer: "single peers", ToSelf: "the senders themselves"}[t.To]
	switch {
	case t.To != ToRoom:
	case s.Rooms.Size > 0:
		to = fmt.Sprintf("rooms of %d", s.Rooms.Size)
	case s.Rooms.Count == 1:
		to = "one room"
	default:
		to = fmt.Sprintf("%d rooms", s.Rooms.Count)
	}
	return rate + " " + t.Arrivals + " to " + to
}
