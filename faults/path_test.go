package faults

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imbench/imbench/internal/memnet"
)

// The tests here are in fake time: what takes 100 ms takes exactly that.

func inFakeTime(t *testing.T, lot *Lot, test func(t *testing.T, c *Conn, peer *memnet.Conn)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ours, peer := memnet.Pipe()
		c := NewConn(ours, lot)
		test(t, c, peer)
		_ = c.Close()
		_ = c.lot.Release()
		_ = peer.Close()
	})
}

func shape(t *testing.T, c *Conn, up, down Shape) {
	t.Helper()
	if err := c.Shape(up, down, *rand.NewPCG(1, 2)); err != nil {
		t.Fatal(err)
	}
}

// readsAt reads n bytes and checks when the last of them came.
func readsAt(t *testing.T, r io.Reader, n int, since time.Time, want time.Duration) {
	t.Helper()
	if _, err := io.ReadFull(r, make([]byte, n)); err != nil {
		t.Fatal(err)
	}
	if got := time.Since(since); got != want {
		t.Errorf("%d bytes were there after %s, want %s", n, got, want)
	}
}

// pooled reads as ReadPooled does.
type pooled struct{ c *Conn }

func (p pooled) Read(b []byte) (int, error) {
	got, err := p.c.ReadPooled()
	if err != nil {
		return 0, err
	}
	defer got.Release()
	return copy(b, got.Bytes()), nil
}

var late = Shape{Delay: 100 * ms}

func TestLatencyEachWay(t *testing.T) {
	inFakeTime(t, nil, func(t *testing.T, c *Conn, peer *memnet.Conn) {
		shape(t, c, late, Shape{Delay: 30 * ms})
		start := time.Now()
		write(t, c, "up")
		readsAt(t, peer, 2, start, 100*ms)
		write(t, peer, "down")
		readsAt(t, c, 4, start, 130*ms)
	})
}

func TestLatencyDoesNotAddUp(t *testing.T) {
	for _, way := range []string{"up", "down", "down, pooled"} {
		t.Run(way, func(t *testing.T) {
			inFakeTime(t, nil, func(t *testing.T, c *Conn, peer *memnet.Conn) {
				shape(t, c, late, late)
				var from, to io.ReadWriter = c, peer
				switch way {
				case "down":
					from, to = peer, c
				case "down, pooled":
					from, to = peer, struct {
						io.Reader
						io.Writer
					}{pooled{c}, c}
				}
				start := time.Now()
				go func() {
					for range 200 {
						_, _ = from.Write([]byte("x"))
						time.Sleep(ms)
					}
				}()
				for i := range 200 {
					readsAt(t, to, 1, start, 100*ms+time.Duration(i)*ms)
				}
			})
		})
	}
}

func TestBandwidthIsExact(t *testing.T) {
	const rate, total = 16_000, 160_000
	for _, way := range []string{"up", "down"} {
		t.Run(way, func(t *testing.T) {
			inFakeTime(t, nil, func(t *testing.T, c *Conn, peer *memnet.Conn) {
				var from io.Writer = c
				var to io.Reader = peer
				if way == "down" {
					from, to = peer, c
				}
				shape(t, c, Shape{Rate: rate}, Shape{Rate: rate})
				start := time.Now()
				go func() { _, _ = from.Write(make([]byte, total)) }()
				readsAt(t, to, total, start, 10*time.Second)
			})
		})
	}
}

func TestSlicesAreSeparateWrites(t *testing.T) {
	inFakeTime(t, nil, func(t *testing.T, c *Conn, peer *memnet.Conn) {
		shape(t, c, Shape{Slice: 4, Gap: 10 * ms}, Shape{Slice: 4, Gap: 10 * ms})
		start := time.Now()
		write(t, c, "abcdefghij")
		p := make([]byte, 100)
		for i, want := range []string{"abcd", "efgh", "ij"} {
			n, err := peer.Read(p)
			if at := time.Since(start); string(p[:n]) != want || err != nil || at != time.Duration(i)*10*ms {
				t.Errorf("%q, %v at %s; want %q", p[:n], err, at, want)
			}
		}
		write(t, peer, "abcdefghij")
		for _, want := range []string{"abcd", "efgh", "ij"} {
			if n, err := c.Read(p); string(p[:n]) != want || err != nil {
				t.Errorf("%q, %v; want %q", p[:n], err, want)
			}
		}
	})
}

