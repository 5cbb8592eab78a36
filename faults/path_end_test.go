package faults

import (
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imbench/imbench/internal/memnet"
)

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
