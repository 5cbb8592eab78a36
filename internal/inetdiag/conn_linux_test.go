package inetdiag

import (
	"errors"
	"net"
	"net/netip"
	"testing"
	"time"
)

// connected is a connection to a listener: both ends, the server's first.
func connected(t testing.TB, listen, dial string) (server, client *net.TCPConn) {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", listen)
	if err != nil {
		t.Skipf("nothing listens on %s here: %v", listen, err)
	}
	t.Cleanup(func() { _ = l.Close() })
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return pair(t, l, net.JoinHostPort(dial, port))
}

func pair(t testing.TB, l net.Listener, to string) (server, client *net.TCPConn) {
	t.Helper()
	c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", to)
	if err != nil {
		t.Fatal(err)
	}
	s, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close(); _ = s.Close() })
	return s.(*net.TCPConn), c.(*net.TCPConn)
}

func open(t testing.TB) *Conn {
	t.Helper()
	c, err := Open()
	if errors.Is(err, ErrUnsupported) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func addrOf(a net.Addr) netip.AddrPort { return a.(*net.TCPAddr).AddrPort() }

func TestTheServersEndOfAConnectionIsFound(t *testing.T) {
	for _, tt := range []struct{ name, listen, dial string }{
		{"IPv4", "127.0.0.1:0", "127.0.0.1"},
		{"IPv6", "[::1]:0", "::1"},
		{"IPv4 to a listener of both families", ":0", "127.0.0.1"},
		{"from another address of this machine", "127.0.0.2:0", "127.0.0.2"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			diag := open(t)
			server, client := connected(t, tt.listen, tt.dial)
			local, remote := addrOf(client.RemoteAddr()), addrOf(client.LocalAddr())
			s, err := diag.Find(local, remote)
			if err != nil || s.State != Established || s.Unacked != 0 || s.RTO == 0 || s.Cookie == 0 {
				t.Fatalf("found %+v, %v", s, err)
			}
			seen := 0
			if err := diag.Each(local.Port(), func(e Socket) {
				if e == s {
					seen++
				}
			}); err != nil || seen != 1 {
				t.Errorf("among all of its port it was seen %d times, %v", seen, err)
			}
			if _, err := server.Write([]byte("unread")); err != nil {
				t.Fatal(err)
			}
			eventually(t, "the client's end holds what it has not read", func() bool {
				c, err := diag.Find(remote, local)
				return err == nil && c.Unread == 6
			})
			_ = client.CloseWrite()
			eventually(t, "the server's end knows that the client is done", func() bool {
				s, err := diag.Find(local, remote)
				return err == nil && s.State == CloseWait
			})
			_ = server.SetLinger(0)
			_ = server.Close()
			eventually(t, "it is gone", func() bool {
				_, err := diag.Find(local, remote)
				return errors.Is(err, ErrNotFound)
			})
		})
	}
}

func TestWhatIsNotThereIsNotFound(t *testing.T) {
	diag := open(t)
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for name, at := range map[string]struct{ local, remote netip.AddrPort }{
		"a listener is no connection": {addrOf(l.Addr()), netip.MustParseAddrPort("127.0.0.1:1")},
		"a server elsewhere":          {netip.MustParseAddrPort("192.0.2.1:80"), netip.MustParseAddrPort("192.0.2.2:40000")},
		"one of IPv6":                 {netip.MustParseAddrPort("[2001:db8::1]:80"), netip.MustParseAddrPort("[2001:db8::2]:40000")},
	} {
		if s, err := diag.Find(at.local, at.remote); !errors.Is(err, ErrNotFound) {
			t.Errorf("%s: found %+v, %v", name, s, err)
		}
	}
	if err := diag.Each(addrOf(l.Addr()).Port(), func(s Socket) { t.Errorf("a port without connections has %+v", s) }); err != nil {
		t.Error(err)
	}
}

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	const patience = 30 * time.Second
	for deadline := time.Now().Add(patience); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within %s: %s", patience, what)
		}
	}
}

func BenchmarkAsking(b *testing.B) {
	l, err := (&net.ListenConfig{}).Listen(b.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	const sockets = 2000
	var one *net.TCPConn
	for range sockets {
		one, _ = pair(b, l, l.Addr().String())
	}
	diag := open(b)
	local, remote := addrOf(one.LocalAddr()), addrOf(one.RemoteAddr())
	b.Run("for one", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := diag.Find(local, remote); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("for all 2,000 of a port", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			n := 0
			if err := diag.Each(local.Port(), func(Socket) { n++ }); err != nil || n != sockets {
				b.Fatal(n, err)
			}
		}
	})
}
