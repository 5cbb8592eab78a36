package testserver

import (
	"errors"
	"time"

	"github.com/gorilla/websocket"
)

// dialect is what a session speaks: what frames mean, and what the manners of
// that system are. The session's reader calls its methods but for judge, which
// is the sweeper's, and farewell, which is called under the session's outbox.
type dialect interface {
	// handle does what a frame asks for. Text is UTF-8. body is only good
	// until handle returns.
	handle(s *session, kind int, body []byte, now time.Time)
	// refuse tells the client why it does not get its way, where the system
	// has words for that.
	refuse(s *session, r refusal, now time.Time)
	// judge says what is to be done about s at a time of the server's clock.
	judge(s *session, now time.Duration) verdict
	// farewell is the close frame for an ending; nil for none.
	farewell(e ending) frame
	// depart ends what s takes part in. It comes once, after the last frame.
	depart(s *session)
}

// envelopes is imbench's own dialect, of docs/reference-server.md.
type envelopes struct{}

// enter greets a session that has shaken hands as l.
func (envelopes) enter(s *session, l login) bool {
	if !s.server.bugs.waitToGreet(s.server.quit) {
		return false
	}
	if s.observer {
		s.server.presence.enter(s)
		return true
	}
	s.server.resumed(l.resumes, s.server.hub.enter(s, l))
	s.flush()
	s.server.presence.tell(s, true)
	return true
}

func (e envelopes) handle(s *session, kind int, body []byte, now time.Time) {
	if kind != websocket.TextMessage {
		e.answer(s, refusal{invalidFormat, "envelopes come in text frames"}, now)
		return
	}
	m, err := parse(body)
	if err == nil {
		err = s.obey(&m, now)
	}
	if err != nil {
		e.answer(s, err, now)
	}
}

// answer tells the client what came of its frame.
func (e envelopes) answer(s *session, err error, now time.Time) {
	var r refusal
	if errors.As(err, &r) {
		s.server.metrics.errors[r.code].Inc()
		e.refuse(s, r, now)
	}
}

func (envelopes) refuse(s *session, r refusal, now time.Time) {
	s.post(errorFrame(r, now.UnixMilli()))
}

func (envelopes) judge(s *session, now time.Duration) verdict {
	c := &s.server.cfg
	return judge(now, time.Duration(s.lastSeen.Load()), time.Duration(s.lastPing), c.PingEvery, c.ReapAfter)
}

func (envelopes) farewell(e ending) frame { return e.frame() }

func (envelopes) depart(s *session) {
	if s.observer {
		s.server.presence.leave(s)
		return
	}
	s.server.presence.tell(s, false)
	s.server.hub.exit(s)
}
