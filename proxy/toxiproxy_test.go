package proxy

import (
	stdbytes "bytes"
	"errors"
	"io"
	"net"
	"syscall"
	"testing"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2/client"
)

func TestBytesPassBothWaysAndSoDoEnds(t *testing.T) {
	w, _, _, client, server := newChat(t, Config{})
	sent := stdbytes.Repeat([]byte("0123456789abcdef"), 1<<18)
	go func() { _, _ = client.Write(sent); _ = client.CloseWrite() }()
	got, err := io.ReadAll(server)
	if err != nil || !stdbytes.Equal(got, sent) {
		t.Fatalf("%d of %d bytes arrived: %v", len(got), len(sent), err)
	}
	write(t, server, "after the client's end")
	read(t, client, "after the client's end")
	server.Close()
	if err := ending(t, client); err != nil {
		t.Errorf("the client met %v, not the server's FIN", err)
	}
	w.eventually("the link is forgotten", func() bool { return len(w.ours().open()) == 0 })
}

func TestAResetIsPassedOnAsOne(t *testing.T) {
	_, _, _, client, server := newChat(t, Config{})
	_ = server.SetLinger(0)
	server.Close()
	if err := ending(t, client); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the client met %v", err)
	}
}

func TestADeadUpstreamResetsOnlyItsOwnClient(t *testing.T) {
	w, u, p, client, server := newChat(t, Config{})
	u.l.Close()
	late := dial(t, p.Listen)
	if err := ending(t, late); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the late client met %v", err)
	}
	pass(t, client, server)
	w.saying("upstream does not answer")
}

func TestLatencyDelaysOneStream(t *testing.T) {
	w, _, p, client, server := newChat(t, Config{})
	const delay = 150 * time.Millisecond
	toxic(t, p, "latency", "upstream", toxiproxy.Attributes{"latency": 150})
	toxic(t, p, "latency", "downstream", toxiproxy.Attributes{"latency": "1us"})
	began := time.Now()
	write(t, client, "a")
	read(t, server, "a")
	if took := time.Since(began); took < delay {
		t.Errorf("it took %s, not %s", took, delay)
	}
	must(t, p.RemoveToxic("latency_upstream"))
	pass(t, client, server)
	if n := len(w.ours().open()[0].parts); n != 1 {
		t.Errorf("the link has %d parts left", n)
	}
}

func TestBandwidthLimitsTheRate(t *testing.T) {
	_, _, p, client, server := newChat(t, Config{})
	toxic(t, p, "bandwidth", "downstream", toxiproxy.Attributes{"rate": 100})
	sent := make([]byte, 50_000)
	began := time.Now()
	go server.Write(sent)
	if _, err := io.ReadFull(client, make([]byte, len(sent))); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took < 350*time.Millisecond {
		t.Errorf("50 KB took %s at 100 KB/s", took)
	}
}

// Many test suites cut a connection so.
func TestBandwidthZeroHoldsAStreamAndLosesNothing(t *testing.T) {
	_, _, p, client, server := newChat(t, Config{})
	toxic(t, p, "bandwidth", "upstream", toxiproxy.Attributes{"rate": 0})
	write(t, client, "kept")
	nothing(t, server)
	must(t, p.RemoveToxic("bandwidth_upstream"))
	read(t, server, "kept")
}

func TestSlowCloseKeepsTheEndBack(t *testing.T) {
	_, _, p, client, server := newChat(t, Config{})
	toxic(t, p, "slow_close", "downstream", toxiproxy.Attributes{"delay": 200})
	began := time.Now()
	write(t, server, "last words")
	server.Close()
	read(t, client, "last words")
	if err := ending(t, client); err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took < 200*time.Millisecond {
		t.Errorf("it ended after %s", took)
	}
}

func TestTimeoutThrowsAwayAndEnds(t *testing.T) {
	_, _, p, client, server := newChat(t, Config{})
	toxic(t, p, "timeout", "upstream", toxiproxy.Attributes{"timeout": 150})
	write(t, client, "lost")
	if got, err := io.ReadAll(server); len(got) > 0 || err != nil {
		t.Errorf("the server read %q, %v", got, err)
	}
	if err := ending(t, client); err != nil {
		t.Errorf("the client met %v", err)
	}
}

func TestTakingATimeoutAwayEndsTheConnection(t *testing.T) {
	_, _, p, client, server := newChat(t, Config{})
	toxic(t, p, "timeout", "downstream", nil)
	write(t, server, "lost")
	nothing(t, client)
	must(t, p.RemoveToxic("timeout_downstream"))
	if got, err := io.ReadAll(client); len(got) > 0 || err != nil {
		t.Errorf("the client read %q, %v", got, err)
	}
}

func TestResetPeerResetsAtOnceWithoutData(t *testing.T) {
	_, u, p, client, server := newChat(t, Config{})
	toxic(t, p, "reset_peer", "downstream", nil)
	for who, c := range map[string]net.Conn{"client": client, "server": server} {
		if err := ending(t, c); !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("the %s met %v", who, err)
		}
	}
	if err := visit(t, p.Listen); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("a later client met %v", err)
	}
	must(t, p.RemoveToxic("reset_peer_downstream"))
	must(t, server.Close())
	client = dial(t, p.Listen)
	for { // the later client may have reached the upstream, too
		server = u.next()
		if server.RemoteAddr() != nil && stillOpen(server) {
			break
		}
	}
	pass(t, client, server)
}

