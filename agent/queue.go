package agent

import "time"

// task is what is to be done with a client when its time has come.
type task uint8

const (
	beat       task = iota // send a heartbeat
	deadline               // see whether the server still lives
	strayTimer             // a beat's own timer is over
	redial                 // the backoff is over
	strike                 // apply a fault occurrence
	heal                   // end a silence, or a stall
	pathClear              // a fault on the path is over
	answerDue              // what was not answered by now is not answered
)

// item is one due thing. Link tells items of an earlier connection apart: they
// are stale and ignored.
type item struct {
	at     time.Duration
	client *client
	link   *link
	strike *occurrence
	task   task
	serial uint32 // strayTimer: of the beat
}

// queue is a heap of due things, the earliest first. It belongs to one shard.
type queue struct{ items []item }

func (q *queue) len() int { return len(q.items) }

// earliest is valid only when the queue is not empty.
func (q *queue) earliest() time.Duration { return q.items[0].at }

func (q *queue) push(it item) {
	q.items = append(q.items, it)
	i := len(q.items) - 1
	for i > 0 {
		parent := (i - 1) / 2
		if q.items[parent].at <= q.items[i].at {
			break
		}
		q.items[parent], q.items[i] = q.items[i], q.items[parent]
		i = parent
	}
}

func (q *queue) pop() item {
	top := q.items[0]
	last := len(q.items) - 1
	q.items[0] = q.items[last]
	q.items[last] = item{} // lets go of the client and its link
	q.items = q.items[:last]
	for i := 0; ; {
		child := 2*i + 1
		if child >= last {
			return top
		}
		if child+1 < last && q.items[child+1].at < q.items[child].at {
			child++
		}
		if q.items[i].at <= q.items[child].at {
			return top
		}
		q.items[i], q.items[child] = q.items[child], q.items[i]
		i = child
	}
}
