package scenario

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/imbench/imbench/internal/unit"
	"github.com/imbench/imbench/protocol"
)

// validateProtocol reports what the protocol cannot do, and makes it ready.
func (d *decoder) validateProtocol(s *Scenario) {
	d.validateLogins(s)
	if d.system.System == nil {
		return
	}
	d.validateDestination(s)
	for i, g := range s.Clients {
		d.validateBehaviour(g, d.groups[i])
	}
	d.bindProtocol(s)
}

// bindProtocol fills in the protocol's variables and finds its columns.
func (d *decoder) bindProtocol(s *Scenario) {
	at := "target.preset"
	if d.described != nil {
		at = "target.protocol"
	}
	system, fine := d.system.System, true
	for _, name := range system.Env {
		if d.env == nil {
			d.problemAt(at, "asks for the environment variable "+quoted(name)+", and there is no environment here", "leave ${env.NAME} out")
			return
		}
		if _, ok := d.env(name); !ok {
			d.problem(d.placeAround(at), at, "asks for the environment variable "+quoted(name)+", which is not set", "set the variable")
			fine = false
		}
	}
	for _, name := range system.Columns {
		for i, g := range s.Clients {
			if d.failed[child(d.groups[i], "login")] || d.columnsOf[g.Login.CSV] != nil && slices.Contains(d.columnsOf[g.Login.CSV], name) {
				continue
			}
			path := child(child(d.groups[i], "login"), "csv")
			problem := "has no column " + quoted(name) + ", which the protocol asks for"
			if g.Login.CSV == "" {
				path, problem = d.groups[i], "has no login.csv, and the protocol asks for its column "+quoted(name)
			}
			d.problem(d.placeAround(path), path, problem, "add the column, or leave ${column."+name+"} out of the protocol")
			fine = false
		}
	}
	if !fine {
		return
	}
	bound, err := system.Bind(d.env, s.Columns)
	if err != nil {
		d.problemAt(at, printable(err.Error()), "")
		return
	}
	s.System, s.Protocol = system, bound.Protocol
}

// destinations lists what messages can be sent to, in words of traffic.to.
func destinations(t protocol.Traits) (to []string) {
	for _, d := range []struct {
		can  bool
		word string
	}{{t.ToRoom, ToRoom}, {t.ToAll, ToAll}, {t.ToPeer, ToPeer}, {t.ToPeer, ToSelf}} {
		if d.can {
			to = append(to, d.word)
		}
	}
	if t.Broadcast {
		to = []string{ToAll}
	}
	return to
}

// destination is where messages go unless the scenario says.
func destination(t protocol.Traits, rooms bool) string {
	can := destinations(t)
	for _, to := range []string{ToRoom, ToSelf, ToAll} {
		if slices.Contains(can, to) && (to != ToRoom || rooms) {
			return to
		}
	}
	return ToSelf
}

func (d *decoder) validateDestination(s *Scenario) {
	to, name := s.Traffic.To, d.system.Name
	can := destinations(d.system.Protocol.Traits())
	switch known := []string{ToRoom, ToAll, ToPeer, ToSelf}; {
	case len(s.Traffic.Stages) == 0 || !slices.Contains(known, to) || slices.Contains(can, to):
	case d.system.Protocol.Traits().Broadcast:
		d.problemAt("traffic.to", to+" is not what "+quoted(name)+" does: its server sends each message to everybody", "write to: all, or leave it out")
	case len(can) == 0:
		d.problemAt("traffic", quoted(name)+" has no messages to send", "say in the protocol whom they go to, or leave traffic out")
	case !d.given("traffic.to"):
		d.problemAt("traffic", "does not say whom it goes to", "add to: and one of "+strings.Join(can, ", ")+", which is what "+quoted(name)+" can do")
	default:
		d.problemAt("traffic.to", to+" is not what "+quoted(name)+" can send to", "write one of "+strings.Join(can, ", "))
	}
}

