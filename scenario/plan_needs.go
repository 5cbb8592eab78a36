package scenario

import (
	"github.com/imbench/imbench/faults"
	"github.com/imbench/imbench/report"
)

// Parked is how many connections can be left in the dark beside those that
// clients use: each keeps its descriptor while its client connects anew, if
// that does. Of those that go through a middlebox it is taken that each expires
// once.
func (p *Plan) Parked() int {
	n := 0
	for _, o := range p.Occurrences() {
		switch p.s.Faults[o.Fault].Inner().Kind {
		case faults.Silence, faults.Rebind, faults.IdleExpiry:
			for _, c := range o.Clients {
				if p.s.Clients[p.GroupOf(int(c))].Reconnect.tries() {
					n++
				}
			}
		}
	}
	return n
}

// PlannedDeliveries is the number of receipts to expect of so many sends, were
// everybody online all the while: each goes to everybody in its audience but
// its sender.
func (p *Plan) PlannedDeliveries(sends float64) float64 {
	switch p.s.Traffic.To {
	case ToAll:
		return sends * float64(p.Clients()-1)
	case ToRoom:
		from, to := p.clientsOf(p.s.Traffic.From)
		others := 0.0 // summed over the senders, each as likely as the others
		for c := from; c < to; c++ {
			others += float64(p.RoomSize(p.RoomOf(c)) - 1)
		}
		return sends * others / float64(to-from)
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
