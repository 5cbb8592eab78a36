package agent

import (
	"time"

	"github.com/imbench/imbench/faults"
	"github.com/imbench/imbench/report"
)

// The stories of a ghost: a server's kernel does not ask whether the other side
// lives while bytes to it are unacknowledged.
var stories = [...]string{"idle", "chat"}

// isWritten reports whether something was written to the ghost: as the server's
// socket showed it, or, where that was not seen, if the run sent anything to
// where its client listens.
func (r *run) isWritten(n *ghost) bool {
	if n.peer.cookie != 0 {
		return n.peer.written
	}
	for _, s := range r.shards {
		if s.lastSent[r.listensTo(n.client)].notBy(n.client.id) > n.at {
			return true
		}
	}
	return false
}

// finding is what one way of watching knows of one ghost at the end.
type finding struct {
	answer answer
	life   report.Lifetime // of a probe, Seen is when it asked
}

// way is one way of watching.
type way struct {
	name string
	find func(n *ghost, end time.Duration) finding
}

// settle closes every ghost's story, when nothing moves any more. It records
// the ghost times and returns the survivals of each fault.
func (g *ghosts) settle(end time.Duration) [][]report.Survival {
	r := g.run
	for _, w := range g.warn {
		r.warn("%s", w)
	}
	if g.lapsed {
		r.warn("the presence observer lost its connection, so some ghosts are unknown to it")
	}
	byFault := make([][]*ghost, len(r.scenario.Faults))
	for _, n := range g.all {
		byFault[n.fault] = append(byFault[n.fault], n)
	}
	survivals := make([][]report.Survival, len(byFault))
	for i, all := range byFault {
		if len(all) > 0 {
			survivals[i] = g.settleFault(all, end)
		}
	}
	return survivals
}

func (g *ghosts) settleFault(all []*ghost, end time.Duration) (survivals []report.Survival) {
	ways := g.waysOf(all[0])
	for _, n := range all {
		g.recordTime(n, ways, end)
	}
	for _, w := range ways {
		for i, story := range stories {
			s := g.survival(w, all, end, i == 1)
			s.Story = story
			if s.Clients > 0 {
				survivals = append(survivals, s)
			}
		}
	}
	return survivals
}

// waysOf are the ways that could tell of the ghosts of n's fault, best first.
func (g *ghosts) waysOf(n *ghost) (ways []way) {
	if n.by.presence && g.told {
		ways = append(ways, way{faults.GhostPresence, (*ghost).byPresence})
	} else if n.by.presence && !n.by.ifNeeded {
		g.run.warn("ghosts of %s cannot be watched by presence: the server told nobody's", g.nameOf(n))
	}
	if n.by.inetDiag && g.onHost == thisHost {
		ways = append(ways, way{faults.GhostInetDiag, (*ghost).byInetDiag})
	}
	if n.by.probe && (len(ways) == 0 || !n.by.ifNeeded) {
		ways = append(ways, way{faults.GhostProbe, (*ghost).byProbe})
	}
	if len(ways) == 0 {
		ways = append(ways, way{faults.GhostNone, func(*ghost, time.Duration) finding { return finding{} }})
	}
	return ways
}

// recordTime records how long the server held a ghost, by the best way that
// knows. A probe knows no times: what it found stands in the survival alone. Who
// was healed in time never was a ghost.
func (g *ghosts) recordTime(n *ghost, ways []way, end time.Duration) {
	for _, w := range ways {
		f := w.find(n, end)
		switch {
		case w.name == faults.GhostProbe || f.answer == cannotTell:
			continue
		case f.answer == forgotten:
			g.run.rec.FaultGhost(n.fault, int(n.client.group), f.life.Gone, false)
		case n.healedAt == 0:
			g.run.rec.FaultGhost(n.fault, int(n.client.group), f.life.Seen, true)
			g.run.events.log(end, n.client, "ghost", "fault", g.nameOf(n), "method", w.name, "state", "held")
		}
		return
	}
}

// survival sums up what one way knows of the ghosts of one story.
func (g *ghosts) survival(w way, all []*ghost, end time.Duration, written bool) report.Survival {
	s := report.Survival{Method: w.name}
	var lives []report.Lifetime
	var looks []report.Look
	for _, n := range all {
		if g.run.isWritten(n) != written {
			continue
		}
		s.Clients++
		f := w.find(n, end)
		switch f.answer {
		case forgotten:
			s.Forgotten++
		case stillHeld:
			s.Held++
		case cannotTell:
			s.Unknown++
		}
		if f.life != (report.Lifetime{}) {
			lives = append(lives, f.life)
			looks = append(looks, report.Look{After: f.life.Seen, Held: f.answer == stillHeld})
		}
		if w.name == faults.GhostInetDiag && f.answer != cannotTell {
			if s.States == nil {
				s.States = map[string]int{}
			}
			s.States[n.peer.word()]++
		}
	}
	if w.name == faults.GhostProbe {
		s.Curve = report.SurvivalByLooks(looks)
	} else {
		s.Curve = report.SurvivalOf(lives)
	}
	return s
}

// byPresence is what the server told an observer. While that was away, the
// server may have told anything.
func (n *ghost) byPresence(end time.Duration) finding {
	switch {
	case n.session == "":
		return finding{}
	case n.goneAt > 0:
		gone := max(n.goneAt-n.at, time.Microsecond)
		return finding{forgotten, report.Lifetime{Seen: gone, Gone: gone}}
	case n.lapsedAt > 0:
		return finding{cannotTell, report.Lifetime{Seen: n.lapsedAt - n.at}}
	}
	return finding{stillHeld, report.Lifetime{Seen: n.limit(end) - n.at}}
}

// byInetDiag is what was seen of the server's socket.
func (n *ghost) byInetDiag(end time.Duration) finding {
	p := n.peer
	seen := min(p.lastSeen, n.limit(end)) - n.at
	switch {
	case p.firstGone > 0:
		return finding{forgotten, report.Lifetime{Seen: seen, Gone: max(p.firstGone-n.at, time.Microsecond)}}
	case p.cookie == 0:
		return finding{} // it ended before it could be looked at
	}
	return finding{stillHeld, report.Lifetime{Seen: seen}}
}

// byProbe is what the server answered.
func (n *ghost) byProbe(time.Duration) finding {
	if n.probe.answer == cannotTell {
		return finding{}
	}
	return finding{n.probe.answer, report.Lifetime{Seen: n.probe.at - n.at}}
}
