package report

import (
	"cmp"
	"slices"
	"time"
)

// Down is a time [From, To) on the run's clock in which a client was offline or
// silenced. To is math.MaxInt64 while it lasts. When To is From, the connection
// was replaced in no time, and was still not one connection all the while.
type Down struct{ From, To time.Duration }

// Tally is what became of the (message, receiver) pairs. Expected is the sum of
// the five classes after it. AckedLost counts messages, not pairs.
type Tally struct {
	Expected, Delivered, Recovered, Missed, Lost, Indeterminate, AckedLost int64
}

func (t *Tally) add(o Tally) {
	t.Expected += o.Expected
	t.Delivered += o.Delivered
	t.Recovered += o.Recovered
	t.Missed += o.Missed
	t.Lost += o.Lost
	t.Indeterminate += o.Indeterminate
	t.AckedLost += o.AckedLost
}

// Judgement is the ledger's word on a whole run.
type Judgement struct {
	Tally
	Groups []Tally      // pairs by the receiver's group, AckedLost by the sender's
	Worst  []ClientLoss // the receivers that lost most, worst first, at most ten
}

// ClientLoss is one receiver's share in what was lost.
type ClientLoss struct {
	Client   int   `json:"client"`
	Lost     int64 `json:"lost"`
	Expected int64 `json:"expected"`
}

const worstClients = 10

// Evidence is what a judgement goes by beside the ledger.
type Evidence struct {
	Inbox     func(receiver int) *Inbox // nil for a client that never received
	Downs     func(client int) []Down   // may overlap, and come in any order
	Group     func(client int) int      // which group it is in, from 0
	Wait, End time.Duration             // how long a message may take; the run's end, on its clock
	Lost      func(Loss)                // is told of each loss, receiver by receiver; may be nil
}

// Loss is a pair of which the message was lost.
type Loss struct {
	Sender, Receiver int
	Intended         time.Duration // on the run's clock
	Acked            bool
}

// Judge says of every pair what became of it, once nothing more is coming. The
// time that counts for a pair goes from the intended send over Wait, at most to
// End.
//
//   - received: delivered, or recovered when a connection that became ready
//     after the send brought it;
//   - else indeterminate, when nobody at all received the message, it was not
//     acked, and its sender was down within that time;
//   - else missed, when the receiver was down within that time;
//   - else lost.
//
// Judge only reads; Send, Ack and Receive must have ended.
func (l *Ledger) Judge(e Evidence) Judgement {
	j := judge{Evidence: e, ledger: l, merged: make([][]Down, l.audience.Clients)}
	for _, g := range l.logs {
		j.streams = append(j.streams, l.index(g))
	}
	for receiver := range l.audience.Clients {
		j.receiver(receiver)
	}
	return j.out
}

// judge is a judgement in the making.
type judge struct {
	Evidence
	ledger  *Ledger
	streams []*index // by origin
	merged  [][]Down // by client: downs ascending and apart; nil until asked for
	out     Judgement
}

// index finds an origin's messages by stream and ordinal.
type index struct {
	log       *Log
	from      []uint32 // by destination, where its messages start in numbers
	numbers   []uint32
	sent      []uint32 // by destination: messages, the unsent ones left out
	own       []uint32 // by client: of those, its own that it is not to receive
	ackedLost []uint64 // bit set by number
}

func (l *Ledger) index(g *Log) *index {
	n := g.count.Load()
	x := &index{
		log: g, from: make([]uint32, len(g.streams)+1), numbers: make([]uint32, n),
		sent: make([]uint32, len(g.streams)), own: make([]uint32, l.audience.Clients),
	}
	for d, s := range g.streams {
		x.from[d+1] = x.from[d] + s.count
	}
	for i := range n {
		r := g.at(i)
		x.numbers[x.from[r.dest]+r.ordinal] = i
		if r.state.Load()&unsent != 0 {
			continue
		}
		x.sent[r.dest]++
		if l.destination(r.sender) == r.dest && !l.hears(r.sender, r) {
			x.own[r.sender]++
		}
	}
	return x
}

