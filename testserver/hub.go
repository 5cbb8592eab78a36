package testserver

import (
	"sync"
	"time"
)

// hub knows who is here and which streams there are.
type hub struct {
	epoch      uint16
	history    int
	historyFor time.Duration
	maxIdle    int
	bytes      *budget
	bugs       *bugs
	all        *stream

	mu       sync.RWMutex
	sessions []*session
	clients  map[string]*account
	rooms    map[string]*stream
	idle     int    // rooms and accounts without users
	floor    uint64 // ordinals up to here were given by streams since forgotten
	draining bool
}

// account is a client that is online or was lately.
type account struct {
	session *session // the latest; nil while offline
	direct  *stream
}

func newHub(c Config, epoch uint16, b *bugs) *hub {
	h := &hub{
		epoch: epoch, history: c.History, historyFor: c.HistoryFor, maxIdle: c.MaxConns,
		bytes: &budget{limit: int64(c.HistoryBytes)}, bugs: b,
		clients: map[string]*account{}, rooms: map[string]*stream{},
	}
	h.all = h.newStream(allStream, "")
	return h
}

// newStream starts where no forgotten stream of the same name can have ended,
// so that an old offset never hides a new message.
func (h *hub) newStream(kind byte, name string) *stream {
	return &stream{
		kind: kind, name: name, epoch: h.epoch, bugs: h.bugs, last: h.floor,
		past: history{limit: h.history, bytes: h.bytes},
	}
}

// admit registers a session that has shaken hands. It reports false when the
// server is shutting down.
func (h *hub) admit(s *session) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.draining {
		return false
	}
	h.sessions = withMember(h.sessions, s)
	s.server.readers.Add(1)
	return true
}

// enter logs s in: it takes over from an older session of the same client,
// greets s, replays what it missed and makes it a member of its streams.
func (h *hub) enter(s *session, l login) (replayed int) {
	h.mu.Lock()
	a := h.account(s.client)
	old := a.session
	a.session = s
	streams := []*stream{h.all, a.direct}
	from := []*offset{l.offsets.all, l.offsets.direct}
	if l.room != "" {
		streams, from = append(streams, h.room(l.room)), append(from, l.offsets.room)
	}
	for _, st := range streams {
		h.use(st)
	}
	h.mu.Unlock()
	if old != nil && !h.bugs.keepsDead() {
		old.close(superseded)
	}

	starts := make([]offset, len(streams))
	for i, st := range streams {
		st.mu.Lock()
		starts[i] = st.start(from[i])
	}
	defer func() {
		for _, st := range streams {
			st.mu.Unlock()
		}
	}()
	s.post(greetingFrame(s.id, time.Now().UnixMilli(), starts))
	for i, st := range streams {
		m, n := st.join(s, starts[i])
		s.joined = append(s.joined, m)
		replayed += n
	}
	return replayed
}

// join makes s a member of one more room and answers it, before any replay.
func (h *hub) join(s *session, room string, from *offset) (replayed int) {
	h.mu.Lock()
	st := h.room(room)
	h.use(st)
	h.mu.Unlock()

	st.mu.Lock()
	defer st.mu.Unlock()
	start := st.start(from)
	s.post(noticeFrame(s.id, "joined", room, time.Now().UnixMilli(), start))
	m, replayed := st.join(s, start)
	s.joined = append(s.joined, m)
	return replayed
}

// leave ends one membership of s.
func (h *hub) leave(m *member) {
	m.leave()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.unuse(m.stream)
}

// exit ends all memberships of s, and its login if no other took its place.
func (h *hub) exit(s *session) {
	for _, m := range s.joined {
		m.leave()
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if a := h.clients[s.client]; a != nil && a.session == s {
		a.session = nil
	}
	for _, m := range s.joined {
		h.unuse(m.stream)
	}
	s.joined = nil
}

// remove is the end of admit: the session's connection is closed.
func (h *hub) remove(s *session) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.sessions = withoutMember(h.sessions, s)
}

// direct finds the stream of a client's direct messages; nil if the client is
// not, and was not lately, here.
func (h *hub) direct(client []byte) *stream {
	h.mu.RLock()
	defer h.mu.RUnlock()
	if a := h.clients[string(client)]; a != nil {
		return a.direct
	}
	return nil
}

// snapshot appends all sessions to buf, those included that are saying goodbye.
func (h *hub) snapshot(buf []*session) []*session {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return append(buf, h.sessions...)
}

// close lets nobody in any more and returns who is in.
func (h *hub) close() []*session {
	h.mu.Lock()
	h.draining = true
	h.mu.Unlock()
	return h.snapshot(nil)
}

// account and room find or make; the caller holds h.mu.
func (h *hub) account(client string) *account {
	a := h.clients[client]
	if a == nil {
		a = &account{direct: h.newStream(directStream, client)}
		h.clients[client] = a
		h.idle++
	}
	return a
}

func (h *hub) room(name string) *stream {
	st := h.rooms[name]
	if st == nil {
		st = h.newStream(roomStream, name)
		st.late = h.bugs.delayFor(st)
		h.rooms[name] = st
		h.idle++
	}
	return st
}

// use and unuse keep a stream from expiring; the caller holds h.mu.
func (h *hub) use(st *stream) {
	if st.users++; st.users == 1 && st != h.all {
		h.idle--
	}
}

func (h *hub) unuse(st *stream) {
	if st.users--; st.users > 0 || st == h.all {
		return
	}
	h.idle++
	st.idleSince = time.Now()
	if h.idle > h.maxIdle {
		h.forget(st)
	}
}

// forget drops an unused stream; the caller holds h.mu.
func (h *hub) forget(st *stream) {
	h.floor = max(h.floor, st.retire())
	h.idle--
	if st.kind == roomStream {
		delete(h.rooms, st.name)
	} else {
		delete(h.clients, st.name)
	}
}

// expire forgets the streams that nobody has used for long.
func (h *hub) expire(now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, st := range h.rooms {
		h.expireOne(st, now)
	}
	for _, a := range h.clients {
		h.expireOne(a.direct, now)
	}
}

func (h *hub) expireOne(st *stream, now time.Time) {
	if st.users == 0 && now.Sub(st.idleSince) >= h.historyFor {
		h.forget(st)
	}
}
