package agent

import "sync"

// pool lends values that are made when there is none to lend. Safe for
// concurrent use.
type pool[T any] struct{ lent sync.Pool }

func (p *pool[T]) get() *T {
	if v, ok := p.lent.Get().(*T); ok {
		return v
	}
	return new(T)
}

func (p *pool[T]) put(v *T) { p.lent.Put(v) }
