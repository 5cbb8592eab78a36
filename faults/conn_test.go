package faults

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"
)

// The tests here run on every platform, over loopback TCP and over memory.

var transports = []string{"tcp4", "memory"}

// connected is a pair over TCP or memory; reader and writer are plain.
func connected(t *testing.T, transport string, lot *Lot) (*Conn, net.Conn) {
	t.Helper()
	if transport != "memory" {
		return pair(t, transport, lot)
	}
	ours, theirs := net.Pipe()
	c := NewConn(ours, lot)
	t.Cleanup(func() {
		_ = theirs.Close() // first: a pipe has no buffer, and nobody reads any more
		_ = c.Close()
		if err := c.lot.Release(); err != nil {
			t.Errorf("release: %v", err)
		}
	})
	return c, theirs
}

func TestBytesPassUntouched(t *testing.T) {
	for _, transport := range transports {
		t.Run(transport, func(t *testing.T) {
			c, peer := connected(t, transport, nil)
			write(t, c, "to the peer")
			read(t, peer, "to the peer")
			go func() { _, _ = peer.Write([]byte("to us, twice")) }() // a pipe makes it wait
			read(t, c, "to us, ")
			b, err := c.ReadPooled()
			if err != nil || string(b.Bytes()) != "twice" {
				t.Fatalf("read %v, %v", b, err)
			}
			b.Release()
		})
	}
}

func TestPooledReadsEndAsPlainOnesDo(t *testing.T) {
	for _, c := range []struct {
		name string
		end  func(c *Conn, peer net.Conn) error
		want error
	}{
		{"the peer closes", func(_ *Conn, peer net.Conn) error { return peer.Close() }, io.EOF},
		{"cut", func(c *Conn, _ net.Conn) error { return c.Cut() }, io.EOF},
		{"reset", func(c *Conn, _ net.Conn) error { return c.Reset() }, syscall.ECONNRESET},
		{"closed", func(c *Conn, _ net.Conn) error { return c.Close() }, net.ErrClosed},
		{"too late", func(c *Conn, _ net.Conn) error { return c.SetReadDeadline(longAgo) }, os.ErrDeadlineExceeded},
	} {
		for _, transport := range transports {
			for _, way := range []string{"plain", "pooled"} {
				t.Run(c.name+", "+way+" over "+transport, func(t *testing.T) {
					conn, peer := connected(t, transport, nil)
					read := func() error {
						if way == "plain" {
							_, err := conn.Read(make([]byte, 1))
							return err
						}
						_, err := conn.ReadPooled()
						return err
					}
					waiting := make(chan error)
					go func() { waiting <- read() }()
					if err := c.end(conn, peer); err != nil {
						t.Fatal(err)
					}
					if err := <-waiting; !errors.Is(err, c.want) {
						t.Errorf("who was reading got %v, want %v", err, c.want)
					}
					if err := read(); !errors.Is(err, c.want) {
						t.Errorf("who reads afterwards gets %v, want %v", err, c.want)
					}
				})
			}
		}
	}
}

func TestWhatThePeerSeesOfAnEnd(t *testing.T) {
	for _, c := range []struct {
		name string
		end  func(*Conn) error
		want error
	}{
		{"Reset is ECONNRESET", (*Conn).Reset, syscall.ECONNRESET},
		{"Cut is EOF", (*Conn).Cut, io.EOF},
		{"Close is EOF", (*Conn).Close, io.EOF},
	} {
		t.Run(c.name, func(t *testing.T) {
			conn, peer := pair(t, "tcp4", nil)
			if err := c.end(conn); err != nil {
				t.Fatal(err)
			}
			if err := readError(peer); !errors.Is(err, c.want) {
				t.Errorf("the peer read %v, want %v", err, c.want)
			}
		})
	}
}

func TestAnEndedConnectionTakesNothing(t *testing.T) {
	for _, c := range []struct {
		name string
		end  func(*Conn) error
		want error
	}{
		{"reset", (*Conn).Reset, syscall.ECONNRESET},
		{"cut", (*Conn).Cut, syscall.EPIPE},
		{"closed", (*Conn).Close, net.ErrClosed},
	} {
		t.Run(c.name, func(t *testing.T) {
			conn, _ := pair(t, "tcp4", nil)
			if err := c.end(conn); err != nil {
				t.Fatal(err)
			}
			if n, err := conn.Write([]byte("too late")); n != 0 || !errors.Is(err, c.want) {
				t.Errorf("wrote %d, %v; want %v", n, err, c.want)
			}
			if err := c.end(conn); !errors.Is(err, net.ErrClosed) {
				t.Errorf("ending it again: %v, want net.ErrClosed", err)
			}
			if err := conn.Close(); (err != nil) != (c.name == "closed") {
				t.Errorf("closing it: %v", err)
			}
			if err := conn.Heal(); err != nil {
				t.Errorf("healing it: %v", err)
			}
			if _, err := conn.Silence(Both); !errors.Is(err, net.ErrClosed) {
				t.Errorf("silencing it: %v", err)
			}
		})
	}
}

