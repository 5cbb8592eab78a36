package testserver

import "time"

// maxRooms is how many rooms a client can be in.
const maxRooms = 64

// obey does what a valid envelope asks for. Its error is a refusal.
func (s *session) obey(m *inbound, now time.Time) error {
	switch m.event {
	case heartbeatEvent:
		s.server.metrics.heartbeats.Inc()
		if !s.server.bugs.leavesBeatsUnanswered() {
			s.post(heartbeatAckFrame(m.timestamp))
		}
		return nil
	case joinEvent:
		return s.join(m)
	case leaveEvent:
		return s.leave(string(m.room), now)
	default:
		return s.relay(m, now)
	}
}

// relay sends a message on, then confirms it: a client that has the ack knows
// that the message is in the history and on its way to everybody.
func (s *session) relay(m *inbound, now time.Time) error {
	st, err := s.target(m)
	if err != nil {
		return err
	}
	s.server.metrics.messages.Inc()
	s.server.bugs.toil(s.server.quit)
	switch {
	case s.server.bugs.losesNow():
	case st.late != nil:
		st.late.publish(s, m)
	default:
		s.server.metrics.deliveries.Add(float64(st.publish(s, m)))
	}
	if m.ack {
		s.server.metrics.acks.Inc()
		s.post(ackFrame(m.id, now.UnixMilli()))
	}
	return nil
}

// target is the stream that a message is for.
func (s *session) target(m *inbound) (*stream, error) {
	switch {
	case s.observer:
		return nil, refusal{forbidden, "observers do not chat"}
	case m.all:
		return s.server.hub.all, nil
	case len(m.to) > 0:
		if st := s.server.hub.direct(m.to); st != nil {
			return st, nil
		}
		return nil, refusal{unknownClient, "nobody of that name is or was lately here"}
	}
	if mine := s.membership(string(m.room)); mine != nil {
		return mine.stream, nil
	}
	return nil, refusal{notAMember, "join the room first"}
}

// membership is this session's place in a room; nil if it has none.
func (s *session) membership(room string) *member {
	for _, m := range s.joined {
		if m.stream.kind == roomStream && m.stream.name == room {
			return m
		}
	}
	return nil
}

func (s *session) join(m *inbound) error {
	at, err := parseOffsets(m.offset)
	switch {
	case err != nil:
		return err
	case s.observer:
		return refusal{forbidden, "observers do not chat"}
	case s.membership(string(m.room)) != nil:
		return malformed("already in that room")
	case len(s.joined) >= maxRooms:
		return malformed("in %d rooms already; leave one first", maxRooms)
	}
	s.server.resumed(m.offset, s.server.hub.join(s, string(m.room), at.room))
	return nil
}

func (s *session) leave(room string, now time.Time) error {
	for i, m := range s.joined {
		if m.stream.kind == roomStream && m.stream.name == room {
			s.server.hub.leave(m)
			s.joined = append(s.joined[:i], s.joined[i+1:]...)
			m.stream.mu.Lock()
			at := m.stream.start(nil)
			m.stream.mu.Unlock()
			s.post(noticeFrame(s.id, "left", room, now.UnixMilli(), at))
			return nil
		}
	}
	return refusal{notAMember, "not in that room"}
}
