package scenario

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"
)

// must loads a scenario that has to be right.
func must(t testing.TB, yaml string) *Scenario {
	t.Helper()
	s, err := Load([]byte(yaml), "test.yaml", Options{})
	if err != nil {
		t.Fatalf("%v\n%s", err, yaml)
	}
	return s
}

func planOf(t testing.TB, yaml string) *Plan { return NewPlan(must(t, yaml)) }

func TestClientsAreNumberedThroughTheirGroups(t *testing.T) {
	p := planOf(t, "clients: [{name: a, count: 3}, {name: b, count: 1}, {name: c, count: 2}]")
	var got []int
	for c := range p.Clients() {
		got = append(got, p.GroupOf(c))
	}
	if !slices.Equal(got, []int{0, 0, 0, 1, 2, 2}) {
		t.Errorf("groups %v", got)
	}
}

func TestRooms(t *testing.T) {
	for _, c := range []struct {
		name, yaml string
		sizes      []int
	}{
		{"of a size, filled in order", "{clients: 6, rooms: {size: 3}}", []int{3, 3}},
		{"of a size, the rest in a smaller one", "{clients: 7, rooms: {size: 3}}", []int{3, 3, 1}},
		{"larger than everybody together", "{clients: 7, rooms: {size: 50}}", []int{7}},
		{"of a number, as even as can be", "{clients: 7, rooms: {count: 3}}", []int{3, 2, 2}},
		{"just one", "{clients: 7, rooms: {count: 1}}", []int{7}},
		{"as many as clients", "{clients: 3, rooms: {count: 3}}", []int{1, 1, 1}},
		{"none", "{clients: 3}", nil},
	} {
		p := planOf(t, c.yaml)
		var sizes []int
		counted := make([]int, p.Rooms())
		for room := range p.Rooms() {
			sizes = append(sizes, p.RoomSize(room))
		}
		for client := range p.Clients() {
			if room := p.RoomOf(client); room >= 0 {
				counted[room]++
			}
		}
		if !slices.Equal(sizes, c.sizes) || !slices.Equal(counted, append([]int{}, c.sizes...)) {
			t.Errorf("rooms %s: sizes %v, members %v, want %v", c.name, sizes, counted, c.sizes)
		}
	}
}

func TestShardsShareClientsEvenly(t *testing.T) {
	for _, yaml := range []string{
		"clients: 1000", "{clients: 1000, rooms: {size: 50}}", "{clients: 1001, rooms: {count: 3}}",
		"{clients: 500, rooms: {count: 1}}", "{clients: 1000, rooms: {size: 10}}",
	} {
		p := planOf(t, yaml)
		for shards := 1; shards <= 9; shards++ {
			load := make([]int, shards)
			for c := range p.Clients() {
				load[p.Shard(c, shards)]++
			}
			mean := float64(p.Clients()) / float64(shards)
			if float64(slices.Max(load)) > mean*1.15+1 {
				t.Errorf("%s over %d shards: %v", yaml, shards, load)
			}
		}
	}
}

func TestRoomsStayWholeOnAShardWhereThereAreEnough(t *testing.T) {
	p := planOf(t, "{clients: 1000, rooms: {size: 10}}")
	for c := range p.Clients() {
		if p.Shard(c, 4) != p.Shard(c-c%10, 4) {
			t.Fatalf("client %d is parted from its room", c)
		}
	}
}

const loaded = `{clients: 300, rooms: {size: 20}, duration: 60s, traffic: {stages: [{for: 20s, rate: 50/s..450/s}, {for: 10s, rate: 0/s}, {for: 20s, rate: 300/s}]`

func TestThePlanIsTheSameHoweverManyShardsCarryItOut(t *testing.T) {
	for _, traffic := range []string{"}}", ", arrivals: even}}", ", to: peer}}", ", to: all}}", ", to: self}}"} {
		p := planOf(t, loaded+traffic)
		whole := slices.Collect(p.Sends(0, 1))
		for _, shards := range []int{2, 3, 7} {
			var union []Send
			for shard := range shards {
				for s := range p.Sends(shard, shards) {
					if p.Shard(int(s.From), shards) != shard {
						t.Fatalf("%d shards: shard %d sends for client %d", shards, shard, s.From)
					}
					union = append(union, s)
				}
			}
			slices.SortStableFunc(union, func(a, b Send) int { return int(a.At - b.At) })
			if !slices.Equal(union, whole) {
				t.Errorf("%s: %d shards make another plan than one", traffic, shards)
			}
		}
	}
}

func TestSendsComeInOrderAndWithinTheirStages(t *testing.T) {
	for _, arrivals := range []string{"}}", ", arrivals: even}}"} {
		p := planOf(t, loaded+arrivals)
		last := time.Duration(-1)
		for s := range p.Sends(0, 1) {
			if s.At < last || s.At >= 50*time.Second || s.At >= 20*time.Second && s.At < 30*time.Second {
				t.Fatalf("a send at %v after one at %v", s.At, last)
			}
			last = s.At
		}
	}
}

