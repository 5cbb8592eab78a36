package report_test

import (
	"math"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/imbench/imbench/protocol"
	"github.com/imbench/imbench/report"
)

// story is a ledger of one origin, with the clients' inboxes and downs.
type story struct {
	*report.Ledger
	inboxes []report.Inbox
	ready   []time.Duration
	downs   [][]report.Down
	tags    []protocol.Tag
}

func newStory(a report.Audience) *story {
	return &story{
		Ledger:  report.NewLedger(a, 1, 9),
		inboxes: make([]report.Inbox, a.Clients),
		ready:   make([]time.Duration, a.Clients),
		downs:   make([][]report.Down, a.Clients),
	}
}

// send sends message number len(tags) at second s.
func (y *story) send(sender, dest uint32, s float64) {
	at := seconds(s)
	n := y.Log(0).Send(sender, dest, at)
	y.tags = append(y.tags, protocol.Tag{Run: 9, Sender: sender, Number: n, Intended: at})
}

func (y *story) receive(receiver uint32, message int) report.Receipt {
	return y.Receive(&y.inboxes[receiver], receiver, y.tags[message], y.ready[receiver])
}

func (y *story) down(client int, from, to float64) {
	y.downs[client] = append(y.downs[client], report.Down{From: seconds(from), To: seconds(to)})
}

