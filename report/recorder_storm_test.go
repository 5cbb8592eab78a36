package report_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/imbench/imbench/report"
)

// comeback is a client that came back: it dialled, and was ready at once.
type comeback struct{ since, due time.Duration }

// recorded is what a shard recorded that saw these.
func recorded(seen ...comeback) *report.Recorder {
	r := report.NewRecorder(2, 1)
	for _, c := range seen {
		at := report.StormTime{SinceFault: c.since, SinceDue: c.due}
		r.FaultDialed(0, at)
		r.FaultBack(0, at)
		r.FaultReconnected(0, 0, c.since)
	}
	return r
}

func stormOf(r *report.Result) *report.Storm { return r.Faults[0].Storm }

// times is n of the same.
func times(n int, since, due time.Duration) []comeback {
	return slices.Repeat([]comeback{{since, due}}, n)
}

func TestAPeakIsTheMostInOneSecondOfAllTogether(t *testing.T) {
	const s = time.Second
	for _, c := range []struct {
		name   string
		shards [][]comeback
		run    []int64
		peak   int64
	}{
		{"peaks in different seconds do not add", [][]comeback{
			append(times(5, s/2, s/2), times(1, 3*s/2, 3*s/2)...),
			append(times(1, s/2, s/2), times(4, 3*s/2, 3*s/2)...),
			times(3, 2*s, 2*s),
		}, []int64{6, 5, 3}, 6},
		{"the most of all may be the most of none", [][]comeback{
			append(times(3, 0, 0), times(2, s, s)...),
			append(times(2, s, s), times(3, 2*s, 2*s)...),
		}, []int64{3, 4, 3}, 4},
		{"peaks in the same second add", [][]comeback{times(5, s, s), times(4, s, s)}, []int64{0, 9}, 9},
		{"repetitions apart do not add", [][]comeback{times(4, 0, 0), times(3, 0, 20*s)}, append(append([]int64{4}, make([]int64, 19)...), 3), 4},
		{"those who meet in a second are one storm", [][]comeback{times(4, 2*s, 2*s), times(3, 0, 2*s)}, []int64{0, 0, 7}, 7},
		{"one second is aligned, not sliding", [][]comeback{times(2, s-1, s-1), times(2, s, s)}, []int64{2, 2}, 2},
		{"what comes before it was due is of the first second", [][]comeback{times(2, 0, -s)}, []int64{2}, 2},
		{"what comes after a day is in no second", [][]comeback{times(2, s/2, s/2), times(9, 24*time.Hour, 24*time.Hour)}, []int64{2}, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			together := report.NewRecorder(2, 1)
			var results []*report.Result
			clients := 0
			for _, seen := range c.shards {
				together.Merge(recorded(seen...))
				results = append(results, build(recorded(seen...)))
				clients += len(seen)
			}
			for how, got := range map[string]*report.Storm{
				"by recorders": stormOf(build(together)), "by results": stormOf(merged(t, results...)),
			} {
				if got.PeakOffered != c.peak || got.PeakAccepted != c.peak || got.Clients != int64(clients) {
					t.Errorf("%s: peaks of %d and %d, %d clients; want %d and %d", how, got.PeakOffered, got.PeakAccepted, got.Clients, c.peak, clients)
				}
				if d := cmp.Diff(c.run, got.RunOffered); d != "" {
					t.Errorf("%s: %s", how, d)
				}
			}
		})
	}
}

