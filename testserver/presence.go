package testserver

import (
	"slices"
	"sync"
	"time"
)

// presence tells observers who comes and goes, from the moment they log in. A
// client is online from its greeting until its connection has ended, by
// whatever means; each of its connections is named by its own session.
type presence struct {
	mu        sync.Mutex
	observers []*session
}

// enter greets an observer; what it is told afterwards is all that happens.
func (p *presence) enter(s *session) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s.post(greetingFrame(s.id, time.Now().UnixMilli(), nil))
	p.observers = append(p.observers, s)
}

func (p *presence) leave(s *session) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if i := slices.Index(p.observers, s); i >= 0 {
		p.observers = slices.Delete(p.observers, i, i+1)
	}
}

func (p *presence) tell(s *session, online bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.observers) == 0 {
		return
	}
	f := presenceFrame(s.id, s.client, online, time.Now().UnixMilli())
	for _, to := range p.observers {
		to.send(f)
	}
}
