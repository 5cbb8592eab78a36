package report_test

import (
	"fmt"
	"os"
	"time"

	"github.com/imbench/imbench/protocol"
	"github.com/imbench/imbench/report"
)

// Two messages to a room of three; the second never reaches client 2, who was
// online and unfaulted all the while.
func ExampleLedger() {
	l := report.NewLedger(report.Audience{To: report.ToRoom, Clients: 3, RoomOf: []uint32{0, 0, 0}}, 1, 42)
	inboxes := make([]report.Inbox, 3)
	for i := range 2 {
		at := time.Duration(i) * time.Second
		tag := protocol.Tag{Run: 42, Sender: 0, Number: l.Log(0).Send(0, 0, at), Intended: at}
		l.Receive(&inboxes[1], 1, tag, 0)
		if i == 0 {
			fmt.Printf("%+v\n", l.Receive(&inboxes[2], 2, tag, 0))
		}
	}
	j := l.Judge(report.Evidence{
		Inbox: func(receiver int) *report.Inbox { return &inboxes[receiver] },
		Downs: func(client int) []report.Down { return nil },
		Group: func(client int) int { return 0 },
		Wait:  5 * time.Second, End: time.Minute,
		Lost: func(l report.Loss) { fmt.Printf("%+v\n", l) },
	})
	fmt.Printf("%+v\n", j.Tally)
	// Output:
	// {Class:0 Reordered:false Complete:true OwnEcho:false Intended:0s}
	// {Sender:0 Receiver:2 Intended:1s Acked:false}
	// {Expected:4 Delivered:3 Recovered:0 Missed:0 Lost:1 Indeterminate:0 AckedLost:0}
}

func ExampleThreshold_Evaluate() {
	r := report.NewRecorder(1, 0)
	for _, d := range []time.Duration{80, 90, 250} {
		r.Observe(report.Connect, 0, d*time.Millisecond)
	}
	result := report.Build(report.Run{Recorder: r, Groups: []report.GroupInfo{{Name: "default", Clients: 3}}})
	for _, text := range []string{"delivery.p99 < 200ms", "connect.p50 < 100ms", "connect.max < 200ms"} {
		t, err := report.ParseThreshold(text)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return
		}
		got := t.Evaluate(result)
		fmt.Printf("%s: %s %q\n", got.Text, got.Verdict, got.Note)
	}
	// Output:
	// delivery.p99 < 200ms: inconclusive "no samples"
	// connect.p50 < 100ms: passed ""
	// connect.max < 200ms: failed ""
}
