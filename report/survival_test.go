package report

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

const sec = time.Second

// spelt writes a curve as "after share[low..high]" for each point.
func spelt(curve []SurvivalPoint) string {
	var w []string
	for _, p := range curve {
		w = append(w, fmt.Sprintf("%g %.3g[%.3g..%.3g]", p.AfterS, p.Share, p.Low, p.High))
	}
	return strings.Join(w, " ")
}

func TestSurvivalOfGhostsThatWereWatched(t *testing.T) {
	exact := func(at ...time.Duration) (l []Lifetime) {
		for _, d := range at {
			l = append(l, Lifetime{d, d})
		}
		return l
	}
	for _, tt := range []struct {
		name  string
		lives []Lifetime
		want  string
	}{
		{"nobody", nil, ""},
		{"all go, each at a time of its own", exact(1*sec, 2*sec, 3*sec, 4*sec),
			"0 1[1..1] 1 0.75[0.75..0.75] 2 0.5[0.5..0.5] 3 0.25[0.25..0.25] 4 0[0..0]"},
		{"several go at once", exact(2*sec, 2*sec, 3*sec, 3*sec), "0 1[1..1] 2 0.5[0.5..0.5] 3 0[0..0]"},
		{"none goes before the end", []Lifetime{{5 * sec, 0}, {5 * sec, 0}}, "0 1[1..1] 5 1[1..1]"},
		{"who was lost sight of counts as at risk up to then, and no longer", // 1×4/5, then of 3 left 2 go one by one
			[]Lifetime{{1 * sec, 1 * sec}, {2 * sec, 0}, {3 * sec, 3 * sec}, {4 * sec, 4 * sec}, {5 * sec, 0}},
			"0 1[1..1] 1 0.8[0.8..0.8] 3 0.533[0.533..0.533] 4 0.267[0.267..0.267] 5 0.267[0.267..0.267]"},
		{"of two that fall together, the going comes before the losing sight", []Lifetime{{2 * sec, 2 * sec}, {2 * sec, 0}},
			"0 1[1..1] 2 0.5[0.5..0.5]"},
		{"looked at now and then, it went in between", []Lifetime{{1 * sec, 2 * sec}, {3 * sec, 4 * sec}},
			"0 1[1..1] 1 1[0.5..1] 2 0.5[0.5..0.5] 3 0.5[0..0.5] 4 0[0..0]"},
		{"another was lost sight of meanwhile: was it the last one?", []Lifetime{{1 * sec, 3 * sec}, {2 * sec, 0}},
			"0 1[1..1] 1 1[0..1] 3 0[0..0.5]"},
		{"gone at the first look", []Lifetime{{0, 1 * sec}}, "0 1[0..1] 1 0[0..0]"},
	} {
		if got := spelt(SurvivalOf(tt.lives)); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, tt.want)
		}
	}
}

// Whenever each ghost went, between when it was last seen and when it was first
// seen to be gone, the estimate lies in the brackets, and each end of them is
// one for some such times.
func TestTheBracketsOfASurvivalHoldEveryPlacementAndNoMore(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		lives := make([]Lifetime, 1+random.IntN(4))
		for i := range lives {
			lives[i].Seen = time.Duration(random.IntN(7)) * sec
			if random.IntN(3) > 0 {
				lives[i].Gone = max(sec, lives[i].Seen+time.Duration(random.IntN(4))*sec)
			}
		}
		curve := SurvivalOf(lives)
		for i, p := range curve {
			from, to := time.Duration(p.AfterS*1e9), time.Duration(p.AfterS*1e9)+step
			if i+1 < len(curve) {
				to = time.Duration(curve[i+1].AfterS * 1e9)
			}
			lowest, highest := 1.0, 0.0
			placements(lives, nil, func(all []ending) {
				lowest, highest = min(lowest, productLimit(all, to-step)), max(highest, productLimit(all, from))
			})
			if math.Abs(p.Low-lowest) > 1e-6 || math.Abs(p.High-highest) > 1e-6 {
				t.Fatalf("%v: from %v to %v between %.4f and %.4f, not %.4f and %.4f", lives, from, to, lowest, highest, p.Low, p.High)
			}
		}
	}
}

// step is how finely placements go: so that one fits between two looks.
const step = sec / 2

// ending is how a ghost's story ended at some time: it went, or was lost sight of.
type ending struct {
	at   time.Duration
	gone bool
}

