package testserver

import (
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// crowd is the clients of a system without rooms, ids or history: what one of
// them says goes to the others as it is.
type crowd struct {
	bugs *bugs

	mu      sync.Mutex
	members []*speaker
}

// speaker is the part of a session in a crowd. By itself it is the dialect of a
// system whose frames are text and nothing else.
type speaker struct {
	seat    // in the crowd
	crowd   *crowd
	session *session
	circle  string // only those of the same, and those of none, hear it
}

func (c *crowd) join(m *speaker) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.members = withMember(c.members, m)
}

func (c *crowd) leave(m *speaker) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.members = withoutMember(c.members, m)
}

// tell sends f to the others of a circle and returns how many those were.
func (c *crowd) tell(from *speaker, circle string, f frame) (receivers int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, to := range c.members {
		if to == from || to.circle != "" && circle != "" && to.circle != circle {
			continue
		}
		receivers++
		if c.bugs != nil {
			c.bugs.deliver(to.session.held, f, from.session.id)
		} else {
			to.session.send(f)
		}
	}
	return receivers
}

// enter joins a session that has shaken hands, and greets it.
func (m *speaker) enter(s *session, greeting string) bool {
	if !s.server.bugs.waitToGreet(s.server.quit) {
		return false
	}
	m.session = s
	if greeting != "" {
		s.post(controlFrame(websocket.TextMessage, greeting))
	}
	m.crowd.join(m)
	return true
}

func (m *speaker) handle(_ *session, kind int, body []byte, _ time.Time) {
	m.relay(m.circle, kind, body)
}

// relay passes a frame on.
func (m *speaker) relay(circle string, kind int, body []byte) {
	s := m.session.server
	s.metrics.messages.Inc()
	s.bugs.toil(s.quit)
	if s.bugs.losesNow() {
		return
	}
	f := finish(byte(kind), append(startFrame(len(body)), body...))
	s.metrics.deliveries.Add(float64(m.crowd.tell(m, circle, f)))
}

// refuse says nothing: these systems have no word for it.
func (*speaker) refuse(*session, refusal, time.Time) {}

func (*speaker) judge(s *session, now time.Duration) verdict { return envelopes{}.judge(s, now) }

func (*speaker) farewell(e ending) frame { return e.frame() }

func (m *speaker) depart(*session) { m.crowd.leave(m) }

// invite lets a request into a system without logins: all that is asked for is
// the token, if any.
func (s *Server) invite(w http.ResponseWriter, r *http.Request, g guest) {
	switch {
	case s.draining.Load():
		s.reject(w, &rejection{http.StatusServiceUnavailable, "shutting_down", "shutting down"})
	case !s.authorized(r, r.URL.Query().Get("token")):
		s.reject(w, &rejection{http.StatusUnauthorized, "token", "wrong or missing token"})
	default:
		s.accept(w, r, g)
	}
}

// ionicService is a system of text frames, each to all others.
func (s *Server) ionicService(w http.ResponseWriter, r *http.Request) {
	m := &speaker{crowd: &s.ionic}
	s.invite(w, r, guest{speaks: m, enter: func(c *session) bool { return m.enter(c, "") }})
}
