package protocol

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestEveryPresetIsRight(t *testing.T) {
	entries, err := presets.ReadDir("presets")
	if err != nil || len(entries) != len(names) {
		t.Errorf("%d files, %d names, %v", len(entries), len(names), err)
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			src, err := presets.ReadFile("presets/" + name + ".yaml")
			if err != nil {
				t.Fatal(err)
			}
			s, err := Parse(src, name+".yaml")
			if err != nil {
				t.Fatal(err)
			}
			if s.Name != name || s.Doc == "" || s.Protocol.Name() != name || s.Behaviour.Reconnect == "" || s.Source != string(src) {
				t.Errorf("%+v", s)
			}
		})
	}
}

func TestPresetsBehaveAsPublished(t *testing.T) {
	const sec = time.Second
	for name, want := range map[string]Behaviour{
		"envelope": {Heartbeat: Beat{10 * sec, 20 * sec}, Reconnect: "aws-full-jitter"},
		"angular-socketio": {Heartbeat: Beat{5 * sec, 10 * sec}, Reconnect: "socketio",
			Defects: Defects{OverwrittenTimer: true, NoReconnectAfter: []string{"heartbeat_timeout", "server_disconnect"}}},
		"browser-ws":              {Heartbeat: Beat{10 * sec, 20 * sec}, Reconnect: "browser-ws"},
		"browser-ws-as-published": {Heartbeat: Beat{Every: 10 * sec}, Reconnect: "browser-ws", Defects: Defects{NoAnswerExpected: true}},
		"socketio-chat":           {Reconnect: "socketio-chat", Defects: Defects{NoReconnectAfter: []string{"server_disconnect"}}},
		"heart-class":             {Heartbeat: Beat{Every: 5 * sec}, Reconnect: "heart-class", Defects: Defects{NoAnswerExpected: true, AttemptsAfterOpen: 10}},
		"json-manager":            {Heartbeat: Beat{Every: 30 * sec}, Reconnect: "json-manager", Defects: Defects{NoAnswerExpected: true}},
		"ionic-service": {Heartbeat: Beat{Every: 600 * sec}, Reconnect: "ionic-service",
			Defects: Defects{NoAnswerExpected: true, ChecksStateOnly: true, HeartbeatStartsAfterReconnect: true}},
		"socketio": {Reconnect: "socketio"},
	} {
		t.Run(name, func(t *testing.T) {
			s, ok := SystemByName(name)
			if !ok {
				t.Fatal("there is none")
			}
			if d := cmp.Diff(want, s.Behaviour, cmpopts.EquateEmpty()); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestPublishedClientsFrames(t *testing.T) {
	tag := string(AppendTag(nil, someTag))
	m := Message{Tag: someTag, Size: TagLen, Client: []byte("c1"), All: true, UnixMillis: 1760000000000}
	for name, c := range map[string]struct{ url, message, beat string }{
		"browser-ws":    {"ws://h:1/", tag, "ping"},
		"heart-class":   {"ws://h:1/c1", tag, "ping"},
		"ionic-service": {"ws://h:1/", tag, ""},
		"json-manager": {"ws://h:1/api/websocket?token=t",
			fmt.Sprintf(`{"type":"message","event_id":"c1-%d","session_id":"c1","data":{"type":"text","content":"%s"}}`, seqOf(someTag), tag),
			`{"type":"heartbeat","timestamp":1760000000000}`},
	} {
		t.Run(name, func(t *testing.T) {
			p := preset(t, name)
			u, _ := p.Handshake(mustURL("ws://h:1"), Login{Client: "c1", Token: "t"})
			if u.String() != c.url {
				t.Errorf("%s, want %s", u, c.url)
			}
			if got := string(p.AppendMessage(nil, m)); got != c.message {
				t.Errorf("%s, want %s", got, c.message)
			}
			if got := string(p.AppendHeartbeat(nil, 1760000000000)); got != c.beat {
				t.Errorf("%q, want %q", got, c.beat)
			}
		})
	}
	if e := preset(t, "heart-class").Scan([]byte("Hello 用户c1!")); e.Kind != Ready {
		t.Errorf("%+v", e)
	}
	if e := preset(t, "browser-ws").Scan([]byte("pong")); e.Kind != HeartbeatAnswer || e.UnixMillis != 0 {
		t.Errorf("%+v", e)
	}
}

func TestThePageExplainsEveryKeyAndPreset(t *testing.T) {
	page, err := os.ReadFile("../docs/protocols.md")
	if err != nil {
		t.Fatal(err)
	}
	d := &draft{reader: &reader{}}
	var words []string
	for _, k := range d.keys(new(System)) {
		words = append(words, k.name)
	}
	words = append(words, names...)
	words = append(words, "transports", "namespace", "auth", "acks", "recovery")
	for _, word := range words {
		if !strings.Contains(string(page), "`"+word) {
			t.Errorf("%s is not explained", word)
		}
	}
	for slot := range slotNames {
		if !strings.Contains(string(page), "`${"+slot+"}") {
			t.Errorf("${%s} is not explained", slot)
		}
	}
}

func TestThePagesExamplesAreRight(t *testing.T) {
	page, err := os.ReadFile("../docs/protocols.md")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for i, block := range strings.Split(string(page), "```yaml\n")[1:] {
		src, _, _ := strings.Cut(block, "```")
		if !strings.HasPrefix(src, "name:") {
			continue
		}
		n++
		if _, err := Parse([]byte(src), fmt.Sprintf("example %d", i+1)); err != nil {
			t.Error(err)
		}
	}
	if n < 2 {
		t.Errorf("found %d examples", n)
	}
}

func ExampleParse() {
	s, err := Parse([]byte(`
name: chat
open: [{type: join, room: "${room}"}]
ready: '$.type == "joined"'
message:
  send: {type: say, room: "${room}", text: "${content}"}
`), "chat.yaml")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, frame := range s.Protocol.(Opener).Open(Login{Client: "c1", Room: "r3"}) {
		fmt.Printf("%s\n", frame)
	}
	fmt.Println(s.Protocol.Scan([]byte(`{"type":"joined"}`)).Kind == Ready)

	_, err = Parse([]byte("name: chat\nredy: open\nmessage: {send: hello}\n"), "chat.yaml")
	fmt.Println(strings.ReplaceAll(err.Error(), "; ", ";\n  ")[:24], "…")
	// Output:
	// {"type":"join","room":"r3"}
	// true
	// chat.yaml:1:1: ready: is …
}