// placements calls each with the endings that lives can have had.
func placements(lives []Lifetime, placed []ending, each func([]ending)) {
	if len(lives) == 0 {
		each(placed)
		return
	}
	l := lives[0]
	if l.Gone == 0 {
		placements(lives[1:], append(placed, ending{l.Seen, false}), each)
		return
	}
	for at := l.Seen; at <= l.Gone; at += step {
		placements(lives[1:], append(placed, ending{at, true}), each)
	}
}

// productLimit is the estimate at t where all is known.
func productLimit(all []ending, t time.Duration) float64 {
	share := 1.0
	for at := time.Duration(0); at <= t; at += step {
		risk, gone := 0, 0
		for _, e := range all {
			if e.at >= at {
				risk++
			}
			if e.at == at && e.gone {
				gone++
			}
		}
		if gone > 0 {
			share *= float64(risk-gone) / float64(risk)
		}
	}
	return share
}

func TestManyGhostsThatWentAtTimesOfTheirOwnAreReckonedSoonEnough(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	var lives []Lifetime
	for range 10_000 {
		seen := time.Duration(random.Int64N(int64(time.Hour)))
		lives = append(lives, Lifetime{seen, seen + time.Duration(random.Int64N(int64(time.Minute)))})
	}
	before := SurvivalPoint{Share: 1, Low: 1, High: 1}
	for _, p := range SurvivalOf(lives) {
		if p.Low > p.Share || p.Share > p.High || p.Low > before.Low || p.High > before.High {
			t.Fatalf("after %+v comes %+v", before, p)
		}
		before = p
	}
}

func TestSurvivalByOneLookAtEachGhost(t *testing.T) {
	const held, gone = true, false
	looks := func(answers ...bool) (l []Look) {
		for i, a := range answers {
			l = append(l, Look{time.Duration(i+1) * sec, a})
		}
		return l
	}
	for _, tt := range []struct {
		name  string
		looks []Look
		want  string
	}{
		{"nobody", nil, ""},
		{"one that was held says little", looks(held), "0 1[0.207..1] 1 1[0.207..1]"},
		{"held first, gone later: it falls somewhere between", looks(held, held, gone, gone),
			"0 1[0.342..1] 1 1[0.342..1] 2 1[0..1] 3 0[0..0.658] 4 0[0..0.658]"},
		{"answers that contradict a falling share are pooled", looks(held, gone, held, gone), // 1, then 1 of 2, then 0
			"0 1[0.207..1] 1 1[0.0945..1] 2 0.5[0.0945..0.905] 3 0.5[0..0.905] 4 0[0..0.793]"},
		{"the order they are given in makes no difference", []Look{{4 * sec, gone}, {3 * sec, held}, {1 * sec, held}, {2 * sec, gone}},
			"0 1[0.207..1] 1 1[0.0945..1] 2 0.5[0.0945..0.905] 3 0.5[0..0.905] 4 0[0..0.793]"},
		{"all the wrong way round are one pool", looks(gone, held), "0 1[0.0945..1] 1 0.5[0.0945..0.905] 2 0.5[0.0945..0.905]"},
		{"at the same time", []Look{{sec, held}, {sec, gone}, {sec, held}, {sec, held}}, "0 1[0.301..1] 1 0.75[0.301..0.954]"},
		{"at the fault itself", []Look{{0, held}}, "0 1[0.207..1]"},
	} {
		if got := spelt(SurvivalByLooks(tt.looks)); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, tt.want)
		}
	}
}

