package oracle_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/imbench/imbench/faults"
)

// picture is what the server's kernel made of a silence.
type picture struct {
	steps []step // one for each time it sent again

	mostUnacked uint32 // segments
	notSent     uint32 // bytes waiting behind them at the end
	state       uint8
	acked       uint64 // bytes, since the silence began
	received    uint64 // the same
	heardFrom   uint32 // segments that TCP took, since then
	healed      bool   // everything arrived on the same connection afterwards
}

// step is the server's socket just after it sent something again.
type step struct {
	retransmits uint32
	at          time.Duration // since the first write into the silence
	rto         time.Duration
	backoff     uint8
}

// add takes note of how the socket looks, at so long since the first write.
func (p *picture) add(at time.Duration, info *unix.TCPInfo) {
	p.mostUnacked = max(p.mostUnacked, info.Unacked)
	if n := len(p.steps); info.Total_retrans == 0 || n > 0 && p.steps[n-1].retransmits == info.Total_retrans {
		return
	}
	p.steps = append(p.steps, step{
		retransmits: info.Total_retrans,
		at:          at - time.Duration(info.Last_data_sent)*time.Millisecond, // not when it was looked at
		rto:         time.Duration(info.Rto) * time.Microsecond,
		backoff:     info.Backoff,
	})
}

func (p *picture) end(info, before *unix.TCPInfo) {
	p.state, p.notSent = info.State, info.Notsent_bytes
	p.acked = info.Bytes_acked - before.Bytes_acked
	p.received = info.Bytes_received - before.Bytes_received
	p.heardFrom = info.Segs_in - before.Segs_in
}

// doubled is when the backoff came to be n.
func (p *picture) doubled(n uint8) (step, bool) {
	for _, s := range p.steps {
		if s.backoff == n {
			return s, true
		}
	}
	return step{}, false
}

// shows fails the test where the socket does not look like one whose peer has
// gone dark in direction d.
func (p *picture) shows(t *testing.T, name string, d faults.Direction) {
	t.Helper()
	if p.state != established {
		t.Errorf("%s: the server's socket is in state %d: it was told", name, p.state)
	}
	if hears := d != faults.Inbound; hears && p.received != 0 {
		t.Errorf("%s: the server received %d bytes of a client that it cannot hear", name, p.received)
	}
	if firstLine := uint64(100); d == faults.Inbound && p.received != firstLine {
		// The first was never acknowledged, so that the next ones wait.
		t.Errorf("%s: the server received %d bytes, not the %d that the client wrote first", name, p.received, firstLine)
	}
	if d == faults.Outbound { // an acknowledgement that travels with lost data is late, but never so late that the timeout doubles
		if _, doubled := p.doubled(1); p.acked == 0 || doubled || p.notSent > 0 {
			t.Errorf("%s: what the server wrote did not simply arrive: %+v", name, p)
		}
		return
	}
	if p.acked != 0 || p.mostUnacked < 2 || p.notSent == 0 {
		t.Errorf("%s: acknowledged %d bytes, at most %d segments in flight, %d bytes waiting; want none, several, and more", name, p.acked, p.mostUnacked, p.notSent)
	}
	if d == faults.Both && p.heardFrom != 0 {
		t.Errorf("%s: %d segments of the client reached the server's TCP", name, p.heardFrom)
	}
	for n := uint8(1); n <= doublings; n++ {
		if _, ok := p.doubled(n); !ok {
			t.Errorf("%s: the backoff was never seen at %d: %+v", name, n, p.steps)
		}
	}
}

// resembles fails the test where the server's kernel did not do the same at
// the same times as under ours. Each schedule begins with a timeout computed
// from the connection's own round trips, so they may differ by a little; and
// where the lines are not written in time, because the machine is busy, the
// kernel probes the first of them and puts the first timeout off by as much.
func (p *picture) resembles(t *testing.T, name string, ours *picture) {
	t.Helper()
	first, _ := p.doubled(1)
	oursFirst, _ := ours.doubled(1)
	if off, slack := (first.at - oursFirst.at).Abs(), 150*time.Millisecond+max(first.at, oursFirst.at)/2; off > slack {
		t.Errorf("%s: the backoff began after %v; under ours after %v, which is more than %v away", name, first.at, oursFirst.at, slack)
	}
	for n := uint8(1); n <= doublings; n++ {
		a, okA := p.doubled(n)
		b, okB := ours.doubled(n)
		if okA != okB {
			t.Errorf("%s: the backoff reached %d: %t; under ours: %t", name, n, okA, okB)
			continue
		}
		after, oursAfter := a.at-first.at, b.at-oursFirst.at
		if slack := 150*time.Millisecond + oursAfter/10; (after - oursAfter).Abs() > slack {
			t.Errorf("%s: the backoff reached %d %v after it began; under ours %v, which is more than %v away", name, n, after, oursAfter, slack)
		}
		if a.retransmits != b.retransmits {
			t.Errorf("%s: at backoff %d, %d segments were sent again; under ours %d", name, n, a.retransmits, b.retransmits)
		}
	}
	if (p.acked == 0) != (ours.acked == 0) || p.received != ours.received {
		t.Errorf("%s: %d bytes acknowledged and %d received; under ours %d and %d", name, p.acked, p.received, ours.acked, ours.received)
	}
}

// kernelTable is what was seen, as a table in Markdown.
func kernelTable(ways []way, pictures []*picture) string {
	var b strings.Builder
	b.WriteString("| made by | state | unacked, at most | sent again after | timeout at the end | acknowledged | received | segments in | healed |\n")
	b.WriteString("|---|---|---|---|---|---|---|---|---|\n")
	for i, p := range pictures {
		again, rto, healed := "never", "–", "no"
		for n := uint8(1); n <= doublings; n++ {
			if s, ok := p.doubled(n); ok {
				again = strings.TrimPrefix(again+fmt.Sprintf(", %.2f s", s.at.Seconds()), "never, ")
				rto = fmt.Sprintf("%.2f s", s.rto.Seconds())
			}
		}
		if p.healed {
			healed = "all arrived"
		}
		fmt.Fprintf(&b, "| %s | %s | %d | %s | %s | %d B | %d B | %d | %s |\n", ways[i].name,
			map[bool]string{true: "ESTABLISHED", false: fmt.Sprint(p.state)}[p.state == established],
			p.mostUnacked, again, rto, p.acked, p.received, p.heardFrom, healed)
	}
	return b.String()
}
