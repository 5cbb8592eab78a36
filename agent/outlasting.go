package agent

import (
	"errors"
	"net"

	"github.com/imbench/imbench/faults"
)

// outlasting is a connection beneath TLS whose closing does not spoil what is
// above: TLS never reads again after an error that does not call itself
// temporary, and a connection that was parked may be revived.
type outlasting struct{ *faults.Conn }

func (c outlasting) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if errors.Is(err, net.ErrClosed) {
		err = perhapsClosed{err}
	}
	return n, err
}

// perhapsClosed is net.ErrClosed as a net.Error that is temporary.
type perhapsClosed struct{ error }

// Unwrap is for errors.Is.
func (e perhapsClosed) Unwrap() error { return e.error }

// Timeout says that it is none.
func (perhapsClosed) Timeout() bool { return false }

// Temporary is what TLS asks.
func (perhapsClosed) Temporary() bool { return true }
