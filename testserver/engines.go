package testserver

import (
	"encoding/base64"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"
)

// engines are the Engine.IO sessions there are, and the namespaces that their
// clients meet in.
type engines struct {
	namespaces [numNamespaces]*namespace
	names      nameMaker

	mu       sync.Mutex
	list     []*engine
	bySID    map[string]*engine
	draining bool
}

func newEngines(s *Server, seed [32]byte) *engines {
	r := &engines{bySID: map[string]*engine{}, names: nameMaker{source: rand.NewChaCha8(seed)}}
	for i, name := range []string{"/", "/chat"} {
		r.namespaces[i] = &namespace{
			name: name, index: i, epoch: s.hub.epoch, bugs: s.bugs, names: &r.names,
			past:  history{limit: s.cfg.History, bytes: s.hub.bytes},
			rooms: map[string][]*socket{}, away: map[string]*absentee{}, maxAway: s.cfg.MaxConns, awayFor: s.cfg.HistoryFor,
		}
	}
	return r
}

// namespace finds one by its name; nil if there is none of it.
func (r *engines) namespace(name string) *namespace {
	for _, n := range r.namespaces {
		if n.name == name {
			return n
		}
	}
	return nil
}

// newEngine makes a session of a request; it is not registered yet.
func (s *Server) newEngine(r *http.Request, now time.Time) *engine {
	e := &engine{server: s, sid: s.engines.names.next(), opened: now.Sub(s.start), quota: s.cfg.newQuota()}
	e.trusted = s.authorized(r, r.URL.Query().Get("token"))
	e.lastPong.Store(int64(e.opened))
	return e
}

// add registers a session; it reports false when the server is shutting down.
func (r *engines) add(e *engine) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.draining {
		return false
	}
	r.list = withMember(r.list, e)
	r.bySID[e.sid] = e
	return true
}

func (r *engines) find(sid string) *engine {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.bySID[sid]
}

// remove is the end of add; it may come without it.
func (r *engines) remove(e *engine) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.bySID[e.sid] != e {
		return
	}
	r.list = withoutMember(r.list, e)
	delete(r.bySID, e.sid)
}

// snapshot appends all sessions to buf.
func (r *engines) snapshot(buf []*engine) []*engine {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append(buf, r.list...)
}

// visit looks at all sessions in turn; buf is memory to use.
func (r *engines) visit(buf []*engine, now time.Duration) []*engine {
	buf = r.snapshot(buf[:0])
	for _, e := range buf {
		e.visit(now)
	}
	clear(buf)
	return buf
}

// expire forgets who has been away for long.
func (r *engines) expire(now time.Time) {
	for _, n := range r.namespaces {
		n.expire(now)
	}
}

// shut lets nobody in any more and ends the sessions that poll. Those with a
// WebSocket end with it.
func (r *engines) shut() {
	r.mu.Lock()
	r.draining = true
	r.mu.Unlock()
	for _, e := range r.snapshot(nil) {
		e.close(shutdown)
		if e.ws.Load() == nil {
			e.leave(shutdown)
		}
	}
}

// nameMaker makes names that nobody can guess. It is safe for concurrent use.
type nameMaker struct {
	mu     sync.Mutex
	source *rand.ChaCha8
}

// next returns 20 characters.
func (m *nameMaker) next() string {
	var b [15]byte
	m.mu.Lock()
	_, _ = m.source.Read(b[:]) // does not fail
	m.mu.Unlock()
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// appendShort appends 5 characters of a to z and 0 to 9.
func (m *nameMaker) appendShort(b []byte) []byte {
	const digits = "0123456789abcdefghijklmnopqrstuvwxyz"
	m.mu.Lock()
	n := m.source.Uint64()
	m.mu.Unlock()
	for range 5 {
		b = append(b, digits[n%36])
		n /= 36
	}
	return b
}