func stillOpen(c *net.TCPConn) bool {
	_ = c.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	_, err := c.Read(make([]byte, 1))
	_ = c.SetReadDeadline(time.Time{})
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

func TestResetPeerAfterATime(t *testing.T) {
	_, _, p, client, server := newChat(t, Config{})
	began := time.Now()
	toxic(t, p, "reset_peer", "upstream", toxiproxy.Attributes{"timeout": 150})
	if err := ending(t, client); !errors.Is(err, syscall.ECONNRESET) || time.Since(began) < 150*time.Millisecond {
		t.Errorf("the client met %v after %s", err, time.Since(began))
	}
	if err := ending(t, server); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the server met %v", err)
	}
}

func TestSlicerWritesPieces(t *testing.T) {
	_, _, p, client, server := newChat(t, Config{})
	toxic(t, p, "slicer", "upstream", toxiproxy.Attributes{"average_size": 10, "size_variation": 3, "delay": 5000})
	write(t, client, string(make([]byte, 100)))
	var sizes []int
	for total := 0; total < 100; {
		b := make([]byte, 1000)
		n, err := server.Read(b)
		must(t, err)
		sizes = append(sizes, n)
		total += n
	}
	if len(sizes) < 3 { // a busy machine reads several at once
		t.Errorf("100 bytes came in pieces of %v", sizes)
	}
}

func TestLimitDataEndsAfterSoManyBytes(t *testing.T) {
	w := newWorld(t, Config{})
	u := newUpstream(t)
	p := w.proxy(u.addr())
	toxic(t, p, "limit_data", "downstream", toxiproxy.Attributes{"bytes": 10})
	client := dial(t, p.Listen)
	server := u.next()
	write(t, server, "1234567")
	read(t, client, "1234567")
	write(t, server, "890too much")
	if got, err := io.ReadAll(client); string(got) != "890" || err != nil {
		t.Errorf("the client read %q, %v", got, err)
	}
	if err := ending(t, server); err != nil {
		t.Errorf("the server met %v", err)
	}
}

func TestARaisedLimitCountsWhatWasSentBefore(t *testing.T) {
	w := newWorld(t, Config{})
	u := newUpstream(t)
	p := w.proxy(u.addr())
	toxic(t, p, "limit_data", "downstream", toxiproxy.Attributes{"bytes": 10})
	client := dial(t, p.Listen)
	server := u.next()
	write(t, server, "12345")
	read(t, client, "12345")
	_, err := p.UpdateToxic("limit_data_downstream", 1, toxiproxy.Attributes{"bytes": 8})
	must(t, err)
	write(t, server, "67890")
	if got, err := io.ReadAll(client); string(got) != "678" || err != nil {
		t.Errorf("the client read %q, %v", got, err)
	}
}

func TestDisablingDropsConnectionsAndRefusesNewOnes(t *testing.T) {
	w, u, p, client, server := newChat(t, Config{})
	must(t, p.Disable())
	ending(t, client)
	ending(t, server)
	if c, err := net.Dial("tcp", p.Listen); err == nil {
		c.Close()
		t.Error("it still listens")
	}
	must(t, p.Enable())
	client, server = w.joined(p, u)
	pass(t, client, server)
}

func TestToxicityIsTheSameChoiceForTheSameSeed(t *testing.T) {
	chosen := func(seed uint64) (taken []bool) {
		w := newWorld(t, Config{Seed: seed})
		u := newUpstream(t)
		p := w.proxy(u.addr())
		_, err := p.AddToxic("half", "timeout", "upstream", 0.5, nil)
		must(t, err)
		for range 40 {
			client := dial(t, p.Listen)
			u.next()
			write(t, client, "x")
			n := len(taken) + 1
			var l *link
			w.eventually("it is a link", func() bool {
				open := w.ours().open()
				if len(open) >= n {
					l = open[n-1]
				}
				return l != nil
			})
			taken = append(taken, w.ours().toxic("half").byToxicity(l, true))
		}
		return taken
	}
	a, b, c := chosen(7), chosen(7), chosen(8)
	count, differs := 0, false
	for i := range a {
		if a[i] != b[i] {
			t.Fatalf("connection %d: one choice and another from one seed", i)
		}
		differs = differs || a[i] != c[i]
		if a[i] {
			count++
		}
	}
	if count < 8 || count > 32 || !differs {
		t.Errorf("%d of 40 taken at 50 %%; another seed differs: %v", count, differs)
	}
}

func TestToxicityChangesForOpenConnections(t *testing.T) {
	w, _, p, client, server := newChat(t, Config{})
	_, err := p.AddToxic("hold", "bandwidth", "upstream", 0, toxiproxy.Attributes{"rate": 0})
	must(t, err)
	pass(t, client, server)
	_, err = p.UpdateToxic("hold", 1, nil)
	must(t, err)
	write(t, client, "kept")
	nothing(t, server)
	must(t, w.api.ResetState())
	read(t, server, "kept")
}
