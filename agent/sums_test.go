package agent_test

import (
	"cmp"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/imbench/imbench/agent"
	"github.com/imbench/imbench/faults"
	"github.com/imbench/imbench/report"
	"github.com/imbench/imbench/scenario"
	"github.com/imbench/imbench/testserver"
)

// For a longer search: go test ./agent -run TestSumsAddUp -from 1000 -scenarios 2000,
// and -run TestSumsAddUpOnSockets -on-sockets 5 -clients 500.
var (
	firstOrdeal  = flag.Uint64("from", 1, "the first scenario that TestSumsAddUp makes")
	ordeals      = flag.Uint64("scenarios", 30, "how many TestSumsAddUp makes")
	onSockets    = flag.Uint64("on-sockets", 1, "how many TestSumsAddUpOnSockets makes")
	clientsEach  = flag.Int("clients", 60, "of how many clients those are")
	socketsScale = flag.Float64("scale", 0.15, "how long they take: this many times 40 s")
)

// Whatever befalls the clients of a server that does nothing wrong, in whatever
// order and at whatever moment, each of them is counted once, and the server is
// not blamed.
func TestSumsAddUp(t *testing.T) {
	for seed := *firstOrdeal; seed < *firstOrdeal+*ordeals; seed++ {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			g := &ordealMaker{Rand: rand.New(rand.NewPCG(seed, 0))}
			yaml := g.scenario(seed)
			s := load(t, "target: ws://memory.example/ws\n"+yaml)
			r := inMemory(t, testserver.Config{PingEvery: time.Hour, ReapAfter: 2 * time.Hour}, yaml)
			if r == nil {
				t.Fatal("no result")
			}
			checkSums(t, s, r)
			if t.Failed() {
				t.Log(yaml)
			}
			told(t, r)
		})
	}
}

// The same with what only a kernel and a process can do.
func TestSumsAddUpOnSockets(t *testing.T) {
	leavesNothing(t)
	for seed := *firstOrdeal; seed < *firstOrdeal+*onSockets; seed++ {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			g := &ordealMaker{Rand: rand.New(rand.NewPCG(seed, 1)), members: *clientsEach, server: true}
			g.socketIO = g.IntN(3) == 0
			yaml := fmt.Sprintf("time_scale: %v\n", *socketsScale) + g.scenario(seed)
			if g.socketIO {
				yaml = "target: {preset: socketio}\n" + yaml
			}
			s := load(t, yaml)
			r, err := agent.Run(t.Context(), s, agent.Options{Reference: reference(t)})
			if err != nil {
				t.Fatal(err)
			}
			checkSums(t, s, r)
			if t.Failed() {
				t.Log(yaml)
			}
			told(t, r)
		})
	}
}

func checkSums(t *testing.T, s *scenario.Scenario, r *report.Result) {
	t.Helper()
	checkFaults(t, s, r)
	checkConnections(t, r)
	checkDeliveries(t, r)
}

// ordealMaker makes scenarios of what a run can be made of.
type ordealMaker struct {
	*rand.Rand
	members  int  // of each group; 0: a few
	server   bool // is struck, too
	socketIO bool // is spoken
}

func (g *ordealMaker) of(choices ...string) string { return choices[g.IntN(len(choices))] }

// seconds are at whole and at half seconds, so that things fall together.
func (g *ordealMaker) seconds(least, most int) string {
	return fmt.Sprintf("%.1fs", float64(2*least+g.IntN(2*(most-least)+1))/2)
}

const ordealLasts = 40 // seconds

