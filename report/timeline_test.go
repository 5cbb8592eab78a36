package report

import (
	"math"
	"slices"
	"strings"
	"testing"
)

// endingLate are rows as a run makes them: each ends a little after its second.
func endingLate(by ...float64) (rows []Second) {
	for s, late := range by {
		rows = append(rows, Second{TS: float64(s) + late, Connected: 10, Sent: 100, GeneratorCPU: 0.5})
	}
	return rows
}

func TestARowIsOfTheSecondBeforeItsEnd(t *testing.T) {
	for _, c := range []struct {
		name string
		ends float64
		want float64
	}{
		{"while the clients connect", -0.02, -1},
		{"up to second 0", 0.001, -1},
		{"the first", 1, 0},
		{"the first, late", 1.2, 0},
		{"the last, cut short", 5.3, 5},
		{"an hour's last", 3600.004, 3599},
	} {
		if s := (&Second{TS: c.ends}); s.number() != c.want {
			t.Errorf("%s: a row that ends at %v is of second %v, want %v", c.name, c.ends, s.number(), c.want)
		}
	}
}

func TestWhatCameInASecondStandsAboveItsFaults(t *testing.T) {
	rows := endingLate(0.001, 0.002, 0.001, 0, 0.003, 0.001, 0.002)
	for i := range rows {
		rows[i].Delivered, rows[i].DeliveryP99Ms = 100, 1
	}
	rows[4].DeliveryP99Ms = 900 // from second 3 to 4
	rows[6].DeliveryP99Ms = 0   // nothing came but what had been missed
	a, ok := newTimeAxis(rows, 60)
	if !ok || a.seconds != 6 {
		t.Fatalf("%+v", a)
	}
	got := render(t, &Result{Timeline: rows, Faults: []FaultResult{{Name: "nat", AtS: []float64{3}}}}, TextOptions{Width: 100})
	worst, least, struck := -1, "", -1
	for line := range strings.Lines(got) {
		if strings.Contains(line, "delivery p99") {
			worst, least = len([]rune(line[:strings.Index(line, "█")])), line
		}
		if at := strings.Index(line, "▲"); at > 0 {
			struck = len([]rune(line[:at]))
		}
	}
	if worst != struck || struck < 0 {
		t.Errorf("the worst second stands in column %d, the fault in %d:\n%s", worst, struck, got)
	}
	if !strings.Contains(least, "  1.00 ms to 900 ms") {
		t.Errorf("a second without a time is drawn as one of 0: %s", least)
	}
}

func TestSecondsOfSeveralRunsAddThoughTheyEndApart(t *testing.T) {
	run := func(rows []Second) *Result {
		return &Result{Schema: Schema, Counts: map[string]int64{}, Timeline: rows}
	}
	cut := append(endingLate(0.004, 0, 0.1), Second{TS: 2.4, Connected: 10, Sent: 40, GeneratorCPU: 0.5})
	got, err := Merge(run(endingLate(0.001, 0.002, 0.001, 0.003)), run(cut), run(append([]Second{{TS: -0.02, Connected: 7, Sent: 1, GeneratorCPU: 0.5}}, endingLate(0, 0, 0.2, 0.01)...)))
	if err != nil {
		t.Fatal(err)
	}
	var ends []float64
	var sent []int64
	for _, s := range got.Timeline {
		ends, sent = append(ends, s.TS), append(sent, s.Sent)
		if s.Connected != 30 || math.Abs(s.GeneratorCPU-1.5) > 1e-9 {
			t.Errorf("at %v s, %d clients and %v cores", s.TS, s.Connected, s.GeneratorCPU)
		}
	}
	if want := []float64{0.004, 1.002, 2.2, 3.01}; !slices.Equal(ends, want) {
		t.Errorf("the rows end at %v, want %v", ends, want)
	}
	if want := []int64{301, 300, 300, 240}; !slices.Equal(sent, want) {
		t.Errorf("sent %v, want %v", sent, want)
	}
}

// A row that ends so late that it is of the next second is of both.
func TestASecondThatARunHasNoRowOfIsNotOneWithoutItsClients(t *testing.T) {
	run := func(rows []Second) *Result {
		return &Result{Schema: Schema, Counts: map[string]int64{}, Timeline: rows}
	}
	got, err := Merge(run(endingLate(0, 0, 0, 0, 0)), run(endingLate(0, 0.9, 0, 0, 0)), run([]Second{{TS: 0, Connected: 10, Sent: 1}, {TS: 4, Connected: 10, Sent: 1}}))
	if err != nil {
		t.Fatal(err)
	}
	var connected, sent []int64
	for _, s := range got.Timeline {
		connected, sent = append(connected, s.FewestConnected()), append(sent, s.Sent)
	}
	if want := []int64{30, 30, 30, 30, 30}; !slices.Equal(connected, want) {
		t.Errorf("%v were online, want %v", connected, want)
	}
	if want := []int64{201, 100, 300, 200, 201}; !slices.Equal(sent, want) {
		t.Errorf("%v were sent, want %v", sent, want)
	}
	if _, err := Merge(run([]Second{{TS: 0}, {TS: 1e18}})); err != nil { // and ends
		t.Error(err)
	}
}

// What was away in two runs at different moments of a second was never away at
// once, as far as is known: no more than the sum of the fewest is certain.
func TestTheFewestOnlineAddUp(t *testing.T) {
	run := func(rows ...Second) *Result {
		return &Result{Schema: Schema, Counts: map[string]int64{}, Timeline: rows}
	}
	fewest := func(n int64) *int64 { return &n }
	got, err := Merge(
		run(Second{TS: 1, Connected: 10, ConnectedMin: fewest(4)}, Second{TS: 2, Connected: 10, ConnectedMin: fewest(10)}),
		run(Second{TS: 1, Connected: 5}, Second{TS: 1.9, Connected: 5, ConnectedMin: fewest(1)}, Second{TS: 2, Connected: 5, ConnectedMin: fewest(3)}),
	)
	if err != nil {
		t.Fatal(err)
	}
	var found []int64
	for _, s := range got.Timeline {
		found = append(found, s.FewestConnected(), s.Connected)
	}
	if want := []int64{9, 15, 11, 15}; !slices.Equal(found, want) {
		t.Errorf("the fewest and the last are %v, want %v", found, want)
	}
}
