package report_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/imbench/imbench/protocol"
	"github.com/imbench/imbench/report"
)

// model is the ledger as one would write it without a thought for memory: it
// keeps every pair.
type model struct {
	audience report.Audience
	messages []*modelMessage
	ready    []time.Duration // by client
	downs    [][]report.Down // by client
}

type modelMessage struct {
	tag           protocol.Tag
	dest          uint32
	unsent, acked bool
	received      map[uint32]report.ReceiptClass
}

func (m *model) hears(receiver uint32, g *modelMessage) bool {
	switch m.audience.To {
	case report.ToRoom:
		return m.audience.RoomOf[receiver] == g.dest && (m.audience.Echo || receiver != g.tag.Sender)
	case report.ToAll:
		return m.audience.Echo || receiver != g.tag.Sender
	}
	return receiver == g.dest
}

func (m *model) waiting(g *modelMessage) (n int) {
	for c := range m.audience.Clients {
		if _, got := g.received[uint32(c)]; m.hears(uint32(c), g) && !got {
			n++
		}
	}
	return n
}

func (m *model) receive(receiver uint32, g *modelMessage) report.Receipt {
	if g.unsent || !m.hears(receiver, g) {
		return report.Receipt{Class: report.Unsolicited}
	}
	if _, again := g.received[receiver]; again {
		return report.Receipt{Class: report.Duplicate}
	}
	rc := report.Receipt{Intended: g.tag.Intended, OwnEcho: receiver == g.tag.Sender && !m.audience.Acks}
	if at := m.ready[receiver]; at > 0 && g.tag.Intended < at {
		rc.Class = report.Resumed
	}
	g.received[receiver] = rc.Class
	rc.Complete = m.waiting(g) == 0
	for _, later := range m.messages {
		if _, got := later.received[receiver]; got && later.tag.Sender == g.tag.Sender && later.dest == g.dest &&
			later.tag.Number > g.tag.Number && !later.unsent {
			rc.Reordered = true
		}
	}
	return rc
}

func (m *model) down(client uint32, from, to time.Duration) bool {
	return slices.ContainsFunc(m.downs[client], func(d report.Down) bool { return d.From <= to && from < d.To })
}

func (m *model) judge(group func(int) int, wait, end time.Duration) report.Judgement {
	var j report.Judgement
	groups := map[int]*report.Tally{}
	for c := range m.audience.Clients {
		if groups[group(c)] == nil {
			groups[group(c)] = new(report.Tally)
		}
	}
	for _, g := range m.messages {
		if g.unsent {
			continue
		}
		from, to := g.tag.Intended, max(g.tag.Intended, min(end, g.tag.Intended+wait))
		lostBefore := j.Lost
		for c := range m.audience.Clients {
			if !m.hears(uint32(c), g) {
				continue
			}
			class, got := g.received[uint32(c)]
			for _, t := range []*report.Tally{&j.Tally, groups[group(c)]} {
				t.Expected++
				switch {
				case got && class == report.Live:
					t.Delivered++
				case got:
					t.Recovered++
				case len(g.received) == 0 && !g.acked && m.down(g.tag.Sender, from, to):
					t.Indeterminate++
				case m.down(uint32(c), from, to):
					t.Missed++
				default:
					t.Lost++
				}
			}
		}
		if g.acked && len(g.received) == 0 && j.Lost > lostBefore {
			j.AckedLost++
			groups[group(int(g.tag.Sender))].AckedLost++
		}
	}
	for i := range len(groups) {
		j.Groups = append(j.Groups, *groups[i])
	}
	return j
}