func TestAParkedReaderIsUnderTheShapeToo(t *testing.T) {
	for _, way := range []string{"plain", "pooled"} {
		t.Run(way, func(t *testing.T) {
			inFakeTime(t, nil, func(t *testing.T, c *Conn, peer *memnet.Conn) {
				var r io.Reader = c
				if way == "pooled" {
					r = pooled{c}
				}
				read := make(chan time.Time)
				go func() { _, _ = r.Read(make([]byte, 10)); read <- time.Now() }()
				synctest.Wait() // it waits on the socket
				shape(t, c, Shape{}, late)
				start := time.Now()
				write(t, peer, "x")
				if at := (<-read).Sub(start); at != 100*ms {
					t.Errorf("read after %s", at)
				}
			})
		})
	}
}

func TestAnEndedShapeLetsNewBytesPassBehindThoseUnderWay(t *testing.T) {
	inFakeTime(t, nil, func(t *testing.T, c *Conn, peer *memnet.Conn) {
		shape(t, c, late, late)
		start := time.Now()
		write(t, c, "slow,")
		write(t, peer, "slow,")
		reading := make(chan string)
		go func() {
			got := make([]byte, 9)
			_, _ = io.ReadFull(c, got)
			reading <- string(got)
		}()
		time.Sleep(50 * ms)
		shape(t, c, Shape{}, Shape{})
		write(t, c, "fast")
		write(t, peer, "fast")
		readsAt(t, peer, 9, start, 100*ms)
		if got := <-reading; got != "slow,fast" || time.Since(start) != 100*ms {
			t.Errorf("read %q after %s", got, time.Since(start))
		}
		start = time.Now()
		write(t, c, "x")
		readsAt(t, peer, 1, start, 0)
		write(t, peer, "x")
		readsAt(t, c, 1, start, 0)
		if c.state.Load() != 0 || c.onWay.up != nil || c.onWay.down != nil || c.onWay.pump != nil {
			t.Errorf("something stays behind: state %b, %+v", c.state.Load(), c.onWay)
		}
	})
}

func TestAReaderStillInTheSocketWhenAShapeEndsMissesNothing(t *testing.T) {
	inFakeTime(t, nil, func(t *testing.T, c *Conn, peer *memnet.Conn) {
		for range 3 { // on, off, on: the reader notices none of it
			shape(t, c, late, late)
			shape(t, c, Shape{}, Shape{})
		}
		start := time.Now()
		write(t, peer, "x")
		readsAt(t, c, 1, start, 0)
	})
}

func TestWritingIntoASlowPathDoesNotWaitAndIsBounded(t *testing.T) {
	inFakeTime(t, &Lot{MaxQueued: 1000}, func(t *testing.T, c *Conn, peer *memnet.Conn) {
		shape(t, c, Shape{Rate: 100}, Shape{})
		start := time.Now()
		write(t, c, strings.Repeat("x", 1000))
		if _, err := c.Write([]byte("x")); !errors.Is(err, ErrQueueFull) || c.Queued() != 1000 || time.Since(start) != 0 {
			t.Errorf("%v with %d bytes queued after %s", err, c.Queued(), time.Since(start))
		}
		readsAt(t, peer, 1000, start, 10*time.Second)
		synctest.Wait()
		if c.Queued() != 0 {
			t.Errorf("%d bytes still queued", c.Queued())
		}
	})
}

func TestASlowPathHoldsThePeerUpAsAFullPipe(t *testing.T) {
	const bound = 1000
	inFakeTime(t, &Lot{MaxQueued: bound}, func(t *testing.T, c *Conn, peer *memnet.Conn) {
		shape(t, c, Shape{}, Shape{Delay: time.Hour})
		go func() { _, _ = c.Read(make([]byte, 1)) }()
		_ = peer.SetWriteDeadline(time.Now().Add(time.Minute))
		n, err := peer.Write(make([]byte, 1<<20))
		if most := memnet.BufferSize + bound + BufferSize; n > most || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("the peer got rid of %d bytes, %v; want at most %d", n, err, most)
		}
	})
}

