package scenario

import (
	"time"
)

// time prints a time of the run, and what it is on the story's clock where
// that is another.
func (p *Plan) time(d time.Duration) string {
	story := p.s.Story(d)
	if story == d {
		return durationText(d)
	}
	return durationText(d) + " (story " + durationText(story) + ")"
}

// span is time for two ends of a range.
func (p *Plan) span(from, to time.Duration) string {
	run := durationText(from) + " to " + durationText(to)
	if !p.s.scaled() {
		return run
	}
	return run + " (story " + durationText(p.s.Story(from)) + " to " + durationText(p.s.Story(to)) + ")"
}
