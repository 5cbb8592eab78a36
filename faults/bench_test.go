package faults

import (
	"io"
	"math/rand/v2"
	"net"
	"runtime"
	"testing"
	"time"
)

// BenchmarkEcho is a message of 200 bytes to an echo and back: what Conn adds
// to bare TCP.
func BenchmarkEcho(b *testing.B) {
	message := make([]byte, 200)
	b.Run("bare TCP", func(b *testing.B) {
		c := echoed(b)
		buf := make([]byte, BufferSize)
		b.ReportAllocs()
		for b.Loop() {
			must(b, c, message)
			if _, err := c.Read(buf); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Read", func(b *testing.B) {
		c := NewConn(echoed(b), nil)
		buf := make([]byte, BufferSize)
		b.ReportAllocs()
		for b.Loop() {
			must(b, c, message)
			if _, err := c.Read(buf); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("ReadPooled", func(b *testing.B) {
		c := NewConn(echoed(b), nil)
		b.ReportAllocs()
		for b.Loop() {
			must(b, c, message)
			got, err := c.ReadPooled()
			if err != nil {
				b.Fatal(err)
			}
			got.Release()
		}
	})
}

// BenchmarkWrite is a message of 200 bytes to a peer that throws it away.
func BenchmarkWrite(b *testing.B) {
	message := make([]byte, 200)
	b.Run("bare TCP", func(b *testing.B) {
		c := discarded(b)
		b.ReportAllocs()
		for b.Loop() {
			must(b, c, message)
		}
	})
	b.Run("Conn", func(b *testing.B) {
		c := NewConn(discarded(b), nil)
		b.ReportAllocs()
		for b.Loop() {
			for !c.Room(len(message)) {
				runtime.Gosched()
			}
			must(b, c, message)
		}
	})
}

// BenchmarkSilence is one connection silenced and healed.
func BenchmarkSilence(b *testing.B) {
	for _, m := range []Mechanism{MD5, MinTTL, Stall} {
		b.Run(string(m), func(b *testing.B) {
			c, _ := pair(b, "tcp4", &Lot{Ladder: []Mechanism{m}})
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.Silence(Both); err != nil {
					b.Skip(err)
				}
				if err := c.Heal(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkParked is what connections hold whose readers have read a message
// and wait for the next in ReadPooled.
func BenchmarkParked(b *testing.B) {
	const connections = 500
	for b.Loop() {
		l, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			b.Fatal(err)
		}
		var lot Lot
		bare, conns, peers := make([]net.Conn, connections), make([]*Conn, connections), make([]net.Conn, connections)
		before := inUse()
		for i := range bare {
			if bare[i], err = net.Dial("tcp4", l.Addr().String()); err != nil {
				b.Fatal(err)
			}
		}
		dialled := inUse()
		read, done := make(chan struct{}), make(chan struct{})
		for i, nc := range bare {
			c := NewConn(nc, &lot)
			conns[i] = c
			go func() {
				for range 2 { // a message, and the end
					if got, err := c.ReadPooled(); err == nil {
						got.Release()
						read <- struct{}{}
					}
				}
				done <- struct{}{}
			}()
		}
		for i := range peers {
			if peers[i], err = l.Accept(); err != nil {
				b.Fatal(err)
			}
			must(b, peers[i], []byte("message"))
			<-read
		}
		parked := inUse()
		for _, c := range conns {
			_ = c.Close()
			<-done
		}
		_ = l.Close()
		for _, peer := range peers {
			_ = peer.Close()
		}
		b.ReportMetric(float64(dialled.heap-before.heap)/connections, "heap-B/net.Conn")
		b.ReportMetric(float64(parked.heap-dialled.heap)/connections, "heap-B/Conn,peer")
		b.ReportMetric(float64(parked.stack-dialled.stack)/connections, "stack-B/Conn")
	}
}

type memory struct{ heap, stack int64 }

func inUse() memory {
	for range 100 {
		runtime.Gosched()
	}
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return memory{heap: int64(m.HeapAlloc), stack: int64(m.StackInuse)}
}

func must(b *testing.B, w io.Writer, p []byte) {
	if _, err := w.Write(p); err != nil {
		b.Fatal(err)
	}
}

// echoed is a connection whose peer sends back what it gets.
func echoed(b *testing.B) net.Conn {
	return served(b, func(c net.Conn) { _, _ = io.Copy(onlyWriter{c}, onlyReader{c}) })
}

func discarded(b *testing.B) net.Conn {
	return served(b, func(c net.Conn) { _, _ = io.CopyBuffer(onlyWriter{io.Discard}, onlyReader{c}, make([]byte, 1<<20)) })
}

type onlyWriter struct{ io.Writer }

func served(b *testing.B, serve func(net.Conn)) net.Conn {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	ours, err := net.Dial("tcp4", l.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	theirs, err := l.Accept()
	if err != nil {
		b.Fatal(err)
	}
	done := make(chan struct{})
	go func() { defer close(done); defer theirs.Close(); serve(theirs) }()
	b.Cleanup(func() { _ = ours.Close(); <-done })
	return ours
}

// BenchmarkReset is one connection reset.
func BenchmarkReset(b *testing.B) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		ours, err := net.Dial("tcp4", l.Addr().String())
		if err != nil {
			b.Fatal(err)
		}
		theirs, err := l.Accept()
		if err != nil {
			b.Fatal(err)
		}
		c := NewConn(ours, nil)
		b.StartTimer()
		if err := c.Reset(); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		_ = theirs.Close()
		b.StartTimer()
	}
}

// BenchmarkEchoUnderFaults is BenchmarkEcho on a connection that is watched,
// or whose path is slow by nothing worth waiting for: what the way past the
// socket costs.
func BenchmarkEchoUnderFaults(b *testing.B) {
	message := make([]byte, 200)
	for _, f := range []struct {
		name  string
		apply func(*Conn)
	}{
		{"watched", func(c *Conn) { c.WatchIdle(time.Hour, 0, CountData, func(time.Duration) {}) }},
		{"slow up", func(c *Conn) { _ = c.Shape(Shape{Delay: 1}, Shape{}, *rand.NewPCG(1, 2)) }},
		{"slow down", func(c *Conn) { _ = c.Shape(Shape{}, Shape{Delay: 1}, *rand.NewPCG(1, 2)) }},
	} {
		b.Run(f.name, func(b *testing.B) {
			c := NewConn(echoed(b), nil)
			f.apply(c)
			b.ReportAllocs()
			for b.Loop() {
				must(b, c, message)
				for got := 0; got < len(message); {
					p, err := c.ReadPooled()
					if err != nil {
						b.Fatal(err)
					}
					got += len(p.Bytes())
					p.Release()
				}
			}
			_ = c.Close()
			_ = c.lot.Release()
		})
	}
}

// BenchmarkSlowPath is how much goes through a path that is slow by nothing
// worth waiting for.
func BenchmarkSlowPath(b *testing.B) {
	const chunk = 16 << 10
	message := make([]byte, chunk)
	b.Run("up", func(b *testing.B) {
		c := NewConn(discarded(b), nil)
		if err := c.Shape(Shape{Delay: 1}, Shape{}, *rand.NewPCG(1, 2)); err != nil {
			b.Fatal(err)
		}
		b.SetBytes(chunk)
		b.ReportAllocs()
		for b.Loop() {
			for !c.Room(chunk) {
				runtime.Gosched()
			}
			must(b, c, message)
		}
		_ = c.Close()
		_ = c.lot.Release()
	})
	b.Run("down", func(b *testing.B) {
		c := NewConn(served(b, func(peer net.Conn) {
			for err := error(nil); err == nil; {
				_, err = peer.Write(message)
			}
		}), nil)
		if err := c.Shape(Shape{}, Shape{Delay: 1}, *rand.NewPCG(1, 2)); err != nil {
			b.Fatal(err)
		}
		b.SetBytes(chunk)
		b.ReportAllocs()
		for b.Loop() {
			for got := 0; got < chunk; {
				p, err := c.ReadPooled()
				if err != nil {
					b.Fatal(err)
				}
				got += len(p.Bytes())
				p.Release()
			}
		}
		_ = c.Close()
	})
}

// BenchmarkLook is one look of an IdleWatch at what the kernel has counted.
func BenchmarkLook(b *testing.B) {
	c, _ := pair(b, "tcp4", nil)
	w := c.WatchIdle(time.Hour, 0, CountPackets, func(time.Duration) {})
	defer w.Stop()
	b.ReportAllocs()
	for b.Loop() {
		w.look()
	}
}
