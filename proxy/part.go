package proxy

import (
	"cmp"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/imbench/imbench/faults"
)

// stream is one of a link's two ways.
type stream int

const (
	upstream   stream = iota // client to server
	downstream               // server to client
)

func (s stream) String() string { return [...]string{"upstream", "downstream"}[s] }

func parseStream(text string) (stream, error) {
	switch text {
	case "upstream":
		return upstream, nil
	case "downstream", "":
		return downstream, nil
	}
	return 0, badStream()
}

// part is what one trouble does to one link as long as it lasts; a link is in
// the sum of its parts. What has two ways is indexed by stream.
type part struct {
	shape [2]faults.Shape
	dark  darkness
	stall [2]stall
	flow  [2]flow
}

// darkness says which ways packets vanish.
type darkness struct {
	way [2]bool
	by  faults.Mechanism // forced; "": the best there is
}

func (d darkness) any() bool { return d.way[upstream] || d.way[downstream] }

// direction is the darkness as the client sees it.
func (d darkness) direction() faults.Direction {
	switch d.way {
	case [2]bool{upstream: true}:
		return faults.Outbound
	case [2]bool{downstream: true}:
		return faults.Inbound
	default:
		return faults.Both
	}
}

// ways is the streams that a direction is about; "" is both.
func ways(d faults.Direction) (w [2]bool) {
	w[upstream] = d != faults.Inbound
	w[downstream] = d != faults.Outbound
	return w
}

// stall makes a stream's receiver a slow consumer: this host stops reading.
type stall struct {
	on     bool
	buffer int // bytes the kernel may take in all the same
}

// flow is how a pump passes on what it has read.
type flow struct {
	hold    bool // nothing goes on, nothing is lost
	discard bool // everything is lost
	slice   slicing
	linger  time.Duration // the end is passed on so much later
	limits  []*limit
}

func (f flow) isPlain() bool {
	return !f.hold && !f.discard && f.slice == slicing{} && f.linger == 0 && len(f.limits) == 0
}

// slicing cuts what is written into pieces of size ± vary bytes, each gap after
// the last. The zero slicing cuts nothing.
type slicing struct {
	size, vary int
	gap        time.Duration
}

// next is how much of n bytes the next piece takes.
func (s slicing) next(n int, random *rand.Rand) int {
	if s.size == 0 {
		return n
	}
	size := s.size
	if s.vary > 0 {
		size += random.IntN(2*s.vary+1) - s.vary
	}
	return min(n, max(1, size))
}

// and is both slicings at once: the smaller pieces, the longer gap.
func (s slicing) and(o slicing) slicing {
	if s.size == 0 || o.size > 0 && o.size < s.size {
		s.size, s.vary = o.size, o.vary
	}
	s.gap = max(s.gap, o.gap)
	return s
}

// limit is how many bytes a link may pass on before it is ended.
type limit struct {
	most atomic.Int64
	sent atomic.Int64
}

func (l *limit) left() int64 { return max(0, l.most.Load()-l.sent.Load()) }

// allowed is how many of n bytes all limits let pass.
func (f *flow) allowed(n int) int {
	for _, l := range f.limits {
		n = int(min(int64(n), l.left()))
	}
	return n
}

// spend counts n bytes against the limits and reports whether one is used up.
func (f *flow) spend(n int) (spent bool) {
	for _, l := range f.limits {
		l.sent.Add(int64(n))
		spent = spent || l.left() == 0
	}
	return spent
}

// add puts q to p: a link in both is in their sum.
func (p *part) add(q part) {
	for s := range p.flow {
		p.shape[s] = p.shape[s].And(q.shape[s])
		p.dark.way[s] = p.dark.way[s] || q.dark.way[s]
		if q.stall[s].on && (!p.stall[s].on || q.stall[s].buffer < p.stall[s].buffer) {
			p.stall[s] = q.stall[s]
		}
		f, g := &p.flow[s], q.flow[s]
		f.hold = f.hold || g.hold
		f.discard = f.discard || g.discard
		f.slice = f.slice.and(g.slice)
		f.linger += g.linger
		f.limits = append(f.limits, g.limits...)
	}
	p.dark.by = cmp.Or(q.dark.by, p.dark.by)
}
