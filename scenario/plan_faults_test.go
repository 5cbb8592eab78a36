package scenario

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestFaultsHappenWhenTheySay(t *testing.T) {
	p := planOf(t, `{clients: 100, duration: 30s, faults: [
		{name: late, at: 20s, kind: reset, clients: 5},
		{name: often, at: 1s, kind: silence, clients: 10%, for: 2s, every: 10s},
		{name: server, at: 11s, kind: server.freeze, for: 1s}]}`)
	var got []string
	for _, o := range p.Occurrences() {
		got = append(got, fmt.Sprintf("%s %v %v %d", p.s.Faults[o.Fault].Name, o.At, o.For, len(o.Clients)))
	}
	want := []string{"often 1s 2s 10", "often 11s 2s 10", "server 11s 1s 0", "late 20s 0s 5", "often 21s 2s 10"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

func TestAFaultTakesClientsOfItsGroupOnceEachAndInOrder(t *testing.T) {
	p := planOf(t, `{clients: [{name: a, count: 50}, {name: b, count: 40}, {name: c, count: 10}],
		faults: [{at: 1s, kind: silence, clients: 25%, group: b}, {at: 2s, kind: storm, group: c}]}`)
	o := p.Occurrences()
	if n := len(o[0].Clients); n != 10 {
		t.Errorf("25 %% of 40 are %d", n)
	}
	for i, c := range o[0].Clients {
		if c < 50 || c >= 90 || i > 0 && c <= o[0].Clients[i-1] {
			t.Errorf("takes %v", o[0].Clients)
		}
	}
	if want := []uint32{90, 91, 92, 93, 94, 95, 96, 97, 98, 99}; !slices.Equal(o[1].Clients, want) {
		t.Errorf("a storm takes %v", o[1].Clients)
	}
}

func TestEachRepetitionChoosesAnew(t *testing.T) {
	p := planOf(t, "{clients: 100, duration: 30s, faults: [{at: 1s, kind: reset, clients: 10, every: 10s}]}")
	o := p.Occurrences()
	if slices.Equal(o[0].Clients, o[1].Clients) || slices.Equal(o[1].Clients, o[2].Clients) {
		t.Error("two repetitions took the same clients")
	}
}

func TestAChoiceStaysWhenOtherFaultsAreAdded(t *testing.T) {
	const nat = "{name: nat, at: 5s, kind: silence, clients: 10}"
	alone := planOf(t, "{clients: 100, faults: ["+nat+"]}").Occurrences()
	among := planOf(t, "{clients: 100, faults: [{name: x, at: 1s, kind: bye, clients: 50}, "+nat+"]}").Occurrences()
	if !slices.Equal(alone[0].Clients, among[1].Clients) {
		t.Error("another fault changed whom this one takes")
	}
}

func TestChoicesAreFair(t *testing.T) {
	p := planOf(t, "{clients: 50, duration: 1000s, faults: [{at: 0s, kind: reset, clients: 10, every: 200ms}]}")
	var taken [50]float64
	for _, o := range p.Occurrences() {
		for _, c := range o.Clients {
			taken[c]++
		}
	}
	for c, n := range taken {
		near(t, fmt.Sprintf("times that client %d is taken", c), n, 1000, 0.12)
	}
}

func TestDetectBound(t *testing.T) {
	for _, c := range []struct {
		name              string
		h                 Heartbeat
		shortest, longest time.Duration
		ok                bool
	}{
		{"between timeout less every, and timeout", Heartbeat{Every: 10 * time.Second, Timeout: 20 * time.Second}, 10 * time.Second, 20 * time.Second, true},
		{"never without a heartbeat", Heartbeat{}, 0, 0, false},
		{"never when no answer is expected", Heartbeat{Every: time.Second}, 0, 0, false},
	} {
		if s, l, ok := DetectBound(c.h); s != c.shortest || l != c.longest || ok != c.ok {
			t.Errorf("%s: %v to %v, %v", c.name, s, l, ok)
		}
	}
}

func TestThePlanWarnsOfWhatIsLikelyNotMeant(t *testing.T) {
	for _, c := range []struct{ name, yaml, warning string }{
		{"a fault that outlasts the run", "{faults: [{name: x, at: 25s, kind: silence, clients: 5, for: 6s}]}", "lasts until 31s, beyond the run's end (30s)"},
		{"a silence that nobody can notice in time", "{faults: [{name: x, at: 15s, kind: silence, clients: 5}]}", "may need 20s to notice, and the run ends at 30s"},
		{"a silence that nobody notices at all", "{clients: {heartbeat: none}, faults: [{name: x, at: 5s, kind: silence, clients: 5}]}", "no client there notices x by itself"},
		{"more clients than the group has", "{clients: 10, faults: [{name: x, at: 5s, kind: reset, clients: 50}]}", "x takes all 10 clients: 50 are asked for"},
		{"somebody alone in a room", "{clients: 11, rooms: {size: 5}}", "room 2 has a single client"},
		{"more clients than an address carries", "clients: 15000", "more than one source address carries well"},
		{"more deliveries than a machine carries", "{clients: 5000, traffic: {rate: 100/s, to: all}}", "499900 deliveries a second"},
		{"a timeout that leaves no time for an answer", "{clients: {heartbeat: {every: 10s, timeout: 10500ms}}}", "only 500ms to be answered"},
		{"a threshold on traffic that there is not", "{thresholds: [lost == 0]}", "threshold lost == 0: there is no traffic"},
		{"a threshold on faults that there are not", "{traffic: 5/s, thresholds: [detect.max < 3s]}", "there is no fault"},
		{"no drain", "{drain: 0s, traffic: 5/s}", "the drain is shorter than 1s"},
		{"no messages after all", "{traffic: 0/s}", "less than one message"},
	} {
		if w := planOf(t, c.yaml).Warnings(); len(w) != 1 || !strings.Contains(w[0], c.warning) {
			t.Errorf("%s: %q", c.name, w)
		}
	}
}

func TestThePlanIsPrintedWithEverythingThatWillHappen(t *testing.T) {
	p := planOf(t, `{name: story, clients: 100, rooms: {size: 10}, duration: 60s, traffic: [{for: 10s, rate: 10/s}, {rate: 10/s..30/s}],
		faults: [{name: nat, at: 10s, kind: silence, clients: 25}, {name: stop, at: 20s, kind: server.kill, for: 2s}]}`)
	var b strings.Builder
	if err := WritePlan(&b, p); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"Plan of story, seed 1: 1m and 5s of drain", "notices a silence after 10s to 20s", "in 10 rooms of 10",
		"0s to 10s  10/s        100 sends expected", "10s to 1m  10/s..30/s  1,000 sends expected", "in all 1,100 sends, 9,900 deliveries",
		"10s  nat   silence      for good  25 clients: c", "and 5 more", "20s  stop  server.kill  for 2s    the server",
		"100 for clients, up to 25 for silenced connections",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is missing in\n%s", want, b.String())
		}
	}
}

func TestSummary(t *testing.T) {
	for yaml, want := range map[string]string{
		"{}":                                  "no traffic",
		"{rooms: {size: 50}, traffic: 500/s}": "500/s poisson to rooms of 50, 200B each",
		"{rooms: {count: 1}, traffic: {rate: 5/s, arrivals: even}}":               "5/s even to one room, 200B each",
		"{rooms: {count: 4}, traffic: {rate: 5/s..9/s}}":                          "5/s..9/s poisson to 4 rooms, 200B each",
		"{traffic: {stages: [{for: 1s, rate: 5/s}, {rate: 7/s..20/s}], to: all}}": "2 stages of 5/s to 20/s poisson to everybody, 200B each",
		"{traffic: {rate: 5/s, to: peer}}":                                        "5/s poisson to single peers, 200B each",
		"{clients: {name: a}, traffic: {rate: 5/s, from: a, to: all}}":            "5/s poisson from a to everybody, 200B each",
		"{traffic: 5/s}": "5/s poisson to the senders themselves, 200B each",
	} {
		if got := must(t, yaml).Summary(); got != want {
			t.Errorf("%s: %s, want %s", yaml, got, want)
		}
	}
}
