package testserver

import (
	"sync"
	"time"
)

// stream is one order of messages: a room's, a client's direct messages, or
// those to all. Whoever holds mu sees no message half delivered: it has its
// ordinal, is in the history and in every member's outbox, or none of these.
type stream struct {
	kind  byte
	name  string // of the room, or of the client
	epoch uint16
	bugs  *bugs // nil for none

	mu      sync.Mutex
	last    uint64 // ordinal of the last message
	past    history
	members []*member
	late    *delayLine // a bug; nil for none

	// The hub's lock guards these.
	users     int       // sessions that are, or are about to become, members
	idleSince time.Time // when users became 0
}

// member is one session's place in one stream.
type member struct {
	seat    // in the stream
	session *session
	stream  *stream
}

// publish numbers m and hands it to the members, in room and all to those
// other than the sender. It returns how many that were. It never blocks on a
// receiver.
func (st *stream) publish(from *session, m *inbound) (receivers int) {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.last++
	f := messageFrame(st, from.client, m, st.last)
	if st.kind != directStream || st.name != from.client { // nobody is replayed his own
		st.past.add(past{ordinal: st.last, sender: from.client, frame: f})
	}
	for _, to := range st.members {
		if st.kind != directStream && to.session.client == from.client {
			continue
		}
		receivers++
		switch {
		case st.bugs != nil:
			st.bugs.deliver(to.session.held, f, from.client)
		case to.session == from:
			from.post(f) // whose reader, now busy here, will write it
		default:
			to.session.send(f)
		}
	}
	return receivers
}

// start is where a session that joins now begins: everything after it is sent
// to it. Without an offset given, that is the present. An offset of another
// epoch, or of a future that this server forgot, gets all there is. The caller
// holds st.mu.
func (st *stream) start(given *offset) offset {
	at := offset{st.kind, st.epoch, st.last}
	switch {
	case given == nil:
	case given.epoch != st.epoch || given.ordinal > st.last:
		at.ordinal = 0
	default:
		at.ordinal = given.ordinal
	}
	return at
}

// join makes s a member, after replaying what came after from. The caller has
// held st.mu since it asked for start, so that whatever s gets from now on
// continues where the replay ended.
func (st *stream) join(s *session, from offset) (m *member, replayed int) {
	for p := range st.past.after(from.ordinal) {
		if p.sender != s.client {
			s.replay(p.frame)
			replayed++
		}
	}
	m = &member{session: s, stream: st}
	st.members = withMember(st.members, m)
	return m, replayed
}

// leave ends a membership.
func (m *member) leave() {
	st := m.stream
	st.mu.Lock()
	defer st.mu.Unlock()
	st.members = withoutMember(st.members, m)
}

// retire forgets the history for good and returns the last ordinal.
func (st *stream) retire() uint64 {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.past.clear()
	st.past.limit = 0 // for a publisher that looked the stream up just before
	return st.last
}
