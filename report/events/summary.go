package events

import (
	"cmp"
	"io"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/imbench/imbench/report"
)

// Summary is what an events file has in it.
type Summary struct {
	Events  int64
	Clients int                 // that it tells of
	From    time.Duration       // the first event, from second 0
	To      time.Duration       // the last
	Begun   bool                // second 0 is known; else times count from when the run was set up
	Kinds   []Kind              // the most frequent first
	LookAt  []report.ClientNote // at most ten, by what happened to them
	Others  int64               // events by clients beyond those that are followed
}

// Kind is a kind of event, and how often it happened.
type Kind struct {
	Name    string
	Count   int64
	Clients int // that it happened to
}

// maxClients bounds the clients that a summary follows: some 100 bytes each.
const maxClients = 1_000_000

// Summarize reads in to its end. The error is in's.
func Summarize(in io.Reader) (Summary, Trouble, error) {
	s := summing{clients: map[int]*tale{}, kinds: map[string]*tally{}, first: math.MaxInt64, last: math.MinInt64}
	trouble, err := Scan(in, Everyone, s.take)
	return s.summary(), trouble, err
}

type summing struct {
	clients     map[int]*tale
	kinds       map[string]*tally
	sum         Summary
	zero        time.Duration
	first, last time.Duration
}

// tally counts a kind; bit is the kind's in what each client remembers.
type tally struct {
	count int64
	bit   uint64
}

// tale is what a summary remembers of a client.
type tale struct {
	kinds              uint64 // that happened to it, a bit each
	fault              string
	faultAt            time.Duration
	struck             bool // a fault, and no sign since that it was noticed or over
	silent             bool // that fault was one on the connection alone
	under              bool // faultAt is known
	lostAt             time.Duration
	lost               bool
	gaveUp             bool
	falseLosses, fails int
	detect, back, out  worst // the longest of each
}

// worst is the longest time of one sort, and the fault that it came of.
type worst struct {
	took  time.Duration
	fault string
}

func (w *worst) see(took time.Duration, fault string) {
	if took > w.took {
		*w = worst{took, fault}
	}
}

func (s *summing) take(e Event) {
	s.sum.Events++
	s.first, s.last = min(s.first, e.At), max(s.last, e.At)
	k := s.kind(e.Kind)
	k.count++
	if e.Kind == "begin" {
		s.sum.Begun, s.zero = true, e.At
	}
	if e.Client == Nobody {
		return
	}
	c := s.clients[e.Client]
	if c == nil {
		if len(s.clients) >= maxClients {
			s.sum.Others++
			return
		}
		c = new(tale)
		s.clients[e.Client] = c
	}
	c.kinds |= k.bit
	c.take(e)
}

// kind is the tally of a kind; all beyond the first 63 share the last.
func (s *summing) kind(name string) *tally {
	if k := s.kinds[name]; k != nil {
		return k
	}
	const last = 63
	if len(s.kinds) >= last {
		name = "other kinds"
		if k := s.kinds[name]; k != nil {
			return k
		}
	}
	k := &tally{bit: 1 << len(s.kinds)}
	s.kinds[name] = k
	return k
}

// take notes what an event means for the client.
func (c *tale) take(e Event) {
	switch e.Kind {
	case "fault", "expired":
		details := e.Details()
		if said(details, "detail") != "" { // of the path: nothing counts from it
			return
		}
		c.fault, c.faultAt, c.struck, c.under = said(details, "fault"), e.At, true, true
		c.silent = said(details, "mechanism") != ""
	case "heal":
		c.struck = false
	case "detect":
		by := said(e.Details(), "fault")
		if by != "" && !c.under {
			c.fault = by
		}
		if c.struck {
			c.detect.see(e.At-c.faultAt, c.fault)
		} else if !c.under && by == "" {
			c.falseLosses++
		}
		c.struck, c.lost, c.lostAt = false, true, e.At
	case "ready":
		if c.lost {
			c.back.see(e.At-c.lostAt, c.fault)
		}
		c.lost = false
	case "first_message":
		if c.under {
			c.out.see(e.At-c.faultAt, c.fault)
		}
		c.struck, c.under = false, false
	case "dial_failed":
		c.fails++
	case "gave_up":
		c.gaveUp = true
	}
}

