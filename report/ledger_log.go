package report

import (
	"math"
	"sync/atomic"
	"time"
)

// Log is one origin's part of a Ledger: the messages it sent, in order. Only
// one goroutine at a time may Send; receivers of other shards read meanwhile.
type Log struct {
	ledger *Ledger
	chunks atomic.Pointer[[]*chunk] // replaced as it grows, so that readers need no lock
	count  atomic.Uint32            // records below it are complete

	streams []stream // by destination; the sender's goroutine only
	last    []uint32 // by sender, 1 + number of its last message; the same
}

type stream struct {
	count uint32 // ordinals given out
	last  uint32 // 1 + number of the last message
}

// at returns record n, nil when it does not exist.
func (g *Log) at(n uint32) *record {
	if n >= g.count.Load() {
		return nil
	}
	return &(*g.chunks.Load())[n/chunkLen][n%chunkLen]
}

// Send notes a message before it is written, and returns its number, which
// goes into its tag. dest is a room's number; the client's own or peer's number
// for ToSelf and ToPeer; 0 for ToAll. intended is on the run's clock. A sender
// or dest that is not of the run panics, and so does the message after the
// 2^32 - 1st, which no tag could tell from the first.
func (g *Log) Send(sender, dest uint32, intended time.Duration) (number uint32) {
	n := g.count.Load()
	if n == math.MaxUint32 {
		panic("report: more messages of one origin than tags can number")
	}
	s, last := &g.streams[dest], &g.last[sender]
	r := g.room(n)
	r.intended, r.sender, r.dest = intended, sender, dest
	r.ordinal, r.before = s.count, s.last
	r.state.Store(g.ledger.expected(sender, dest))
	s.count, s.last = s.count+1, n+1
	g.count.Store(n + 1) // publishes the record
	if *last != 0 {
		g.at(*last - 1).next.Store(n + 1)
	}
	*last = n + 1
	return n
}

// room returns where record n goes.
func (g *Log) room(n uint32) *record {
	if n%chunkLen == 0 {
		// The old slice stays as it is for who is reading it: append writes
		// behind its end or into a copy.
		more := append(*g.chunks.Load(), new(chunk))
		g.chunks.Store(&more)
	}
	return &(*g.chunks.Load())[n/chunkLen][n%chunkLen]
}

// Unsend takes back a message that was not written after all: it is expected
// by nobody, and a receipt of it is unsolicited. Safe for concurrent use.
func (g *Log) Unsend(number uint32) {
	if r := g.at(number); r != nil {
		r.state.Or(unsent)
	}
}