func TestThePeersEndComesAfterTheBytes(t *testing.T) {
	for _, c := range []struct {
		name string
		end  func(*memnet.Conn) error
		want error
	}{
		{"FIN", (*memnet.Conn).Close, io.EOF},
		{"RST", (*memnet.Conn).Reset, syscall.ECONNRESET},
	} {
		t.Run(c.name, func(t *testing.T) {
			inFakeTime(t, nil, func(t *testing.T, conn *Conn, peer *memnet.Conn) {
				shape(t, conn, Shape{}, late)
				start := time.Now()
				write(t, peer, "last words")
				_ = c.end(peer)
				readsAt(t, conn, 10, start, 100*ms)
				for range 2 {
					_, err := conn.Read(make([]byte, 1))
					if at := time.Since(start); !errors.Is(err, c.want) || at != 100*ms {
						t.Errorf("%v at %s, want %v", err, at, c.want)
					}
				}
			})
		})
	}
}

func TestOurEndComesAfterTheBytes(t *testing.T) {
	for _, c := range []struct {
		name string
		end  func(*Conn) error
	}{{"Close", (*Conn).Close}, {"Cut", (*Conn).Cut}, {"CloseWrite", (*Conn).CloseWrite}} {
		t.Run(c.name, func(t *testing.T) {
			lot := new(Lot)
			inFakeTime(t, lot, func(t *testing.T, conn *Conn, peer *memnet.Conn) {
				shape(t, conn, late, late)
				start := time.Now()
				write(t, conn, "last words")
				time.Sleep(ms)
				if err := c.end(conn); err != nil {
					t.Fatal(err)
				}
				readsAt(t, peer, 10, start, 100*ms)
				_, err := peer.Read(make([]byte, 1))
				if at := time.Since(start); err != io.EOF || at != 101*ms {
					t.Errorf("%v at %s, want EOF", err, at)
				}
				synctest.Wait()
				if lot.Len() != 0 {
					t.Errorf("%d connections still wait", lot.Len())
				}
			})
		})
	}
}

func TestAConnectionClosedWithBytesUnderWayEndsWithTheRun(t *testing.T) {
	lot := new(Lot)
	inFakeTime(t, lot, func(t *testing.T, c *Conn, peer *memnet.Conn) {
		shape(t, c, Shape{Rate: 1}, Shape{})
		write(t, c, "it would take nine hours to say all this")
		if err := c.Close(); err != nil || lot.Len() != 1 {
			t.Fatalf("%v, %d waiting", err, lot.Len())
		}
		if err := lot.Release(); err != nil || lot.Len() != 0 {
			t.Fatalf("%v, %d waiting", err, lot.Len())
		}
		if _, err := peer.Read(make([]byte, 1)); err == nil {
			t.Error("the peer read on")
		}
	})
}

func TestAResetDropsWhatIsUnderWay(t *testing.T) {
	inFakeTime(t, nil, func(t *testing.T, c *Conn, peer *memnet.Conn) {
		shape(t, c, late, late)
		write(t, c, "never read")
		write(t, peer, "never read")
		reading := readInBackground(c)
		synctest.Wait()
		start := time.Now()
		if err := c.Reset(); err != nil {
			t.Fatal(err)
		}
		if err := <-reading; !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("the reader got %v", err)
		}
		if n, err := peer.Read(make([]byte, 10)); n != 0 || err == nil || time.Since(start) != 0 {
			t.Errorf("the peer read %d bytes, %v after %s", n, err, time.Since(start))
		}
	})
}

func TestSilenceOnASlowPath(t *testing.T) {
	inFakeTime(t, nil, func(t *testing.T, c *Conn, peer *memnet.Conn) {
		shape(t, c, late, late)
		start := time.Now()
		write(t, c, "up")
		write(t, peer, "down")
		time.Sleep(50 * ms)
		if _, err := c.Silence(Both); err != nil {
			t.Fatal(err)
		}
		got := make(chan time.Duration, 2)
		go func() { _, _ = io.ReadFull(c, make([]byte, 4)); got <- time.Since(start) }()
		go func() { _, _ = io.ReadFull(peer, make([]byte, 2)); got <- time.Since(start) }()
		time.Sleep(time.Second)
		if len(got) != 0 {
			t.Fatal("bytes came through a silence")
		}
		if err := c.Heal(); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if at := <-got; at < 1050*ms || at > 1150*ms {
				t.Errorf("bytes came %s after they were sent", at)
			}
		}
	})
}

