package scenario

import "fmt"

// Summary says in a line what the clients are to send: "500/s poisson to rooms
// of 50, 200B each".
func (s *Scenario) Summary() string {
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
	from := ""
	if t.From != "" {
		from = " from " + t.From
	}
	return rate + " " + t.Arrivals + from + " to " + to + ", " + t.Size.String() + " each"
}
