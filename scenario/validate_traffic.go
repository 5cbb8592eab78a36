package scenario

import (
	"fmt"
	"slices"
	"time"

	"github.com/imbench/imbench/internal/unit"
	"github.com/imbench/imbench/protocol"
)

func (d *decoder) validateTraffic(s *Scenario) {
	t := s.Traffic
	if len(t.Stages) == 0 {
		for _, list := range []string{"traffic", "traffic.stages"} {
			d.check(!d.given(list), list, "is an empty list", "add stages like {for: 10s, rate: 100/s}, or leave traffic out for none")
		}
		return
	}
	d.oneOf("traffic.arrivals", t.Arrivals, Poisson, Even)
	if known := groupNames(s); t.From != "" {
		d.check(slices.Contains(known, t.From), "traffic.from", "no group is named "+quoted(t.From), didYouMean(t.From, known))
	} else {
		d.check(!d.given("traffic.from"), "traffic.from", "is empty", "write a group's name, or leave it out: everybody sends")
	}
	d.oneOf("traffic.to", t.To, ToRoom, ToAll, ToPeer, ToSelf)
	d.check(t.Size >= unit.Size(protocol.TagLen) && t.Size <= largestSize, "traffic.size", t.Size.String()+" is out of range",
		fmt.Sprintf("write %dB to %s: the content carries a tag of %d bytes by which it is known again", protocol.TagLen, unit.Size(largestSize), protocol.TagLen))
	d.validateAudience(s)

	var sum time.Duration
	sends := 0.0
	for i, st := range t.Stages {
		at := d.stagePath(i)
		given := d.given(child(at, "for"))
		d.check(given || i == len(t.Stages)-1, at, "does not say how long it lasts", "add for: 10s; only the last stage may leave it out")
		if given {
			d.within(child(at, "for"), st.For, time.Millisecond, longestRun)
		}
		d.check(at == "traffic" || d.given(child(at, "rate")), at, "has no rate", "add rate: 100/s, or rate: 100/s..1000/s for a ramp")
		d.check(st.Rate.From <= 1e7 && st.Rate.To <= 1e7, child(at, "rate"), st.Rate.String()+" is out of range", "write at most 10000000/s")
		sum += max(0, min(st.For, longestRun))
		sends += float64(st.Rate.From+st.Rate.To) / 2 * max(0, st.For.Seconds()*s.TimeScale)
		if s.Duration > 0 && (sum > s.Duration || st.For <= 0 && !given && i > 0) {
			d.problemAt(at, fmt.Sprintf("the stages last longer than the run's duration (%s)", unit.Duration(s.Duration)), "shorten them, or make the duration longer")
			break
		}
	}
	d.check(sends < mostSends, "traffic", fmt.Sprintf("%.3g messages are more than a run can number", sends), "write a lower rate, or a shorter duration")
}

// validateAudience reports traffic that nobody could receive.
func (d *decoder) validateAudience(s *Scenario) {
	to, at := s.Traffic.To, "traffic.to"
	clients := clientsOf(s)
	if s.Rooms != (Rooms{}) && to == ToRoom {
		size, where := s.Rooms.Size, "rooms.size"
		if s.Rooms.Count > 0 {
			size, where = clients/s.Rooms.Count, "rooms.count"
		}
		if d.given("rooms") && size < 2 {
			d.problemAt(where, "leaves rooms with a single client, who would talk to nobody", "make rooms of at least 2 clients, or send to: self")
			return
		}
	}
	switch {
	case to == ToRoom && s.Rooms == (Rooms{}):
		d.problemAt(at, "room, but there are no rooms", "add rooms: {size: 50}")
	case (to == ToPeer || to == ToAll || to == ToRoom) && clients < 2:
		d.problemAt(at, to+" needs at least 2 clients", "add clients, or send to: self")
	}
}

func (d *decoder) oneOf(path, value string, known ...string) {
	d.check(slices.Contains(known, value), path, quoted(value)+" is not one of them", didYouMean(value, known))
}
