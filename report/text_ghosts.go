package report

import (
	"slices"
	"strings"
)

// held tells how long the server believed the silenced clients online.
func (p *page) held(f FaultResult) {
	if !f.Ghost.none() {
		p.row(Ghost.String(), "held by the server for "+f.Ghost.inBrief()+p.onStory(f.Ghost)+" ("+plural(f.Ghost.Count, "connection", "connections")+")")
	}
	if f.Ghosts > 0 {
		p.alarm("ghosts", plural(f.Ghosts, "silenced connection", "silenced connections")+" still online for the server at the end")
	}
	for _, s := range f.toldStories() {
		p.row("ghosts, "+s.Story, p.survivors(s, f.heldWhen(s)))
	}
}

// toldStories are the survivals that say more than the ghost line does: those
// of the best method, where it saw both stories, where some were not seen to
// go, or where there is no such line; and those of another method that saw
// something else.
func (f FaultResult) toldStories() []Survival {
	all := f.GhostSurvival
	ended := func(s Survival) bool { return s.Method == "probe" || s.Held < s.Clients }
	if f.Ghosts == 0 && !slices.ContainsFunc(all, ended) { // all were healed in time
		return nil
	}
	var best, others []Survival
	plain := true
	for _, s := range all {
		if s.Method != all[0].Method {
			others = append(others, s)
			continue
		}
		best = append(best, s)
		plain = plain && s.Forgotten == s.Clients
	}
	if plain && len(best) == 1 && !f.Ghost.none() {
		best = nil
	}
	for _, s := range others {
		same := func(o Survival) bool {
			return o.Method == all[0].Method && o.Story == s.Story && o.Held == s.Held && o.Forgotten == s.Forgotten
		}
		if !slices.ContainsFunc(all, same) {
			best = append(best, s)
		}
	}
	return best
}

// heldWhen says when those that the server still held were looked at last. Some
// were healed, if there are more of them than ghosts at the end.
func (f FaultResult) heldWhen(s Survival) string {
	held := int64(0)
	for _, o := range f.GhostSurvival {
		if o.Method == s.Method {
			held += o.Held
		}
	}
	switch {
	case s.Method == "probe":
		return "when asked"
	case held > f.Ghosts:
		return "when last seen"
	}
	return "at the end"
}

// survivors says in a line what became of the ghosts of one story.
func (p *page) survivors(s Survival, at string) string {
	if s.Method == "none" {
		return plural(s.Clients, "connection", "connections") + " that nobody watched"
	}
	text := number(s.Clients) + " by " + s.Method + ": "
	var parts []string
	switch seen := s.Forgotten + s.Held; {
	case seen == 0:
	case s.Forgotten == 0:
		parts = append(parts, allOr(s.Held, s.Clients)+" still held "+at)
	case s.Held == 0:
		parts = append(parts, allOr(s.Forgotten, s.Clients)+" let go"+p.whenGone(s))
	default:
		parts = append(parts, number(s.Forgotten)+" let go"+p.whenGone(s), number(s.Held)+" still held "+at)
	}
	if s.Unknown > 0 {
		parts = append(parts, allOr(s.Unknown, s.Clients)+" unknown")
	}
	return text + strings.Join(parts, ", ")
}

func allOr(n, whole int64) string {
	if n == whole {
		return "all"
	}
	return number(n)
}

// whenGone says when half of the ghosts and the last of them were gone, as far
// as it came to that.
func (p *page) whenGone(s Survival) string {
	about := ""
	if s.Method == "probe" {
		about = "about "
	}
	half, halfGone := s.goneTo(0.5)
	last, allGone := s.goneTo(0)
	allGone = allGone && s.Held == 0
	switch {
	case allGone && half == last:
		return " " + about + "within " + p.bothTimes(last*1e3)
	case allGone:
		return ", half of them " + about + "within " + p.bothTimes(half*1e3) + ", the last " + about + "within " + p.bothTimes(last*1e3)
	case halfGone:
		return ", half of all " + about + "within " + p.bothTimes(half*1e3)
	}
	return ""
}

// goneTo is when so many at most were seen to be left.
func (s Survival) goneTo(share float64) (afterS float64, ok bool) {
	for _, p := range s.Curve {
		if p.Share <= share {
			return p.AfterS, true
		}
	}
	return 0, false
}