func (s *summing) summary() Summary {
	sum := s.sum
	sum.Clients = len(s.clients)
	if sum.Events > 0 {
		sum.From, sum.To = s.first-s.zero, s.last-s.zero
	}
	for name, k := range s.kinds {
		clients := 0
		for _, c := range s.clients {
			if c.kinds&k.bit != 0 {
				clients++
			}
		}
		sum.Kinds = append(sum.Kinds, Kind{name, k.count, clients})
	}
	slices.SortFunc(sum.Kinds, func(a, b Kind) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Name, b.Name))
	})
	sum.LookAt = s.lookAt()
	return sum
}

// question is one way of being worth looking at: how much a client is, 0 for
// not at all, and why.
type question struct {
	of  func(*tale) time.Duration
	why func(*tale) string
}

func (s *summing) questions() []question {
	since := func(at time.Duration, so bool) time.Duration { // at least something, if it is so
		if so {
			return max(1, s.last-at)
		}
		return 0
	}
	slowest := func(what string, of func(*tale) worst) question {
		return question{
			of: func(c *tale) time.Duration { return of(c).took },
			why: func(c *tale) string {
				w := of(c)
				text := "took " + span(w.took) + " " + what
				if w.fault != "" {
					text += ", " + w.fault
				}
				return text
			},
		}
	}
	return []question{
		{of: func(c *tale) time.Duration { return since(s.last, c.gaveUp) }, why: func(*tale) string { return "gave up" }},
		{
			of:  func(c *tale) time.Duration { return since(c.lostAt, c.lost) },
			why: func(c *tale) string { return "was not back " + span(s.last-c.lostAt) + " after it noticed" },
		},
		{
			of:  func(c *tale) time.Duration { return since(c.faultAt, c.struck && c.silent) },
			why: func(c *tale) string { return "had not noticed " + c.fault + " after " + span(s.last-c.faultAt) },
		},
		{
			of:  func(c *tale) time.Duration { return time.Duration(c.falseLosses) },
			why: func(c *tale) string { return "lost its connection without a fault" },
		},
		slowest("to notice", func(c *tale) worst { return c.detect }),
		slowest("to come back", func(c *tale) worst { return c.back }),
		slowest("until its first message", func(c *tale) worst { return c.out }),
		{
			of: func(c *tale) time.Duration { return time.Duration(c.fails) },
			why: func(c *tale) string {
				if c.fails == 1 {
					return "failed to connect once"
				}
				return "failed to connect " + strconv.Itoa(c.fails) + " times"
			},
		},
	}
}

// lookAt finds the clients that answer the questions best.
func (s *summing) lookAt() []report.ClientNote {
	const most = 10
	var lists [][]report.ClientNote
	for _, q := range s.questions() {
		var best []int
		for id, c := range s.clients {
			if q.of(c) > 0 {
				best = insertBest(best, id, most, func(a, b int) int {
					return cmp.Or(cmp.Compare(q.of(s.clients[b]), q.of(s.clients[a])), cmp.Compare(a, b))
				})
			}
		}
		var notes []report.ClientNote
		for _, id := range best {
			notes = append(notes, report.ClientNote{Client: id, Why: q.why(s.clients[id])})
		}
		lists = append(lists, notes)
	}
	return report.PickNotes(lists...)
}

// insertBest puts id into the sorted best of so many.
func insertBest(best []int, id, most int, compare func(a, b int) int) []int {
	i, _ := slices.BinarySearchFunc(best, id, compare)
	if i >= most {
		return best
	}
	best = slices.Insert(best, i, id)
	return best[:min(len(best), most)]
}
