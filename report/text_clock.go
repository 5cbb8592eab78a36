package report

// otherClock reports whether the run told its story at another pace.
func (r *Result) otherClock() bool { return r.TimeScale > 0 && r.TimeScale != 1 }

// onStory is, in brackets, what s is on the story's clock, where that is not
// the run's.
func (p *page) onStory(s *Stats) string {
	if p.scale == 0 || p.scale == 1 {
		return ""
	}
	return " [of the story: " + s.times(1/p.scale).inBrief() + "]"
}

// inStory is, in brackets, what two ends of a range in seconds are on the
// story's clock, where that is not the run's.
func (p *page) inStory(from, to float64) string {
	if p.scale == 0 || p.scale == 1 {
		return ""
	}
	return " (" + between(from/p.scale, to/p.scale) + " of the story)"
}

// times is s with every statistic multiplied.
func (s *Stats) times(factor float64) *Stats {
	c := *s
	for _, v := range []*float64{&c.Min, &c.Mean, &c.P50, &c.P90, &c.P95, &c.P99, &c.P999, &c.Max} {
		*v *= factor
	}
	return &c
}

// bothClocks shows seconds of the run's clock, and what they are of the story
// that the run tells at another pace.
func (p *page) bothClocks(s float64) string {
	if p.scale == 0 || p.scale == 1 {
		return clock(s)
	}
	return clock(s) + " (" + clock(s/p.scale) + " of the story)"
}

// bothTimes is bothClocks for milliseconds, as finely as they were measured.
func (p *page) bothTimes(ms float64) string {
	if p.scale == 0 || p.scale == 1 {
		return millis(ms)
	}
	return millis(ms) + " (" + millis(ms/p.scale) + " of the story)"
}
