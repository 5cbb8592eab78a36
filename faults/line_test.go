package faults

import (
	"io"
	"math/rand/v2"
	"testing"
	"time"
)

// onLine puts writes on a line, each at its time, and lists when their pieces
// arrive, all since the first.
func onLine(s Shape, writes ...travel) (l *line, arrived []travel) {
	start := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	l = newLine(s, rand.NewPCG(1, 2))
	for _, w := range writes {
		l.put(start.Add(w.at), make([]byte, w.bytes))
	}
	for _, p := range l.pieces {
		arrived = append(arrived, travel{p.due.Sub(start), len(p.data)})
	}
	return l, arrived
}

type travel struct {
	at    time.Duration
	bytes int
}

const ms = time.Millisecond

func TestWhenBytesArrive(t *testing.T) {
	for _, c := range []struct {
		name  string
		shape Shape
		sent  []travel
		want  []travel
	}{
		{"at once, without a shape", Shape{}, []travel{{0, 5}, {ms, 5}}, []travel{{0, 5}, {ms, 5}}},
		{"late by the delay, which does not add up", Shape{Delay: 100 * ms},
			[]travel{{0, 5}, {ms, 5}, {2 * ms, 5}}, []travel{{100 * ms, 5}, {101 * ms, 5}, {102 * ms, 5}}},
		{"when the rate has let the last of them out", Shape{Rate: 1000}, []travel{{0, 200}}, []travel{{200 * ms, 200}}},
		{"behind what is still leaving", Shape{Rate: 1000}, []travel{{0, 200}, {10 * ms, 100}}, []travel{{200 * ms, 200}, {300 * ms, 100}}},
		{"without a debt, when the link was idle", Shape{Rate: 1000}, []travel{{0, 100}, {500 * ms, 100}}, []travel{{100 * ms, 100}, {600 * ms, 100}}},
		{"after rate and delay both", Shape{Rate: 1000, Delay: 50 * ms}, []travel{{0, 200}}, []travel{{250 * ms, 200}}},
		{"in segments, for a rate", Shape{Rate: 1460}, []travel{{0, 2920}}, []travel{{time.Second, 1460}, {2 * time.Second, 1460}}},
		{"in slices, a gap apart", Shape{Slice: 2, Gap: 10 * ms}, []travel{{0, 5}}, []travel{{0, 2}, {10 * ms, 2}, {20 * ms, 1}}},
		{"in slices, across writes", Shape{Slice: 5, Gap: 10 * ms}, []travel{{0, 5}, {ms, 5}}, []travel{{0, 5}, {10 * ms, 5}}},
		{"in slices, all at once without a gap", Shape{Slice: 2}, []travel{{0, 4}}, []travel{{0, 2}, {0, 2}}},
		{"by the slower of rate and gap", Shape{Slice: 10, Gap: 5 * ms, Rate: 1000}, []travel{{0, 20}}, []travel{{10 * ms, 10}, {20 * ms, 10}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, got := onLine(c.shape, c.sent...)
			if len(got) != len(c.want) {
				t.Fatalf("arrived %v, want %v", got, c.want)
			}
			for i := range got {
				if got[i] != c.want[i] {
					t.Errorf("arrived %v, want %v", got, c.want)
				}
			}
		})
	}
}

func TestARateIsExactOverManyPieces(t *testing.T) {
	const rate, bytes = 7777, 10 * 7777
	_, got := onLine(Shape{Rate: rate}, travel{0, bytes})
	if last := got[len(got)-1].at; last != 10*time.Second {
		t.Errorf("%d bytes at %d B/s took %s", bytes, rate, last)
	}
}

func TestJitterSpreadsEvenlyAndKeepsTheOrder(t *testing.T) {
	const delay, jitter, n = 100 * ms, 40 * ms, 1000
	l := newLine(Shape{Delay: delay, Jitter: jitter}, rand.NewPCG(1, 2))
	start := time.Now()
	var sum, least, most time.Duration = 0, delay, delay
	for i := range n {
		at := start.Add(time.Duration(i) * time.Second) // too far apart to hold each other up
		l.put(at, []byte{1})
		d := l.pieces[i].due.Sub(at)
		sum, least, most = sum+d, min(least, d), max(most, d)
	}
	if least < delay-jitter || least > delay-jitter+5*ms || most > delay+jitter || most < delay+jitter-5*ms {
		t.Errorf("delays from %s to %s, want %s ± %s", least, most, delay, jitter)
	}
	if mean := sum / n; mean < delay-3*ms || mean > delay+3*ms {
		t.Errorf("mean delay %s, want about %s", mean, delay)
	}
	l = newLine(Shape{Delay: delay, Jitter: jitter}, rand.NewPCG(1, 2))
	for range n {
		l.put(start, []byte{1})
	}
	for i := range n - 1 {
		if l.pieces[i+1].due.Before(l.pieces[i].due) {
			t.Fatal("a byte overtook another")
		}
	}
}

