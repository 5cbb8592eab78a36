package faults

import (
	"errors"
	"io"
	"net"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

const established = 1 // TCP_ESTABLISHED of the kernel's tcp_states.h

// Each test here is about what the kernels at both ends really do, seen from
// the server's socket as any server has it.

func TestSilenceIsSeenByTheServerAsPacketLoss(t *testing.T) {
	for _, m := range []Mechanism{MD5, MinTTL} {
		for _, network := range []string{"tcp4", "tcp6", "tcp4 on a socket of both families"} {
			t.Run(string(m)+" over "+network, func(t *testing.T) {
				t.Parallel()
				client, server := pair(t, network, &Lot{Ladder: []Mechanism{m}})
				exchange(t, client, server)
				mustSilence(t, client, Both, m)

				want := "sent into the silence"
				write(t, server, want)
				info := tcpInfoWhen(t, server, "retransmits", func(i *unix.TCPInfo) bool { return i.Backoff >= 2 })
				if info.Unacked == 0 || info.Total_retrans < 2 || info.State != established {
					t.Errorf("the server's socket shows unacked %d, total_retrans %d, state %d; want data in flight on an established connection",
						info.Unacked, info.Total_retrans, info.State)
				}
				nothingToRead(t, client)

				if err := client.Heal(); err != nil {
					t.Fatal(err)
				}
				read(t, client, want)
				tcpInfoWhen(t, server, "is acknowledged", func(i *unix.TCPInfo) bool { return i.Unacked == 0 && i.State == established })
				exchange(t, client, server)
			})
		}
	}
}

func TestWhatASilencedClientWritesArrivesWhenItHeals(t *testing.T) {
	for _, c := range []struct {
		name      string
		mechanism Mechanism
		direction Direction
	}{
		{"md5, both ways", MD5, Both},
		{"minttl, both ways", MinTTL, Both},
		{"stall, both ways", Stall, Both},
		{"held, outbound", Held, Outbound},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			client, server := pair(t, "tcp4", &Lot{Ladder: []Mechanism{c.mechanism}})
			exchange(t, client, server)
			mustSilence(t, client, c.direction, c.mechanism)
			write(t, client, "unheard ")
			write(t, client, "at first")
			nothingToRead(t, server)
			if err := client.Heal(); err != nil {
				t.Fatal(err)
			}
			read(t, server, "unheard at first")
			exchange(t, client, server)
		})
	}
}

func TestInboundSilenceLetsOurDataOut(t *testing.T) {
	for _, network := range []string{"tcp4", "tcp6"} {
		t.Run(network, func(t *testing.T) {
			t.Parallel()
			client, server := pair(t, network, nil)
			exchange(t, client, server)
			mustSilence(t, client, Inbound, MinTTL)
			write(t, client, "still speaking")
			read(t, server, "still speaking")
			write(t, server, "not heard")
			tcpInfoWhen(t, server, "retransmits", func(i *unix.TCPInfo) bool { return i.Total_retrans >= 2 && i.Unacked > 0 })
			nothingToRead(t, client)
			if err := client.Heal(); err != nil {
				t.Fatal(err)
			}
			read(t, client, "not heard")
		})
	}
}

func TestOutboundSilenceLetsTheServersDataIn(t *testing.T) {
	client, server := pair(t, "tcp4", nil)
	exchange(t, client, server)
	mustSilence(t, client, Outbound, Held)
	write(t, client, "kept back")
	write(t, server, "heard")
	read(t, client, "heard")
	tcpInfoWhen(t, server, "is acknowledged", func(i *unix.TCPInfo) bool { return i.Unacked == 0 && i.Total_retrans == 0 })
	nothingToRead(t, server)
}

func TestASecondSilenceReplacesTheFirst(t *testing.T) {
	for _, m := range []Mechanism{MD5, MinTTL, Stall} {
		t.Run(string(m), func(t *testing.T) {
			t.Parallel()
			client, server := pair(t, "tcp4", &Lot{Ladder: []Mechanism{m}})
			exchange(t, client, server)
			mustSilence(t, client, Both, m)
			write(t, client, "held, then let out")
			mustSilence(t, client, Outbound, Held)
			write(t, server, "heard again")
			read(t, client, "heard again")
			if m != MD5 { // whose bytes the kernel had already, and retransmits
				nothingToRead(t, server)
			}
			if err := client.Heal(); err != nil {
				t.Fatal(err)
			}
			read(t, server, "held, then let out")
		})
	}
}

