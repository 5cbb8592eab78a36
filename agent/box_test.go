package agent

import (
	"math"
	"testing"
	"time"
)

func TestTheLongestSafeHeartbeatIsInWholeSecondsOfTheStory(t *testing.T) {
	for _, c := range []struct {
		name          string
		idle, slowest time.Duration // of the story
		want          time.Duration
	}{
		{"shorter than the box waits", 350 * time.Second, 0, 349 * time.Second},
		{"with an odd time to wait", 350500 * time.Millisecond, 0, 350 * time.Second},
		{"with room for the answer", 60 * time.Second, 1200 * time.Millisecond, 58 * time.Second},
		{"with an answer of just that", 60 * time.Second, time.Second, 59 * time.Second},
		{"of an impatient box, in tenths", 5 * time.Second, 0, 4900 * time.Millisecond},
		{"of a box that waits for no answer", time.Second, 2 * time.Second, 0},
	} {
		for _, scale := range []float64{1, 0.1, 0.29, 1.0 / 3, 0.57, 0.001, 7} {
			onRun := func(story time.Duration) time.Duration { return time.Duration(math.Round(float64(story) * scale)) }
			if got := safeHeartbeat(onRun(c.idle), onRun(c.slowest), scale); got != onRun(c.want) {
				t.Errorf("%s: at %.4g, %v; want %v", c.name, scale, got, onRun(c.want))
			}
		}
	}
}
