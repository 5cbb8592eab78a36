package scenario

import (
	"fmt"
	"slices"
	"testing"

	"github.com/imbench/imbench/internal/unit"
)

func TestAFlapIsLaidOutAsItsStrikes(t *testing.T) {
	for _, c := range []struct {
		name, fault string
		want        []string
	}{
		{"on and off until the run's end", "at: 1s, of: silence, down: 2s, up: 5s",
			[]string{"1s for 2s", "8s for 2s", "15s for 2s"}},
		{"for as long as it lasts, the last strike cut short", "at: 1s, of: latency, delay: 100ms, down: 2s, up: 1s, for: 8s",
			[]string{"1s for 2s", "4s for 2s", "7s for 2s"}},
		{"the last strike cut short by its end", "at: 1s, of: latency, delay: 100ms, down: 2s, up: 1s, for: 7s",
			[]string{"1s for 2s", "4s for 2s", "7s for 1s"}},
		{"again and again, of a kind that happens in a moment", "at: 12s, of: reset, up: 3s",
			[]string{"12s for 0s", "15s for 0s", "18s for 0s"}},
		{"repeated", "at: 1s, of: reset, up: 2s, for: 3s, every: 10s",
			[]string{"1s for 0s", "3s for 0s", "11s for 0s", "13s for 0s"}},
	} {
		p := planOf(t, "{clients: 50, duration: 20s, faults: [{name: x, kind: flap, clients: 5, "+c.fault+"}]}")
		var got []string
		for _, o := range p.Occurrences() {
			got = append(got, fmt.Sprintf("%s for %s", unit.Duration(o.At), unit.Duration(o.For)))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

func TestAllStrikesOfAFlapTakeTheSameClientsAndTheNextFlapOthers(t *testing.T) {
	p := planOf(t, "{clients: 500, duration: 20s, faults: [{kind: flap, of: reset, at: 1s, up: 2s, for: 3s, every: 10s, clients: 50}]}")
	o := p.Occurrences()
	if !slices.Equal(o[0].Clients, o[1].Clients) || !slices.Equal(o[2].Clients, o[3].Clients) {
		t.Error("the strikes of one flap take different clients")
	}
	if slices.Equal(o[0].Clients, o[2].Clients) {
		t.Error("the flap took the same clients when it came again")
	}
}
