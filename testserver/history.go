package testserver

import (
	"iter"
	"sync/atomic"
)

// history is the last messages of a stream, oldest first, in a ring that grows
// up to its limit. Its stream's lock guards it; the count of bytes is shared by
// all histories.
type history struct {
	ring  []past
	first int // where the oldest stands
	n     int
	limit int
	bytes *budget
}

// past is a message that went out.
type past struct {
	ordinal uint64
	sender  string // who does not get it
	room    string // whose members get it; a namespace's, "" for everybody
	frame   frame
}

// pastOverhead is what a message costs beside its frame, in bytes.
const pastOverhead = 64

func (p past) size() int64 { return int64(cap(p.frame) + pastOverhead) }

// budget counts the bytes of all histories together.
type budget struct {
	used  atomic.Int64
	limit int64
}

// add remembers p, at the cost of the oldest where there is no room.
func (h *history) add(p past) {
	if h.limit == 0 {
		return
	}
	h.bytes.used.Add(p.size())
	for h.n > 0 && (h.n == h.limit || h.bytes.used.Load() > h.bytes.limit) {
		h.forgetOldest()
	}
	if h.n == len(h.ring) {
		h.grow()
	}
	h.ring[(h.first+h.n)%len(h.ring)] = p
	h.n++
}

func (h *history) forgetOldest() {
	h.bytes.used.Add(-h.ring[h.first].size())
	h.ring[h.first] = past{}
	h.first = (h.first + 1) % len(h.ring)
	h.n--
}

func (h *history) grow() {
	bigger := make([]past, min(h.limit, max(4, 2*len(h.ring))))
	for i := range h.n {
		bigger[i] = h.ring[(h.first+i)%len(h.ring)]
	}
	h.ring, h.first = bigger, 0
}

// after yields what came after ordinal, oldest first.
func (h *history) after(ordinal uint64) iter.Seq[past] {
	return func(yield func(past) bool) {
		for i := range h.n {
			p := h.ring[(h.first+i)%len(h.ring)]
			if p.ordinal > ordinal && !yield(p) {
				return
			}
		}
	}
}

// oldest is the first ordinal that is remembered, where last is the newest that
// was given; the one to come where nothing is.
func (h *history) oldest(last uint64) uint64 {
	if h.n == 0 {
		return last + 1
	}
	return h.ring[h.first].ordinal
}

// clear forgets everything and gives its bytes back.
func (h *history) clear() {
	for h.n > 0 {
		h.forgetOldest()
	}
	h.ring, h.first = nil, 0
}
