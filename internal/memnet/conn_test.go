package memnet

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/net/nettest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestConnIsANetConn(t *testing.T) {
	for name, size := range map[string]int{"roomy": BufferSize, "narrow": 7} {
		t.Run(name, func(t *testing.T) {
			nettest.TestConn(t, func() (a, b net.Conn, stop func(), err error) {
				a, b = PipeSize(size)
				return a, b, func() { _, _ = a.Close(), b.Close() }, nil
			})
		})
	}
}

func TestWriteReturnsWithoutAReader(t *testing.T) {
	a, b := Pipe()
	defer b.Close()
	sent := bytes.Repeat([]byte("0123456789abcdef"), BufferSize/16)
	if n, err := a.Write(sent); n != len(sent) || err != nil {
		t.Fatalf("Write = %d, %v; a full buffer fits", n, err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(b)
	if err != nil || !bytes.Equal(got, sent) {
		t.Fatalf("read %d bytes, %v; want the %d sent", len(got), err, len(sent))
	}
}

func TestWriteBlocksWhileTheBufferIsFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := PipeSize(4)
		defer a.Close()
		defer b.Close()
		_ = a.SetWriteDeadline(time.Now().Add(3 * time.Second))
		began := time.Now()
		n, err := a.Write([]byte("abcdef"))
		if n != 4 || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("Write = %d, %v; want 4 bytes and the deadline", n, err)
		}
		if took := time.Since(began); took != 3*time.Second {
			t.Errorf("blocked for %v; want 3s of the bubble's time", took)
		}
		var timeout net.Error
		if !errors.As(err, &timeout) || !timeout.Timeout() {
			t.Errorf("%v is no timeout", err)
		}
	})
}

func TestWritersWaitDurablyForEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := PipeSize(4)
		defer a.Close()
		var writers sync.WaitGroup
		for _, s := range []string{"aaaaaaaa", "bbbbbbbb"} {
			writers.Go(func() { _, _ = a.Write([]byte(s)) })
		}
		time.Sleep(time.Second) // passes only if both writers block durably
		got := make([]byte, 16)
		if _, err := io.ReadFull(b, got); err != nil {
			t.Fatal(err)
		}
		writers.Wait()
		if s := string(got); s != "aaaaaaaabbbbbbbb" && s != "bbbbbbbbaaaaaaaa" {
			t.Errorf("read %q: two writes mixed", s)
		}
		_ = b.Close()
	})
}

func TestDeadlines(t *testing.T) {
	tests := map[string]func(c *Conn){
		"a deadline ends a read that waits": func(c *Conn) {
			_ = c.SetReadDeadline(time.Now().Add(2 * time.Second))
		},
		"a later deadline replaces an earlier one": func(c *Conn) {
			_ = c.SetReadDeadline(time.Now().Add(time.Second))
			_ = c.SetReadDeadline(time.Now().Add(2 * time.Second))
		},
		"a deadline can be set while a read waits": func(c *Conn) {
			time.AfterFunc(2*time.Second, func() { _ = c.SetReadDeadline(time.Now()) })
		},
		"a deadline that was taken away does nothing": func(c *Conn) {
			_ = c.SetDeadline(time.Now().Add(time.Second))
			_ = c.SetDeadline(time.Time{})
			_ = c.SetReadDeadline(time.Now().Add(2 * time.Second))
		},
	}
	for name, prepare := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a, b := Pipe()
				defer a.Close()
				defer b.Close()
				began := time.Now()
				prepare(a)
				_, err := a.Read(make([]byte, 1))
				if !errors.Is(err, os.ErrDeadlineExceeded) {
					t.Errorf("Read fails with %v; want the deadline", err)
				}
				if took := time.Since(began); took != 2*time.Second {
					t.Errorf("Read waited %v; want 2s", took)
				}
			})
		})
	}
}

func TestAReadGoesOnAfterItsDeadlineWasMoved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := Pipe()
		defer a.Close()
		defer b.Close()
		_ = a.SetReadDeadline(time.Now().Add(-time.Second))
		if _, err := a.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatalf("Read fails with %v; want the deadline", err)
		}
		_ = a.SetReadDeadline(time.Time{})
		time.AfterFunc(time.Hour, func() { _, _ = b.Write([]byte("x")) })
		if n, err := a.Read(make([]byte, 1)); n != 1 || err != nil {
			t.Errorf("Read = %d, %v; want the byte written an hour later", n, err)
		}
	})
}

func TestAClosedConnStaysClosed(t *testing.T) {
	a, b := Pipe()
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	_ = b.Reset()
	_, readErr := a.Read(make([]byte, 1))
	_, writeErr := a.Write([]byte("x"))
	for what, err := range map[string]error{
		"Read": readErr, "Write": writeErr, "Close": a.Close(), "Reset": a.Reset(),
		"CloseWrite": a.CloseWrite(), "SetDeadline": a.SetDeadline(time.Now()),
	} {
		if !errors.Is(err, net.ErrClosed) {
			t.Errorf("%s after Close: %v; want net.ErrClosed", what, err)
		}
	}
}

func TestARingKeepsItsOrderWhileItGrowsAndWraps(t *testing.T) {
	a, b := Pipe()
	defer a.Close()
	defer b.Close()
	var sent, got []byte
	buf := make([]byte, 3000)
	for i := range 200 {
		chunk := bytes.Repeat([]byte{byte(i)}, 1+(i*37)%1500)
		sent = append(sent, chunk...)
		if _, err := a.Write(chunk); err != nil {
			t.Fatal(err)
		}
		if len(sent)-len(got) < 40_000 && i%3 != 0 {
			continue
		}
		n, err := b.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, buf[:n]...)
	}
	rest := make([]byte, len(sent)-len(got))
	if _, err := io.ReadFull(b, rest); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(append(got, rest...), sent) {
		t.Error("bytes arrived in another order than they were written in")
	}
}

func BenchmarkWriteRead(b *testing.B) {
	x, y := Pipe()
	defer x.Close()
	defer y.Close()
	buf := make([]byte, 188)
	b.ReportAllocs()
	b.SetBytes(int64(len(buf)))
	for b.Loop() {
		if _, err := x.Write(buf); err != nil {
			b.Fatal(err)
		}
		if _, err := io.ReadFull(y, buf); err != nil {
			b.Fatal(err)
		}
	}
}