// What comes out must be near what went in, and its brackets hold it.
func TestBothEstimatesFindTheCurveThatWasDrawnFrom(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	const n, scale = 5000, 10.0
	var lives []Lifetime
	var looks []Look
	for range n {
		life := time.Duration(random.ExpFloat64() * scale * 1e9)
		seen := Lifetime{Seen: 20 * sec}
		if life < seen.Seen {
			bracket := 250 * time.Millisecond
			seen = Lifetime{life.Truncate(bracket), life.Truncate(bracket) + bracket}
		}
		lives = append(lives, seen)
		at := time.Duration(random.Float64() * 20e9)
		looks = append(looks, Look{at, life > at})
	}
	for _, tt := range []struct {
		name  string
		curve []SurvivalPoint
		off   float64
	}{{"watched", SurvivalOf(lives), 0.03}, {"looked at once", SurvivalByLooks(looks), 0.12}} {
		if len(tt.curve) > mostPoints {
			t.Errorf("%s: %d points", tt.name, len(tt.curve))
		}
		before := SurvivalPoint{Share: 1, Low: 1, High: 1}
		for _, p := range tt.curve {
			if p.Low > p.Share || p.Share > p.High || p.Share > before.Share || p.Low > before.Low || p.High > before.High {
				t.Fatalf("%s: after %+v comes %+v", tt.name, before, p)
			}
			before = p
		}
		for after := 0.5; after < 19; after += 0.5 {
			want, got := math.Exp(-after/scale), curveAt(tt.curve, after)
			if math.Abs(got.Share-want) > tt.off {
				t.Errorf("%s: after %gs %.3f are left, not %.3f", tt.name, after, got.Share, want)
			}
		}
	}
}

func TestSurvivalsOfSeveralRunsAddUp(t *testing.T) {
	a := Survival{Method: "inet_diag", Story: "idle", Clients: 3, Forgotten: 3, Curve: SurvivalOf([]Lifetime{{sec, sec}, {2 * sec, 2 * sec}, {3 * sec, 3 * sec}}),
		States: map[string]int{"gone": 3}}
	b := Survival{Method: "inet_diag", Story: "idle", Clients: 1, Held: 1, Curve: SurvivalOf([]Lifetime{{4 * sec, 0}}), States: map[string]int{"ESTABLISHED": 1}}
	other := Survival{Method: "presence", Story: "chat", Clients: 2, Unknown: 2}
	want := "[{presence chat 2 0 0 2 [] map[]} {inet_diag idle 4 3 1 0 [{0 1 1 1} {1 0.75 0.75 0.75} {2 0.5 0.5 0.5} {3 0.25 0.25 0.25} {4 0.25 0.25 0.25}] map[ESTABLISHED:1 gone:3]}]"
	for name, all := range map[string][]Survival{
		"one way":   addSurvivals(addSurvivals([]Survival{a}, []Survival{b}), []Survival{other}),
		"the other": addSurvivals([]Survival{other}, addSurvivals([]Survival{b}, []Survival{a})),
	} {
		for i := range all {
			for j, p := range all[i].Curve {
				all[i].Curve[j].Share, all[i].Curve[j].Low, all[i].Curve[j].High = rounded3(p.Share), rounded3(p.Low), rounded3(p.High)
			}
		}
		if got := fmt.Sprint(all); got != want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, want)
		}
	}
	if a.States["gone"] != 3 || len(a.States) != 1 {
		t.Error("what was given has changed")
	}
}

func rounded3(v float64) float64 { return math.Round(v*1000) / 1000 }

func TestTheNumberOfGhostsIsDoubtedWhereItIsNotKnown(t *testing.T) {
	for _, tt := range []struct {
		name, threshold string
		ghosts          int64
		seen            []Survival
		want            Verdict
	}{
		{"watched to the end", "ghosts == 0", 0, []Survival{{Method: "inet_diag", Clients: 5, Forgotten: 5}}, Passed},
		{"healed in time is no ghost", "ghosts == 0", 0, []Survival{{Method: "presence", Clients: 5, Held: 5}}, Passed},
		{"one way of watching knows", "ghosts == 0", 0, []Survival{{Method: "presence", Clients: 5, Unknown: 2, Forgotten: 3}, {Method: "inet_diag", Clients: 5, Forgotten: 5}}, Passed},
		{"probed, and all forgotten", "ghosts == 0", 0, []Survival{{Method: "probe", Clients: 5, Forgotten: 5}}, Passed},
		{"probed, and some held then", "ghosts == 0", 0, []Survival{{Method: "probe", Clients: 5, Forgotten: 3, Held: 2}}, Inconclusive},
		{"not watched", "ghosts{nat} < 3", 0, []Survival{{Method: "none", Clients: 5, Unknown: 5}}, Inconclusive},
		{"more than allowed whatever the rest are", "ghosts < 3", 4, []Survival{{Method: "presence", Clients: 9, Held: 4, Unknown: 5}}, Failed},
	} {
		th, err := ParseThreshold(tt.threshold)
		if err != nil {
			t.Fatal(err)
		}
		r := &Result{Counts: map[string]int64{"ghosts": tt.ghosts}, Faults: []FaultResult{{Name: "nat", Clients: 5, Ghosts: tt.ghosts, GhostSurvival: tt.seen}}}
		if got := th.Evaluate(r); got.Verdict != tt.want {
			t.Errorf("%s: %s (%s), want %s", tt.name, got.Verdict, got.Note, tt.want)
		}
	}
}

