package scenario

import (
	"sort"
	"time"
)

// Plan is everything about a run that is decided beforehand: who is who, who
// shares a room, who sends what when, and whom each fault takes. It follows
// from the scenario and its seed alone. Clients, groups, rooms and faults are
// numbered from 0, clients through the groups in their order.
type Plan struct {
	s      *Scenario
	starts []int // first client of each group, and the number of clients at the end
	rooms  int
	load   []segment
}

// NewPlan makes the plan of an effective scenario, which must not change
// afterwards.
func NewPlan(s *Scenario) *Plan {
	p := &Plan{s: s, starts: make([]int, 1, len(s.Clients)+1)}
	n := 0
	for _, g := range s.Clients {
		n += g.Count
		p.starts = append(p.starts, n)
	}
	switch {
	case s.Rooms.Size > 0:
		p.rooms = (n + s.Rooms.Size - 1) / s.Rooms.Size
	case s.Rooms.Count > 0:
		p.rooms = min(s.Rooms.Count, n)
	}
	p.load = segments(s)
	return p
}

// Clients is the number of clients.
func (p *Plan) Clients() int { return p.starts[len(p.starts)-1] }

// GroupOf returns the group of a client.
func (p *Plan) GroupOf(client int) int { return sort.SearchInts(p.starts[1:], client+1) }

// clientsOf returns a group's first client and the one after its last; all of
// them for no name.
func (p *Plan) clientsOf(group string) (from, to int) {
	for i, g := range p.s.Clients {
		if g.Name == group {
			return p.starts[i], p.starts[i+1]
		}
	}
	return 0, p.Clients()
}

// Rooms is the number of rooms.
func (p *Plan) Rooms() int { return p.rooms }

// RoomOf returns the room of a client, -1 for none.
func (p *Plan) RoomOf(client int) int {
	switch {
	case p.rooms == 0:
		return -1
	case p.s.Rooms.Size > 0:
		return client / p.s.Rooms.Size
	default:
		return client * p.rooms / p.Clients()
	}
}

// RoomSize returns how many clients share a room.
func (p *Plan) RoomSize(room int) int {
	n := p.Clients()
	switch {
	case room < 0 || room >= p.rooms:
		return 0
	case p.s.Rooms.Size > 0:
		return min(p.s.Rooms.Size, n-room*p.s.Rooms.Size)
	default:
		first := func(room int) int { return (room*n + p.rooms - 1) / p.rooms }
		return first(room+1) - first(room)
	}
}

// Shard returns which of so many shards carries a client. Rooms stay whole on
// one shard, unless there are too few of them to load the shards evenly (to
// within an eighth): then each client is dealt for itself.
func (p *Plan) Shard(client, shards int) int {
	if p.wholeRooms(shards) {
		return p.RoomOf(client) % shards
	}
	return client % shards
}

func (p *Plan) wholeRooms(shards int) bool {
	return p.rooms > 0 && (p.rooms%shards == 0 || p.rooms >= 8*shards)
}

// DetectBound says how long after falling silent a connection is found dead by
// its own heartbeat: Timeout counts from the last answered sign of life, which
// lies up to Every before the silence, so it takes Timeout−Every to Timeout. A
// beat's round trip, short beside these, is left out. ok is false when the
// heartbeat cannot notice at all.
func DetectBound(h Heartbeat) (shortest, longest time.Duration, ok bool) {
	if h.Every <= 0 || h.Timeout <= 0 {
		return 0, 0, false
	}
	return max(0, h.Timeout-h.Every), h.Timeout, true
}
