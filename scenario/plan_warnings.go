package scenario

import (
	"fmt"
	"slices"
	"time"

	"github.com/imbench/imbench/faults"
)

// Warnings says what about the plan is allowed but likely not meant.
func (p *Plan) Warnings() []string {
	w := p.sizeWarnings()
	w = append(w, p.protocolWarnings()...)
	w = append(w, p.heartbeatWarnings()...)
	for _, f := range p.s.Faults {
		w = append(w, p.faultWarnings(f)...)
	}
	return append(w, p.thresholdWarnings()...)
}

// PerAddress is how many connections one source address can hold to one
// destination before connecting falls off a cliff.
const PerAddress = 14_000

func (p *Plan) sizeWarnings() (w []string) {
	n, t := p.Clients(), p.s.Traffic
	if n > PerAddress {
		w = append(w, fmt.Sprintf("%d clients are more than one source address carries well (%d): several are needed, see target.local_ips", n, PerAddress))
	}
	if p.rooms > 1 && p.RoomSize(p.rooms-1) == 1 {
		w = append(w, fmt.Sprintf("room %d has a single client, who talks to nobody", p.rooms-1))
	}
	if len(t.Stages) == 0 {
		return w
	}
	sends := p.PlannedSends()
	if sends < 1 {
		w = append(w, "the traffic amounts to less than one message")
	}
	highest := 0.0
	for _, st := range t.Stages {
		highest = max(highest, float64(st.Rate.From), float64(st.Rate.To))
	}
	if perSecond := p.PlannedDeliveries(highest); perSecond > 100_000 {
		w = append(w, fmt.Sprintf("%.0f sends a second make %.0f deliveries a second; few machines carry that", highest, perSecond))
	}
	if p.s.Drain.Seconds() < 1 {
		w = append(w, "the drain is shorter than 1s: messages that come late count as lost")
	}
	return w
}

func (p *Plan) heartbeatWarnings() (w []string) {
	for _, g := range p.s.Clients {
		h := g.Heartbeat
		if answer := h.Timeout - h.Every; h.Timeout > 0 && !g.Defects.OverwrittenTimer && answer*4 < h.Every {
			w = append(w, fmt.Sprintf("group %s: a heartbeat has only %s to be answered before its connection is given up (timeout %s − every %s)",
				g.Name, durationText(answer), durationText(h.Timeout), durationText(h.Every)))
		}
	}
	return w
}

func (p *Plan) faultWarnings(f faults.Config) (w []string) {
	from, to := p.clientsOf(f.Group)
	if f.Clients.Count > to-from {
		w = append(w, fmt.Sprintf("%s takes all %d clients: %d are asked for", f.Name, to-from, f.Clients.Count))
	}
	run := p.s.Duration
	last := f.At + time.Duration(repetitions(f, run)-1)*f.Every
	if f.For > 0 && last+f.For > run {
		w = append(w, fmt.Sprintf("%s begins at %s and lasts until %s, beyond the run's end (%s)",
			f.Name, durationText(last), durationText(last+f.For), durationText(run)))
	}
	if f.Kind != faults.Silence {
		return w
	}
	for i, g := range p.s.Clients {
		if p.starts[i] >= to || p.starts[i+1] <= from {
			continue
		}
		shortest, longest, ok := g.DetectBound()
		if !ok && p.toldByServer(g) {
			longest, ok = socketIOSilence, true
		}
		switch healed := f.For > 0; {
		case !ok && !healed:
			w = append(w, fmt.Sprintf("group %s has no timer that would tell: no client there notices %s by itself", g.Name, f.Name))
		case !ok || healed && f.For < shortest: // healed before anybody notices
		case last+longest > run:
			w = append(w, fmt.Sprintf("%s begins at %s: group %s may need %s to notice, and the run ends at %s",
				f.Name, durationText(last), g.Name, durationText(longest), durationText(run)))
		}
	}
	return w
}

// What a threshold can only be held against when there is traffic, or a fault.
var (
	ofTraffic = []string{
		"delivery", "recovery", "fanout", "roundtrip", "lag", "planned", "unsent", "overruns", "sent", "acked", "expected", "delivered",
		"lost", "missed", "recovered", "duplicated", "reordered", "unexpected", "indeterminate", "acked_lost", "reach", "loss",
	}
	ofFaults = []string{"detect", "reconnect", "outage", "ghost", "never_detected", "ghosts"}
)

func (p *Plan) thresholdWarnings() (w []string) {
	for _, t := range p.s.Thresholds {
		metric, _ := t.Names()
		why := untold(metric, p.s.Protocol.Traits())
		switch {
		case why != "":
			w = append(w, fmt.Sprintf("threshold %s: %s, so the run cannot tell", t, why))
		case len(p.s.Traffic.Stages) == 0 && slices.Contains(ofTraffic, metric):
			w = append(w, fmt.Sprintf("threshold %s: there is no traffic, so the run cannot tell", t))
		case len(p.s.Faults) == 0 && slices.Contains(ofFaults, metric):
			w = append(w, fmt.Sprintf("threshold %s: there is no fault, so the run may not be able to tell", t))
		}
	}
	return w
}