func TestStallKeepsBytesFromTheReaderUntilItHeals(t *testing.T) {
	for _, transport := range transports {
		for _, d := range []Direction{Both, Inbound} {
			t.Run(string(d)+" over "+transport, func(t *testing.T) {
				c, peer := connected(t, transport, &Lot{Ladder: []Mechanism{Stall}})
				got := make(chan string, 1)
				started := make(chan struct{})
				go func() { // this reader is waiting when the fault comes, and gets the bytes it must not see
					close(started)
					p := make([]byte, 100)
					n, err := c.Read(p)
					if err != nil {
						t.Error(err)
					}
					got <- string(p[:n])
				}()
				<-started
				if m, err := c.Silence(d); m != Stall || err != nil {
					t.Fatalf("silenced by %s, %v", m, err)
				}
				sent := make(chan struct{})
				go func() { defer close(sent); _, _ = peer.Write([]byte("for later")) }()
				select {
				case s := <-got:
					t.Fatalf("read %q", s)
				case <-time.After(50 * time.Millisecond): // shown as far as absence can be
				}
				if err := c.Heal(); err != nil {
					t.Fatal(err)
				}
				if s := <-got; s != "for later" {
					t.Errorf("read %q", s)
				}
				<-sent
			})
		}
	}
}

func TestBytesReadUnderAStallOutliveADeadline(t *testing.T) {
	for _, transport := range transports {
		t.Run(transport, func(t *testing.T) {
			c, peer := connected(t, transport, &Lot{Ladder: []Mechanism{Stall}})
			reading := readInBackground(c)
			if _, err := c.Silence(Inbound); err != nil {
				t.Fatal(err)
			}
			go func() { _, _ = peer.Write([]byte("kept")) }()
			if err := c.SetReadDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
				t.Fatal(err)
			}
			if err := <-reading; !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Fatalf("got %v, want a timeout", err)
			}
			if err := errors.Join(c.Heal(), c.SetReadDeadline(time.Time{})); err != nil {
				t.Fatal(err)
			}
			read(t, c, "kept")
		})
	}
}

func TestTheLadderEndsInStallWithoutTCP(t *testing.T) {
	for d, want := range map[Direction]Mechanism{"": Stall, Both: Stall, Inbound: Stall, Outbound: Held} {
		c, _ := connected(t, "memory", nil)
		if m, err := c.Silence(d); m != want || err != nil {
			t.Errorf("%q is silenced by %s, %v; want %s", d, m, err, want)
		}
	}
	c, _ := connected(t, "memory", &Lot{Ladder: []Mechanism{MD5}})
	if m, err := c.Silence(Both); err == nil {
		t.Errorf("silenced by %s, on a ladder of md5 alone", m)
	}
	if _, err := c.Silence("sideways"); err == nil {
		t.Error("silenced sideways")
	}
	if err := c.Heal(); err != nil {
		t.Error(err)
	}
}

func TestAMemoryConnectionIsSilencedParkedAndHealed(t *testing.T) {
	lot := new(Lot)
	c, peer := connected(t, "memory", lot)
	if _, err := c.Silence(Both); err != nil {
		t.Fatal(err)
	}
	write(t, c, "last words")
	if err := c.Close(); err != nil || lot.Len() != 1 {
		t.Fatalf("closed: %v; parked: %d", err, lot.Len())
	}
	nothingToRead(t, peer)
	healed := make(chan error)
	go func() { healed <- c.Heal() }()
	read(t, peer, "last words")
	if err := <-healed; err != nil || lot.Len() != 0 {
		t.Fatalf("healed: %v; parked: %d", err, lot.Len())
	}
	if err := readError(peer); err != io.EOF {
		t.Errorf("the peer read %v, want EOF", err)
	}
}

func TestASilencedCutKeepsItsFINBack(t *testing.T) {
	c, peer := pair(t, "tcp4", &Lot{Ladder: []Mechanism{Stall}})
	if _, err := c.Silence(Both); err != nil {
		t.Fatal(err)
	}
	write(t, c, "then the end")
	if err := c.Cut(); err != nil {
		t.Fatal(err)
	}
	nothingToRead(t, peer)
	if err := c.Heal(); err != nil {
		t.Fatal(err)
	}
	read(t, peer, "then the end")
	if err := readError(peer); err != io.EOF {
		t.Errorf("the peer read %v, want EOF", err)
	}
}

