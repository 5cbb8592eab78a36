package scenario

import (
	"fmt"
	"strings"
)

// Summary says in a line what the clients are to send: "500/s poisson to rooms
// of 50, 200B each".
func (s *Scenario) Summary() string {
	if len(s.Traffic.Stages) == 0 {
		return "no traffic"
	}
	var rates []string
	for _, stage := range s.Traffic.Stages {
		rates = append(rates, stage.Rate.String())
	}
	to := map[string]string{ToAll: "everybody", ToPeer: "a peer", ToSelf: "oneself"}[s.Traffic.To]
	if to == "" {
		to = "rooms of " + fmt.Sprint(s.Rooms.Size)
		if s.Rooms.Size == 0 {
			to = fmt.Sprintf("%d rooms", s.Rooms.Count)
		}
	}
	return fmt.Sprintf("%s %s to %s, %s each", strings.Join(rates, ", then "), s.Traffic.Arrivals, to, s.Traffic.Size)
}
