package report

import (
	"math"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"

	"github.com/imbench/imbench/internal/unit"
)

// intervalDigits is the precision of the times within a second: two digits
// take 27 KB.
const intervalDigits = 2

// recordTime adds a sample to an interval's histogram, kept within its range.
func recordTime(h *hdr.Histogram, d time.Duration) {
	_ = h.RecordValue(min(max(d, histogramFloor), histogramCeiling).Microseconds())
}

// Interval is what happened between two Ticks. Intervals of different shards
// add up.
type Interval struct {
	Connects, Disconnects, Sent int64
	Received                    int64 // messages received for the first time, live and recovered
	delivery, lag               *hdr.Histogram
}

// Tick returns what was recorded since the last Tick. Messages that came only
// after a reconnect are counted, but are not among the delivery times.
func (r *Recorder) Tick() Interval {
	delivery, lag := newTimes(intervalDigits), newTimes(intervalDigits)
	r.mu.Lock()
	defer r.mu.Unlock()
	since := func(c Count) int64 {
		var now int64
		for i := range r.groups {
			now += r.groups[i].counts[c]
		}
		n := now - r.ticked[c]
		r.ticked[c] = now
		return n
	}
	i := Interval{
		Connects: since(Connects), Disconnects: since(Disconnects), Sent: since(Sent),
		Received: since(Delivered) + since(Recovered),
		delivery: r.delivery, lag: r.lag,
	}
	r.delivery, r.lag = delivery, lag
	return i
}

// Add adds o, of the same time and another shard, to i.
func (i *Interval) Add(o Interval) {
	i.Connects += o.Connects
	i.Disconnects += o.Disconnects
	i.Sent += o.Sent
	i.Received += o.Received
	i.delivery = addTimes(i.delivery, o.delivery)
	i.lag = addTimes(i.lag, o.lag)
}

func addTimes(a, b *hdr.Histogram) *hdr.Histogram {
	mergeTimes(&a, b)
	return a
}

// Second returns the timeline's entry for the interval that ends at second tS.
// What the recorder does not know (who is connected, what the processes take)
// is left to the caller.
func (i Interval) Second(tS float64) Second {
	s := Second{
		TS: tS, Connects: i.Connects, Disconnects: i.Disconnects, Sent: i.Sent, Delivered: i.Received,
		LagP99Ms: quantileMs(i.lag, 0.99),
	}
	s.setDelivery(i.delivery)
	return s
}

// lateRow is how late a row may end, in seconds, and still be of the second
// before: the clock that makes rows is a little late each time.
const lateRow = 0.25

// number says of which second of the run the row is: of 0, if it ends at 1.
func (s *Second) number() float64 { return math.Ceil(s.TS-lateRow) - 1 }

// setDelivery fills in what follows from the delivery times.
func (s *Second) setDelivery(h *hdr.Histogram) {
	if total(h) == 0 {
		return
	}
	s.DeliveryP50Ms = quantileMs(h, 0.50)
	s.DeliveryP99Ms = quantileMs(h, 0.99)
	s.DeliveryMaxMs = quantileMs(h, 1)
	s.Histogram = encode(h)
}

func quantileMs(h *hdr.Histogram, q float64) float64 {
	if total(h) == 0 {
		return 0
	}
	return unit.Millis(nearestRank(h, q))
}
