package scenario

import (
	"cmp"
	"slices"
	"time"

	"github.com/imbench/imbench/faults"
)

// Occurrence is one time that a fault strikes.
type Occurrence struct {
	Fault   int           // its number in the scenario
	At, For time.Duration // from second 0; For 0: for good
	Clients []uint32      // whom it takes, ascending; nil for a fault on the server
}

// Occurrences lists every occurrence of every fault that begins within the
// run's duration, by time. Whom one takes depends on the seed, the fault's name
// and which repetition it is, so it stays when other faults are added.
//
// A flap is laid out as its strikes, each an Occurrence of what
// faults.Config.Inner returns: down long, and up apart; or, of a kind that
// happens in a moment, up apart. All strikes of one repetition of a flap take
// the same clients and share the slice.
func (p *Plan) Occurrences() []Occurrence {
	var out []Occurrence
	for i, f := range p.s.Faults {
		for repetition := range repetitions(f, p.s.Duration) {
			at := f.At + time.Duration(repetition)*f.Every
			clients := p.choose(f, repetition)
			if f.Kind != faults.Flap {
				out = append(out, Occurrence{Fault: i, At: at, For: f.For, Clients: clients})
				continue
			}
			end := flapsUntil(f, at, p.s.Duration)
			for strike := range strikes(f, end-at) {
				begin := at + time.Duration(strike)*period(f)
				out = append(out, Occurrence{Fault: i, At: begin, For: min(f.Down, end-begin), Clients: clients})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Occurrence) int { return cmp.Compare(a.At, b.At) })
	return out
}

// repetitions is how often f begins within the run.
func repetitions(f faults.Config, run time.Duration) int {
	switch {
	case f.At >= run:
		return 0
	case f.Every <= 0:
		return 1
	default:
		return 1 + int((run-f.At-1)/f.Every)
	}
}

// occurrencesOf is how often f strikes within the run.
func occurrencesOf(f faults.Config, run time.Duration) int {
	n := repetitions(f, run)
	if f.Kind != faults.Flap || n == 0 {
		return n
	}
	return n * strikes(f, flapsUntil(f, f.At, run)-f.At) // the last may be cut short
}

// flapsUntil is when a flap that begins at a time is over: after its for, when
// it begins anew, or with the run.
func flapsUntil(f faults.Config, at, run time.Duration) time.Duration {
	end := run
	if f.For > 0 {
		end = min(end, at+f.For)
	}
	if f.Every > 0 {
		end = min(end, at+f.Every)
	}
	return end
}

// period is the time from one strike of a flap to the next.
func period(f faults.Config) time.Duration { return f.Down + f.Up }

// strikes is how often a flap strikes while it lasts.
func strikes(f faults.Config, lasts time.Duration) int {
	if lasts <= 0 {
		return 0
	}
	if period(f) <= 0 {
		return 1
	}
	return 1 + int((lasts-1)/period(f))
}

// choose picks the clients that a repetition of f takes.
func (p *Plan) choose(f faults.Config, repetition int) []uint32 {
	if f.Kind.OnServer() {
		return nil
	}
	from, to := p.clientsOf(f.Group)
	n := to - from
	k := n
	if !f.Clients.IsZero() {
		k = f.Clients.Of(n)
	}
	g := newPCG(p.s.Seed, choice, nameKey(f.Name)^mix(uint64(repetition)))
	all := make([]uint32, n)
	for i := range all {
		all[i] = uint32(from + i)
	}
	for i := range k { // the first k steps of a shuffle
		j := i + below(&g, n-i)
		all[i], all[j] = all[j], all[i]
	}
	picked := slices.Clone(all[:k])
	slices.Sort(picked)
	return picked
}
