package scenario

import (
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/imbench/imbench/faults"
	"github.com/imbench/imbench/internal/unit"
)

// Warnings says what about the plan is allowed but likely not meant.
func (p *Plan) Warnings() []string {
	w := p.sizeWarnings()
	if p.s.scaled() {
		w = append(w, fmt.Sprintf("time_scale is %s: the server's own timers (TCP keepalive, when it reaps a dead connection, its pings) are not scaled",
			strconv.FormatFloat(p.s.TimeScale, 'g', 4, 64)))
	}
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
				g.Name, unit.Duration(answer), unit.Duration(h.Timeout), unit.Duration(h.Every)))
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
			f.Name, p.time(last), p.time(last+f.For), p.time(run)))
	}
	switch f.Inner().Kind {
	case faults.IdleExpiry:
		w = append(w, p.boxWarnings(f)...)
	case faults.Rebind:
		w = append(w, p.rebindWarnings(f)...)
	}
	return append(w, p.silenceWarnings(f, last)...)
}

// silenceWarnings says who does not notice a fault that nobody is told of, or
// not before the run's end. last is when it begins for the last time.
func (p *Plan) silenceWarnings(f faults.Config, last time.Duration) (w []string) {
	if f.Kind != faults.Silence {
		return nil
	}
	from, to := p.clientsOf(f.Group)
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
		case last+longest > p.s.Duration:
			w = append(w, fmt.Sprintf("%s begins at %s: group %s may need %s to notice, and the run ends at %s",
				f.Name, p.time(last), g.Name, p.time(longest), p.time(p.s.Duration)))
		}
	}
	return w
}

// boxWarnings says that a run is too short for a middlebox.
func (p *Plan) boxWarnings(f faults.Config) []string {
	first := f.Idle
	if f.Lifetime > 0 && (first == 0 || f.Lifetime < first) {
		first = f.Lifetime
	}
	left := p.s.Duration - f.At
	if f.For > 0 {
		left = min(left, f.For)
	}
	if first < left {
		return nil
	}
	return []string{fmt.Sprintf("%s gives up after %s, and lasts %s: no connection can expire; make it last longer, or tell the story faster by time_scale",
		f.Name, p.time(first), p.time(left))}
}

// rebindWarnings says that clients have no second address to come from.
func (p *Plan) rebindWarnings(f faults.Config) []string {
	if len(p.s.Target.LocalIPs) > 1 || p.onLoopback() {
		return nil
	}
	return []string{fmt.Sprintf("%s: the clients have one source address only, so that only the port changes; give several in target.local_ips", f.Name)}
}

// onLoopback reports whether the target is on this host, where source addresses
// are free. What is not known before the run is taken to be elsewhere.
func (p *Plan) onLoopback() bool {
	if p.s.Target.URL == "" {
		return true
	}
	u, err := url.Parse(p.s.Target.URL)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return u.Hostname() == "localhost" || err == nil && ip.Is4() && ip.IsLoopback()
}

// What a threshold can only be held against when there is traffic, or a fault.
var (
	ofTraffic = []string{
		"delivery", "recovery", "fanout", "roundtrip", "lag", "planned", "unsent", "overruns", "sent", "acked", "expected", "delivered",
		"lost", "missed", "recovered", "duplicated", "reordered", "unexpected", "indeterminate", "acked_lost", "reach", "loss",
	}
	ofFaults = []string{"detect", "reconnect", "outage", "ghost", "never_detected", "ghosts"}
)

// watchesGhosts reports whether a fault makes ghosts, and how long the server
// believes in them is watched.
func watchesGhosts(f faults.Config) bool {
	if slices.Contains(f.Ghost, faults.GhostNone) {
		return false
	}
	return slices.Contains([]faults.Kind{faults.Silence, faults.IdleExpiry, faults.Rebind}, f.Inner().Kind)
}

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
		case (metric == "ghost" || metric == "ghosts") && !slices.ContainsFunc(p.s.Faults, watchesGhosts):
			w = append(w, fmt.Sprintf("threshold %s: no fault makes ghosts that are watched, so the run cannot tell", t))
		}
	}
	return w
}
