package report

import (
	"math"
	"sync/atomic"
	"time"

	"github.com/imbench/imbench/protocol"
)

// To says whom a run's messages go to.
type To uint8

// Whom messages go to.
const (
	ToRoom To = iota // everybody in the destination room
	ToAll            // every client
	ToPeer           // one other client
	ToSelf           // the sender alone
)

var toNames = [...]string{"room", "all", "peer", "self"}

func (t To) String() string { return toNames[t] }

// ParseTo finds whom messages go to by the name it has in a scenario.
func ParseTo(name string) (To, bool) {
	for t, n := range toNames {
		if n == name {
			return To(t), true
		}
	}
	return 0, false
}

// Audience says who is expected to receive what.
type Audience struct {
	To      To
	RoomOf  []uint32 // by client, its room; ToRoom only
	Clients int
	Echo    bool // the sender receives its own messages to a room or to all
	Acks    bool // the server confirms messages: the ack, not the own echo, is then the roundtrip
}

// Ledger accounts for every (message, expected receiver) pair of a run.
//
//	Log.Send ──► record {sender, destination, ordinal} ◄── Tag ── Receive ──► Receipt
//	             of origin, in its stream                         │
//	                                      Inbox: next ordinal + holes ──► Judge
//
// A stream is what one origin (a shard) sends to one destination; its messages
// are numbered densely by ordinals. So a receiver needs to remember only the
// next ordinal and the gaps before it, however many messages went by.
//
// Memory: 32 bytes a message, in chunks of 8,192 (256 KB) an origin, and 12
// bytes a client and origin. An Inbox takes 32 bytes, and 8 more for every gap
// in what was received. Nothing is freed before the ledger is: who was owed a
// message is known only after the drain.
//
// Receive and Ack are safe for concurrent use, each Inbox by one goroutine at
// a time; see Log for sending. They do not block.
type Ledger struct {
	audience Audience
	run      uint32
	logs     []*Log
	rooms    []uint32 // how many clients are in each room
}

// NewLedger returns an empty ledger for a run with messages from so many
// origins. It keeps a.RoomOf, which must not change any more.
func NewLedger(a Audience, origins int, run uint32) *Ledger {
	l := &Ledger{audience: a, run: run, logs: make([]*Log, origins)}
	for _, room := range a.RoomOf {
		for int(room) >= len(l.rooms) {
			l.rooms = append(l.rooms, 0)
		}
		l.rooms[room]++
	}
	for i := range l.logs {
		l.logs[i] = &Log{ledger: l, streams: make([]stream, l.destinations()), last: make([]uint32, a.Clients)}
		l.logs[i].chunks.Store(new([]*chunk))
	}
	return l
}

func (l *Ledger) destinations() int {
	switch l.audience.To {
	case ToRoom:
		return len(l.rooms)
	case ToAll:
		return 1
	}
	return l.audience.Clients
}

// destination is the one that receiver listens to.
func (l *Ledger) destination(receiver uint32) uint32 {
	switch l.audience.To {
	case ToRoom:
		return l.audience.RoomOf[receiver]
	case ToAll:
		return 0
	}
	return receiver
}

// hears reports whether receiver is in r's audience.
func (l *Ledger) hears(receiver uint32, r *record) bool {
	if int(receiver) >= l.audience.Clients || l.destination(receiver) != r.dest {
		return false
	}
	return receiver != r.sender || l.audience.Echo || l.audience.To >= ToPeer
}

// expected is the size of r's audience.
func (l *Ledger) expected(sender, dest uint32) uint32 {
	var n uint32
	switch l.audience.To {
	case ToRoom:
		n = l.rooms[dest]
	case ToAll:
		n = uint32(l.audience.Clients)
	default:
		return 1
	}
	if !l.audience.Echo && l.destination(sender) == dest {
		n--
	}
	return n
}

// Log returns the log of an origin.
func (l *Ledger) Log(origin int) *Log { return l.logs[origin] }