func TestAClosedSilencedConnectionStaysSilentUntilItHeals(t *testing.T) {
	for _, m := range []Mechanism{MD5, MinTTL, Stall} {
		t.Run(string(m), func(t *testing.T) {
			t.Parallel()
			lot := &Lot{Ladder: []Mechanism{m}}
			client, server := pair(t, "tcp4", lot)
			exchange(t, client, server)
			mustSilence(t, client, Both, m)
			reading := readInBackground(client)
			write(t, client, "last words")
			if err := client.Close(); err != nil {
				t.Fatal(err)
			}
			if err := <-reading; !errors.Is(err, net.ErrClosed) {
				t.Errorf("a waiting reader got %v, want net.ErrClosed", err)
			}
			if lot.Len() != 1 {
				t.Errorf("%d connections parked, want 1", lot.Len())
			}
			nothingToRead(t, server)
			if state := tcpInfo(t, server).State; state != established {
				t.Errorf("the server's socket is in state %d: it was told", state)
			}

			if err := client.Heal(); err != nil {
				t.Fatal(err)
			}
			read(t, server, "last words")
			if err := readError(server); err != io.EOF {
				t.Errorf("after healing, the server read %v, want EOF", err)
			}
			if lot.Len() != 0 {
				t.Errorf("%d connections still parked", lot.Len())
			}
		})
	}
}

func TestAReleasedLotTellsEveryPeerByRST(t *testing.T) {
	for _, c := range []struct {
		name string
		end  func(*Conn) error
	}{
		{"after Close", (*Conn).Close},
		{"after Reset", (*Conn).Reset},
	} {
		for _, m := range []Mechanism{MD5, MinTTL, Stall} {
			t.Run(string(m)+" "+c.name, func(t *testing.T) {
				t.Parallel()
				lot := &Lot{Ladder: []Mechanism{m}}
				client, server := pair(t, "tcp4", lot)
				exchange(t, client, server)
				mustSilence(t, client, Both, m)
				write(t, client, "never heard")
				if err := c.end(client); err != nil {
					t.Fatal(err)
				}
				nothingToRead(t, server)
				if err := lot.Release(); err != nil {
					t.Fatal(err)
				}
				if err := readError(server); !errors.Is(err, syscall.ECONNRESET) {
					t.Errorf("the server read %v, want ECONNRESET", err)
				}
				if lot.Len() != 0 {
					t.Errorf("%d connections still parked", lot.Len())
				}
			})
		}
	}
}

func TestAnInboundSilencedConnectionClosesForReal(t *testing.T) {
	lot := new(Lot)
	client, server := pair(t, "tcp4", lot)
	exchange(t, client, server)
	mustSilence(t, client, Inbound, MinTTL)
	if err := client.Close(); err != nil {
		t.Fatal(err)
	}
	if err := readError(server); err != io.EOF {
		t.Errorf("the server read %v, want EOF", err)
	}
	if lot.Len() != 0 {
		t.Errorf("%d connections parked", lot.Len())
	}
}

func TestMinTTLKeepsOurKernelQuietToo(t *testing.T) {
	client, _ := pair(t, "tcp4", &Lot{Ladder: []Mechanism{MinTTL}})
	keepAlive := func() (v int) {
		if err := client.onSocket("", func(fd int) (err error) {
			v, err = unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_KEEPALIVE)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return v
	}
	if keepAlive() != 1 {
		t.Fatal("the test needs a connection with keepalive on")
	}
	mustSilence(t, client, Both, MinTTL)
	if keepAlive() != 0 {
		t.Error("keepalive probes would get through")
	}
	if err := client.Heal(); err != nil {
		t.Fatal(err)
	}
	if keepAlive() != 1 {
		t.Error("healing did not switch keepalive on again")
	}
}

func mustSilence(t *testing.T, c *Conn, d Direction, want Mechanism) {
	t.Helper()
	got, err := c.Silence(d)
	if err != nil {
		if want == MD5 && (errors.Is(err, unix.ENOPROTOOPT) || errors.Is(err, unix.EOPNOTSUPP)) {
			t.Skipf("this kernel has no TCP-MD5 (CONFIG_TCP_MD5SIG): %v", err)
		}
		t.Fatal(err)
	}
	if got != want {
		t.Fatalf("silenced by %s, want %s", got, want)
	}
}

// exchange shows that the connection works both ways, and leaves nothing
// unacknowledged that would blur what comes after.
func exchange(t *testing.T, client *Conn, server *net.TCPConn) {
	t.Helper()
	write(t, client, "ping")
	read(t, server, "ping")
	write(t, server, "pong")
	read(t, client, "pong")
	tcpInfoWhen(t, server, "is acknowledged", func(i *unix.TCPInfo) bool { return i.Unacked == 0 })
	eventually(t, "the client is acknowledged", func() bool { n, err := client.Unacked(); return n == 0 && err == nil })
}

func tcpInfo(t *testing.T, c *net.TCPConn) *unix.TCPInfo {
	t.Helper()
	raw, err := c.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var info *unix.TCPInfo
	ctlErr := raw.Control(func(fd uintptr) { info, err = unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO) })
	if err := errors.Join(ctlErr, err); err != nil {
		t.Fatal(err)
	}
	return info
}

func tcpInfoWhen(t *testing.T, c *net.TCPConn, what string, is func(*unix.TCPInfo) bool) (info *unix.TCPInfo) {
	t.Helper()
	eventually(t, "the server's socket "+what, func() bool { info = tcpInfo(t, c); return is(info) })
	return info
}
