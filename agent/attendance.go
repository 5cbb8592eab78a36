package agent

import "sync"

// attendance counts the clients online, and remembers the fewest there were
// since it was last asked: who is back within a second was away all the same.
// Safe for concurrent use.
type attendance struct {
	mu     sync.Mutex // taken when a client comes or goes
	online int64
	fewest int64
}

func (a *attendance) come() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.online++
}

func (a *attendance) leave() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.online--
	a.fewest = min(a.fewest, a.online)
}

func (a *attendance) now() int64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.online
}

// look returns how many are online, and the fewest since the last look.
func (a *attendance) look() (online, fewest int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	fewest = min(a.fewest, a.online)
	a.fewest = a.online
	return a.online, fewest
}
