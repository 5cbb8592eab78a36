package memnet

import "time"

// deadline is a time after which one end of a pipe no longer waits. It is
// guarded by the pipe's mutex.
type deadline struct {
	passed bool
	timer  *time.Timer
	turn   int // counts settings, so that a late timer of an earlier one is ignored
}

// set replaces the deadline; the zero time takes it away. The caller holds
// p.mu.
func (d *deadline) set(t time.Time, p *pipe) {
	d.stop()
	if t.IsZero() {
		return
	}
	left := time.Until(t)
	if left <= 0 {
		d.passed = true
		return
	}
	turn := d.turn
	d.timer = time.AfterFunc(left, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if d.turn == turn {
			d.passed = true
			p.changed.Broadcast()
		}
	})
}

// stop takes the deadline away. The caller holds the pipe's mutex.
func (d *deadline) stop() {
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
	d.turn++
	d.passed = false
}
