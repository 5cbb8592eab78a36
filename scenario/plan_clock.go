package scenario

import (
	"time"

	"github.com/imbench/imbench/internal/unit"
)

// time prints a time of the run, and what it is on the story's clock where
// that is another.
func (p *Plan) time(d time.Duration) string {
	story := p.s.Story(d)
	if story == d {
		return unit.Duration(d)
	}
	return unit.Duration(d) + " (story " + unit.Duration(story) + ")"
}

// span is time for two ends of a range.
func (p *Plan) span(from, to time.Duration) string {
	run := unit.Duration(from) + " to " + unit.Duration(to)
	if !p.s.scaled() {
		return run
	}
	return run + " (story " + unit.Duration(p.s.Story(from)) + " to " + unit.Duration(p.s.Story(to)) + ")"
}