func TestGhostsAreToldInALine(t *testing.T) {
	watched := func(lives ...Lifetime) Survival {
		s := Survival{Method: "inet_diag", Story: "idle", Clients: int64(len(lives)), Curve: SurvivalOf(lives)}
		for _, l := range lives {
			if l.Gone > 0 {
				s.Forgotten++
			} else {
				s.Held++
			}
		}
		return s
	}
	probed := Survival{Method: "probe", Clients: 5, Held: 2, Forgotten: 2, Unknown: 1,
		Curve: SurvivalByLooks([]Look{{sec, true}, {2 * sec, true}, {3 * sec, false}, {4 * sec, false}})}
	for _, tt := range []struct {
		name string
		s    Survival
		want string
	}{
		{"all held", watched(Lifetime{60 * sec, 0}, Lifetime{60 * sec, 0}), "2 by inet_diag: all still held at the end"},
		{"all gone at once", watched(Lifetime{3 * sec, 3 * sec}), "1 by inet_diag: all let go within 3.00 s"},
		{"all gone by and by", watched(Lifetime{2 * sec, 3 * sec}, Lifetime{3 * sec, 4 * sec}), "2 by inet_diag: all let go, half of them within 3.00 s, the last within 4.00 s"},
		{"some", watched(Lifetime{2 * sec, 3 * sec}, Lifetime{9 * sec, 0}, Lifetime{9 * sec, 0}), "3 by inet_diag: 1 let go, 2 still held at the end"},
		{"most", watched(Lifetime{2 * sec, 3 * sec}, Lifetime{9 * sec, 0}), "2 by inet_diag: 1 let go, half of all within 3.00 s, 1 still held at the end"},
		{"probed", probed, "5 by probe: 2 let go, half of all about within 3.00 s, 2 still held when asked, 1 unknown"},
		{"nothing known", Survival{Method: "presence", Clients: 4, Unknown: 4}, "4 by presence: all unknown"},
		{"nobody looked", Survival{Method: "none", Clients: 1, Unknown: 1}, "1 connection that nobody watched"},
	} {
		if got := new(page).survivors(tt.s, FaultResult{Ghosts: tt.s.Held, GhostSurvival: []Survival{tt.s}}.heldWhen(tt.s)); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestAReportTellsOnlyStoriesThatSayMoreThanTheGhostLine(t *testing.T) {
	some := &Stats{Count: 5}
	idle := func(method string, forgotten, held int64) Survival {
		return Survival{Method: method, Story: "idle", Clients: forgotten + held, Forgotten: forgotten, Held: held}
	}
	chat := Survival{Method: "presence", Story: "chat", Clients: 2, Forgotten: 2}
	for _, tt := range []struct {
		name string
		f    FaultResult
		want int
	}{
		{"nothing was silenced", FaultResult{}, 0},
		{"all of one story went", FaultResult{Ghost: some, GhostSurvival: []Survival{idle("presence", 5, 0), idle("inet_diag", 5, 0)}}, 0},
		{"two stories stand side by side", FaultResult{Ghost: some, GhostSurvival: []Survival{idle("presence", 5, 0), chat}}, 2},
		{"all were healed in time", FaultResult{Ghost: new(Stats), GhostSurvival: []Survival{idle("presence", 0, 5), idle("inet_diag", 0, 5)}}, 0},
		{"some are held", FaultResult{Ghost: some, Ghosts: 2, GhostSurvival: []Survival{idle("presence", 3, 2), idle("inet_diag", 3, 2)}}, 1},
		{"the server says they are gone, and keeps their sockets", FaultResult{Ghost: some, GhostSurvival: []Survival{idle("presence", 5, 0), idle("inet_diag", 0, 5)}}, 1},
		{"there is no ghost line", FaultResult{Ghost: new(Stats), GhostSurvival: []Survival{idle("probe", 5, 0)}}, 1},
	} {
		if got := tt.f.toldStories(); len(got) != tt.want {
			t.Errorf("%s: tells %+v", tt.name, got)
		}
	}
}
