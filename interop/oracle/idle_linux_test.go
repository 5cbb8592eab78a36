package oracle_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// Nobody speaks here but for heartbeats, which come less often than the NAT
// wants to hear from a connection.
const allIdle = `
clients: {count: 12, connect_rate: 200/s, heartbeat: {every: 5s, timeout: 7s}, reconnect: {backoff: constant, base: 1s}}
duration: 13s
drain: 0s
`

const idlers = 12

func TestAnIdleConnectionExpiresAsInANAT(t *testing.T) {
	needRoot(t)
	t.Parallel()
	imbench := built(t)
	inEachFamily(t, func(t *testing.T, at addresses) { expireAsInANAT(t, imbench, at) })
}

func expireAsInANAT(t *testing.T, imbench string, at addresses) {
	p := &play{
		family: at, scenario: allIdle, clients: idlers, // nobody pings, and nobody is reaped
		serve: []string{"--reap-after", "120s", "--ping-every", "60s"},
		fault: "name: box, kind: idle_expiry, idle: 3s, clients: 100%",
	}
	ways := []way{
		{name: "imbench, idle_expiry", ours: true},
		{name: "NAT entry expired", natTimeout: 3},
	}
	stories := byEach(t, ways, func(t *testing.T, w way) *idleness { return p.idle(t, imbench, w) })
	if t.Failed() {
		return
	}
	t.Log("\n" + idleTable(ways, stories))
	ours, nat := stories[0], stories[1]
	slack := ours.slack() + nat.slack()
	for client, got := range ours.fates {
		want := nat.fates[client]
		if got.cause != want.cause || got.cause == "" {
			t.Errorf("%s lost its connection by %q, through the NAT by %q", client, got.cause, want.cause)
		}
		for _, c := range []struct {
			what      string
			got, want time.Duration // since it was ready
		}{
			{"expired", ours.expired[client] - ours.ready[client], nat.expired[client] - nat.ready[client]},
			{"noticed", ours.since(client, got.detect), nat.since(client, want.detect)},
			{"was back", ours.since(client, got.ready), nat.since(client, want.ready)},
			{"was gone for the server", ours.since(client, got.ghost), nat.since(client, want.ghost)},
		} {
			if (c.got - c.want).Abs() > slack {
				t.Errorf("%s %s %v after it was ready, through the NAT %v", client, c.what, c.got, c.want)
			}
		}
	}
	for _, c := range []string{"disconnects", "reconnects", "never_recovered", "protocol_errors"} {
		if got, want := ours.result.Counts[c], nat.result.Counts[c]; got != want {
			t.Errorf("%s is %d, through the NAT %d", c, got, want)
		}
	}
}

// idleness is what came of a run on connections that idle. All of its times
// are on the run's clock.
type idleness struct {
	*account
	ready   map[string]time.Duration // for the first time
	expired map[string]time.Duration // that connection
}

// since is a time of a client's fate, counted from when it was first ready.
func (a *idleness) since(client string, at time.Duration) time.Duration {
	return a.fates[client].struck + at - a.ready[client]
}

// idle runs the play and finds out when each client's first connection expired.
func (p *play) idle(t *testing.T, imbench string, w way) *idleness {
	t.Helper()
	on := p.begin(t, imbench, w)
	watched := on.watch(t)
	a := &idleness{on.end(t), map[string]time.Duration{}, map[string]time.Duration{}}
	forgotten := watched()
	var all []uint32
	for i := range uint32(p.clients) {
		all = append(all, i)
	}
	a.settle(all, span{})
	for i, addr := range p.family.clients(p.clients) {
		if at, gone := forgotten[addr]; gone && w.natTimeout > 0 {
			a.expired[fmt.Sprintf("c%d", i)] = a.onClock(at)
		}
	}
	for _, e := range a.events {
		switch {
		case e.Event == "ready" && a.ready[e.Client] == 0:
			a.ready[e.Client] = e.at()
		case e.Event == "expired" && a.expired[e.Client] == 0:
			a.expired[e.Client] = e.at()
		}
	}
	return a
}

// idleTable is what came of the idle connections, as a table in Markdown.
func idleTable(ways []way, stories []*idleness) string {
	var b strings.Builder
	b.WriteString("| made by | connections | expired | noticed | back | gone for the server |\n|---|---|---|---|---|---|\n")
	for i, a := range stories {
		var expired, detect, back, ghost extent
		for client, f := range a.fates {
			expired.take(a.expired[client] - a.ready[client])
			detect.take(a.since(client, f.detect))
			back.take(a.since(client, f.ready))
			ghost.take(a.since(client, f.ghost))
		}
		fmt.Fprintf(&b, "| %s | %d | %s | %s | %s | %s |\n", ways[i].name, len(a.expired), expired, detect, back, ghost)
	}
	return b.String()
}
