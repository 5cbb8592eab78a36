package testserver

import "time"

// How frames get from an outbox to the socket. There is at most one writer a
// connection: its reader, as long as the socket takes everything at once, or
// else a goroutine that ends with the outbox empty.

// post puts f into the outbox for the session's own reader to write, which it
// does when it has dealt with the frame in hand.
func (s *session) post(f frame) {
	s.out.mu.Lock()
	defer s.out.mu.Unlock()
	s.add(f)
}

// replay is post beyond the limit of the queue: what is replayed is bounded by
// the history.
func (s *session) replay(f frame) {
	s.out.mu.Lock()
	defer s.out.mu.Unlock()
	s.out.extra++
	s.add(f)
}

// send puts f into the outbox and sees to it that somebody writes it. It does
// not block.
func (s *session) send(f frame) {
	s.out.mu.Lock()
	s.add(f)
	begin := s.out.begin()
	s.out.mu.Unlock()
	if begin {
		go s.write(s.server.writer())
	}
}

// add is where the queue's bound is kept; the caller holds s.out.mu.
func (s *session) add(f frame) {
	o := &s.out
	if o.shut {
		return
	}
	if o.waiting() >= s.limit()+o.extra {
		if s.server.cfg.SlowConsumer == CloseSlow && !s.server.bugs.keepsDead() {
			s.server.metrics.dropped.Add(float64(o.waiting() + 1))
			o.discard()
			s.closeLocked(tooSlow)
			return
		}
		s.server.metrics.dropped.Inc()
		o.pop()
	}
	o.push(f)
}

// limit is how many frames may wait. Observers hear of everybody, so a storm is
// to them what a message to all is to the others, many times over.
func (s *session) limit() int {
	if s.observer {
		return 64 * s.server.cfg.Queue
	}
	return s.server.cfg.Queue
}

// flush writes what waits, as far as the socket takes it at once, and leaves
// the rest to a goroutine. Only the session's reader calls it.
func (s *session) flush() {
	s.out.mu.Lock()
	begin := s.out.begin()
	s.out.mu.Unlock()
	if !begin {
		return
	}
	w := s.server.writer()
	for s.out.take(w) {
		if s.raw != nil {
			if err := w.try(s.raw); err != nil {
				s.broken()
				break
			}
		}
		if len(w.out) > 0 {
			go s.write(w)
			return
		}
	}
	s.server.putWriter(w)
}

// write is the writer: what is left in w, then what waits, until nothing does.
// It may block as long as the client does not read and the connection lives.
func (s *session) write(w *writer) {
	for len(w.out) > 0 || s.out.take(w) {
		if _, err := s.conn.Write(w.out); err != nil {
			s.broken()
			break
		}
		w.out = nil
	}
	s.server.putWriter(w)
}

// broken is the writer's end when the connection failed: nothing more can be
// sent, and the reader shall notice.
func (s *session) broken() {
	s.out.mu.Lock()
	defer s.out.mu.Unlock()
	s.out.shut = true
	s.out.discard()
	s.out.end()
	_ = s.conn.SetReadDeadline(longAgo) // fails only if the connection is closed already
}

// longAgo as a deadline ends a blocked call at once.
var longAgo = time.Unix(1, 0)

// lastWords writes what waits, for at most goodbye, and lets nothing more into
// the outbox. Only the session's reader calls it, at its end.
func (s *session) lastWords() {
	_ = s.conn.SetWriteDeadline(time.Now().Add(goodbye))
	s.out.mu.Lock()
	s.out.shut = true
	begin, idle := s.out.begin(), s.out.idle
	if !begin && s.out.writing {
		idle = make(chan struct{})
		s.out.idle = idle
	}
	s.out.mu.Unlock()
	if begin {
		s.write(s.server.writer())
	} else if idle != nil {
		<-idle
	}
}