func TestSameSeedSamePlanOtherSeedOtherPlan(t *testing.T) {
	yaml := loaded + "}, faults: [{at: 5s, kind: silence, clients: 10%, every: 5s, for: 1s}]}"
	plan := func(seed uint64) (string, []Occurrence) {
		s := must(t, yaml)
		s.Seed = seed
		p := NewPlan(s)
		return fmt.Sprint(slices.Collect(p.Sends(0, 1)), p.Rand(7, BackoffJitter).Uint64()), p.Occurrences()
	}
	sends, faults := plan(1)
	again, faultsAgain := plan(1)
	other, faultsOther := plan(2)
	if sends != again || fmt.Sprint(faults) != fmt.Sprint(faultsAgain) {
		t.Error("the same seed made two plans")
	}
	if sends == other || fmt.Sprint(faults) == fmt.Sprint(faultsOther) {
		t.Error("two seeds made the same plan")
	}
}

// The plan of a seed is promised to stay: results are compared across versions.
func TestThePlanOfASeedStays(t *testing.T) {
	p := planOf(t, "{clients: 10, rooms: {size: 5}, traffic: 10/s, faults: [{name: nat, at: 1s, kind: silence, clients: 3}]}")
	got := ""
	for s := range p.Sends(0, 1) {
		if got += fmt.Sprintf("%d:%d>%d ", s.At.Milliseconds(), s.From, s.Dest); s.At > time.Second {
			break
		}
	}
	got += fmt.Sprint(p.Occurrences()[0].Clients, p.Rand(3, HeartbeatPhase).IntN(1000))
	const want = "251:4>0 304:1>0 488:4>0 541:1>0 1040:8>1 [0 2 5] 983"
	if got != want {
		t.Errorf("seed 1 makes\n%s, want\n%s", got, want)
	}
}

func TestPoissonArrivalsAreIndependent(t *testing.T) {
	p := planOf(t, "{clients: 100, duration: 1000s, traffic: 50/s}")
	perSecond := make([]float64, 1000)
	var gaps []float64
	last := time.Duration(0)
	for s := range p.Sends(0, 1) {
		perSecond[int(s.At.Seconds())]++
		gaps = append(gaps, (s.At - last).Seconds())
		last = s.At
	}
	mean, variance := moments(perSecond)
	near(t, "mean sends a second", mean, 50, 0.02)
	near(t, "their variance, the mean of a Poisson distribution", variance, 50, 0.12)
	mean, variance = moments(gaps)
	near(t, "mean gap", mean, 1.0/50, 0.02)
	near(t, "standard deviation of the gaps, the mean of an exponential distribution", math.Sqrt(variance), 1.0/50, 0.03)
}

func TestEvenArrivalsHaveEqualGaps(t *testing.T) {
	p := planOf(t, "{clients: 10, duration: 10s, traffic: {rate: 40/s, arrivals: even}}")
	sends := slices.Collect(p.Sends(0, 1))
	if len(sends) != 400 {
		t.Fatalf("%d sends in 10s at 40/s", len(sends))
	}
	for i := 1; i < len(sends); i++ {
		if gap := sends[i].At - sends[i-1].At; gap < 25*ms-2 || gap > 25*ms+2 {
			t.Fatalf("a gap of %v", gap)
		}
	}
}

func TestRampsIntegrateExactly(t *testing.T) {
	for _, c := range []struct {
		ramp string
		half float64 // of the sends, which part lies in the first half of the time
	}{
		{"100/s..100/s", 0.5}, {"0/s..200/s", 0.25}, {"200/s..0/s", 0.75}, {"100/s..300/s", 0.375}, {"300/s..100/s", 0.625},
	} {
		for _, arrivals := range []string{Even, Poisson} {
			p := planOf(t, "{clients: 10, duration: 100s, traffic: {rate: "+c.ramp+", arrivals: "+arrivals+"}}")
			all, early := 0.0, 0.0
			for s := range p.Sends(0, 1) {
				if all++; s.At < 50*time.Second {
					early++
				}
			}
			tolerance := 0.03
			if arrivals == Even {
				tolerance = 1.5 / all
			}
			near(t, arrivals+" "+c.ramp+": sends", all, p.PlannedSends(), tolerance)
			near(t, arrivals+" "+c.ramp+": share in the first half", early/all, c.half, tolerance*1.5)
		}
	}
}

func TestEverybodySendsAndReceivesAlike(t *testing.T) {
	p := planOf(t, "{clients: 20, duration: 1000s, traffic: {rate: 100/s, to: peer}}")
	var from, to [20]float64
	for s := range p.Sends(0, 1) {
		if s.From == s.Dest {
			t.Fatal("a peer message to the sender")
		}
		from[s.From]++
		to[s.Dest]++
	}
	for c := range 20 {
		near(t, fmt.Sprintf("messages of client %d", c), from[c], 5000, 0.06)
		near(t, fmt.Sprintf("messages to client %d", c), to[c], 5000, 0.06)
	}
}