// receiver judges all pairs of one receiver.
func (j *judge) receiver(client int) {
	var t Tally
	in := j.Inbox(client)
	dest := j.ledger.destination(uint32(client))
	for origin, x := range j.streams {
		expected := int64(x.sent[dest]) - int64(x.own[client])
		recovered := int64(0)
		before := t.Missed + t.Lost + t.Indeterminate
		x.missing(in.find(uint8(origin)), dest, func(number uint32) { j.missing(&t, client, x, number) })
		if w := in.find(uint8(origin)); w != nil {
			recovered = int64(w.recovered)
		}
		missing := t.Missed + t.Lost + t.Indeterminate - before
		t.Expected += expected
		t.Recovered += recovered
		t.Delivered += expected - recovered - missing
	}
	j.out.add(t)
	j.of(client).add(t)
	if t.Lost > 0 {
		j.worst(ClientLoss{Client: client, Lost: t.Lost, Expected: t.Expected})
	}
}

// missing calls yield for each message to dest that a receiver with window w
// did not get.
func (x *index) missing(w *window, dest uint32, yield func(number uint32)) {
	all := x.numbers[x.from[dest]:x.from[dest+1]]
	rest := uint32(0)
	if w != nil {
		rest = w.next
		if w.holes != nil {
			for _, s := range w.holes.spans {
				for _, number := range all[s.lo:s.hi] {
					yield(number)
				}
			}
		}
	}
	for _, number := range all[rest:] {
		yield(number)
	}
}

// missing judges one pair that was not received.
func (j *judge) missing(t *Tally, client int, x *index, number uint32) {
	r := x.log.at(number)
	state := r.state.Load()
	if state&unsent != 0 || !j.ledger.hears(uint32(client), r) {
		return
	}
	from, to := r.intended, max(r.intended, min(j.End, r.intended+j.Wait))
	nobody := state&awaited == j.ledger.expected(r.sender, r.dest)
	switch {
	case nobody && state&acked == 0 && j.down(int(r.sender), from, to):
		t.Indeterminate++
	case j.down(client, from, to):
		t.Missed++
	default:
		t.Lost++
		if j.Lost != nil {
			j.Lost(Loss{Sender: int(r.sender), Receiver: client, Intended: r.intended, Acked: state&acked != 0})
		}
		if nobody && state&acked != 0 && x.once(number) {
			j.out.AckedLost++
			j.of(int(r.sender)).AckedLost++
		}
	}
}

// once reports whether number is asked for the first time.
func (x *index) once(number uint32) bool {
	if x.ackedLost == nil {
		x.ackedLost = make([]uint64, len(x.numbers)/64+1)
	}
	word, bit := &x.ackedLost[number/64], uint64(1)<<(number%64)
	first := *word&bit == 0
	*word |= bit
	return first
}

// down reports whether a client was down at any time in [from, to].
func (j *judge) down(client int, from, to time.Duration) bool {
	if j.merged[client] == nil {
		j.merged[client] = mergeDowns(j.Downs(client))
	}
	downs := j.merged[client]
	i, _ := slices.BinarySearchFunc(downs, from, func(d Down, from time.Duration) int {
		if d.To <= from {
			return -1
		}
		return 1
	})
	return i < len(downs) && downs[i].From <= to
}

// mergeDowns returns downs ascending and apart; never nil.
func mergeDowns(downs []Down) []Down {
	sorted := slices.SortedFunc(slices.Values(downs), func(a, b Down) int { return cmp.Compare(a.From, b.From) })
	apart := make([]Down, 0, len(sorted))
	for _, d := range sorted {
		switch n := len(apart); {
		case d.To < d.From: // nothing
		case n > 0 && d.From <= apart[n-1].To:
			apart[n-1].To = max(apart[n-1].To, d.To)
		default:
			apart = append(apart, d)
		}
	}
	return apart
}

// of returns the tally of a client's group.
func (j *judge) of(client int) *Tally {
	g := j.Group(client)
	for g >= len(j.out.Groups) {
		j.out.Groups = append(j.out.Groups, Tally{})
	}
	return &j.out.Groups[g]
}

// worst keeps c if it is among the worst so far.
func (j *judge) worst(c ClientLoss) {
	i, _ := slices.BinarySearchFunc(j.out.Worst, c, func(a, b ClientLoss) int {
		return cmp.Or(cmp.Compare(b.Lost, a.Lost), cmp.Compare(a.Client, b.Client))
	})
	if i < worstClients {
		j.out.Worst = slices.Insert(j.out.Worst, i, c)
		j.out.Worst = j.out.Worst[:min(len(j.out.Worst), worstClients)]
	}
}
