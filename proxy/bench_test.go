package proxy

import (
	"io"
	"log/slog"
	"net"
	"testing"
)

// through is the address of a proxy to upstream.
func through(b *testing.B, upstream string) string {
	b.Helper()
	s := New(Config{Logger: slog.New(slog.DiscardHandler)})
	b.Cleanup(func() { s.Close() })
	p, err := s.Add("chat", "127.0.0.1:0", upstream, true)
	must(b, err)
	return p.Addr()
}

func BenchmarkRoundTrip(b *testing.B) {
	for name, addr := range map[string]func(*testing.B, string) string{
		"direct":  func(_ *testing.B, addr string) string { return addr },
		"through": through,
	} {
		b.Run(name, func(b *testing.B) {
			c := dial(b, addr(b, echoServer(b)))
			p := make([]byte, 200)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.Write(p); err != nil {
					b.Fatal(err)
				}
				if _, err := io.ReadFull(c, p); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkThroughput(b *testing.B) {
	for name, addr := range map[string]func(*testing.B, string) string{
		"direct":  func(_ *testing.B, addr string) string { return addr },
		"through": through,
	} {
		b.Run(name, func(b *testing.B) {
			u := newUpstream(b)
			c := dial(b, addr(b, u.addr()))
			server := u.next()
			p := make([]byte, 256<<10)
			read := make(chan int64)
			go func() {
				n, _ := io.CopyBuffer(struct{ io.Writer }{io.Discard}, onlyReader{server}, make([]byte, 256<<10))
				read <- n
			}()
			b.SetBytes(int64(len(p)))
			b.ReportAllocs()
			sent := int64(0)
			for b.Loop() {
				n, err := c.Write(p)
				if sent += int64(n); err != nil {
					b.Fatal(err)
				}
			}
			c.Close()
			if n := <-read; n != sent {
				b.Errorf("%d of %d bytes arrived", n, sent)
			}
		})
	}
}

// A silence of many links at once, and its end: a link each operation.
func BenchmarkSilence(b *testing.B) {
	s := New(Config{Logger: slog.New(slog.DiscardHandler)})
	b.Cleanup(func() { s.Close() })
	u := newUpstream(b)
	p, err := s.Add("chat", "127.0.0.1:0", u.addr(), true)
	must(b, err)
	const links = 500
	clients := make([]net.Conn, links)
	for i := range clients {
		clients[i] = dial(b, p.Addr())
	}
	eventually(b, "all are links", func() bool { return len(p.open()) == links })
	b.ReportAllocs()
	for b.Loop() {
		t, err := newToxic(sent{Type: "silence"})
		must(b, err)
		p.add(t)
		p.remove(t)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/links/2, "ns/fault")
}
