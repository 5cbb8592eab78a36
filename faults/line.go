package faults

import (
	"bytes"
	"math/rand/v2"
	"time"
)

// line is what is under way on a slow path, in one direction: pieces of bytes,
// each with the time it arrives. All is settled when bytes go in, so that a
// reader that comes late finds them where they would be, and delays do not add
// up. It is a value among others: its user locks it, and tells it the time.
type line struct {
	shape  Shape
	rand   *rand.Rand
	pieces []piece // by arrival, which is the order they went in
	bytes  int

	free time.Time // when the next piece may begin to leave
	rest int64     // of the last division by the rate, so that it is exact
	last time.Time // when the last piece arrives
}

// piece is bytes that travel together, or the end of what the peer sent.
type piece struct {
	left time.Time // when its last byte has left
	due  time.Time // when it arrives
	data []byte
	end  error // read after all the bytes; data is empty
}

// Pieces are not smaller than a segment because of a rate, as a link carries
// whole packets, nor larger than what a link carries at a time of its own.
const (
	segmentBytes = 1460
	pieceBytes   = 64 << 10
	pieceTime    = 10 * time.Millisecond
)

func newLine(s Shape, seed *rand.PCG) *line { return &line{shape: s, rand: rand.New(seed)} }

// put copies p onto the line.
func (l *line) put(now time.Time, p []byte) { l.cut(now, bytes.Clone(p)) }

// cut puts data on the line, in pieces as the shape has them.
func (l *line) cut(now time.Time, data []byte) {
	size := l.shape.largestPiece()
	for len(data) > 0 {
		n := min(size, len(data))
		l.add(now, piece{data: data[:n:n]})
		data = data[n:]
	}
}

// putEnd marks the end of what goes in; it travels as bytes do, and takes no
// time of its own. err is what its reader is told.
func (l *line) putEnd(now time.Time, err error) { l.add(now, piece{end: err}) }

// largestPiece is how many bytes travel together at most.
func (s Shape) largestPiece() int {
	size := pieceBytes
	if s.Rate > 0 {
		size = int(min(pieceBytes, max(segmentBytes, s.Rate/int64(time.Second/pieceTime))))
	}
	if s.Slice > 0 {
		size = min(size, s.Slice)
	}
	return size
}

// add settles when q leaves and when it arrives.
func (l *line) add(now time.Time, q piece) {
	begins := now
	if l.free.After(now) {
		begins = l.free
	} else {
		l.rest = 0 // the link was idle
	}
	q.left = begins.Add(l.sending(len(q.data)))
	q.due = q.left.Add(l.delay())
	if q.due.Before(l.last) {
		q.due = l.last // TCP keeps the order
	}
	l.free, l.last = q.left, q.due
	if gap := begins.Add(l.shape.Gap); len(q.data) > 0 && gap.After(l.free) {
		l.free = gap
	}
	l.bytes += len(q.data)
	l.pieces = append(l.pieces, q)
}

// sending is how long n bytes take to leave.
func (l *line) sending(n int) time.Duration {
	if l.shape.Rate == 0 {
		return 0
	}
	total := int64(n)*int64(time.Second) + l.rest
	l.rest = total % l.shape.Rate
	return time.Duration(total / l.shape.Rate)
}

func (l *line) delay() time.Duration {
	d := l.shape.Delay
	if l.shape.Jitter > 0 {
		d += time.Duration((2*l.rand.Float64() - 1) * float64(l.shape.Jitter))
	}
	return max(0, d)
}

// reshape changes what the path does from now on. What has left arrives when
// it would have; what waits to leave is under the new shape.
func (l *line) reshape(now time.Time, s Shape, seed *rand.PCG) {
	gone := 0
	for gone < len(l.pieces) && !l.pieces[gone].left.After(now) {
		gone++
	}
	waiting := l.pieces[gone:]
	l.pieces = append([]piece(nil), l.pieces[:gone]...)
	l.shape, l.rand = s, rand.New(seed)
	l.free, l.rest, l.last = time.Time{}, 0, time.Time{}
	if gone > 0 {
		l.last = l.pieces[gone-1].due
	}
	for _, q := range waiting {
		l.bytes -= len(q.data)
		if len(q.data) == 0 { // an end
			l.putEnd(now, q.end)
			continue
		}
		l.cut(now, q.data)
	}
}

// head is the piece that arrives next, nil when nothing is under way.
func (l *line) head() *piece {
	if l == nil || len(l.pieces) == 0 {
		return nil
	}
	return &l.pieces[0]
}

// ended reports whether the end of what the peer sent is under way, too.
func (l *line) ended() bool {
	return len(l.pieces) > 0 && l.pieces[len(l.pieces)-1].end != nil
}

// drop takes n bytes off the head, and the head with its last one.
func (l *line) drop(n int) {
	head := &l.pieces[0]
	l.bytes -= n
	if head.data = head.data[n:]; len(head.data) > 0 {
		return
	}
	*head = piece{}
	if l.pieces = l.pieces[1:]; len(l.pieces) == 0 {
		l.pieces = nil
	}
}

// size is how many bytes are under way.
func (l *line) size() int {
	if l == nil {
		return 0
	}
	return l.bytes
}
