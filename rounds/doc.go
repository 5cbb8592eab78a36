// Package rounds runs two builds in turn and compares them.
//
//	round 1   round 2   round 3   round 4
//	base new  new base  base new  new base  …
//	└ seed s┘ └ s + 1 ┘ └ s + 2 ┘
//
// Each round runs both with the same seed: the same arrivals, the same clients
// chosen. The order turns around from round to round, so that a machine that
// gets slower (or warmer) with time does it to both alike. Running is the
// caller's; what is here decides what runs next and when the answer is clear.
package rounds
