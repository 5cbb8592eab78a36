package faults

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"strings"
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

func TestWhatAParkedReaderGotDoesNotHoldUpTheRest(t *testing.T) {
	inFakeTime(t, nil, func(t *testing.T, c *Conn, peer *memnet.Conn) {
		start := time.Now()
		read := make(chan struct{})
		go func() {
			defer close(read)
			for i := range 3 {
				readsAt(t, c, 1, start, 100*ms+time.Duration(i)*ms)
			}
		}()
		synctest.Wait() // it waits on the socket
		shape(t, c, Shape{}, late)
		for range 3 {
			write(t, peer, "x")
			time.Sleep(ms)
		}
		<-read
	})
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