// Bytes estimates what the ledger takes for so many messages, sent evenly from
// all origins and all received in order.
func (l *Ledger) Bytes(messages int64) int64 {
	origins := int64(len(l.logs))
	perOrigin := int64(8*l.destinations() + 4*l.audience.Clients)
	chunks := (messages/max(1, origins) + chunkLen) / chunkLen
	return origins*(perOrigin+chunks*chunkLen*recordBytes) + int64(l.audience.Clients)*inboxBytes
}

// find returns the record that t speaks of, nil when there is none: t comes
// off the wire and may be anything.
func (l *Ledger) find(t protocol.Tag) *record {
	if t.Run != l.run || int(t.Origin) >= len(l.logs) {
		return nil
	}
	r := l.logs[t.Origin].at(t.Number)
	if r == nil || r.sender != t.Sender || tagTime(r.intended) != tagTime(t.Intended) || r.state.Load()&unsent != 0 {
		return nil
	}
	return r
}

// tagTime is what a tag keeps of a time.
func tagTime(d time.Duration) uint64 { return uint64(d/time.Microsecond) & (1<<48 - 1) }

// Ack notes that the server confirmed a message of sender. It returns when the
// message was intended to leave, and whether this was its first confirmation;
// first is false for a message that the ledger does not know.
func (l *Ledger) Ack(origin uint8, number, sender uint32) (intended time.Duration, first bool) {
	if int(origin) >= len(l.logs) {
		return 0, false
	}
	r := l.logs[origin].at(number)
	if r == nil || r.sender != sender {
		return 0, false
	}
	old := r.state.Or(acked)
	return r.intended, old&(acked|unsent) == 0
}

// ReceiptClass is what the arrival of a message means.
type ReceiptClass uint8

// The classes of receipts.
const (
	Live        ReceiptClass = iota // first receipt of the pair, on a connection that was ready when it was sent
	Resumed                         // first receipt of the pair, on a connection that became ready only later
	Duplicate                       // the pair had been received already
	Unsolicited                     // nobody sent that message to this receiver
)

// Receipt is the ledger's word on one arrival. All but Class is zero unless
// this was the first receipt of the pair.
type Receipt struct {
	Class     ReceiptClass
	Reordered bool          // a later message of the same sender came first
	Complete  bool          // it was the last expected receiver: a Fanout sample
	OwnEcho   bool          // a Roundtrip sample: the receiver is the sender, and the server does not ack
	Intended  time.Duration // when the message should have left
}

// Receive notes that receiver got the message with tag t on a connection that
// has been ready since readySince, on the clock of the run (at or before 0 for
// the first connection). in is that receiver's memory.
func (l *Ledger) Receive(in *Inbox, receiver uint32, t protocol.Tag, readySince time.Duration) Receipt {
	r := l.find(t)
	if r == nil || !l.hears(receiver, r) {
		return Receipt{Class: Unsolicited}
	}
	g, w := l.logs[t.Origin], in.of(t.Origin)
	rc := Receipt{Class: Live, Intended: r.intended}
	switch {
	case r.ordinal == w.next:
		w.next, w.top = r.ordinal+1, t.Number
	case r.ordinal > w.next:
		w.skip(g, r, receiver)
		w.next, w.top = r.ordinal+1, t.Number
	case w.fill(r.ordinal):
		rc.Reordered = w.overtook(g, r)
	default:
		return Receipt{Class: Duplicate}
	}
	if readySince > 0 && r.intended < readySince {
		rc.Class = Resumed
		w.recovered++
	}
	rc.Complete = r.state.Add(math.MaxUint32)&awaited == 0 // one receiver fewer
	rc.OwnEcho = receiver == r.sender && !l.audience.Acks
	return rc
}

// record is one message. All but next and state is fixed when it is published.
type record struct {
	intended time.Duration
	sender   uint32
	dest     uint32
	ordinal  uint32        // in its stream
	before   uint32        // 1 + number of the message before it in its stream
	next     atomic.Uint32 // 1 + number of the next message of the same sender
	state    atomic.Uint32 // flags, and how many receivers are awaited
}

const (
	acked   = 1 << 31
	unsent  = 1 << 30
	awaited = unsent - 1

	recordBytes = 32
	chunkLen    = 8192
)

type chunk [chunkLen]record
