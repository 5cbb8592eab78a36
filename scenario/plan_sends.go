package scenario

import (
	"iter"
	"math"
	"math/rand/v2"
	"time"
)

// Where traffic goes.
const (
	ToRoom = "room" // everybody in the sender's room
	ToAll  = "all"  // every client
	ToPeer = "peer" // one other client
	ToSelf = "self" // the sender
)

// How sends follow one another.
const (
	Poisson = "poisson" // independent of each other: exponential gaps
	Even    = "even"    // equal gaps
)

// Send is one message that the plan wants sent.
type Send struct {
	At   time.Duration // from second 0
	From uint32        // client
	Dest uint32        // a room; or a client, to peer or self; 0 to all
}

// segment is a stretch of time whose rate changes evenly.
type segment struct {
	begin, length time.Duration
	from, to      float64 // sends per second
	before        float64 // expected sends before it
	within        float64 // and in it
}

// segments lays the stages of the traffic end to end.
func segments(s *Scenario) []segment {
	var out []segment
	var begin time.Duration
	var before float64
	for _, st := range s.Traffic.Stages {
		length := st.For
		if length == 0 {
			length = s.Duration - begin
		}
		g := segment{begin: begin, length: length, from: float64(st.Rate.From), to: float64(st.Rate.To), before: before}
		g.within = (g.from + g.to) / 2 * length.Seconds()
		out = append(out, g)
		begin += length
		before += g.within
	}
	return out
}

// at returns when, after the segment's begin, the expected number of sends in
// it reaches n: the inverse of the integral of the rate.
func (g *segment) at(n float64) time.Duration {
	slope := (g.to - g.from) / g.length.Seconds()
	var t float64
	if slope == 0 {
		t = n / g.from
	} else {
		// from·t + slope·t²/2 = n, solved such that nothing cancels and a
		// slope near 0 is no trouble.
		t = 2 * n / (g.from + math.Sqrt(math.Max(0, g.from*g.from+2*slope*n)))
	}
	return min(g.length-1, time.Duration(t*float64(time.Second)))
}

// PlannedSends is the number of sends to expect; the plan's own number is that
// exactly, to within one, when arrivals are even, and Poisson-distributed
// around it otherwise.
func (p *Plan) PlannedSends() float64 {
	if len(p.load) == 0 {
		return 0
	}
	last := p.load[len(p.load)-1]
	return last.before + last.within
}

// Arrivals walks one shard's sends in order of time. It is not safe for
// concurrent use.
type Arrivals struct {
	p             *Plan
	shard, shards int
	first, count  int  // the clients that send
	whole         bool // rooms are whole on a shard
	even          bool
	g             rand.PCG
	exp           *rand.Rand // over g
	sent          float64    // even: arrivals so far
	phase         float64    // even: of the first
	due           float64    // expected sends up to the next arrival
	seg           int
}

// Arrivals returns the sends of a shard from their start. The union over all
// shards is the same for any number of them: each shard walks the whole plan
// and leaves out what is not its own.
func (p *Plan) Arrivals(shard, shards int) *Arrivals {
	a := &Arrivals{
		p: p, shard: shard, shards: shards, whole: p.wholeRooms(shards),
		even: p.s.Traffic.Arrivals == Even,
		g:    newPCG(p.s.Seed, arrivals, 0),
	}
	first, end := p.clientsOf(p.s.Traffic.From)
	a.first, a.count = first, end-first
	a.exp = rand.New(&a.g)
	a.phase = unit01(&a.g)
	return a
}

// Next returns the shard's next send; ok is false after the last.
func (a *Arrivals) Next() (s Send, ok bool) {
	for a.advance() {
		from := a.first + below(&a.g, a.count)
		to := from
		if a.p.s.Traffic.To == ToPeer {
			to = below(&a.g, a.p.Clients()-1)
			if to >= from {
				to++
			}
		}
		if a.shards > 1 && !a.owns(from) {
			continue
		}
		return Send{At: a.time(), From: uint32(from), Dest: a.dest(from, to)}, true
	}
	return Send{}, false
}

// advance moves to the next arrival of the whole plan.
func (a *Arrivals) advance() bool {
	if a.even {
		a.due = a.sent + a.phase
		a.sent++
	} else {
		a.due += a.exp.ExpFloat64()
	}
	for ; a.seg < len(a.p.load); a.seg++ {
		if g := &a.p.load[a.seg]; a.due < g.before+g.within {
			return true
		}
	}
	return false
}

func (a *Arrivals) owns(client int) bool {
	if a.whole {
		return a.p.RoomOf(client)%a.shards == a.shard
	}
	return client%a.shards == a.shard
}

func (a *Arrivals) time() time.Duration {
	g := &a.p.load[a.seg]
	return g.begin + g.at(a.due-g.before)
}

func (a *Arrivals) dest(from, to int) uint32 {
	switch a.p.s.Traffic.To {
	case ToRoom:
		return uint32(a.p.RoomOf(from))
	case ToAll:
		return 0
	default:
		return uint32(to)
	}
}

// Sends is Arrivals as a sequence. It starts anew each time it is ranged over.
func (p *Plan) Sends(shard, shards int) iter.Seq[Send] {
	return func(yield func(Send) bool) {
		a := p.Arrivals(shard, shards)
		for s, ok := a.Next(); ok && yield(s); s, ok = a.Next() {
		}
	}
}