func TestTheSameSeedMakesTheSameJitter(t *testing.T) {
	_, a := onLine(Shape{Delay: ms, Jitter: ms}, travel{0, 1}, travel{time.Second, 1})
	_, b := onLine(Shape{Delay: ms, Jitter: ms}, travel{0, 1}, travel{time.Second, 1})
	if a[0] != b[0] || a[1] != b[1] {
		t.Errorf("%v and %v", a, b)
	}
}

func TestANewShapeIsForWhatHasNotLeft(t *testing.T) {
	for _, c := range []struct {
		name     string
		old, new Shape
		sent     travel
		at       time.Duration
		want     []time.Duration
	}{
		{"what has left arrives when it would have", Shape{Delay: 100 * ms}, Shape{}, travel{0, 5}, 50 * ms, []time.Duration{100 * ms}},
		{"what waits for a rate goes at once", Shape{Rate: 1460}, Shape{}, travel{0, 2920}, 1500 * ms, []time.Duration{1000 * ms, 1500 * ms}},
		{"but not before what is ahead of it", Shape{Rate: 1460, Delay: time.Second}, Shape{}, travel{0, 2920}, 1500 * ms, []time.Duration{2 * time.Second, 2 * time.Second}},
		{"or by the new rate", Shape{Rate: 1460}, Shape{Rate: 2920}, travel{0, 2920}, 1000 * ms, []time.Duration{1000 * ms, 1500 * ms}},
		{"and in its slices", Shape{Rate: 1460}, Shape{Slice: 1000, Gap: 10 * ms}, travel{0, 2920}, 1500 * ms, []time.Duration{1000 * ms, 1500 * ms, 1510 * ms}},
	} {
		t.Run(c.name, func(t *testing.T) {
			l, _ := onLine(c.old, c.sent)
			start := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
			l.putEnd(start, nil)
			l.reshape(start.Add(c.at), c.new, rand.NewPCG(1, 2))
			if l.bytes != c.sent.bytes {
				t.Errorf("%d bytes under way, want %d", l.bytes, c.sent.bytes)
			}
			last := len(l.pieces) - 1
			if len(l.pieces[last].data) > 0 || last != len(c.want) {
				t.Fatalf("%d pieces, want %d and the end", len(l.pieces), len(c.want))
			}
			for i, p := range l.pieces[:last] {
				if got := p.due.Sub(start); got != c.want[i] {
					t.Errorf("piece %d arrives at %s, want %s", i, got, c.want[i])
				}
			}
		})
	}
}

func TestAnEndTravelsBehindTheBytes(t *testing.T) {
	l := newLine(Shape{Rate: 1000, Delay: 10 * ms}, rand.NewPCG(1, 2))
	start := time.Now()
	l.put(start, make([]byte, 100))
	l.putEnd(start, io.EOF)
	l.drop(60)
	l.drop(40)
	if head := l.head(); head == nil || head.end != io.EOF || head.due.Sub(start) != 110*ms || l.size() != 0 {
		t.Errorf("after the bytes comes %+v, with %d bytes under way", head, l.size())
	}
}

func TestShapesCombine(t *testing.T) {
	a := Shape{Delay: 10 * ms, Jitter: ms, Rate: 500, Slice: 0, Gap: 3 * ms}
	b := Shape{Delay: 5 * ms, Jitter: ms, Rate: 0, Slice: 7, Gap: 2 * ms}
	want := Shape{Delay: 15 * ms, Jitter: 2 * ms, Rate: 500, Slice: 7, Gap: 3 * ms}
	if got := a.And(b); got != want || b.And(a) != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := a.And(Shape{}); got != a || a.IsZero() || !(Shape{}).IsZero() {
		t.Errorf("with nothing: %+v", got)
	}
}