func TestDestinations(t *testing.T) {
	for _, c := range []struct {
		to   string
		want func(p *Plan, s Send) bool
	}{
		{ToRoom, func(p *Plan, s Send) bool { return int(s.Dest) == p.RoomOf(int(s.From)) }},
		{ToAll, func(_ *Plan, s Send) bool { return s.Dest == 0 }},
		{ToSelf, func(_ *Plan, s Send) bool { return s.Dest == s.From }},
		{ToPeer, func(p *Plan, s Send) bool { return s.Dest != s.From && int(s.Dest) < p.Clients() }},
	} {
		p := planOf(t, "{clients: 40, rooms: {size: 4}, traffic: {rate: 20/s, to: "+c.to+"}}")
		for s := range p.Sends(0, 1) {
			if !c.want(p, s) {
				t.Errorf("to %s: %+v", c.to, s)
			}
		}
	}
}

func TestRandomStreamsOfClientsAreUnrelated(t *testing.T) {
	p := planOf(t, "clients: 1000")
	var first []float64
	seen := map[uint64]bool{}
	for c := range p.Clients() {
		for _, purpose := range []Purpose{ConnectJitter, HeartbeatPhase, BackoffJitter, Payload} {
			r := p.Rand(c, purpose)
			first = append(first, r.Float64())
			seen[r.Uint64()] = true
		}
	}
	if len(seen) != 4000 {
		t.Errorf("%d of 4000 streams are their own", len(seen))
	}
	mean, variance := moments(first)
	near(t, "mean of the first draws", mean, 0.5, 0.03)
	near(t, "variance of the first draws", variance, 1.0/12, 0.05)
}

func moments(v []float64) (mean, variance float64) {
	for _, x := range v {
		mean += x / float64(len(v))
	}
	for _, x := range v {
		variance += (x - mean) * (x - mean) / float64(len(v)-1)
	}
	return mean, variance
}

func near(t *testing.T, what string, got, want, relative float64) {
	t.Helper()
	if math.Abs(got-want) > relative*math.Abs(want) {
		t.Errorf("%s: %.5g, want %.5g within %g %%", what, got, want, relative*100)
	}
}

func BenchmarkArrivals(b *testing.B) {
	for _, yaml := range []string{"{arrivals: poisson}", "{arrivals: even}", "{arrivals: poisson, to: peer}"} {
		for _, shards := range []int{1, 2} {
			b.Run(fmt.Sprintf("%s over %d", yaml, shards), func(b *testing.B) {
				p := planOf(b, "{clients: 10000, rooms: {size: 50}, duration: 1h, traffic: {rate: 100/s..1000000/s, "+yaml[1:]+"}")
				a := p.Arrivals(0, shards)
				b.ReportAllocs()
				for b.Loop() {
					if _, ok := a.Next(); !ok {
						a = p.Arrivals(0, shards)
					}
				}
			})
		}
	}
}

func TestOnlyTheGroupThatTrafficComesFromSends(t *testing.T) {
	for _, to := range []string{"room", "all", "peer", "self"} {
		p := planOf(t, `{clients: [{name: a, count: 50}, {name: b, count: 30}, {name: c, count: 20}], rooms: {size: 20},
			duration: 20s, traffic: {rate: 100/s, from: b, to: `+to+`}}`)
		senders, receivers := map[uint32]bool{}, map[uint32]bool{}
		for s := range p.Sends(0, 1) {
			if s.From < 50 || s.From >= 80 {
				t.Fatalf("to %s: client %d sends, who is not of the group", to, s.From)
			}
			if to == ToRoom && int(s.Dest) != p.RoomOf(int(s.From)) {
				t.Fatalf("client %d sends to room %d, not its own", s.From, s.Dest)
			}
			if to == ToPeer && s.Dest == s.From {
				t.Fatalf("client %d is its own peer", s.From)
			}
			senders[s.From], receivers[s.Dest] = true, true
		}
		if len(senders) != 30 {
			t.Errorf("to %s: %d of the group's 30 clients send", to, len(senders))
		}
		if to == ToPeer && len(receivers) != 100 {
			t.Errorf("%d of 100 clients are sent to by a peer", len(receivers))
		}
	}
}

func TestPlannedDeliveriesCountTheRoomsOfThoseWhoSend(t *testing.T) {
	p := planOf(t, "{clients: [{name: a, count: 10}, {name: b, count: 5}], rooms: {size: 10}, traffic: {rate: 1/s, from: b}}")
	if got := p.PlannedDeliveries(100); got != 400 {
		t.Errorf("100 sends to a room of 5 make %v deliveries", got)
	}
}
