package testserver

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/imbench/imbench/protocol"
)

// serveVariable makes this test binary a server of its own until its standard
// input ends, so that benchmarks can tell its CPU and memory from theirs.
const serveVariable = "IMBENCH_TESTSERVER_SERVE"

func serveUntilInputEnds() error {
	s, err := New(Config{PingEvery: time.Hour, ReapAfter: 2 * time.Hour}) // the clients here answer no pings
	if err != nil {
		return err
	}
	l, err := Listen(context.Background(), "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(l.Addr())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		_ = s.Shutdown(context.Background())
	}()
	return s.Serve(l)
}

// process is a server in a process of its own.
type process struct {
	b       *testing.B
	address string
}

func start(b *testing.B) process {
	b.Helper()
	cmd := exec.CommandContext(context.WithoutCancel(b.Context()), os.Args[0]) // ended by its input
	cmd.Env = append(os.Environ(), serveVariable+"=1")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Wait()
	})
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	return process{b, strings.TrimSpace(address)}
}

// metric reads one figure of the server's own.
func (p process) metric(name string) float64 {
	p.b.Helper()
	body, err := io.ReadAll(status(p.b, p.address, "/metrics", nil).Body)
	if err != nil {
		p.b.Fatal(err)
	}
	_, after, _ := strings.Cut(string(body), "\n"+name+" ")
	text, _, _ := strings.Cut(after, "\n")
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		p.b.Fatalf("%s: %v", name, err)
	}
	return v
}

func (p process) cpu() float64 { return p.metric("process_cpu_seconds_total") }

// connect opens n connections, workers at a time, and reads their greetings.
func (p process) connect(n int, query func(i int) string) []net.Conn {
	p.b.Helper()
	const workers = 32
	conns := make([]net.Conn, n)
	var group sync.WaitGroup
	for w := range workers {
		group.Go(func() {
			for i := w; i < n; i += workers {
				c, err := net.Dial("tcp", p.address)
				if err != nil {
					p.b.Error(err)
					return
				}
				conns[i] = c
				_, err = fmt.Fprintf(c, "GET /ws?%s HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
					"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", query(i))
				if err != nil {
					p.b.Error(err)
					return
				}
				if err := until(c, `"code":201}`); err != nil {
					p.b.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
	p.b.Cleanup(func() {
		for _, c := range conns {
			if c != nil {
				_ = c.Close()
			}
		}
	})
	if p.b.Failed() {
		p.b.FailNow()
	}
	return conns
}

// until reads to the end of a text.
func until(c net.Conn, end string) error {
	var buf [4096]byte
	for n := 0; n < len(buf); {
		k, err := c.Read(buf[n:])
		if err != nil {
			return err
		}
		if n += k; strings.HasSuffix(string(buf[:n]), end) {
			return nil
		}
	}
	return fmt.Errorf("no %q in %d bytes", end, len(buf))
}

// masked is a client's frame, masked with zeros.
func masked(body []byte) []byte {
	f := []byte{0x81, 0x80 | 126, 0, 0, 0, 0, 0, 0}
	binary.BigEndian.PutUint16(f[2:], uint16(len(body)))
	return append(f, body...)
}

// BenchmarkRoundTrip is a message from each of 1,000 clients to itself, ack
// asked for: server CPU per round trip, saturated.
func BenchmarkRoundTrip(b *testing.B) {
	const clients, workers = 1000, 2
	p := start(b)
	conns := p.connect(clients, func(i int) string { return "client=c" + strconv.Itoa(i) })
	frames := make([][]byte, clients)
	for i := range frames {
		frames[i] = masked(protocol.Envelope{}.AppendMessage(nil, protocol.Message{
			Peer: []byte("c" + strconv.Itoa(i)), Size: protocol.TagLen, UnixMillis: 1760000000000, Ack: true,
		}))
	}
	before := p.cpu()
	rounds := 0
	for b.Loop() {
		var group sync.WaitGroup
		for w := range workers {
			group.Go(func() {
				for i := w; i < clients; i += workers {
					if _, err := conns[i].Write(frames[i]); err != nil {
						b.Error(err)
					}
				}
				for i := w; i < clients; i += workers {
					if err := untilAck(conns[i]); err != nil {
						b.Error(err)
					}
				}
			})
		}
		group.Wait()
		rounds++
	}
	b.ReportMetric((p.cpu()-before)*1e6/float64(rounds*clients), "server-µs/trip")
	b.ReportMetric(float64(rounds*clients)/b.Elapsed().Seconds(), "trips/s")
	b.ReportMetric(0, "ns/op")
}

// untilAck reads the echo and the ack, which come in this order.
func untilAck(c net.Conn) error {
	var buf [1024]byte
	for n := 0; n < len(buf); {
		k, err := c.Read(buf[n:])
		if err != nil {
			return err
		}
		n += k
		if strings.Contains(string(buf[:n]), `"ack"`) && strings.HasSuffix(string(buf[:n]), `"code":200}`) {
			return nil
		}
	}
	return fmt.Errorf("no ack")
}

// BenchmarkRoom is messages to a room of 500: server CPU per delivery.
func BenchmarkRoom(b *testing.B) {
	const clients = 500
	p := start(b)
	conns := p.connect(clients, func(i int) string { return "room=r&client=c" + strconv.Itoa(i) })
	frame := masked(protocol.Envelope{}.AppendMessage(nil, protocol.Message{Room: []byte("r"), Size: protocol.TagLen, UnixMillis: 1760000000000}))
	before := p.cpu()
	rounds := 0
	for b.Loop() {
		if _, err := conns[0].Write(frame); err != nil {
			b.Fatal(err)
		}
		for _, c := range conns[1:] {
			if err := until(c, `"code":200}`); err != nil {
				b.Fatal(err)
			}
		}
		rounds++
	}
	b.ReportMetric((p.cpu()-before)*1e6/float64(rounds*(clients-1)), "server-µs/delivery")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkConnect is 4,000 connections from handshake to greeting: how fast,
// and what the server pays and keeps for each.
func BenchmarkConnect(b *testing.B) {
	const clients = 4000
	for b.Loop() {
		p := start(b)
		p.connect(10, func(i int) string { return "client=w" + strconv.Itoa(i) })
		cpu, memory := p.cpu(), p.metric("process_resident_memory_bytes")
		begun := time.Now()
		conns := p.connect(clients, func(i int) string { return "room=r" + strconv.Itoa(i/50) + "&client=c" + strconv.Itoa(i) })
		took := time.Since(begun)
		b.ReportMetric(clients/took.Seconds(), "connects/s")
		b.ReportMetric((p.cpu()-cpu)*1e6/clients, "server-µs/connect")
		b.ReportMetric((p.metric("process_resident_memory_bytes")-memory)/clients, "server-bytes/conn")
		for _, c := range conns { // descriptors are few
			_ = c.Close()
		}
	}
	b.ReportMetric(0, "ns/op")
}

func BenchmarkParse(b *testing.B) {
	frame := protocol.Envelope{}.AppendMessage(nil, protocol.Message{Room: []byte("r3"), Size: 200, Ack: true, UnixMillis: 1760000000000})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := parse(frame); err != nil {
			b.Fatal(err)
		}
	}
}
