package report

import (
	"math"
	"slices"
	"strings"
)

// atLeast is, or begins, the note of a value that is a lower bound only.
const atLeast = "at least"

// onStory ends the note of a threshold whose limit is on the story's clock.
const onStory = " on the story's clock"

// onStoryClock reports whether the threshold's limit is written on the story's
// clock: it is about how long the clients' own timers take, or those that faults
// play out against, which a time_scale multiplies. How long a server takes to
// answer has one clock only.
func (t Threshold) onStoryClock() bool {
	return t.stat != "count" && slices.Contains([]string{Detect.String(), Reconnect.String(), Outage.String(), Ghost.String()}, t.metric)
}

// onRunClock is the threshold with its limit as the run's clock has it.
func (t Threshold) onRunClock(scale float64) Threshold {
	if t.onStoryClock() && scale > 0 && scale != 1 {
		const nanosecond = 1e-6 // in milliseconds
		t.value = math.Round(t.value*scale/nanosecond) * nanosecond
	}
	return t
}

// noteStory notes what the value is on the clock that the limit is written on.
func (t Threshold) noteStory(out *ThresholdResult, scale float64) {
	if !t.onStoryClock() || out.Value == nil || scale <= 0 || scale == 1 {
		return
	}
	story := apart(*out.Value/scale, t.value, millisTo) + onStory
	switch out.Note {
	case "":
		out.Note = story
	case atLeast:
		out.Note += ", " + story
	default:
		out.Note += "; " + story
	}
}

// story is the part of the note that noteStory made, "" for none.
func (t ThresholdResult) story() string {
	if !strings.HasSuffix(t.Note, onStory) {
		return ""
	}
	if i := max(strings.LastIndex(t.Note, ", "), strings.LastIndex(t.Note, "; ")); i >= 0 {
		return t.Note[i+2:]
	}
	return t.Note
}