func (g *ordealMaker) scenario(seed uint64) string {
	var y strings.Builder
	fmt.Fprintf(&y, "seed: %d\nclients:\n", seed)
	heartbeats, to := []string{"none", "{every: 2s, timeout: 4s}", "{every: 5s, timeout: 11s}", "{every: 15s, timeout: 20s}"}, []string{"room", "room", "all", "peer", "self"}
	if g.socketIO {
		heartbeats, to = heartbeats[:1], to[:3]
	}
	for _, group := range []string{"one", "two"}[:1+g.IntN(2)] {
		fmt.Fprintf(&y, "  - {name: %s, count: %d, heartbeat: %s, reconnect: %s, connect_timeout: 5s}\n", group, cmp.Or(g.members, 2+g.IntN(7)),
			g.of(heartbeats...),
			g.of("none", "aws-full-jitter", "signalr", "{backoff: constant, base: 1s}", "{backoff: constant, base: 7s, attempts: 2}"))
	}
	if g.IntN(5) > 0 {
		fmt.Fprintf(&y, "rooms: {size: %d}\ntraffic: {rate: %s, to: %s, arrivals: %s, size: %s}\n", 2+g.IntN(4),
			g.of("0.2/s", "2/s", "20/s", "60/s"), g.of(to...), g.of("even", "poisson"), g.of("64B", "200B", "2KB"))
	}
	y.WriteString("faults:\n")
	if g.server {
		for i, kind := range []string{"freeze, for: 3s", "kill, for: 2s", "restart"} {
			fmt.Fprintf(&y, "  - {name: s%d, at: %s, kind: server.%s}\n", i, g.seconds(0, ordealLasts-1), kind)
		}
	}
	for i := range 1 + g.IntN(6) {
		fmt.Fprintf(&y, "  - {name: f%d, at: %s, clients: %s, %s}\n", i, g.of("0s", g.seconds(0, ordealLasts-1), "39999ms"), g.of("100%", "50%", "1"), g.fault())
	}
	drain := g.of("0s", "1s", "5s", "30s")
	if g.server {
		drain = g.of("1s", "4s")
	} else if strings.Contains(y.String(), "bandwidth") || strings.Contains(y.String(), "slice") {
		drain = "30s" // what is late on such a path, by how much nobody can say, is not yet lost
	}
	fmt.Fprintf(&y, "duration: %ds\ndrain: %s\n", ordealLasts, drain)
	return y.String()
}

// fault is one of any kind, without whom and when.
func (g *ordealMaker) fault() string {
	kind := g.of("silence", "idle_expiry", "reset", "close", "bye", "storm", "stall", "latency", "bandwidth", "slice", "rebind", "malformed", "flap")
	times := ""
	switch kind {
	case "reset", "close", "bye", "storm", "rebind", "malformed":
		times = g.of("", "every: 3s", "every: 12s")
	case "flap":
		return g.flap()
	case "idle_expiry":
		times = g.of("", "for: 15s", "for: 4s, every: 9s")
	default:
		times = g.of("", "for: 3s", "for: 15s", "for: 2s, every: 5s", "every: 6s")
	}
	return join("kind: "+kind, g.settings(kind), times)
}

func (g *ordealMaker) flap() string {
	kind := g.of("silence", "stall", "latency", "bandwidth", "slice", "reset", "close", "bye", "rebind", "malformed")
	down := ""
	switch kind {
	case "silence", "stall", "latency", "bandwidth", "slice":
		down = "down: " + g.of("500ms", "3s", "8s")
	}
	return join("kind: flap, of: "+kind, g.settings(kind), down, "up: "+g.of("500ms", "2s", "9s"), g.of("", "for: 18s"))
}

func (g *ordealMaker) settings(kind string) string {
	direction := "direction: " + g.of("both", "inbound", "outbound")
	switch kind {
	case "silence":
		return direction
	case "latency":
		return direction + ", delay: " + g.of("50ms", "700ms", "3s") + g.of("", ", jitter: 40ms")
	case "bandwidth":
		return direction + ", rate: " + g.of("200B/s", "4KB/s", "1MB/s")
	case "slice":
		return direction + ", size: " + g.of("7B", "100B") + g.of("", ", gap: 5ms", ", gap: 300ms")
	case "idle_expiry":
		return "idle: " + g.of("1s", "4s", "12s") + ", expiry: " + g.of("silent", "reset", "reset-client", "reset-both", "close") +
			", counts: " + g.of("packets", "data", "server-data") + g.of("", ", lifetime: 9s")
	case "bye":
		return "code: " + g.of("1000", "1001")
	case "malformed":
		return g.of("", "forms: [oversize]", "forms: [bad-json, unmasked]")
	}
	return ""
}