func TestClosedWhileSilentOnASlowPathEndsAfterHealing(t *testing.T) {
	lot := new(Lot)
	inFakeTime(t, lot, func(t *testing.T, c *Conn, peer *memnet.Conn) {
		shape(t, c, late, late)
		if _, err := c.Silence(Both); err != nil {
			t.Fatal(err)
		}
		write(t, c, "last words")
		_ = c.Close()
		time.Sleep(time.Second)
		start := time.Now()
		if err := c.Heal(); err != nil {
			t.Fatal(err)
		}
		readsAt(t, peer, 10, start, 0) // they have travelled meanwhile, as far as the silence
		_, err := peer.Read(make([]byte, 1))
		if at := time.Since(start); err != io.EOF || at != 100*ms {
			t.Errorf("%v at %s, want EOF", err, at)
		}
	})
}

func TestAReadDeadlineHoldsOnASlowPath(t *testing.T) {
	inFakeTime(t, nil, func(t *testing.T, c *Conn, peer *memnet.Conn) {
		shape(t, c, Shape{}, late)
		start := time.Now()
		write(t, peer, "x")
		_ = c.SetReadDeadline(start.Add(30 * ms))
		if _, err := c.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(start) != 30*ms {
			t.Errorf("%v after %s", err, time.Since(start))
		}
		_ = c.SetReadDeadline(time.Time{})
		readsAt(t, c, 1, start, 100*ms)
		shape(t, c, Shape{}, Shape{})
		_ = c.SetReadDeadline(time.Now().Add(30 * ms))
		if _, err := c.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(start) != 130*ms {
			t.Errorf("afterwards, %v after %s", err, time.Since(start))
		}
		_ = c.SetReadDeadline(time.Time{})
		write(t, peer, "y")
		readsAt(t, c, 1, start, 130*ms)
	})
}

func TestASlowConsumerOnASlowPath(t *testing.T) {
	inFakeTime(t, nil, func(t *testing.T, c *Conn, peer *memnet.Conn) {
		shape(t, c, Shape{}, late)
		if err := c.StopReading(0); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		write(t, peer, "x")
		reading := make(chan time.Duration, 1)
		go func() { _, _ = c.Read(make([]byte, 1)); reading <- time.Since(start) }()
		time.Sleep(time.Second)
		write(t, c, "still speaks")
		readsAt(t, peer, 12, start, time.Second)
		if len(reading) != 0 {
			t.Fatal("it read")
		}
		if err := c.ResumeReading(); err != nil {
			t.Fatal(err)
		}
		if at := <-reading; at < time.Second || at > 1100*ms {
			t.Errorf("read after %s", at)
		}
	})
}

func TestShapingAnEndedConnection(t *testing.T) {
	for _, end := range []func(*Conn) error{(*Conn).Reset, (*Conn).Close} {
		inFakeTime(t, nil, func(t *testing.T, c *Conn, _ *memnet.Conn) {
			if err := end(c); err != nil {
				t.Fatal(err)
			}
			if err := c.Shape(late, late, *rand.NewPCG(1, 2)); !errors.Is(err, net.ErrClosed) {
				t.Errorf("shaped: %v", err)
			}
		})
	}
}

func TestBytesKeepTheirOrderWhileShapesComeAndGo(t *testing.T) {
	for _, transport := range transports {
		t.Run(transport, func(t *testing.T) {
			c, peer := connected(t, transport, nil)
			sent := pattern(400_000)
			shapes := []Shape{{}, {Delay: ms}, {Rate: 50_000_000}, {Slice: 1000}, {Delay: ms, Jitter: ms, Slice: 700}, {}}
			stop, stopped := make(chan struct{}), make(chan struct{})
			go func() {
				defer close(stopped)
				g := rand.New(rand.NewPCG(1, 2))
				for {
					select {
					case <-stop:
						return
					case <-time.After(time.Duration(g.IntN(2000)) * time.Microsecond):
						_ = c.Shape(shapes[g.IntN(len(shapes))], shapes[g.IntN(len(shapes))], *rand.NewPCG(1, 2))
					}
				}
			}()
			go func() { _, _ = io.Copy(onlyWriter{peer}, onlyReader{peer}) }() // an echo
			go func() {
				for p := sent; len(p) > 0; {
					n, err := c.Write(p[:min(len(p), 997)])
					if p = p[n:]; errors.Is(err, ErrQueueFull) {
						time.Sleep(ms)
					} else if err != nil {
						t.Error(err)
						return
					}
				}
			}()
			got := make([]byte, len(sent))
			_, err := io.ReadFull(pooled{c}, got)
			if err != nil || !bytes.Equal(got, sent) {
				t.Errorf("what came back is not what was sent: %v", err)
			}
			close(stop)
			<-stopped
		})
	}
}