// validateBehaviour reports timers and defects that the protocol has no use
// for, or that contradict each other.
func (d *decoder) validateBehaviour(g Group, at string) {
	name, traits := quoted(d.system.Name), d.system.Protocol.Traits()
	beat, every := child(at, "heartbeat"), child(child(at, "heartbeat"), "every")
	timeout := child(beat, "timeout")
	switch {
	case d.given(every) && g.Heartbeat.Every > 0 && !d.system.beats() && !g.Defects.ChecksStateOnly:
		remedy := "leave it out, or describe heartbeat.send in a protocol of your own"
		if traits.ServerPings {
			remedy = "leave it out; the clients look for the server's pings instead"
		}
		d.problemAt(beat, name+" has no heartbeat of the client's", remedy)
	case d.given(timeout) && g.Heartbeat.Timeout > 0 && (g.Defects.NoAnswerExpected || g.Defects.ChecksStateOnly) && d.system.answers:
		d.problemAt(timeout, "stands beside a defect by which nobody looks for the answer", "leave it out, or add defects: none")
	case d.given(timeout) && g.Heartbeat.Timeout > 0 && !d.system.answers:
		d.problemAt(timeout, "nothing in "+name+" answers a heartbeat", "leave it out to expect no answer, or describe heartbeat.answer in a protocol of your own")
	case !d.given(beat) && g.Heartbeat.Timeout > 0 && g.Heartbeat.Timeout <= g.Heartbeat.Every && !g.Defects.OverwrittenTimer:
		d.problemAt("target.protocol", fmt.Sprintf("has a heartbeat whose timeout (%s) is not longer than every (%s)",
			unit.Duration(g.Heartbeat.Timeout), unit.Duration(g.Heartbeat.Every)), "it counts from the last answer; write more than every")
	}
	alive := child(at, "alive")
	switch {
	case !d.given(alive):
	case !traits.ServerPings:
		d.problemAt(alive, "the server of "+name+" has no pings that clients could look for", "leave it out, or describe server_ping in a protocol of your own")
	case d.system.pinged && g.Alive != d.system.behaviour.Alive:
		d.problemAt(alive, "a Socket.IO server says itself how long, when the connection opens", "leave it out")
	default:
		d.within(alive, g.Alive, time.Millisecond, longestRun)
	}
	d.validateDefects(g, child(at, "defects"))
}

func (d *decoder) validateDefects(g Group, at string) {
	f := g.Defects
	causes := child(at, "no_reconnect_after")
	place := func(i int) string {
		if d.given(causes) {
			return index(causes, i)
		}
		return "target.protocol"
	}
	for i, cause := range f.NoReconnectAfter {
		code, isClose := strings.CutPrefix(cause, "close_")
		if n, err := strconv.Atoi(code); isClose && err == nil && n >= 1000 && n < 5000 {
			continue
		}
		d.check(slices.Contains(Causes(), cause), place(i), quoted(cause)+" is no cause of a disconnect",
			didYouMean(cause, Causes())+", and close_1000 and so on for close frames")
	}
	d.check(f.AttemptsAfterOpen >= 0 && f.AttemptsAfterOpen <= 1_000_000, child(at, "attempts_after_open"),
		fmt.Sprintf("%d is out of range", f.AttemptsAfterOpen), "write 1 or more, or 0 for as many as before")
	stray := child(at, "overwritten_timer")
	d.check(!d.given(stray) || !f.OverwrittenTimer || g.Heartbeat.Timeout > 0, stray, "needs timers that could be overwritten", "add a heartbeat with a timeout")
}

// beats reports whether the client's heartbeat is on the wire.
func (s *system) beats() bool {
	return s.System == nil || len(s.Protocol.AppendHeartbeat(nil, 0)) > 0
}

// traits are the protocol's, or those of the default where it is not known.
func (s *system) traits() protocol.Traits {
	if s.System == nil {
		return protocol.Envelope{}.Traits()
	}
	return s.Protocol.Traits()
}