// judge waits 5 s for each message, until second 60.
func (y *story) judge() report.Judgement {
	return y.Judge(report.Evidence{
		Inbox: func(c int) *report.Inbox { return &y.inboxes[c] }, Downs: func(c int) []report.Down { return y.downs[c] },
		Group: func(int) int { return 0 }, Wait: 5 * time.Second, End: 60 * time.Second,
	})
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

const forever = 9e9 // seconds

// pair is an audience of a sender, 0, and a receiver, 1.
var pair = report.Audience{To: report.ToPeer, Clients: 2}

func TestEveryPairIsInOneClass(t *testing.T) {
	room := report.Audience{To: report.ToRoom, Clients: 3, RoomOf: []uint32{0, 0, 0}}
	for _, c := range []struct {
		name     string
		audience report.Audience
		tell     func(y *story)
		want     report.Tally
	}{
		{"what arrives is delivered", pair, func(y *story) {
			y.send(0, 1, 10)
			y.receive(1, 0)
		}, report.Tally{Expected: 1, Delivered: 1}},
		{"what never arrives at a healthy receiver is lost", pair, func(y *story) {
			y.send(0, 1, 10)
		}, report.Tally{Expected: 1, Lost: 1}},
		{"what an offline receiver never got is missed", pair, func(y *story) {
			y.send(0, 1, 10)
			y.down(1, 9, 11)
		}, report.Tally{Expected: 1, Missed: 1}},
		{"a receiver that goes down before the wait is over missed it", pair, func(y *story) {
			y.send(0, 1, 10)
			y.down(1, 15, forever)
		}, report.Tally{Expected: 1, Missed: 1}},
		{"a receiver that goes down after the wait lost it", pair, func(y *story) {
			y.send(0, 1, 10)
			y.down(1, 15.001, forever)
		}, report.Tally{Expected: 1, Lost: 1}},
		{"a receiver that was back before the send lost it", pair, func(y *story) {
			y.send(0, 1, 10)
			y.down(1, 3, 10)
		}, report.Tally{Expected: 1, Lost: 1}},
		{"the wait ends with the run", pair, func(y *story) {
			y.send(0, 1, 58)
			y.down(1, 61, 62)
		}, report.Tally{Expected: 1, Lost: 1}},
		{"overlapping downs in any order count as one", pair, func(y *story) {
			y.send(0, 1, 10)
			y.down(1, 5, 30)
			y.down(1, 1, 6)
			y.down(1, 2, 3)
		}, report.Tally{Expected: 1, Missed: 1}},
		{"a connection replaced in no time is still a break", pair, func(y *story) {
			y.send(0, 1, 10)
			y.down(1, 12, 12)
		}, report.Tally{Expected: 1, Missed: 1}},
		{"what arrives on a later connection is recovered", pair, func(y *story) {
			y.send(0, 1, 10)
			y.down(1, 9, 12)
			y.ready[1] = seconds(12)
			y.receive(1, 0)
		}, report.Tally{Expected: 1, Recovered: 1}},
		{"what was sent after the reconnect is delivered", pair, func(y *story) {
			y.ready[1] = seconds(9)
			y.send(0, 1, 10)
			y.receive(1, 0)
		}, report.Tally{Expected: 1, Delivered: 1}},
		{"nobody got it, it was not confirmed and the sender's connection died: indeterminate", room, func(y *story) {
			y.send(0, 0, 10)
			y.down(0, 10, 20)
			y.down(1, 10, 20)
		}, report.Tally{Expected: 2, Indeterminate: 2}},
		{"the sender's death excuses nothing when somebody got it", room, func(y *story) {
			y.send(0, 0, 10)
			y.down(0, 10, 20)
			y.receive(1, 0)
		}, report.Tally{Expected: 2, Delivered: 1, Lost: 1}},
		{"the sender's death excuses nothing when it was confirmed", room, func(y *story) {
			y.send(0, 0, 10)
			y.down(0, 10, 20)
			y.down(1, 0, 60)
			y.Ack(0, 0, 0)
		}, report.Tally{Expected: 2, Missed: 1, Lost: 1, AckedLost: 1}},
		{"confirmed and lost by two is one message acked and lost", room, func(y *story) {
			y.send(0, 0, 10)
			y.Ack(0, 0, 0)
		}, report.Tally{Expected: 2, Lost: 2, AckedLost: 1}},
		{"confirmed, lost by one and got by the other is not acked and lost", room, func(y *story) {
			y.send(0, 0, 10)
			y.Ack(0, 0, 0)
			y.receive(2, 0)
		}, report.Tally{Expected: 2, Delivered: 1, Lost: 1}},
		{"confirmed and missed by all is not acked and lost", pair, func(y *story) {
			y.send(0, 1, 10)
			y.Ack(0, 0, 0)
			y.down(1, 0, 60)
		}, report.Tally{Expected: 1, Missed: 1}},
		{"what was not sent after all is expected by nobody", pair, func(y *story) {
			y.send(0, 1, 10)
			y.Log(0).Unsend(0)
			y.send(0, 1, 11)
			y.receive(1, 1)
		}, report.Tally{Expected: 1, Delivered: 1}},
		{"without echo the sender expects nothing", room, func(y *story) {
			y.send(0, 0, 10)
			y.receive(1, 0)
			y.receive(2, 0)
		}, report.Tally{Expected: 2, Delivered: 2}},
		{"alone in a room without echo nobody expects anything", report.Audience{To: report.ToRoom, Clients: 1, RoomOf: []uint32{0}},
			func(y *story) { y.send(0, 0, 10) }, report.Tally{}},
		{"a receiver that was never online missed everything", pair, func(y *story) {
			y.down(1, -60, forever)
			y.send(0, 1, 10)
			y.send(0, 1, 20)
		}, report.Tally{Expected: 2, Missed: 2}},
		{"a late one fills its gap", pair, func(y *story) {
			for i := range 3 {
				y.send(0, 1, float64(i))
			}
			y.receive(1, 0)
			y.receive(1, 2)
			y.receive(1, 1)
		}, report.Tally{Expected: 3, Delivered: 3}},
	} {
		t.Run(c.name, func(t *testing.T) {
			y := newStory(c.audience)
			c.tell(y)
			if d := cmp.Diff(c.want, y.judge().Tally); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
}

func TestReceiptsSayWhatAnArrivalMeans(t *testing.T) {
	y := newStory(report.Audience{To: report.ToRoom, Clients: 3, RoomOf: []uint32{0, 0, 1}, Echo: true})
	for i := range 3 {
		y.send(0, 0, float64(i+1))
	}
	for _, c := range []struct {
		name     string
		receiver uint32
		message  int
		want     report.Receipt
	}{
		{"the first of two receivers is live", 1, 1, report.Receipt{Intended: seconds(2)}},
		{"the sender's own echo completes it", 0, 1, report.Receipt{Intended: seconds(2), OwnEcho: true, Complete: true}},
		{"the same again is a duplicate", 1, 1, report.Receipt{Class: report.Duplicate}},
		{"an earlier one afterwards is reordered", 1, 0, report.Receipt{Intended: seconds(1), Reordered: true}},
		{"a client of another room is not in the audience", 2, 2, report.Receipt{Class: report.Unsolicited}},
		{"the next one is in order again", 1, 2, report.Receipt{Intended: seconds(3)}},
		{"a filled gap is a duplicate, too", 1, 0, report.Receipt{Class: report.Duplicate}},
	} {
		if d := cmp.Diff(c.want, y.receive(c.receiver, c.message)); d != "" {
			t.Errorf("%s (-want +got)\n%s", c.name, d)
		}
	}
}

func TestOnlyTheSendersOwnOrderCounts(t *testing.T) {
	y := newStory(report.Audience{To: report.ToAll, Clients: 3})
	y.send(0, 0, 1)
	y.send(1, 0, 2)
	y.receive(2, 1)
	if rc := y.receive(2, 0); rc.Reordered {
		t.Error("messages of two senders overtook each other, which is no reordering")
	}
}

func TestTagsThatNobodySentAreUnsolicited(t *testing.T) {
	good := protocol.Tag{Run: 9, Sender: 0, Number: 0, Intended: seconds(1)}
	for name, spoil := range map[string]func(*protocol.Tag){
		"another run":              func(t *protocol.Tag) { t.Run++ },
		"an origin there is not":   func(t *protocol.Tag) { t.Origin = 200 },
		"another sender":           func(t *protocol.Tag) { t.Sender = 1 },
		"a number not given":       func(t *protocol.Tag) { t.Number = 1 },
		"the greatest number":      func(t *protocol.Tag) { t.Number = math.MaxUint32 },
		"another intended time":    func(t *protocol.Tag) { t.Intended += time.Microsecond },
		"a message taken back":     func(t *protocol.Tag) { t.Number, t.Intended = 1, seconds(2) },
		"a message for another":    func(t *protocol.Tag) { t.Sender, t.Number, t.Intended = 1, 2, seconds(3) },
		"a tag with nothing in it": func(t *protocol.Tag) { *t = protocol.Tag{} },
	} {
		y := newStory(pair)
		y.send(0, 1, 1)
		if name == "a message taken back" || name == "a message for another" {
			y.send(0, 1, 2)
			y.Log(0).Unsend(1)
			y.send(1, 0, 3)
		}
		tag := good
		spoil(&tag)
		if rc := y.Receive(&y.inboxes[1], 1, tag, 0); rc != (report.Receipt{Class: report.Unsolicited}) {
			t.Errorf("%s: %+v", name, rc)
		}
		if rc := y.Receive(&y.inboxes[1], 1, good, 0); rc.Class != report.Live || !rc.Complete {
			t.Errorf("%s spoiled the real one: %+v", name, rc)
		}
	}
}

func TestIntendedTimesAreComparedAsATagKeepsThem(t *testing.T) {
	y := newStory(pair)
	at := time.Second + 123*time.Nanosecond
	n := y.Log(0).Send(0, 1, at)
	sent := protocol.AppendTag(nil, protocol.Tag{Run: 9, Number: n, Intended: at})
	read, _, _ := protocol.FindTag(sent)
	if rc := y.Receive(&y.inboxes[1], 1, read, 0); rc.Class != report.Live || rc.Intended != at {
		t.Errorf("%+v", rc)
	}
}

func TestAcksAreTakenOnceAndOnlyOfWhatWasSent(t *testing.T) {
	y := newStory(pair)
	y.send(0, 1, 1)
	for _, c := range []struct {
		name           string
		origin         uint8
		number, sender uint32
		first          bool
	}{
		{"an origin there is not", 3, 0, 0, false},
		{"a number not given", 0, 1, 0, false},
		{"another's message", 0, 0, 1, false},
		{"the first ack", 0, 0, 0, true},
		{"the same again", 0, 0, 0, false},
	} {
		if _, first := y.Ack(c.origin, c.number, c.sender); first != c.first {
			t.Errorf("%s: first is %v", c.name, first)
		}
	}
}

func TestWithAcksTheOwnEchoIsNoRoundtrip(t *testing.T) {
	y := newStory(report.Audience{To: report.ToSelf, Clients: 1, Acks: true})
	y.send(0, 0, 1)
	if rc := y.receive(0, 0); rc.OwnEcho || !rc.Complete {
		t.Errorf("%+v", rc)
	}
}

func TestAReceiverThatWasAwayLongRemembersOneGap(t *testing.T) {
	const all = 20_000 // over two chunks
	y := newStory(pair)
	for i := range all {
		y.send(0, 1, float64(i)/1000)
	}
	y.receive(1, 0)
	y.receive(1, all-1)
	y.ready[1] = seconds(float64(all-1) / 1000)
	for i := 1; i < all-1; i++ { // the server's history, in order
		rc := y.receive(1, i)
		if rc.Class != report.Resumed || !rc.Reordered {
			t.Fatalf("message %d: %+v", i, rc)
		}
	}
	if got, want := y.judge().Tally, (report.Tally{Expected: all, Delivered: 2, Recovered: all - 2}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestTheWorstClientsAreThoseThatLostMost(t *testing.T) {
	y := newStory(report.Audience{To: report.ToPeer, Clients: 30})
	for c := range 30 {
		for range c {
			y.send(0, uint32(c), 1)
		}
	}
	worst := y.judge().Worst
	if len(worst) != 10 {
		t.Fatalf("%d clients listed", len(worst))
	}
	for i, w := range worst {
		if want := (report.ClientLoss{Client: 29 - i, Lost: int64(29 - i), Expected: int64(29 - i)}); w != want {
			t.Errorf("no. %d is %+v, want %+v", i, w, want)
		}
	}
}

func TestMemoryIsForetold(t *testing.T) {
	l := report.NewLedger(report.Audience{To: report.ToRoom, Clients: 100, RoomOf: make([]uint32, 100)}, 2, 1)
	const clients = 100*32 + 2*(100*4+8) // inboxes, last messages, one room
	for messages, want := range map[int64]int64{
		0:         clients + 2*256<<10, // the first chunk of each origin
		16_000:    clients + 2*256<<10,
		1_000_000: clients + 2*62*256<<10,
	} {
		if got := l.Bytes(messages); got != want {
			t.Errorf("%d messages: %d bytes, not %d", messages, got, want)
		}
	}
}

// Shards send, receive from one another and ack at the same time; every
// receipt must find its record, whichever chunk it is in.
func TestShardsUseOneLedgerAtOnce(t *testing.T) {
	const shards, each = 4, 10_000
	l := report.NewLedger(report.Audience{To: report.ToAll, Clients: shards, Echo: true}, shards, 9)
	wires := make([]chan protocol.Tag, shards)
	for i := range wires {
		wires[i] = make(chan protocol.Tag, 64)
	}
	var senders, receivers sync.WaitGroup
	for shard := range uint32(shards) {
		senders.Go(func() {
			for i := range each {
				at := time.Duration(i) * time.Microsecond
				tag := protocol.Tag{Run: 9, Origin: uint8(shard), Sender: shard, Intended: at}
				tag.Number = l.Log(int(shard)).Send(shard, 0, at)
				for _, w := range wires {
					w <- tag
				}
			}
		})
	}
	inboxes := make([]report.Inbox, shards)
	complete := make([]int, shards)
	for c := range uint32(shards) {
		receivers.Go(func() {
			for tag := range wires[c] {
				rc := l.Receive(&inboxes[c], c, tag, 0)
				if rc.Class != report.Live || rc.Reordered {
					t.Errorf("%+v: %+v", tag, rc)
				}
				if rc.Complete {
					complete[c]++
				}
				l.Ack(tag.Origin, tag.Number, tag.Sender)
			}
		})
	}
	senders.Wait()
	for _, w := range wires {
		close(w)
	}
	receivers.Wait()
	sum := 0
	for _, n := range complete {
		sum += n
	}
	if sum != shards*each {
		t.Errorf("%d of %d messages were complete", sum, shards*each)
	}
	j := l.Judge(report.Evidence{
		Inbox: func(c int) *report.Inbox { return &inboxes[c] }, Downs: func(int) []report.Down { return nil },
		Group: func(int) int { return 0 }, Wait: time.Second, End: time.Minute,
	})
	if want := int64(shards * shards * each); j.Expected != want || j.Delivered != want {
		t.Errorf("%+v, want %d", j.Tally, want)
	}
}

func FuzzReceiveTakesAnyTag(f *testing.F) {
	f.Add(uint32(9), uint8(0), uint32(0), uint32(0), int64(1000), uint32(1))
	f.Add(uint32(9), uint8(255), uint32(1<<24), uint32(math.MaxUint32), int64(math.MinInt64), uint32(math.MaxUint32))
	f.Fuzz(func(t *testing.T, run uint32, origin uint8, sender, number uint32, intended int64, receiver uint32) {
		l := report.NewLedger(pair, 1, 9)
		l.Log(0).Send(0, 1, time.Microsecond)
		var in report.Inbox
		tag := protocol.Tag{Run: run, Origin: origin, Sender: sender, Number: number, Intended: time.Duration(intended)}
		rc := l.Receive(&in, receiver, tag, 0)
		if live := run == 9 && origin == 0 && sender == 0 && number == 0 && intended/1000 == 1 && receiver == 1; live != (rc.Class == report.Live) {
			t.Errorf("%+v to %d: %+v", tag, receiver, rc)
		}
		l.Ack(origin, number, sender)
	})
}
