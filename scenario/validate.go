package scenario

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/imbench/imbench/internal/unit"
	"github.com/imbench/imbench/protocol"
)

// Bounds on a run, so that what cannot be meant is caught before it begins.
const (
	longestRun     = 7 * 24 * time.Hour
	longestDrain   = time.Hour
	mostOccurences = 10_000     // of faults
	mostPicks      = 20_000_000 // clients taken by them, all together
	mostSends      = 1 << 32    // the numbers that a tag has for the messages of a shard
	largestSize    = 16 << 20   // bytes of a message
	longestName    = 64
)

// validate reports what is wrong with the scenario as a whole.
func (d *decoder) validate(s *Scenario) {
	d.check(strings.TrimSpace(s.Name) != "" && utf8.RuneCountInString(s.Name) <= 200 && !strings.ContainsFunc(s.Name, unprintable),
		"name", "is not a name", "write up to 200 printable characters")
	d.within("duration", s.Duration, time.Millisecond, longestRun)
	d.within("drain", s.Drain, 0, longestDrain)
	d.check(s.TimeScale > 0 && s.TimeScale <= mostTimeScale, "time_scale", strconv.FormatFloat(s.TimeScale, 'g', -1, 64)+" is out of range",
		fmt.Sprintf("write a number above 0, up to %d: 0.1 tells a story of 350s in 35s", mostTimeScale))
	d.validateTarget(s)
	d.validateClients(s)
	d.validateRooms(s)
	d.validateTraffic(s)
	d.validateFaults(s)
	d.validateThresholds(s)
	d.validateProtocol(s)
}

// check reports a problem unless ok.
func (d *decoder) check(ok bool, path, problem, remedy string) {
	if !ok {
		d.problemAt(path, problem, remedy)
	}
}

func (d *decoder) within(path string, v, least, most time.Duration) {
	d.check(v >= least && v <= most, path, unit.Duration(v)+" is out of range",
		fmt.Sprintf("write a duration from %s to %s", unit.Duration(least), unit.Duration(most)))
}

func unprintable(r rune) bool { return !unicode.IsPrint(r) }

// checkName reports a name that could not be written in a threshold or a path.
func (d *decoder) checkName(path, name string) {
	bad := func(r rune) bool { return unprintable(r) || strings.ContainsRune(" .=[]{}<>!\"'", r) }
	d.check(name != "" && utf8.RuneCountInString(name) <= longestName && !strings.ContainsFunc(name, bad),
		path, quoted(name)+" is not a name",
		fmt.Sprintf("write up to %d letters, digits, - or _, without spaces and dots", longestName))
}

func (d *decoder) validateClients(s *Scenario) {
	total := 0
	seen := map[string]string{}
	d.check(len(s.Clients) > 0, "clients", "is an empty list", "write a number of clients, or a list of groups")
	for i, g := range s.Clients {
		at := d.groups[i]
		d.check(g.Name != "" || d.given(child(at, "name")), at, "has no name", "give each group of a list a name")
		d.checkName(child(at, "name"), g.Name)
		if first, twice := seen[g.Name]; twice && g.Name != "" {
			d.problemAt(child(at, "name"), quoted(g.Name)+" is the name of "+first+" already", "give each group a name of its own")
		}
		seen[g.Name] = at
		d.check(g.Count >= 1, child(at, "count"), fmt.Sprintf("%d is out of range", g.Count), "write at least 1 client")
		total += min(max(0, g.Count), protocol.MaxSender+1)
		d.check(g.ConnectRate > 0 && g.ConnectRate <= 1e6, child(at, "connect_rate"), g.ConnectRate.String()+" is out of range",
			"write a rate above 0, up to 1000000/s")
		d.within(child(at, "connect_timeout"), g.ConnectTimeout, time.Millisecond, time.Hour)
		d.validateHeartbeat(child(at, "heartbeat"), g.Heartbeat)
		d.validateReconnect(child(at, "reconnect"), g.Reconnect)
	}
	d.check(total <= protocol.MaxSender, "clients", fmt.Sprintf("more than %d clients in all", protocol.MaxSender),
		"that is as many as a message's tag can tell apart")
}

func (d *decoder) validateHeartbeat(at string, h Heartbeat) {
	if !d.given(at) || d.given(child(at, "none")) {
		return
	}
	every, timeout := child(at, "every"), child(at, "timeout")
	switch {
	case !d.given(every):
		d.problemAt(at, "has no every", "add every: 10s, or write heartbeat: none")
	case h.Every < time.Millisecond || h.Every > longestRun:
		d.problemAt(every, unit.Duration(h.Every)+" is out of range", "write at least 1ms, or heartbeat: none for no heartbeat")
	case d.given(timeout) && h.Timeout <= h.Every:
		d.problemAt(timeout, fmt.Sprintf("%s is not longer than every (%s)", unit.Duration(h.Timeout), unit.Duration(h.Every)),
			"it counts from the last answer, so every connection would be given up before its next beat is answered; "+
				"write more than every, or leave timeout out to expect no answer")
	case h.Timeout > longestRun:
		d.problemAt(timeout, unit.Duration(h.Timeout)+" is out of range", "write at most "+unit.Duration(longestRun))
	}
}

func (d *decoder) validateRooms(s *Scenario) {
	if s.Rooms == (Rooms{}) && !d.given("rooms.size") && !d.given("rooms.count") {
		return
	}
	size, count := d.given("rooms.size"), d.given("rooms.count")
	clients := clientsOf(s)
	switch {
	case size && count:
		d.problemAt("rooms", "has both size and count", "keep one of them; the other follows from the number of clients")
	case size:
		d.check(s.Rooms.Size >= 1, "rooms.size", fmt.Sprintf("%d is out of range", s.Rooms.Size), "write at least 2 clients a room")
	case s.Rooms.Count < 1:
		d.problemAt("rooms.count", fmt.Sprintf("%d is out of range", s.Rooms.Count), "write at least 1 room")
	case s.Rooms.Count > clients && clients > 0:
		d.problemAt("rooms.count", fmt.Sprintf("%d rooms are more than the %d clients", s.Rooms.Count, clients), "write fewer rooms, or more clients")
	}
}

func clientsOf(s *Scenario) int {
	n := 0
	for _, g := range s.Clients {
		n += min(max(0, g.Count), protocol.MaxSender+1)
	}
	return n
}

func (d *decoder) validateThresholds(s *Scenario) {
	names := map[string]bool{}
	known := groupNames(s)
	for _, g := range known {
		names[g] = true
	}
	for i, f := range s.Faults {
		d.check(!names[f.Name] || f.Name == "", child(index("faults", i), "name"), quoted(f.Name)+" is a name already",
			"give each fault a name that no other fault and no group has")
		names[f.Name] = true
		known = append(known, f.Name)
	}
	for i, t := range s.Thresholds {
		_, scope := t.Names()
		d.check(scope == "" || names[scope], index("thresholds", i), "no fault or group is named "+quoted(scope),
			didYouMean(scope, known))
	}
}

// groupNames lists the names of the groups, each once.
func groupNames(s *Scenario) (names []string) {
	for _, g := range s.Clients {
		if g.Name != "" && !slices.Contains(names, g.Name) {
			names = append(names, g.Name)
		}
	}
	return names
}
