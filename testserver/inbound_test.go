package testserver

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/imbench/imbench/protocol"
)

// FuzzParse holds the usual layout against encoding/json.
func FuzzParse(f *testing.F) {
	p := protocol.Envelope{}
	f.Add(p.AppendMessage(nil, protocol.Message{Room: []byte("r"), Size: 60, Ack: true}))
	f.Add(p.AppendMessage(nil, protocol.Message{Peer: []byte("c5"), Size: 60}))
	f.Add(p.AppendMessage(nil, protocol.Message{All: true, Size: 60}))
	f.Add(p.AppendHeartbeat(nil, 1760000000000))
	f.Add([]byte(`{"version":"1.0.0","event":"join","payload":{"meta":{"room":"r","offset":"r1a2b.12"}}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		fast, ok := parseUsual(body)
		slow, err := parseAny(body)
		if !ok {
			return
		}
		if err != nil {
			t.Fatalf("%q: JSON says %v", body, err)
		}
		if d := cmp.Diff(slow, fast, cmp.AllowUnexported(inbound{}), cmpopts.EquateEmpty()); d != "" {
			t.Errorf("%q: JSON says -, the fast way says +\n%s", body, d)
		}
	})
}

func TestWhatImbenchWritesIsReadTheFastWay(t *testing.T) {
	p := protocol.Envelope{}
	for name, frame := range map[string][]byte{
		"to a room":   p.AppendMessage(nil, protocol.Message{Room: []byte("r"), Size: 60, Ack: true}),
		"to a peer":   p.AppendMessage(nil, protocol.Message{Peer: []byte("c5"), Size: 60}),
		"to all":      p.AppendMessage(nil, protocol.Message{All: true, Size: 60}),
		"a heartbeat": p.AppendHeartbeat(nil, 1760000000000),
	} {
		if _, ok := parseUsual(frame); !ok {
			t.Errorf("%s: %s", name, frame)
		}
		if n := testing.AllocsPerRun(10, func() { _, _ = parse(frame) }); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

// TestWhatTheServerWritesIsReadTheFastWay keeps the two ends of the wire in
// step.
func TestWhatTheServerWritesIsReadTheFastWay(t *testing.T) {
	p := protocol.Envelope{}
	sent := p.AppendMessage(nil, protocol.Message{Room: []byte("r"), Size: 60, Ack: true, Tag: protocol.Tag{Number: 7}})
	m, err := parse(sent)
	if err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string]frame{
		"message":       messageFrame(&stream{kind: roomStream, name: "r", epoch: 0x1a2b}, "c12", &m, 12),
		"ack":           ackFrame(m.id, 1760000000000),
		"heartbeat_ack": heartbeatAckFrame(1760000000000),
	} {
		body := f[2:]
		if f[1] == 126 {
			body = f[4:]
		}
		if n := testing.AllocsPerRun(10, func() { p.Scan(body) }); n != 0 {
			t.Errorf("%s: %v allocations for %s", name, n, body)
		}
		if e := p.Scan(body); e.Kind == protocol.Invalid || e.Kind == protocol.Other || e.Kind != protocol.HeartbeatAnswer && e.Tag.Number != 7 {
			t.Errorf("%s: %s is scanned as %+v", name, body, e)
		}
	}
}
