package protocol

import (
	"strings"
	"testing"
)

// contenders are the same message in several protocols: as the client sends it,
// and as the server sends it on.
func contenders(b testing.TB) map[string]struct {
	p     Protocol
	frame string
} {
	content := string(appendContent(nil, someTag, 200))
	by := func(name string) Protocol {
		p, ok := ByName(name)
		if !ok {
			b.Fatal(name)
		}
		return p
	}
	described := parsed(b, `
name: described envelope
ready: open
message:
  room:
    version: "1.0.0"
    event: message
    payload:
      id: "${seq}"
      timestamp: ${time}
      content: "${content}"
      meta: {room: "${room}", ack: true}
    code: 200
  receive: ['$.version == "1.0.0"', '$.event == "message"']
ack: {match: '$.event == "ack"', id: $.payload.id}
error: {match: '$.code >= 400', text: $.payload.content}
offset: $.payload.meta.offset
`).Protocol
	envelope := `{"version":"1.0.0","event":"message","payload":{"id":"070001869f8","timestamp":1760000000000,"content":"` + content +
		`","sender":{"id":"c12"},"meta":{"room":"r3","offset":"r1a2b.12"}},"code":200}`
	return map[string]struct {
		p     Protocol
		frame string
	}{
		"envelope":         {Envelope{}, envelope},
		"described":        {described, envelope},
		"browser-ws":       {by("browser-ws"), content},
		"angular-socketio": {by("angular-socketio"), `42["message",` + strings.Replace(envelope, `"im~`, `"已收到：im~`, 1) + `]`},
		"socketio-chat":    {by("socketio-chat"), `42["chat","` + content + `"]`},
		"socketio":         {by("socketio"), `42["message",{"room":"r3","text":"` + content + `"},"Q81m6Sk"]`},
	}
}

func TestMessagesAreReadAndWrittenWithoutAllocating(t *testing.T) {
	buf := make([]byte, 0, 1024)
	m := Message{Tag: someTag, Size: 200, Client: []byte("c12"), Room: []byte("r3"), UnixMillis: 1760000000000, Ack: true}
	for name, c := range contenders(t) {
		frame := []byte(c.frame)
		if e := c.p.Scan(frame); e.Kind != Delivery || e.Tag != someTag {
			t.Fatalf("%s: %+v", name, e)
		}
		if n := testing.AllocsPerRun(10, func() { c.p.Scan(frame) }); n != 0 {
			t.Errorf("%s: %v allocations for a frame", name, n)
		}
		if n := testing.AllocsPerRun(10, func() { buf = c.p.AppendMessage(buf[:0], m) }); n != 0 {
			t.Errorf("%s: %v allocations for a message", name, n)
		}
	}
}

func BenchmarkScanDelivery(b *testing.B) {
	for name, c := range contenders(b) {
		b.Run(name, func(b *testing.B) {
			frame := []byte(c.frame)
			b.ReportAllocs()
			for b.Loop() {
				if c.p.Scan(frame).Kind != Delivery {
					b.Fatal("no delivery")
				}
			}
		})
	}
}

func BenchmarkAppendMessageOf(b *testing.B) {
	m := Message{Tag: someTag, Size: 200, Client: []byte("c12"), Room: []byte("r3"), UnixMillis: 1760000000000, Ack: true}
	for name, c := range contenders(b) {
		b.Run(name, func(b *testing.B) {
			buf := make([]byte, 0, 1024)
			b.ReportAllocs()
			for b.Loop() {
				buf = c.p.AppendMessage(buf[:0], m)
			}
		})
	}
}
