package protocol

import (
	"encoding/json"
	"strings"
	"testing"
)

// exercise calls all there is of a protocol.
func exercise(p Protocol, frame []byte) {
	l := Login{Client: "c1", Room: "r1", Token: "t", Offset: "a b", Row: []string{"x"}}
	m := Message{Tag: someTag, Size: 99, Client: []byte("c1"), UnixMillis: 5, Ack: true}
	p.AppendMessage(nil, m)
	m.Room = []byte("r")
	p.AppendMessage(nil, m)
	p.AppendHeartbeat(nil, 5)
	if o, ok := p.(Opener); ok {
		o.Open(l)
	}
	for n := 0; n <= len(frame); n++ {
		e := p.Scan(frame)
		if r, ok := p.(Replier); ok && e.Step != 0 {
			r.Replies(e, l)
		}
		if r, ok := p.(Resumer); ok {
			r.Resume([]byte("a b"), e)
		}
		if frame = e.Rest; frame == nil {
			return
		}
	}
	panic("a batch without end")
}

// FuzzDescribedScan holds the one pass over a frame against rules that are
// applied to what encoding/json makes of it.
func FuzzDescribedScan(f *testing.F) {
	tag := string(AppendTag(nil, someTag))
	for _, frame := range []string{
		`{"type":"said","text":"` + tag + `","pos":"17"}`, `{"type":"said"}`, `{"type":"ok","id":"1799"}`, `{"type":"welcome","sid":"s"}`,
		`{"type":"beat","at":17}`, `{"type":"ping"}`, `{"code":4e2,"reason":"n\u006f"}`, `{"type":"bye"}`, `{"type":"challenge","nonce":{}}`,
		`{"type":"a","type":"said","text":"` + tag + `"}`, `[`,
	} {
		f.Add([]byte(frame))
	}
	p := parsed(f, chat).Protocol.(*Described)
	f.Fuzz(func(t *testing.T, frame []byte) {
		exercise(p, frame)
		got := p.Scan(frame)
		if !json.Valid(frame) {
			if got.Kind != Invalid {
				t.Fatalf("%q is not JSON, and yet %+v", frame, got)
			}
			return
		}
		if strings.Count(string(frame), "[")+strings.Count(string(frame), "{") > 200 {
			return
		}
		if want, sure := slowChat(frame); sure && want != got.Kind {
			t.Fatalf("%q: kind %v, the slow way says %v", frame, got.Kind, want)
		}
	})
}

// slowChat applies the rules of chat by hand. It is not sure of numbers that
// are out of range.
func slowChat(frame []byte) (kind EventKind, sure bool) {
	var v any
	if json.Unmarshal(frame, &v) != nil {
		return Other, false
	}
	return slowKind(frame, v), true
}

func slowKind(frame []byte, v any) EventKind {
	object, _ := v.(map[string]any)
	_, _, tagged := FindTag(frame)
	code, isNumber := object["code"].(float64)
	kind, _ := object["type"].(string)
	switch {
	case isNumber && code >= 400:
		return Refused
	case kind == "ok":
		if tagged {
			return Acked
		}
		id, _ := lookupText(frame, "id")
		if _, _, ok := parseSeq([]byte(id)); ok {
			return Acked
		}
		return Invalid
	case tagged && kind == "said":
		return Delivery
	case tagged:
		return Other
	}
	return map[string]EventKind{"welcome": Ready, "beat": HeartbeatAnswer, "bye": Closed, "said": Delivery}[kind]
}

func lookupText(frame []byte, name string) (string, bool) {
	var object map[string]json.RawMessage
	if json.Unmarshal(frame, &object) != nil {
		return "", false
	}
	var s string
	if json.Unmarshal(object[name], &s) == nil {
		return s, true
	}
	return string(object[name]), true
}

// FuzzSocketIOScan holds Scan against a slow reading of the same packets.
func FuzzSocketIOScan(f *testing.F) {
	for _, frame := range goldenPackets {
		f.Add([]byte(frame))
	}
	s := parsed(f, strings.Replace(socketioSource, "namespace: /", "namespace: /chat", 1)).Protocol.(*SocketIO)
	f.Fuzz(func(t *testing.T, frame []byte) {
		exercise(s, frame)
		s.ScanBinary(frame)
		e := s.Scan(frame)
		args, event := strings.CutPrefix(string(frame), "42/chat,")
		args = strings.TrimLeft(args, "0123456789")
		if !event || strings.Count(args, "[")+strings.Count(args, "{") > 200 {
			return
		}
		var list []any
		if err := json.Unmarshal([]byte(args), &list); err != nil || len(list) == 0 {
			if e.Kind != Invalid && !json.Valid([]byte(args)) {
				t.Fatalf("%q is no event, and yet %+v", frame, e)
			}
			return
		}
		var offset string
		if e.Offset == nil {
			return
		}
		if err := json.Unmarshal([]byte(`"`+string(e.Offset)+`"`), &offset); err != nil || len(list) < 3 || list[len(list)-1] != any(offset) {
			t.Fatalf("%q: offset %q of %q", frame, e.Offset, list)
		}
	})
}

// FuzzPoll looks for answers that make the long-polling handshake panic, or go
// on without end.
func FuzzPoll(f *testing.F) {
	f.Add([]byte(`0{"sid":"x","upgrades":["websocket"],"pingInterval":1,"pingTimeout":1}`), []byte("ok"), []byte("2\x1e40{\"sid\":\"y\"}\x1e42[\"m\"]"))
	f.Add([]byte(`96:0{"sid":"x"}2:40`), []byte(""), []byte("bAAAA"))
	s, _ := SystemByName("socketio-chat")
	f.Fuzz(func(t *testing.T, a, b, c []byte) {
		p := s.Protocol.(*SocketIO).Poll(mustURL("ws://h:1"), Login{})
		answers := [][]byte{a, b, c}
		for i := 0; ; i++ {
			r, more := p.Next()
			if !more {
				break
			}
			if r.URL.Scheme != "http" {
				t.Fatal(r.URL)
			}
			if _, err := p.Answer(200, answers[min(i, 2)]); err != nil {
				break
			}
			if i > 2*maxPolls {
				t.Fatal("it goes on without end")
			}
		}
		p.WebSocket()
	})
}
