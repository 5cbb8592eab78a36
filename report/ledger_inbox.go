package report

import (
	"slices"
	"sort"
)

// Inbox is one receiver's memory of what it got, over all its connections. The
// zero Inbox is empty and ready. It takes 32 bytes; 32 more for every further
// origin it hears from, and 8 for every gap. It must be used by one goroutine
// at a time, and not be copied once used.
type Inbox struct {
	first  window // of the origin it heard from first: with rooms, usually the only one
	others *[]window
}

const inboxBytes = 32

// window is what an inbox has of one origin's stream.
type window struct {
	next      uint32 // every ordinal below was received, is in a hole, or was none for this receiver
	top       uint32 // number of the message with ordinal next-1
	recovered uint32 // how many came only after a reconnect
	origin    uint16 // 1 + origin; 0 while unused
	holes     *holes // nil while there never was one
}

// holes are the ordinals not received, ascending and apart.
type holes struct{ spans []span }

// span is the ordinals from lo up to, not including, hi.
type span struct{ lo, hi uint32 }

// of returns the window of an origin, a new one if there is none yet.
func (in *Inbox) of(origin uint8) *window {
	key := uint16(origin) + 1
	if in.first.origin == key {
		return &in.first
	}
	if w := in.find(origin); w != nil {
		return w
	}
	if in.first.origin == 0 {
		in.first.origin = key
		return &in.first
	}
	if in.others == nil {
		in.others = new([]window)
	}
	*in.others = append(*in.others, window{origin: key})
	return &(*in.others)[len(*in.others)-1]
}

// find returns the window of an origin, nil if nothing came from it.
func (in *Inbox) find(origin uint8) *window {
	if in == nil {
		return nil
	}
	key := uint16(origin) + 1
	if in.first.origin == key {
		return &in.first
	}
	if in.others != nil {
		for i := range *in.others {
			if w := &(*in.others)[i]; w.origin == key {
				return w
			}
		}
	}
	return nil
}

// skipLook is how far back skip looks for ordinals that are not this
// receiver's. Beyond, they stay in the hole, where Judge leaves them out.
const skipLook = 64

// skip makes the ordinals from w.next to r's a hole. Those that are not owed to
// receiver (its own messages, and what was not sent after all) are left out, so
// that a client's own messages do not fill its memory with holes.
func (w *window) skip(g *Log, r *record, receiver uint32) {
	if r.ordinal-w.next > skipLook {
		w.lack(span{w.next, r.ordinal})
		return
	}
	var found [skipLook]span // from the highest down
	n, open := 0, false      // open: the lowest span found goes on downwards
	for m := r; m.ordinal > w.next; {
		m = g.at(m.before - 1)
		owed := g.ledger.hears(receiver, m) && m.state.Load()&unsent == 0
		switch {
		case owed && open:
			found[n-1].lo = m.ordinal
		case owed:
			found[n] = span{m.ordinal, m.ordinal + 1}
			n++
		}
		open = owed
	}
	for n > 0 {
		n--
		w.lack(found[n])
	}
}

// lack adds a span above all others.
func (w *window) lack(s span) {
	if w.holes == nil {
		w.holes = new(holes)
	}
	w.holes.spans = append(w.holes.spans, s)
}

// spansKept is how much room for holes an inbox keeps when it has none left.
const spansKept = 8

// fill takes an ordinal out of its hole; it reports whether there was one.
func (w *window) fill(ordinal uint32) bool {
	if w.holes == nil {
		return false
	}
	h := w.holes
	i := h.search(ordinal)
	if i == len(h.spans) || ordinal < h.spans[i].lo {
		return false
	}
	switch s := &h.spans[i]; {
	case s.lo+1 == s.hi && len(h.spans) == 1 && cap(h.spans) > spansKept:
		w.holes = nil
	case s.lo+1 == s.hi:
		h.spans = slices.Delete(h.spans, i, i+1)
	case ordinal == s.lo:
		s.lo++
	case ordinal == s.hi-1:
		s.hi--
	default:
		rest := span{ordinal + 1, s.hi}
		s.hi = ordinal
		h.spans = slices.Insert(h.spans, i+1, rest)
	}
	return true
}

// search returns the first span that ends after ordinal.
func (h *holes) search(ordinal uint32) int {
	if n := len(h.spans); n == 0 || h.spans[n-1].hi <= ordinal {
		return n
	}
	return sort.Search(len(h.spans), func(i int) bool { return h.spans[i].hi > ordinal })
}

// got reports whether an ordinal below w.next that is owed to the receiver was
// received.
func (w *window) got(ordinal uint32) bool {
	if w.holes == nil {
		return true
	}
	i := w.holes.search(ordinal)
	return i == len(w.holes.spans) || ordinal < w.holes.spans[i].lo
}

// chainLook bounds how many later messages of a sender are looked at to find
// one that overtook; a message that comes later than that counts as in order.
const chainLook = 4096

// overtook reports whether a message that the sender sent to the same
// destination after r has come already. r came late and has just been filled in.
func (w *window) overtook(g *Log, r *record) bool {
	if g.at(w.top).sender == r.sender {
		return true
	}
	next := r.next.Load()
	for range chainLook {
		if next == 0 || next-1 > w.top {
			return false // nothing that was sent later has come
		}
		later := g.at(next - 1)
		if later.dest == r.dest && later.state.Load()&unsent == 0 && w.got(later.ordinal) {
			return true
		}
		next = later.next.Load()
	}
	return false
}
