package agent

import (
	"math/rand/v2"
	"testing"
	"time"
)

func TestQueueGivesTheEarliestFirst(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var q queue
	for range 10_000 {
		if random.IntN(3) > 0 || q.len() == 0 {
			q.push(item{at: time.Duration(random.IntN(1000))})
			continue
		}
		first := q.earliest()
		if got := q.pop(); got.at != first {
			t.Fatalf("earliest said %d, pop gave %d", first, got.at)
		}
		if q.len() > 0 && q.earliest() < first {
			t.Fatalf("%d came after %d", q.earliest(), first)
		}
	}
	for last := time.Duration(-1); q.len() > 0; {
		it := q.pop()
		if it.at < last {
			t.Fatalf("%d came after %d", it.at, last)
		}
		last = it.at
	}
}

func BenchmarkQueueOf20000(b *testing.B) {
	var q queue
	for i := range 20_000 {
		q.push(item{at: time.Duration(i)})
	}
	b.ReportAllocs()
	for b.Loop() {
		it := q.pop()
		it.at += 20_000
		q.push(it)
	}
}