func join(parts ...string) string {
	var given []string
	for _, p := range parts {
		if p != "" {
			given = append(given, p)
		}
	}
	return strings.Join(given, ", ")
}

// same fails the test unless what stands before the equals sign is what stands
// after it.
func same(t *testing.T, says string, a, b int64) {
	t.Helper()
	if a != b {
		t.Errorf("%s: %d and %d", says, a, b)
	}
}

func count(s *report.Stats) int64 {
	if s == nil {
		return 0
	}
	return s.Count
}

// checkFaults holds each fault's figures against the plan and each other.
func checkFaults(t *testing.T, s *scenario.Scenario, r *report.Result) {
	t.Helper()
	chosen := make([]int64, len(s.Faults))
	for _, o := range scenario.NewPlan(s).Occurrences() {
		chosen[o.Fault] += int64(len(o.Clients))
	}
	for i, f := range r.Faults {
		name := f.Name + " (" + f.Text + "): "
		kind := s.Faults[i].Inner().Kind
		over := f.Detected + f.Unnoticed + f.NeverDetected
		if !kind.OnServer() {
			same(t, name+"clients + not_applied + skipped = chosen", f.Clients+f.NotApplied+f.Skipped, chosen[i])
		}
		switch {
		case kind.OnServer():
			same(t, name+"clients = detected + unnoticed + never_detected", f.Clients, over)
		case f.Box != nil:
			same(t, name+"box.expired = detected + unnoticed + never_detected", f.Box.Expired, over)
			if f.Box.Expired > f.Box.Connections {
				t.Errorf("%s%d of %d connections expired", name, f.Box.Expired, f.Box.Connections)
			}
			if idle := s.Faults[i].Idle.Seconds(); f.Box.LongestGapS > idle {
				t.Errorf("%sa gap of %.3f s was survived", name, f.Box.LongestGapS)
			}
		case kind.OnPath():
			if f.Unnoticed > f.Clients || f.Clients-f.Unnoticed > f.Detected || f.Unnoticed == f.Clients && f.Detected > 0 {
				t.Errorf("%sof %d clients %d never lost a connection, yet %d were lost", name, f.Clients, f.Unnoticed, f.Detected)
			}
		default:
			same(t, name+"clients = detected + unnoticed + never_detected", f.Clients, over)
		}
		same(t, name+"detected = recovered + never_recovered", f.Detected, f.Recovered+f.NeverRecovered)
		same(t, name+"reconnect.count = recovered + never_recovered", count(f.Reconnect), f.Recovered+f.NeverRecovered)
		if n := count(f.Detect); n != f.Detected+f.NeverDetected && kind != "malformed" && (f.Box != nil || !kind.OnPath()) {
			t.Errorf("%s%d samples of detect for %d that noticed and %d that did not", name, n, f.Detected, f.NeverDetected)
		}
		if n, most := count(f.Outage), over+f.Detected; n > most {
			t.Errorf("%s%d outages for %d", name, n, most)
		}
		checkStorm(t, name, f)
		checkMalformed(t, name, f, kind == "malformed")
	}
}

