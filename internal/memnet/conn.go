package memnet

import (
	"errors"
	"io"
	"net"
	"sync"
	"syscall"
	"time"
)

// BufferSize is how many bytes wait in each direction of a connection before
// a Write blocks: 64 KiB.
const BufferSize = 64 << 10

// Addr is the address of a connection's end, like "mem:3". It has the form
// host:port, because servers take addresses apart.
type Addr string

// Network returns "mem".
func (Addr) Network() string { return "mem" }

func (a Addr) String() string { return string(a) }

// Conn is one end of a connection. Errors other than io.EOF come in a
// *net.OpError, as those of real connections do.
type Conn struct {
	in, out       *pipe
	local, remote Addr
	closing       sync.Once
}

var _ net.Conn = (*Conn)(nil)

// Pipe returns the two ends of a connection with BufferSize bytes of buffer
// in each direction.
func Pipe() (*Conn, *Conn) { return PipeSize(BufferSize) }

// PipeSize is Pipe with a buffer of size bytes in each direction; size is at
// least 1.
func PipeSize(size int) (*Conn, *Conn) { return pair(max(size, 1), "mem:1", "mem:2") }

func pair(size int, a, b Addr) (*Conn, *Conn) {
	ab, ba := newPipe(size), newPipe(size)
	return &Conn{in: ba, out: ab, local: a, remote: b},
		&Conn{in: ab, out: ba, local: b, remote: a}
}

// Read waits for at least one byte, the end or the deadline.
func (c *Conn) Read(b []byte) (int, error) {
	n, err := c.in.read(b)
	return n, c.wrap("read", err)
}

// Write returns when all of b is in the buffer. One Write's bytes stay
// together, whoever else writes.
func (c *Conn) Write(b []byte) (int, error) {
	n, err := c.out.write(b)
	return n, c.wrap("write", err)
}

// Close ends the connection. The peer reads what was sent, then io.EOF; when
// bytes were left unread here, then syscall.ECONNRESET, as with TCP.
func (c *Conn) Close() error {
	read, write := io.EOF, error(syscall.EPIPE)
	if c.in.unread() > 0 {
		read, write = syscall.ECONNRESET, syscall.ECONNRESET
	}
	return c.close(read, write)
}

// Reset ends the connection abruptly, as a TCP RST does: once the peer has
// read what had already arrived, its reads fail with syscall.ECONNRESET; its
// writes do so at once. Reads go on failing: unlike the kernel, which reports
// a reset once and io.EOF from then on, so that no test depends on who looked
// first.
func (c *Conn) Reset() error { return c.close(syscall.ECONNRESET, syscall.ECONNRESET) }

// close ends both directions; peerRead and peerWrite are what the peer meets.
func (c *Conn) close(peerRead, peerWrite error) error {
	err := net.ErrClosed
	c.closing.Do(func() {
		err = nil
		c.out.end(peerRead, net.ErrClosed)
		c.in.end(net.ErrClosed, peerWrite)
	})
	return c.wrap("close", err)
}

// CloseWrite sends the end of this direction: the peer reads what was sent,
// then io.EOF, and can go on writing.
func (c *Conn) CloseWrite() error {
	if c.out.ended() == net.ErrClosed {
		return c.wrap("close", net.ErrClosed)
	}
	c.out.end(io.EOF, syscall.EPIPE)
	return nil
}

// LocalAddr returns this end's address.
func (c *Conn) LocalAddr() net.Addr { return c.local }

// RemoteAddr returns the other end's address.
func (c *Conn) RemoteAddr() net.Addr { return c.remote }

// SetDeadline sets both deadlines.
func (c *Conn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}

// SetReadDeadline makes reads fail from t on with os.ErrDeadlineExceeded; the
// zero time takes the deadline away.
func (c *Conn) SetReadDeadline(t time.Time) error {
	return c.wrap("set", c.in.setDeadline(&c.in.readDeadline, &c.in.readEnd, t))
}

// SetWriteDeadline makes writes fail from t on with os.ErrDeadlineExceeded;
// the zero time takes the deadline away.
func (c *Conn) SetWriteDeadline(t time.Time) error {
	return c.wrap("set", c.out.setDeadline(&c.out.writeDeadline, &c.out.writeEnd, t))
}

func (c *Conn) wrap(op string, err error) error {
	if err == nil || err == io.EOF {
		return err
	}
	return &net.OpError{Op: op, Net: "mem", Source: c.local, Addr: c.remote, Err: err}
}
