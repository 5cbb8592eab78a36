package faults

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

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

// pair is a loopback connection: the client's end with faults, the server's as
// it comes.
func pair(t testing.TB, network string, lot *Lot) (*Conn, *net.TCPConn) {
	t.Helper()
	listen, dial, host := network, network, "127.0.0.1"
	switch {
	case network == "tcp6":
		host = "::1"
	case strings.Contains(network, "both families"):
		listen, dial, host = "tcp", "tcp4", ""
	}
	l, err := (&net.ListenConfig{}).Listen(t.Context(), listen, net.JoinHostPort(host, "0"))
	if err != nil {
		t.Skipf("no %s on this machine: %v", network, err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	if host == "" {
		host = "127.0.0.1"
	}
	ours, err := net.Dial(dial, net.JoinHostPort(host, port))
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	if host == "127.0.0.1" && listen == "tcp" { // the faults go on the accepted end, whose peer has a mapped address
		ours, theirs = theirs, ours
	}
	client, server := NewConn(ours, lot), theirs.(*net.TCPConn)
	t.Cleanup(func() {
		_ = client.Close() // most tests have closed it
		if err := client.lot.Release(); err != nil {
			t.Errorf("release: %v", err)
		}
		_ = server.Close()
	})
	return client, server
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

func write(t *testing.T, w io.Writer, text string) {
	t.Helper()
	if n, err := w.Write([]byte(text)); n != len(text) || err != nil {
		t.Fatalf("wrote %d bytes of %q: %v", n, text, err)
	}
}

func read(t *testing.T, c net.Conn, want string) {
	t.Helper()
	if err := c.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil { // a retransmission may be that late
		t.Fatal(err)
	}
	got := make([]byte, len(want))
	if n, err := io.ReadFull(c, got); err != nil || !bytes.Equal(got, []byte(want)) {
		t.Fatalf("read %q, %v; want %q", got[:n], err, want)
	}
	_ = c.SetReadDeadline(time.Time{})
}

func nothingToRead(t *testing.T, c net.Conn) {
	t.Helper()
	_ = c.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	if n, err := c.Read(make([]byte, 100)); n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("read %d bytes, %v; want silence", n, err)
	}
	_ = c.SetReadDeadline(time.Time{})
}

func readError(c net.Conn) error {
	_ = c.SetReadDeadline(time.Now().Add(20 * time.Second))
	_, err := io.Copy(io.Discard, onlyReader{c})
	if err == nil {
		return io.EOF
	}
	return err
}

type onlyReader struct{ io.Reader }

func readInBackground(c net.Conn) <-chan error {
	result := make(chan error, 1)
	go func() {
		_, err := c.Read(make([]byte, 100))
		result <- err
	}()
	return result
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

// eventually polls for what the kernel does in its own time and tells nobody.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	const patience = 10 * time.Second
	for deadline := time.Now().Add(patience); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within %s: %s", patience, what)
		}
	}
}
