package memnet

import (
	"context"
	"fmt"
	"net"
	"sync"
	"syscall"
)

// backlog is how many connections wait to be accepted before Dial blocks. As
// with a real listener, Dial succeeds before Accept is called.
const backlog = 128

// Listener accepts the connections that Dial makes.
type Listener struct {
	mu      sync.Mutex
	changed sync.Cond // broadcast when waiting, dialled or closed changes
	waiting []*Conn   // dialled, not yet accepted
	dialled int       // names the dialling ends
	closed  bool
}

var _ net.Listener = (*Listener)(nil)

const listenAddr Addr = "mem:0"

// Listen returns a listener; the caller closes it.
func Listen() *Listener {
	l := &Listener{}
	l.changed.L = &l.mu
	return l
}

// Dial makes a connection and returns its near end; the far end comes out of
// Accept. It waits while the backlog of 128 is full. After Close it fails
// with syscall.ECONNREFUSED. Once it has returned, ctx has no effect on the
// connection.
func (l *Listener) Dial(ctx context.Context) (net.Conn, error) {
	stop := context.AfterFunc(ctx, l.wake)
	defer stop()
	l.mu.Lock()
	defer l.mu.Unlock()
	for !l.closed && len(l.waiting) >= backlog && ctx.Err() == nil {
		l.changed.Wait()
	}
	if l.closed {
		return nil, dialError(syscall.ECONNREFUSED)
	}
	if ctx.Err() != nil {
		return nil, dialError(ctx.Err())
	}
	l.dialled++
	near, far := pair(BufferSize, Addr(fmt.Sprintf("mem:%d", l.dialled)), listenAddr)
	l.waiting = append(l.waiting, far)
	l.changed.Broadcast()
	return near, nil
}

// DialContext is Dial in the shape that http.Transport and
// websocket.Dialer ask for; network and address are ignored.
func (l *Listener) DialContext(ctx context.Context, _, _ string) (net.Conn, error) {
	return l.Dial(ctx)
}

// Accept waits for a connection or, with net.ErrClosed, for Close.
func (l *Listener) Accept() (net.Conn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for !l.closed && len(l.waiting) == 0 {
		l.changed.Wait()
	}
	if l.closed {
		return nil, l.closedError("accept")
	}
	c := l.waiting[0]
	l.waiting[0] = nil
	l.waiting = l.waiting[1:]
	l.changed.Broadcast()
	return c, nil
}

// Close stops the listener. Connections that nobody accepted are reset;
// accepted ones live on.
func (l *Listener) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return l.closedError("close")
	}
	l.closed = true
	for _, c := range l.waiting {
		_ = c.Reset() // nobody else holds it, so it is open
	}
	l.waiting = nil
	l.changed.Broadcast()
	return nil
}

// Addr returns the listener's address, "mem:0".
func (l *Listener) Addr() net.Addr { return listenAddr }

// wake lets the dialling ones look at their context. It takes the lock so
// that none of them is between looking and waiting.
func (l *Listener) wake() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.changed.Broadcast()
}

func (l *Listener) closedError(op string) error {
	return &net.OpError{Op: op, Net: "mem", Addr: listenAddr, Err: net.ErrClosed}
}

func dialError(err error) error {
	return &net.OpError{Op: "dial", Net: "mem", Addr: listenAddr, Err: err}
}
