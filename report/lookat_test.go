package report

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestPickNotesGivesEveryListItsTurn(t *testing.T) {
	many := make([]ClientNote, 30)
	for i := range many {
		many[i] = ClientNote{100 + i, "was slow"}
	}
	got := PickNotes(nil, []ClientNote{{1, "lost 3"}, {2, "lost 2"}}, many, []ClientNote{{2, "gave up"}, {100, "gave up"}})
	want := []ClientNote{
		{1, "lost 3"}, {100, "was slow; gave up"}, {2, "lost 2; gave up"}, {101, "was slow"},
		{102, "was slow"}, {103, "was slow"}, {104, "was slow"}, {105, "was slow"}, {106, "was slow"}, {107, "was slow"},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	if got := PickNotes(); got != nil {
		t.Errorf("of nothing: %v", got)
	}
}

func TestExceededIsAboutUpperBoundsOfTimes(t *testing.T) {
	for _, tt := range []struct {
		threshold string
		took      time.Duration
		scale     float64
		want      bool
	}{
		{"detect.max < 5s", 5 * time.Second, 1, true},
		{"detect.max < 5s", 4999 * time.Millisecond, 1, false},
		{"detect.max <= 5s", 5 * time.Second, 0, false},
		{"detect{nat}.p50 < 5s", 6 * time.Second, 1, true},
		{"detect.max < 50s", 6 * time.Second, 0.1, true},
		{"detect.max > 5s", 6 * time.Second, 1, false},
		{"detect.count < 5", 6 * time.Second, 1, false},
		{"lost == 0", 6 * time.Second, 1, false},
		{"reach >= 99%", 6 * time.Second, 1, false},
	} {
		threshold, err := ParseThreshold(tt.threshold)
		if err != nil {
			t.Fatal(err)
		}
		if got := threshold.Exceeded(tt.took, tt.scale); got != tt.want {
			t.Errorf("%s, %v at scale %v: %v", tt.threshold, tt.took, tt.scale, got)
		}
	}
}
