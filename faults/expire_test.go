package faults

import (
	"errors"
	"io"
	"net"
	"slices"
	"syscall"
	"testing"
	"time"
)

// Over TCP and memory both; what only kernels show is in
// expire_linux_test.go.

func mustExpire(t *testing.T, c *Conn, e Expiry) {
	t.Helper()
	if _, err := c.Expire(e); err != nil {
		t.Fatal(err)
	}
}

func TestWhatTheClientIsToldOfAnExpiry(t *testing.T) {
	for _, c := range []struct {
		expiry Expiry
		reads  error // by itself; nil: nothing is told until it writes
		writes error
	}{
		{ExpireReset, nil, syscall.ECONNRESET},
		{ExpireResetClient, nil, syscall.ECONNRESET},
		{ExpireResetBoth, syscall.ECONNRESET, syscall.ECONNRESET},
		{ExpireClose, io.EOF, syscall.EPIPE},
		{ExpireSilent, nil, nil},
	} {
		for _, transport := range transports {
			t.Run(string(c.expiry)+" over "+transport, func(t *testing.T) {
				conn, _ := connected(t, transport, nil)
				reading := readInBackground(conn)
				mustExpire(t, conn, c.expiry)
				if c.reads != nil {
					if err := <-reading; !errors.Is(err, c.reads) {
						t.Errorf("the reader got %v, want %v", err, c.reads)
					}
				} else {
					select {
					case err := <-reading:
						t.Fatalf("the reader was told %v", err)
					case <-time.After(20 * ms): // shown as far as absence can be
					}
				}
				if _, err := conn.Write([]byte("x")); !errors.Is(err, c.writes) {
					t.Errorf("Write says %v, want %v", err, c.writes)
				}
				if c.reads == nil && c.writes != nil {
					if err := <-reading; !errors.Is(err, c.writes) {
						t.Errorf("then the reader got %v, want %v", err, c.writes)
					}
					if _, err := conn.Write([]byte("x")); !errors.Is(err, c.writes) {
						t.Errorf("the next Write says %v, want %v", err, c.writes)
					}
				}
				if err := conn.Close(); err != nil {
					t.Errorf("closing: %v", err)
				}
				if c.writes == nil {
					<-reading
				}
			})
		}
	}
}

func TestAForgottenClientThatIsOnlyClosedIsParked(t *testing.T) {
	for _, transport := range transports {
		for _, e := range []Expiry{ExpireReset, ExpireResetClient, ExpireSilent} {
			t.Run(string(e)+" over "+transport, func(t *testing.T) {
				lot := new(Lot)
				conn, peer := connected(t, transport, lot)
				mustExpire(t, conn, e)
				if err := conn.Close(); err != nil || lot.Len() != 1 {
					t.Fatalf("%v, %d parked", err, lot.Len())
				}
				nothingToRead(t, peer)
				if err := lot.Release(); err != nil || lot.Len() != 0 {
					t.Errorf("%v, %d parked", err, lot.Len())
				}
			})
		}
	}
}

func TestResetOnDataAnswersWhatComes(t *testing.T) {
	for _, transport := range transports {
		for _, user := range []string{"who reads", "who does not read", "who has closed"} {
			t.Run(user+" over "+transport, func(t *testing.T) {
				lot := new(Lot)
				conn, peer := connected(t, transport, lot)
				var reading <-chan error
				if user == "who reads" {
					reading = readInBackground(conn)
				}
				if err := conn.ResetOnData(); err != nil {
					t.Fatal(err)
				}
				write(t, conn, "goes nowhere")
				if user == "who has closed" {
					if err := conn.Close(); err != nil {
						t.Fatal(err)
					}
				}
				nothingToRead(t, peer)
				_, _ = peer.Write([]byte("hello?"))
				want := syscall.ECONNRESET
				if err := readError(peer); transport == "tcp4" && !errors.Is(err, want) || err == nil {
					t.Errorf("the peer read %v, want %v", err, want)
				}
				if reading != nil {
					if err := <-reading; !errors.Is(err, want) {
						t.Errorf("the reader got %v, want %v", err, want)
					}
				}
				if user != "who has closed" {
					eventually(t, "writing fails", func() bool { _, err := conn.Write([]byte("x")); return errors.Is(err, want) })
				}
				_ = conn.Close()
				if lot.Len() != 0 {
					t.Errorf("%d parked", lot.Len())
				}
			})
		}
	}
}

func TestARefusalHeals(t *testing.T) {
	for _, transport := range transports {
		for _, e := range []Expiry{ExpireReset, ExpireResetClient} {
			t.Run(string(e)+" over "+transport, func(t *testing.T) {
				conn, peer := connected(t, transport, nil)
				got := make(chan string)
				go func() {
					p := make([]byte, 3)
					_, _ = io.ReadFull(conn, p)
					got <- string(p)
				}()
				mustExpire(t, conn, e)
				if err := conn.Heal(); err != nil {
					t.Fatal(err)
				}
				go func() { _, _ = peer.Write([]byte("yes")) }() // a pipe makes it wait
				if s := <-got; s != "yes" {
					t.Errorf("read %q", s)
				}
				write(t, conn, "and no")
				read(t, peer, "and no")
			})
		}
	}
}

func TestAConnectionThatWasAnsweredDoesNotHeal(t *testing.T) {
	conn, peer := pair(t, "tcp4", nil)
	mustExpire(t, conn, ExpireReset)
	write(t, peer, "hello?")
	if err := readError(peer); !errors.Is(err, syscall.ECONNRESET) {
		t.Fatalf("the server read %v", err)
	}
	if err := conn.Heal(); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("read %v", err)
	}
}

func TestExpiringAnEndedConnection(t *testing.T) {
	for _, e := range Expiries() {
		conn, _ := connected(t, "memory", nil)
		_ = conn.Close()
		if _, err := conn.Expire(e); !errors.Is(err, net.ErrClosed) {
			t.Errorf("%s: %v", e, err)
		}
		if _, err := conn.Expire("somehow"); err == nil {
			t.Error("it expired somehow")
		}
	}
	if !slices.Contains(Expiries(), ExpireSilent) {
		t.Error("no silent expiry")
	}
}
