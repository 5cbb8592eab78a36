package memnet

import (
	"context"
	"errors"
	"io"
	"net"
	"runtime"
	"syscall"
	"testing"
	"time"
)

// ends is what memnet and TCP connections have in common here.
type ends interface {
	net.Conn
	CloseWrite() error
}

type tcpEnds struct{ *net.TCPConn }

func (c tcpEnds) Reset() error { return errors.Join(c.SetLinger(0), c.Close()) }

// TestEndsAsTheKernelDoes makes each ending on a loopback TCP connection and
// on one in memory and asks for the same picture.
func TestEndsAsTheKernelDoes(t *testing.T) {
	reset := func(c ends) error { return c.(interface{ Reset() error }).Reset() }
	tests := []struct {
		name string
		end  func(near, far ends) error
		read string // what the far end reads before it meets ...
		err  error
	}{
		{"close: what was sent, then EOF",
			func(near, _ ends) error { return near.Close() }, "sent", io.EOF},
		{"close with bytes unread: what was sent, then a reset",
			func(near, far ends) error {
				if _, err := far.Write([]byte("unread")); err != nil {
					return err
				}
				return errors.Join(arrived(near), near.Close())
			}, "sent", syscall.ECONNRESET},
		{"reset: what had arrived, then a reset",
			func(near, _ ends) error { return reset(near) }, "sent", syscall.ECONNRESET},
		{"half close: what was sent, then EOF",
			func(near, _ ends) error { return near.CloseWrite() }, "sent", io.EOF},
		{"half close, then reset: what was sent, then EOF",
			func(near, _ ends) error { return errors.Join(near.CloseWrite(), reset(near)) },
			"sent", io.EOF},
	}
	networks := map[string]func(*testing.T) (near, far ends){
		"memory": func(*testing.T) (ends, ends) { return Pipe() },
	}
	if runtime.GOOS == "linux" {
		networks["tcp"] = tcpPair
	}
	for _, tt := range tests {
		for network, dial := range networks {
			t.Run(tt.name+"/"+network, func(t *testing.T) {
				near, far := dial(t)
				defer near.Close()
				defer far.Close()
				if _, err := near.Write([]byte("sent")); err != nil {
					t.Fatal(err)
				}
				if err := arrived(far); err != nil {
					t.Fatal(err)
				}
				if err := tt.end(near, far); err != nil {
					t.Fatal(err)
				}
				_ = far.SetDeadline(time.Now().Add(10 * time.Second))
				got, err := io.ReadAll(far)
				if tt.err == io.EOF {
					tt.err = nil // as ReadAll reports it
				}
				if string(got) != tt.read || !errors.Is(err, tt.err) {
					t.Errorf("read %q, then %v; want %q, then %v", got, err, tt.read, tt.err)
				}
			})
		}
	}
}

func TestWritesAfterTheEndFail(t *testing.T) {
	tests := []struct {
		name string
		end  func(near, far *Conn) error
		err  error
	}{
		{"the peer closed", func(_, far *Conn) error { return far.Close() }, syscall.EPIPE},
		{"the peer reset", func(_, far *Conn) error { return far.Reset() }, syscall.ECONNRESET},
		{"this side closed its writing", func(near, _ *Conn) error { return near.CloseWrite() }, syscall.EPIPE},
		{"this side closed", func(near, _ *Conn) error { return near.Close() }, net.ErrClosed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			near, far := Pipe()
			if err := tt.end(near, far); err != nil {
				t.Fatal(err)
			}
			if _, err := near.Write([]byte("x")); !errors.Is(err, tt.err) {
				t.Errorf("Write fails with %v; want %v", err, tt.err)
			}
		})
	}
}

func TestAHalfClosedConnectionGoesOnTheOtherWay(t *testing.T) {
	near, far := Pipe()
	defer near.Close()
	if err := near.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if _, err := far.Write([]byte("answer")); err != nil {
		t.Fatal(err)
	}
	if err := far.Close(); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(near); string(got) != "answer" || err != nil {
		t.Errorf("read %q, %v; want the answer", got, err)
	}
}

// arrived waits until c has something to read, and leaves it there.
func arrived(c ends) error {
	switch c := c.(type) {
	case tcpEnds:
		raw, err := c.SyscallConn()
		if err != nil {
			return err
		}
		var peekErr error
		err = raw.Read(func(fd uintptr) bool {
			_, _, peekErr = syscall.Recvfrom(int(fd), make([]byte, 1), syscall.MSG_PEEK)
			return !errors.Is(peekErr, syscall.EAGAIN)
		})
		return errors.Join(err, peekErr)
	default:
		return nil // a Write in memory has arrived when it returns
	}
}

func tcpPair(t *testing.T) (near, far ends) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	a, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	b, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	return tcpEnds{a.(*net.TCPConn)}, tcpEnds{b.(*net.TCPConn)}
}
