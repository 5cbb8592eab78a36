package testserver

import (
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/imbench/imbench/protocol/wire"
)

// angularEvent is a message as imbench's clients of angular-socketio write it.
func angularEvent(content string) []byte {
	b := []byte(`42["message",{"version":"1.0.0","event":"message","payload":{"id":"client_1760000000000","timestamp":1760000000000,"content":`)
	b = wire.AppendString(b, content)
	return append(b, `,"meta":{"platform":"web"}},"code":200}]`...)
}

// BenchmarkSocketIORoom is messages of angular-socketio to all 500 sockets:
// server CPU per delivery. Hold it against BenchmarkRoom.
func BenchmarkSocketIORoom(b *testing.B) {
	const clients = 500
	p := start(b)
	conns := make([]net.Conn, clients)
	for i := range conns {
		conns[i] = rawDialPath(b, p.address, "/socket.io/?"+byWebSocket)
		if _, err := conns[i].Write(masked([]byte("40"))); err != nil {
			b.Fatal(err)
		}
		if err := untilText(conns[i], `"code":201}`); err != nil {
			b.Fatal(err)
		}
	}
	frame := masked(angularEvent(strings.Repeat("x", 64)))
	before := p.cpu()
	rounds := 0
	for b.Loop() {
		if _, err := conns[0].Write(frame); err != nil {
			b.Fatal(err)
		}
		for _, c := range conns {
			if err := untilText(c, `"code":200}`); err != nil {
				b.Fatal(err)
			}
		}
		rounds++
	}
	b.ReportMetric((p.cpu()-before)*1e6/float64(rounds*clients), "server-µs/delivery")
	b.ReportMetric(0, "ns/op")
}

// untilText reads until a text has come.
func untilText(c net.Conn, text string) error {
	var buf [4096]byte
	for n := 0; n < len(buf); {
		k, err := c.Read(buf[n:])
		if err != nil {
			return err
		}
		if n += k; strings.Contains(string(buf[:n]), text) {
			return nil
		}
	}
	return fmt.Errorf("no %q in %d bytes", text, len(buf))
}

func BenchmarkParsePacket(b *testing.B) {
	packet := angularEvent(strings.Repeat("x", 64))[1:]
	b.ReportAllocs()
	for b.Loop() {
		p, err := parsePacket(packet)
		if err != nil {
			b.Fatal(err)
		}
		if _, wrong := quoted(p.data); wrong != "" {
			b.Fatal(wrong)
		}
	}
}