func TestAStormIsTheSameHoweverItWasShared(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 10 {
		var all []comeback
		parts := make([][]comeback, 1+random.IntN(4))
		for range random.IntN(200) {
			due := time.Duration(random.ExpFloat64() * float64(3*time.Second))
			c := comeback{due % (2 * time.Second), due}
			all = append(all, c)
			at := random.IntN(len(parts))
			parts[at] = append(parts[at], c)
		}
		want := stormOf(build(recorded(all...)))
		together := report.NewRecorder(2, 1)
		var results []*report.Result
		for _, seen := range parts {
			together.Merge(recorded(seen...))
			results = append(results, build(recorded(seen...)))
		}
		if d := cmp.Diff(want, stormOf(build(together))); d != "" {
			t.Fatal("by recorders", d)
		}
		slices.Reverse(results)
		got := stormOf(merged(t, results...))
		if got != nil { // results do not keep the tenths of seconds: the burst of all is not known
			if got.BurstOffered > want.BurstOffered || got.BurstAccepted > want.BurstAccepted {
				t.Fatalf("by results, bursts of %d and %d, more than %d and %d", got.BurstOffered, got.BurstAccepted, want.BurstOffered, want.BurstAccepted)
			}
			got.BurstOffered, got.BurstAccepted = want.BurstOffered, want.BurstAccepted
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatal("by results", d)
		}
	}
}

func TestABurstTellsStormsApartThatAreOfOneSecond(t *testing.T) {
	const ms = time.Millisecond
	sharp := recorded(times(50, 40*ms, 40*ms)...)
	sharp.Merge(recorded(times(40, 90*ms, 90*ms)...)) // of another shard, in the same tenth
	spread := report.NewRecorder(2, 1)
	for i := range 90 {
		spread.Merge(recorded(times(1, time.Duration(i)*11*ms, time.Duration(i)*11*ms)...))
	}
	late := recorded(times(5, 2*time.Hour, 2*time.Hour)...)
	for _, c := range []struct {
		of    *report.Recorder
		burst int64
	}{{sharp, 90}, {spread, 10}, {late, 0}} {
		if s := stormOf(build(c.of)); s.BurstOffered != c.burst || s.BurstAccepted != c.burst {
			t.Errorf("bursts of %d and %d, want %d", s.BurstOffered, s.BurstAccepted, c.burst)
		}
	}
}

// Who was lost in the run's last moment waited for next to nothing, and is one
// who is not back, whatever the others took.
func TestWhenSoManyWereBackIsOfAllWhoWereLost(t *testing.T) {
	r := recorded(append(times(60, time.Second, time.Second), times(139, 2*time.Second, 2*time.Second)...)...)
	r.FaultNeverDetected(0, 0, 4*time.Millisecond)
	s := stormOf(build(r))
	if s.Back50S == nil || *s.Back50S != 2 || s.Back99S == nil || *s.Back99S != 2 || s.Back100S != nil {
		t.Errorf("of 200, 60 were back after 1 s, 199 after 2 s, and one never: %v, %v, %v", s.Back50S, s.Back99S, s.Back100S)
	}
	if again := stormOf(merged(t, build(r), build(recorded(times(200, time.Second, time.Second)...)))); *again.Back50S > 1.01 || *again.Back50S < 1 || again.Back100S != nil {
		t.Errorf("with 200 of another run that were back after 1 s: %v, %v", *again.Back50S, again.Back100S)
	}
}

func TestWhoNeverNoticedIsNotBack(t *testing.T) {
	r := recorded(times(6, time.Second, time.Second)...)
	for range 4 {
		r.FaultNeverDetected(0, 0, 5*time.Second)
	}
	s := stormOf(build(r))
	if s.Clients != 10 || s.Back50S == nil || s.Back99S != nil || s.Back100S != nil {
		t.Errorf("of 10, 6 were back: %+v", s)
	}
}

func TestResultsWithoutTheRunsSecondsStillMerge(t *testing.T) {
	earlier := build(recorded(times(5, time.Second, time.Second)...))
	s := stormOf(earlier)
	s.RunOffered, s.RunAccepted = nil, nil
	got := stormOf(merged(t, throughFile(t, earlier), build(recorded(times(3, 0, 0)...))))
	if got.PeakOffered != 5 || !slices.Equal(got.RunOffered, []int64{3, 5}) {
		t.Errorf("a peak of %d of %v, want 5 of [3 5]", got.PeakOffered, got.RunOffered)
	}
}
