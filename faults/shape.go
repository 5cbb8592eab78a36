package faults

import "time"

// Shape is what a slow path does to the bytes of one direction. The zero Shape
// does nothing.
type Shape struct {
	Delay, Jitter time.Duration // bytes arrive Delay ± Jitter later, in order
	Rate          int64         // bytes a second; 0: as fast as it goes
	Slice         int           // bytes a piece at most; 0: not sliced
	Gap           time.Duration // between two pieces
}

// IsZero reports whether s does nothing.
func (s Shape) IsZero() bool { return s == Shape{} }

// And returns what both shapes do at once: delays and jitter add up; the lower
// rate, the smaller slice and the longer gap win.
func (s Shape) And(o Shape) Shape {
	return Shape{
		Delay:  s.Delay + o.Delay,
		Jitter: s.Jitter + o.Jitter,
		Rate:   least(s.Rate, o.Rate),
		Slice:  least(s.Slice, o.Slice),
		Gap:    max(s.Gap, o.Gap),
	}
}

// least is the smaller of two, of which 0 is without bound.
func least[N int | int64](a, b N) N {
	if a == 0 || b == 0 {
		return a + b
	}
	return min(a, b)
}
