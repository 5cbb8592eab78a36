package report

import (
	"strings"
	"testing"
)

func TestOnlyAHeartbeatThatIsOftenEnoughKeptConnectionsAlive(t *testing.T) {
	box := func(every, safe float64, kept bool) *Box {
		return &Box{IdleS: 350, Expiry: "silent", Counts: "packets", Connections: 10, HeartbeatS: every, HeartbeatKept: kept, SafeHeartbeatS: safe}
	}
	for _, c := range []struct {
		name string
		box  *Box
		want string
	}{
		{"often enough", box(30, 349, true), "every 30 s kept every connection alive; the longest safe interval is 349 s"},
		{"too seldom, and chat did, or the run was short", box(400, 349, true), "every 400 s would not keep them alive by itself; the longest safe interval is 349 s"},
		{"of which the server answers none", box(30, 0, true), "every 30 s would not keep them alive by itself; none would keep a connection alive"},
		{"too seldom, and it shows", box(400, 349, false), "every 400 s did not keep them alive; the longest safe interval is 349 s"},
	} {
		got := render(t, &Result{Faults: []FaultResult{{Name: "nat", Kind: "idle_expiry", Clients: 10, AtS: []float64{0}, Box: c.box}}}, TextOptions{Width: 200})
		if !strings.Contains(strings.Join(strings.Fields(got), " "), c.want) {
			t.Errorf("%s: %q is missing in\n%s", c.name, c.want, got)
		}
	}
}

func TestAPullRequestIsToldWhatABoxExpiresOf(t *testing.T) {
	for want, box := range map[string]*Box{
		"3 of 5 connections expired after 350 s without a packet either way":                     {IdleS: 350, Counts: "packets", Connections: 5, Expired: 3},
		"3 of 5 connections expired at an age of 2 h":                                            {LifetimeS: 7200, Connections: 5, Expired: 3},
		"3 of 5 connections expired after 10 min without a byte either way, or at an age of 2 h": {IdleS: 600, Counts: "data", LifetimeS: 7200, Connections: 5, Expired: 3},
	} {
		var b strings.Builder
		if err := Markdown(&b, &Result{Faults: []FaultResult{{Name: "nat", Kind: "idle_expiry", Clients: 5, Box: box}}}); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is missing in\n%s", want, b.String())
		}
	}
}
