package report_test

import (
	"testing"
	"time"

	"github.com/imbench/imbench/protocol"
	"github.com/imbench/imbench/report"
)

const benchClients = 1000

// benchRooms is 1,000 clients in rooms of 50, with echo.
func benchRooms() *report.Ledger {
	a := report.Audience{To: report.ToRoom, Clients: benchClients, Echo: true, RoomOf: make([]uint32, benchClients)}
	for c := range a.RoomOf {
		a.RoomOf[c] = uint32(c / 50)
	}
	return report.NewLedger(a, 1, 1)
}

// benchLog sends n messages round the clients and returns their tags.
func benchLog(l *report.Ledger, n int) []protocol.Tag {
	tags := make([]protocol.Tag, n)
	for i := range tags {
		sender := uint32(i % benchClients)
		at := time.Duration(i) * time.Microsecond
		tags[i] = protocol.Tag{Run: 1, Sender: sender, Intended: at, Number: l.Log(0).Send(sender, sender/50, at)}
	}
	return tags
}

func BenchmarkSend(b *testing.B) {
	l := benchRooms()
	b.ReportAllocs()
	i := uint32(0)
	for b.Loop() {
		if i&(1<<22-1) == 0 { // keep memory bounded, however fast it is
			l = benchRooms()
		}
		sender := i % benchClients
		l.Log(0).Send(sender, sender/50, time.Duration(i))
		i++
	}
}

// BenchmarkReceiveInOrder is one receipt, by one of the 50 in a room.
func BenchmarkReceiveInOrder(b *testing.B) {
	const messages = 100_000
	var l *report.Ledger
	var tags []protocol.Tag
	var inboxes []report.Inbox
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		message, member := i/50%messages, uint32(i%50)
		if i%(50*messages) == 0 {
			b.StopTimer()
			l = benchRooms()
			tags, inboxes = benchLog(l, messages), make([]report.Inbox, benchClients)
			b.StartTimer()
		}
		t := tags[message]
		receiver := t.Sender/50*50 + member
		if rc := l.Receive(&inboxes[receiver], receiver, t, 0); rc.Class != report.Live {
			b.Fatalf("%+v", rc)
		}
		i++
	}
}

// BenchmarkReceiveLate is one receipt when every two neighbours of a stream
// have changed places.
func BenchmarkReceiveLate(b *testing.B) {
	const messages = 100_000
	var l *report.Ledger
	var tags []protocol.Tag
	var inboxes []report.Inbox
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if i%messages == 0 {
			b.StopTimer()
			l = benchRooms()
			tags, inboxes = benchLog(l, messages), make([]report.Inbox, benchClients)
			b.StartTimer()
		}
		t := tags[i%messages^1]
		receiver := t.Sender / 50 * 50
		if rc := l.Receive(&inboxes[receiver], receiver, t, 0); rc.Class != report.Live {
			b.Fatalf("%+v", rc)
		}
		i++
	}
}

func BenchmarkAck(b *testing.B) {
	l := benchRooms()
	tags := benchLog(l, 100_000)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		t := tags[i%len(tags)]
		l.Ack(t.Origin, t.Number, t.Sender)
		i++
	}
}

func BenchmarkRecorderReceive(b *testing.B) {
	r := report.NewRecorder(1, 0)
	rc := report.Receipt{Complete: true}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		r.Receive(0, rc, time.Duration(i%20_000)*time.Microsecond)
		i++
	}
}

func BenchmarkRecorderObserve(b *testing.B) {
	r := report.NewRecorder(1, 0)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		r.Observe(report.Heartbeat, 0, time.Duration(i%20_000)*time.Microsecond)
		i++
	}
}

func BenchmarkRecorderAdd(b *testing.B) {
	r := report.NewRecorder(1, 0)
	b.ReportAllocs()
	for b.Loop() {
		r.Add(report.Sent, 0, 1)
	}
}

// BenchmarkSecond is what each second of the timeline costs.
func BenchmarkSecond(b *testing.B) {
	r := report.NewRecorder(1, 0)
	b.ReportAllocs()
	for b.Loop() {
		for i := range 1000 {
			r.Receive(0, report.Receipt{}, time.Duration(i)*10*time.Microsecond)
		}
		_ = r.Tick().Second(1)
	}
}

// BenchmarkJudge is the judgement of 100,000 messages to rooms of 50, one in a
// hundred receipts missing.
func BenchmarkJudge(b *testing.B) {
	l := benchRooms()
	inboxes := make([]report.Inbox, benchClients)
	for i, t := range benchLog(l, 100_000) {
		for member := range uint32(50) {
			if (i*50+int(member))%100 != 0 {
				receiver := t.Sender/50*50 + member
				l.Receive(&inboxes[receiver], receiver, t, 0)
			}
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		j := l.Judge(report.Evidence{
			Inbox: func(c int) *report.Inbox { return &inboxes[c] }, Downs: func(int) []report.Down { return nil },
			Group: func(int) int { return 0 }, Wait: time.Second, End: time.Minute,
		})
		if j.Lost != 50_000 {
			b.Fatal(j.Lost)
		}
	}
}
