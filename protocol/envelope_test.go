package protocol

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// delivery is a message as the reference server sends it on.
var delivery = `{"version":"1.0.0","event":"message","payload":{"id":"070001869f8","timestamp":1760000000000,"content":"` +
	string(AppendTag(nil, someTag)) + `padding","sender":{"id":"c12"},"meta":{"room":"r3","offset":"r1a2b.12"}},"code":200}`

func TestScanUnderstandsTheServersFrames(t *testing.T) {
	for name, c := range map[string]struct {
		frame string
		want  Event
	}{
		"a message in a room": {delivery, Event{Kind: Delivery, Tag: someTag, Tagged: true, Offset: []byte("r1a2b.12")}},
		"a message whose content the server prefixed": {
			strings.Replace(delivery, `"im~`, `"已收到：im~`, 1),
			Event{Kind: Delivery, Tag: someTag, Tagged: true, Offset: []byte("r1a2b.12")},
		},
		"a message in another key order, spread over lines": {
			`{"code":200, "payload":{"meta":{"offset":"x"}, "content":` + "\n" + `"` + string(AppendTag(nil, someTag)) + `"},"event":"message","version":"1.0.0"}`,
			Event{Kind: Delivery, Tag: someTag, Tagged: true, Offset: []byte("x")},
		},
		"a message with escapes around the tag": {
			strings.Replace(delivery, `"im~`, `"\u5df2\"im\u007e`, 1),
			Event{Kind: Delivery, Tag: someTag, Tagged: true, Offset: []byte("r1a2b.12")},
		},
		"a message without a history": {
			strings.Replace(delivery, `,"offset":"r1a2b.12"`, "", 1),
			Event{Kind: Delivery, Tag: someTag, Tagged: true},
		},
		"a message of somebody who is not imbench": {
			`{"version":"1.0.0","event":"message","payload":{"id":"m1","timestamp":1,"content":"hello","sender":{"id":"server","name":"系统服务"},"meta":{"protocol":"websocket"}},"code":200}`,
			Event{Kind: Delivery},
		},
		"an ack": {
			`{"version":"1.0.0","event":"ack","payload":{"id":"0700018ab8","timestamp":1},"code":200}`,
			Event{Kind: Acked, Tag: Tag{Origin: 7, Number: 0x18ab8}},
		},
		"an ack in another layout": {
			`{"event":"ack","version":"1.0.0","payload":{"id":"0700018ab8"}}`,
			Event{Kind: Acked, Tag: Tag{Origin: 7, Number: 0x18ab8}},
		},
		"a heartbeat's answer": {
			`{"version":"1.0.0","event":"heartbeat_ack","payload":{"timestamp":1760000000123},"code":200}`,
			Event{Kind: HeartbeatAnswer, UnixMillis: 1760000000123},
		},
		"a heartbeat's answer with a floating-point time": {
			`{"version":"1.0.0","event":"heartbeat_ack","payload":{"timestamp":1.76e12},"code":200}`,
			Event{Kind: HeartbeatAnswer, UnixMillis: 1760000000000},
		},
		"the greeting": {
			`{"version":"1.0.0","event":"system","payload":{"id":"sys_1a2b-17","timestamp":1,"content":"连接成功","meta":{"connection":true}},"code":201}`,
			Event{Kind: Ready, Session: []byte("1a2b-17")},
		},
		"the greeting with the place to resume from": {
			`{"version":"1.0.0","event":"system","payload":{"id":"sys_1","timestamp":1,"content":"连接成功","meta":{"connection":true,"offset":"r1a2b.0"}},"code":201}`,
			Event{Kind: Ready, Session: []byte("1"), Offset: []byte("r1a2b.0")},
		},
		"another system notice is no greeting": {
			`{"version":"1.0.0","event":"system","payload":{"id":"sys_1","content":"joined","meta":{"room":"r1"}},"code":200}`,
			Event{Kind: Other},
		},
		"somebody online": {
			`{"version":"1.0.0","event":"presence","payload":{"id":"1a2b-17","timestamp":1,"meta":{"client":"c12","online":true}},"code":200}`,
			Event{Kind: Presence, Session: []byte("1a2b-17"), Online: true},
		},
		"somebody offline": {
			`{"version":"1.0.0","event":"presence","payload":{"id":"1a2b-17","timestamp":1,"meta":{"client":"c12","online":false}},"code":200}`,
			Event{Kind: Presence, Session: []byte("1a2b-17")},
		},
		"a refusal": {
			`{"version":"1.0.0","event":"error","payload":{"id":"err_1","timestamp":1,"content":"no version","meta":{"errorCode":"INVALID_FORMAT"}},"code":400}`,
			Event{Kind: Refused, Text: []byte("INVALID_FORMAT: no version")},
		},
		"a refusal dressed as a message": {
			`{"version":"1.0.0","event":"message","payload":{"content":"overloaded"},"code":503}`,
			Event{Kind: Refused, Text: []byte("overloaded")},
		},
		"an event that clients need not know": {`{"version":"1.0.0","event":"typing","payload":{}}`, Event{Kind: Other}},
	} {
		t.Run(name, func(t *testing.T) {
			if d := cmp.Diff(c.want, Envelope{}.Scan([]byte(c.frame)), cmpopts.EquateEmpty()); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestScanCallsWhatBreaksTheProtocolInvalid(t *testing.T) {
	for name, frame := range map[string]string{
		"an empty frame":           "",
		"text":                     "pong",
		"null":                     "null",
		"a list":                   "[]",
		"half an envelope":         delivery[:len(delivery)/2],
		"something after the end":  delivery + "}",
		"a raw line break in text": strings.Replace(delivery, "padding", "pad\nding", 1),
		"another version":          strings.Replace(delivery, "1.0.0", "2.0.0", 1),
		"no version":               `{"event":"message"}`,
		"no event":                 `{"version":"1.0.0"}`,
		"an ack for no message":    `{"version":"1.0.0","event":"ack","payload":{"id":"client_1"},"code":200}`,
		"a beat answered never":    `{"version":"1.0.0","event":"heartbeat_ack","payload":{"timestamp":-1},"code":200}`,
		"content that is no text":  `{"version":"1.0.0","event":"message","payload":{"content":{}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			e := Envelope{}.Scan([]byte(frame))
			if e.Kind != Invalid || len(e.Text) == 0 {
				t.Errorf("%+v", e)
			}
		})
	}
}

func TestMessagesAreEnvelopesOfTheAskedSize(t *testing.T) {
	for name, c := range map[string]struct {
		m    Message
		meta map[string]any
		size int
	}{
		"to a room, asking for an ack": {Message{Room: []byte("r3"), Ack: true, Size: 200}, map[string]any{"room": "r3", "ack": true}, 200},
		"to a peer":                    {Message{Peer: []byte("c5"), Size: 1000}, map[string]any{"to": "c5"}, 1000},
		"to everybody":                 {Message{All: true, Size: TagLen}, map[string]any{"all": true}, TagLen},
		"smaller than its tag":         {Message{All: true, Size: 3}, map[string]any{"all": true}, TagLen},
		"to a room with an odd name":   {Message{Room: []byte("a \"b\"\n房"), Size: 77}, map[string]any{"room": "a \"b\"\n房"}, 77},
	} {
		t.Run(name, func(t *testing.T) {
			c.m.Tag, c.m.UnixMillis = someTag, 1760000000000
			frame := Envelope{}.AppendMessage([]byte("before"), c.m)[len("before"):]
			var got struct {
				Version, Event string
				Code           int
				Payload        struct {
					ID, Content string
					Timestamp   int64
					Meta        map[string]any
				}
			}
			if err := json.Unmarshal(frame, &got); err != nil {
				t.Fatalf("%s: %v", frame, err)
			}
			p := got.Payload
			if got.Version != "1.0.0" || got.Event != "message" || got.Code != 200 || p.ID != "07000182b8" || p.Timestamp != 1760000000000 {
				t.Errorf("%s", frame)
			}
			if tag, _, ok := FindTag([]byte(p.Content)); !ok || tag != someTag || len(p.Content) != c.size {
				t.Errorf("content of %d bytes, want %d: %s", len(p.Content), c.size, p.Content)
			}
			if _, rest, _ := FindTag([]byte(p.Content)); strings.Contains(string(rest), tagHead) {
				t.Errorf("the padding looks like a tag: %s", rest)
			}
			if d := cmp.Diff(c.meta, p.Meta); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestHeartbeatCarriesItsTime(t *testing.T) {
	want := `{"version":"1.0.0","event":"heartbeat","payload":{"timestamp":1760000000000},"code":200}`
	if got := string(Envelope{}.AppendHeartbeat(nil, 1760000000000)); got != want {
		t.Error(got)
	}
}

func TestHandshakePutsTheLoginIntoTheQuery(t *testing.T) {
	for name, c := range map[string]struct {
		target string
		login  Login
		want   string
	}{
		"a client in a room":         {"ws://h:1", Login{Client: "c12", Room: "r3"}, "ws://h:1/ws?client=c12&room=r3"},
		"a path is kept":             {"ws://h:1/im/chat", Login{Client: "c12"}, "ws://h:1/im/chat?client=c12"},
		"the root is a path":         {"ws://h:1/", Login{Client: "c12"}, "ws://h:1/?client=c12"},
		"a query is kept":            {"ws://h:1/ws?app=7", Login{Client: "c12"}, "ws://h:1/ws?app=7&client=c12"},
		"token and offset, escaped":  {"ws://h:1", Login{Client: "c1", Token: "a b&c", Offset: "r1a2b.12"}, "ws://h:1/ws?client=c1&offset=r1a2b.12&token=a+b%26c"},
		"an observer has no name":    {"ws://h:1", Login{Observer: true}, "ws://h:1/ws?observe=presence"},
		"nothing asked, nothing set": {"ws://h:1/ws", Login{}, "ws://h:1/ws"},
	} {
		t.Run(name, func(t *testing.T) {
			target, err := url.Parse(c.target)
			if err != nil {
				t.Fatal(err)
			}
			got, _ := Envelope{}.Handshake(target, c.login)
			if got.String() != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
			if target.String() != c.target {
				t.Errorf("the target was changed to %s", target)
			}
		})
	}
}

func TestByNameFindsWhatThereIs(t *testing.T) {
	if p, ok := ByName("envelope"); !ok || p.Name() != "envelope" {
		t.Errorf("%v, %v", p, ok)
	}
	if _, ok := ByName("carrier-pigeon"); ok {
		t.Error("found a carrier pigeon")
	}
}

// FuzzScan holds the fast way of reading against encoding/json: whatever the
// fast way understands, JSON must understand alike.
func FuzzScan(f *testing.F) {
	f.Add([]byte(delivery))
	f.Add([]byte(strings.Replace(delivery, `"room":"r3"`, `"all":true`, 1)))
	f.Add([]byte(`{"version":"1.0.0","event":"ack","payload":{"id":"0700018ab8","timestamp":1},"code":200}`))
	f.Add([]byte(`{"version":"1.0.0","event":"heartbeat_ack","payload":{"timestamp":1760000000123},"code":200}`))
	f.Add([]byte(`{"version":"1.0.0","event":"presence","payload":{"id":"1","meta":{"online":true}}}`))
	f.Add(Envelope{}.AppendMessage(nil, Message{All: true, Size: 100}))
	f.Fuzz(func(t *testing.T, frame []byte) {
		var fast Event
		ok := scanFrequent(frame, &fast)
		slow := scanAny(frame)
		if !ok {
			return
		}
		if d := cmp.Diff(slow, fast, cmpopts.EquateEmpty()); d != "" {
			t.Errorf("%q: JSON says -, the fast way says +\n%s", frame, d)
		}
	})
}

func TestTheFrequentFramesAreReadWithoutAllocating(t *testing.T) {
	for _, frame := range []string{
		delivery,
		`{"version":"1.0.0","event":"ack","payload":{"id":"0700018ab8","timestamp":1},"code":200}`,
		`{"version":"1.0.0","event":"heartbeat_ack","payload":{"timestamp":1760000000123},"code":200}`,
	} {
		b := []byte(frame)
		if n := testing.AllocsPerRun(10, func() { Envelope{}.Scan(b) }); n != 0 {
			t.Errorf("%v allocations for %s", n, frame)
		}
	}
}

func BenchmarkScan(b *testing.B) {
	for name, frame := range map[string]string{
		"delivery": strings.Replace(delivery, "padding", padding[:60]+padding[:60]+padding[:40], 1),
		"ack":      `{"version":"1.0.0","event":"ack","payload":{"id":"0700018ab8","timestamp":1760000000000},"code":200}`,
		"as JSON":  " " + delivery,
	} {
		b.Run(name, func(b *testing.B) {
			frame := []byte(frame)
			b.ReportAllocs()
			b.SetBytes(int64(len(frame)))
			for b.Loop() {
				if (Envelope{}).Scan(frame).Kind == Invalid {
					b.Fatal("invalid")
				}
			}
		})
	}
}

func BenchmarkAppendMessage(b *testing.B) {
	buf := make([]byte, 0, 1024)
	m := Message{Tag: someTag, Size: 200, Room: []byte("r3"), UnixMillis: 1760000000000, Ack: true}
	b.ReportAllocs()
	for b.Loop() {
		buf = Envelope{}.AppendMessage(buf[:0], m)
	}
}

func ExampleEnvelope() {
	var p Protocol = Envelope{}
	target := &url.URL{Scheme: "ws", Host: "127.0.0.1:8080"}
	u, _ := p.Handshake(target, Login{Client: "c12", Room: "r3"})
	fmt.Println(u)
	fmt.Printf("%s\n", p.AppendHeartbeat(nil, 1760000000000))
	e := p.Scan([]byte(`{"version":"1.0.0","event":"heartbeat_ack","payload":{"timestamp":1760000000000},"code":200}`))
	fmt.Println(e.Kind == HeartbeatAnswer, e.UnixMillis)
	// Output:
	// ws://127.0.0.1:8080/ws?client=c12&room=r3
	// {"version":"1.0.0","event":"heartbeat","payload":{"timestamp":1760000000000},"code":200}
	// true 1760000000000
}