func TestWriteNeverWaitsForAPeerThatDoesNotRead(t *testing.T) {
	for _, transport := range transports {
		t.Run(transport, func(t *testing.T) {
			const bound = 100_000
			c, peer := connected(t, transport, &Lot{MaxQueued: bound})
			sent, chunk := sha256.New(), make([]byte, 3000)
			total := 0
			for i := 0; ; i++ {
				for j := range chunk {
					chunk[j] = byte(i + j*j)
				}
				n, err := c.Write(chunk)
				if errors.Is(err, ErrQueueFull) {
					if n != 0 || c.Queued() <= bound-len(chunk) {
						t.Errorf("full with %d of %d bytes queued, %d written", c.Queued(), bound, n)
					}
					break
				}
				if err != nil || n != len(chunk) || total > 100<<20 {
					t.Fatalf("wrote %d, %v, after %d bytes", n, err, total)
				}
				sent.Write(chunk)
				total += n
			}
			got := sha256.New()
			if n, err := io.CopyN(got, peer, int64(total)); n != int64(total) || err != nil {
				t.Fatalf("the peer read %d of %d bytes: %v", n, total, err)
			}
			if !bytes.Equal(got.Sum(nil), sent.Sum(nil)) {
				t.Error("bytes or their order changed on the way")
			}
			for c.Queued() > 0 { // the last of it is being taken off the queue
				time.Sleep(time.Millisecond)
			}
			write(t, c, "and on")
			read(t, peer, "and on")
		})
	}
}

func TestAWriteThatFailsLaterIsToldByTheNext(t *testing.T) {
	c, peer := pair(t, "tcp4", nil)
	var err error
	for err == nil {
		_, err = c.Write(make([]byte, 10_000))
	}
	if !errors.Is(err, ErrQueueFull) {
		t.Fatal(err)
	}
	_ = peer.SetLinger(0)
	_ = peer.Close()
	for c.Err() == nil {
		time.Sleep(time.Millisecond)
	}
	if _, err := c.Write([]byte("x")); !errors.Is(err, c.Err()) {
		t.Errorf("the next write says %v, want %v", err, c.Err())
	}
}

func TestMethodsMayBeCalledAllAtOnce(t *testing.T) {
	for _, transport := range transports {
		t.Run(transport, func(t *testing.T) {
			lot := &Lot{MaxQueued: 1000}
			c, peer := connected(t, transport, lot)
			var all sync.WaitGroup
			often := func(f func()) {
				all.Go(func() {
					for range 100 {
						f()
					}
				})
			}
			go func() { _, _ = io.Copy(io.Discard, onlyReader{peer}) }()
			for _, d := range []Direction{Both, Inbound, Outbound} {
				often(func() { _, _ = c.Silence(d) })
			}
			often(func() { _ = c.Heal() })
			often(func() { _ = c.Shape(Shape{Delay: ms / 10}, Shape{Delay: ms / 10}, *rand.NewPCG(1, 2)) })
			often(func() { _ = c.Shape(Shape{}, Shape{}, *rand.NewPCG(1, 2)) })
			often(func() { _ = c.StopReading(4000) })
			often(func() { _ = c.ResumeReading() })
			often(func() { _ = c.ResetOnData() })
			often(func() { _, _ = c.Expire(ExpireReset) })
			often(func() { _, _ = c.Expire(ExpireResetClient) })
			often(func() { c.WatchIdle(ms/10, 0, CountData, func(time.Duration) {}) })
			often(func() { c.WatchIdle(ms, 0, CountPackets, func(time.Duration) {}).Stop() })
			often(func() { _, _ = c.Write([]byte("x")) })
			often(func() { _ = c.SetDeadline(time.Now().Add(time.Millisecond)) })
			often(func() {
				if b, err := c.ReadPooled(); err == nil {
					b.Release()
				}
			})
			often(func() { _, _ = c.Queued(), c.Err(); _, _ = c.Unacked() })
			all.Wait()
			often(func() { _ = c.Close() })
			often(func() { _ = c.Cut() })
			often(func() { _ = c.Reset() })
			often(func() { _, _ = c.Silence(Both) })
			often(func() { _ = c.Shape(Shape{Delay: ms / 10}, Shape{Delay: ms / 10}, *rand.NewPCG(1, 2)) })
			often(func() { _, _ = c.Expire(ExpireReset) })
			often(func() { _ = c.CloseWrite() })
			often(func() { _ = lot.Release() })
			often(func() { _ = c.Heal() })
			all.Wait()
			_ = c.Close()
			_ = lot.Release()
			if lot.Len() != 0 {
				t.Errorf("%d still parked", lot.Len())
			}
			_ = peer.Close()
		})
	}
}
