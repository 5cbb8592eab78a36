package scenario

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const tenfold = `
time_scale: 0.1
duration: 600s
drain: 5s
clients:
  count: 50
  connect_rate: 10/s
  connect_timeout: 3s
  heartbeat: {every: 100s, timeout: 250s}
  reconnect: {backoff: steps, steps: [0s, 2s], jitter: +100ms, first_jitter: +1s, offset: 500ms, max: 30s}
traffic: {stages: [{for: 100s, rate: 10/s}, {rate: 5/s}], to: all}
faults:
  - {name: nlb, at: 10s, kind: idle_expiry, box: aws-nlb, clients: 50%, lifetime: 500s}
  - {name: line, at: 10s, kind: latency, delay: 100ms, jitter: 20ms, clients: 5, for: 50s, every: 100s}
  - {name: lift, at: 20s, kind: flap, of: silence, down: 10s, up: 40s, clients: 5, for: 100s}
`

func TestATimeScaleMultipliesTheTimesOfTheStoryAndNothingElse(t *testing.T) {
	s := must(t, tenfold)
	g, r := s.Clients[0], s.Clients[0].Reconnect
	alive := Group{Alive: 300 * time.Second}
	(&runClock{scale: 0.1}).group(&alive)
	for name, got := range map[string][2]time.Duration{
		"duration":          {s.Duration, 60 * time.Second},
		"the first stage":   {s.Traffic.Stages[0].For, 10 * time.Second},
		"the last stage":    {s.Traffic.Stages[1].For, 50 * time.Second},
		"heartbeat.every":   {g.Heartbeat.Every, 10 * time.Second},
		"heartbeat.timeout": {g.Heartbeat.Timeout, 25 * time.Second},
		"alive":             {alive.Alive, 30 * time.Second},
		"steps":             {r.Steps[1], 200 * ms},
		"jitter":            {r.Jitter.Plus, 10 * ms},
		"first_jitter":      {r.FirstJitter.Plus, 100 * ms},
		"offset":            {r.Offset, 50 * ms},
		"max":               {r.Max, 3 * time.Second},
		"at":                {s.Faults[0].At, time.Second},
		"idle, of the box":  {s.Faults[0].Idle, 35 * time.Second},
		"lifetime":          {s.Faults[0].Lifetime, 50 * time.Second},
		"for":               {s.Faults[1].For, 5 * time.Second},
		"every":             {s.Faults[1].Every, 10 * time.Second},
		"down":              {s.Faults[2].Down, time.Second},
		"up":                {s.Faults[2].Up, 4 * time.Second},

		"drain, left alone":           {s.Drain, 5 * time.Second},
		"connect_timeout, left alone": {g.ConnectTimeout, 3 * time.Second},
		"delay, left alone":           {s.Faults[1].Delay, 100 * ms},
		"a line's jitter, left alone": {s.Faults[1].Jitter, 20 * ms},
	} {
		if got[0] != got[1] {
			t.Errorf("%s is %v, want %v", name, got[0], got[1])
		}
	}
	if g.ConnectRate != 10 || s.Traffic.Stages[0].Rate.From != 10 {
		t.Error("a rate was scaled")
	}
	if n := NewPlan(s).PlannedSends(); n != 350 {
		t.Errorf("%v sends are planned, want 10/s for 10s and 5/s for 50s", n)
	}
}

func TestAPresetsTimesAreScaledAndItsNameStays(t *testing.T) {
	s := must(t, "{time_scale: 0.5, clients: {reconnect: phoenix}}")
	phoenix, _ := ReconnectByName("phoenix")
	for i, step := range s.Clients[0].Reconnect.Steps {
		if step != phoenix.Steps[i]/2 {
			t.Errorf("step %d is %v", i, step)
		}
	}
	if again, _ := ReconnectByName("phoenix"); !cmp.Equal(again, phoenix) {
		t.Error("the preset itself was scaled")
	}
	if h := s.Clients[0].Heartbeat; h.Every != 5*time.Second || s.Clients[0].Reconnect.String() != "phoenix" {
		t.Error(h, s.Clients[0].Reconnect)
	}
}

func TestAScaledScenarioPrintsBothClocksAndLoadsToItself(t *testing.T) {
	s := must(t, tenfold)
	roundTrip(t, s)
	text, err := Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"duration: 10m # on the run's clock duration: 1m\n", "time_scale: 0.1\n", "drain: 5s\n",
		"heartbeat: {every: 1m40s, timeout: 4m10s} # on the run's clock every: 10s, timeout: 25s\n",
		"idle: 5m50s", "at: 1s, idle: 35s, lifetime: 50s\n", "steps: [0s, 200ms]",
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
}

func TestTheHashIsOfTheStoryAndItsScale(t *testing.T) {
	one, same := must(t, "duration: 60s"), must(t, "{duration: 60s, time_scale: 1}")
	other := must(t, "{duration: 600s, time_scale: 0.1}")
	if one.Hash != same.Hash {
		t.Error("a time_scale of 1 changed the hash")
	}
	if one.Hash == other.Hash {
		t.Error("a story told faster has the same hash as a short one")
	}
}