// agree drives a ledger and the model by the same decisions and compares every
// receipt and the judgement. choose(n) returns a number below n.
func agree(t *testing.T, choose func(n int) int, steps int) {
	t.Helper()
	const origins = 2
	a := report.Audience{
		To: report.To(choose(4)), Clients: 2 + choose(6), Echo: choose(2) == 0, Acks: choose(2) == 0,
	}
	for c := range a.Clients {
		a.RoomOf = append(a.RoomOf, uint32(c%(1+a.Clients/3)))
	}
	m := &model{audience: a, ready: make([]time.Duration, a.Clients), downs: make([][]report.Down, a.Clients)}
	l := report.NewLedger(a, origins, 7)
	inboxes := make([]report.Inbox, a.Clients)
	clock := time.Duration(0)
	var history []string
	note := func(format string, args ...any) { history = append(history, fmt.Sprintf(format, args...)) }
	for range steps {
		clock += time.Duration(choose(3)) * time.Millisecond
		client := uint32(choose(a.Clients))
		switch what := choose(10); {
		case what < 3 || len(m.messages) == 0:
			dest := client
			switch a.To {
			case report.ToRoom:
				dest = a.RoomOf[client]
			case report.ToAll:
				dest = 0
			case report.ToPeer:
				dest = (client + 1 + uint32(choose(a.Clients-1))) % uint32(a.Clients)
			}
			origin := int(client) % origins
			n := l.Log(origin).Send(client, dest, clock)
			note("%d sends to %d: %d/%d at %v", client, dest, origin, n, clock)
			m.messages = append(m.messages, &modelMessage{dest: dest, received: map[uint32]report.ReceiptClass{},
				tag: protocol.Tag{Run: 7, Origin: uint8(origin), Sender: client, Number: n, Intended: clock}})
			if choose(8) == 0 {
				note("not sent after all")
				l.Log(origin).Unsend(n)
				m.messages[len(m.messages)-1].unsent = true
			}
		case what < 8:
			// Mostly something recent, so that streams are mostly in order.
			g := m.messages[len(m.messages)-1-min(choose(len(m.messages)), choose(4)*choose(4))]
			note("%d receives %d/%d", client, g.tag.Origin, g.tag.Number)
			want := m.receive(client, g)
			got := l.Receive(&inboxes[client], client, g.tag, m.ready[client])
			if got != want {
				t.Fatalf("%+v\n%v\nreceipt %+v, want %+v", a, history, got, want)
			}
		case what == 8:
			g := m.messages[choose(len(m.messages))]
			note("%d/%d acked", g.tag.Origin, g.tag.Number)
			intended, first := l.Ack(g.tag.Origin, g.tag.Number, g.tag.Sender)
			if first != (!g.acked && !g.unsent) || intended != g.tag.Intended {
				t.Fatalf("%+v\n%v\nack first %v of %v", a, history, first, intended)
			}
			g.acked = true
		default:
			from := clock - time.Duration(choose(5))*time.Millisecond
			note("%d down from %v to %v", client, from, clock)
			m.downs[client] = append(m.downs[client], report.Down{From: from, To: clock})
			m.ready[client] = clock
		}
	}
	group := func(c int) int { return c % 2 }
	wait := time.Duration(choose(20)) * time.Millisecond
	told := int64(0)
	got := l.Judge(report.Evidence{
		Inbox: func(c int) *report.Inbox { return &inboxes[c] }, Downs: func(c int) []report.Down { return m.downs[c] },
		Group: group, Wait: wait, End: clock, Lost: func(report.Loss) { told++ },
	})
	want := m.judge(group, wait, clock)
	var worst int64
	for _, w := range got.Worst {
		worst += w.Lost
	}
	if worst != got.Lost { // at most seven clients: all are listed
		t.Errorf("the worst clients lost %d of %d", worst, got.Lost)
	}
	if told != got.Lost {
		t.Errorf("told of %d losses, there were %d", told, got.Lost)
	}
	got.Worst = nil
	if d := cmp.Diff(want, got); d != "" {
		t.Fatalf("%+v\n%v\njudgement (-model +ledger):\n%s", a, history, d)
	}
	for _, tally := range append(got.Groups, got.Tally) {
		if tally.Expected != tally.Delivered+tally.Recovered+tally.Missed+tally.Lost+tally.Indeterminate {
			t.Errorf("the classes do not add up: %+v", tally)
		}
	}
}

func TestLedgerAgreesWithANaiveOne(t *testing.T) {
	for seed := range uint64(400) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		agree(t, rnd.IntN, 20+int(seed))
	}
}

func FuzzLedgerAgreesWithANaiveOne(f *testing.F) {
	f.Add([]byte("the quick brown fox jumps over the lazy dog"))
	f.Add([]byte{0, 5, 1, 1, 0, 0, 0, 9, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 200, 100, 50, 25, 12, 6, 3})
	f.Fuzz(func(t *testing.T, data []byte) {
		i := 0
		agree(t, func(n int) int {
			if len(data) == 0 {
				return 0
			}
			v := int(data[i%len(data)]) + i/len(data)
			i++
			return v % n
		}, min(len(data), 300))
	})
}
