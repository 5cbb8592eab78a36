package scenario

import (
	"reflect"
	"time"

	"github.com/imbench/imbench/protocol"
)

// Causes are the names of what can end a connection, for no_reconnect_after;
// besides, close_ and a number for a close frame with that code.
func Causes() []string {
	return []string{
		"heartbeat_timeout", "ping_timeout", "server_disconnect", "reset", "eof", "tcp_timeout",
		"protocol_error", "frame_too_big", "write_error", "read_error", "bye",
	}
}

// completeBehaviour gives a group what the system's published client does,
// where the scenario says nothing.
func (d *decoder) completeBehaviour(g *Group, at string) {
	published := d.system.behaviour
	d.completeDefects(&g.Defects, child(at, "defects"), published.Defects)
	if !d.given(child(at, "alive")) {
		g.Alive = published.Alive
	}
	if d.given(child(at, "heartbeat")) {
		return
	}
	g.Heartbeat = Heartbeat{Every: published.Heartbeat.Every, Timeout: published.Heartbeat.Timeout}
	if !d.system.beats() && !g.Defects.ChecksStateOnly {
		g.Heartbeat = Heartbeat{}
	}
	switch looks := !g.Defects.NoAnswerExpected && !g.Defects.ChecksStateOnly; {
	case !looks:
		g.Heartbeat.Timeout = 0
	case g.Heartbeat.Timeout == 0 && g.Heartbeat.Every > 0 && d.system.answers: // cured of the defect
		g.Heartbeat.Timeout = 2 * g.Heartbeat.Every
	}
}

// completeDefects fills in those that the scenario does not switch.
func (d *decoder) completeDefects(p *protocol.Defects, at string, published protocol.Defects) {
	if d.given(child(at, none)) {
		return
	}
	to, from := reflect.ValueOf(p).Elem(), reflect.ValueOf(published)
	for name, i := range fieldsOf(to.Type()).index {
		if !d.given(child(at, name)) {
			to.Field(i).Set(from.Field(i))
		}
	}
}

// DetectBound says how long after falling silent a connection of the group is
// found dead by the clients' own timers, as DetectBound does of a heartbeat:
// the server's pings, and what the clients get wrong, are counted in. ok is
// false when they cannot notice at all, or when it is for the server to say
// how soon.
func (g Group) DetectBound() (shortest, longest time.Duration, ok bool) {
	f := g.Defects
	if !f.NoAnswerExpected && !f.ChecksStateOnly && !f.HeartbeatStartsAfterReconnect {
		shortest, longest, ok = DetectBound(g.Heartbeat)
	}
	if ok && f.OverwrittenTimer { // each beat has its own timer; the first after the silence is up to Every away
		shortest, longest = g.Heartbeat.Timeout, g.Heartbeat.Timeout+g.Heartbeat.Every
	}
	switch {
	case g.Alive <= 0:
	case !ok:
		return 0, g.Alive, true // how often the server pings is not known
	default:
		shortest, longest = 0, min(longest, g.Alive)
	}
	return shortest, longest, ok
}