func checkStorm(t *testing.T, name string, f report.FaultResult) {
	t.Helper()
	if f.Storm == nil {
		same(t, name+"no storm without detected and never_detected", f.Detected+f.NeverDetected, 0)
		return
	}
	same(t, name+"storm.clients = detected + never_detected", f.Storm.Clients, f.Detected+f.NeverDetected)
	same(t, name+"sum of storm.accepted = recovered", sum(f.Storm.Accepted), f.Recovered)
	same(t, name+"sum of storm.run_accepted = recovered", sum(f.Storm.RunAccepted), f.Recovered)
	same(t, name+"sum of storm.run_offered = sum of storm.offered", sum(f.Storm.RunOffered), sum(f.Storm.Offered))
	if sum(f.Storm.Offered) < f.Recovered {
		t.Errorf("%s%d dials for %d that came back", name, sum(f.Storm.Offered), f.Recovered)
	}
}

func checkMalformed(t *testing.T, name string, f report.FaultResult, is bool) {
	t.Helper()
	sent := int64(0)
	for _, m := range f.Malformed {
		answers := int64(0)
		for answer, n := range m.Answers {
			answers += n
			if answer == "crash" {
				t.Errorf("%sthe server is said to have crashed of %s", name, m.Form)
			}
		}
		same(t, name+m.Form+": sent = answers", m.Sent, answers)
		sent += m.Sent
	}
	if is {
		same(t, name+"clients = malformed frames sent", f.Clients, sent)
	}
}

func sum(all []int64) (n int64) {
	for _, v := range all {
		n += v
	}
	return n
}

// checkConnections holds the counts of connections against the faults: the
// server ended none of its own accord.
func checkConnections(t *testing.T, r *report.Result) {
	t.Helper()
	c := r.Counts
	var detected, neverDetected, neverRecovered int64
	for _, f := range r.Faults {
		detected += f.Detected
		neverDetected += f.NeverDetected
		neverRecovered += f.NeverRecovered
	}
	same(t, "false_disconnects = 0", c["false_disconnects"], 0)
	if without := c["disconnects"] - detected; without < 0 || without > 0 && !slices.ContainsFunc(r.Faults, struckServer) {
		t.Errorf("%d disconnects, %d of them by faults", c["disconnects"], detected)
	} else if gone := c["never_recovered"] - neverRecovered; gone < 0 || gone > without {
		t.Errorf("%d did not come back, %d of them from faults; %d disconnects were not by faults", c["never_recovered"], neverRecovered, without)
	}
	same(t, "disconnects = reconnects + never_recovered", c["disconnects"], c["reconnects"]+c["never_recovered"])
	same(t, "never_detected = all faults' never_detected", c["never_detected"], neverDetected)
	closes := int64(0)
	for _, n := range r.Closes {
		closes += n
	}
	same(t, "disconnects = all closes", c["disconnects"], closes)
	same(t, "connects = clients + reconnects", c["connects"], int64(r.Scenario.Clients)+c["reconnects"])
	if c["attempts"] < c["connects"]+c["connect_failures"] {
		t.Errorf("%d attempts made %d connects and %d failures", c["attempts"], c["connects"], c["connect_failures"])
	}
}

// struckServer reports whether the fault was on the server: who comes back too
// early is lost once more, and has no story.
func struckServer(f report.FaultResult) bool { return faults.Kind(f.Kind).OnServer() }

// checkDeliveries holds the ledger's classes against each other: nothing was
// lost, and nothing came twice.
func checkDeliveries(t *testing.T, r *report.Result) {
	t.Helper()
	c := r.Counts
	same(t, "expected = delivered + recovered + missed + lost + indeterminate",
		c["expected"], c["delivered"]+c["recovered"]+c["missed"]+c["lost"]+c["indeterminate"])
	same(t, "delivery.count = delivered", count(r.Metrics["delivery"]), c["delivered"])
	same(t, "recovery.count = recovered", count(r.Metrics["recovery"]), c["recovered"])
	for _, what := range []string{"lost", "duplicated", "reordered", "unexpected", "acked_lost"} {
		same(t, what+" = 0", c[what], 0)
	}
	for _, w := range r.Warnings {
		if strings.Contains(w, "the ledger's figures stand") {
			t.Error(w)
		}
	}
}
