package protocol

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// goldenPackets are taken from a socket.io 4.8.4 server and its client, with
// short names for the ids.
var goldenPackets = []string{
	`0{"sid":"lAT_pvG2PoIa4mIyAAAA","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}`,
	`40{"sid":"s","pid":"p"}`,
	`40/chat,{"sid":"s","pid":"p"}`,
	`42/chat,["message",{"room":"r1","text":"im~feedbeef070004d2000182b8000003a2c9bb~pad"},"Q81m6Sk"]`,
	`42["message",{"version":"1.0.0","event":"message","payload":{"id":"msg_1","timestamp":1,"content":"已收到：im~feedbeef070004d2000182b8000003a2c9bb~","sender":{"id":"server","name":"系统服务"},"meta":{"protocol":"websocket"}},"code":200}]`,
	`42["heartbeat_ack",{"timestamp":1760000000123},"Q81m67B"]`,
	`43/chat,2304["ok",1]`,
	`4217["message","x"]`,
	`44/chat,{"message":"not you","data":{"x":1}}`,
	`44/nope,{"message":"Invalid namespace"}`,
	`41/chat,`,
	`451-["bin",{"_placeholder":true,"num":0},"Q81m67B.1"]`,
	`461-/chat,7[{"_placeholder":true,"num":0}]`,
	"2", "3", "6", "1",
}

var socketioSource = func() string {
	s, _ := SystemByName("socketio")
	return s.Source
}()

func mustURL(text string) *url.URL {
	u, err := url.Parse(text)
	if err != nil {
		panic(err)
	}
	return u
}

func preset(t testing.TB, name string) Protocol {
	t.Helper()
	p, ok := ByName(name)
	if !ok {
		t.Fatalf("there is no preset %s", name)
	}
	return p
}

// secure is the generic preset on a namespace of its own.
func secure(t testing.TB) *SocketIO {
	t.Helper()
	return parsed(t, strings.Replace(socketioSource, "namespace: /", "namespace: /chat", 1)).Protocol.(*SocketIO)
}

func TestSocketIOScan(t *testing.T) {
	tag := string(AppendTag(nil, someTag))
	for name, c := range map[string]struct {
		frame string
		want  Event
	}{
		"a message, with the offset that recovery adds": {`42/chat,["message",{"room":"r1","text":"` + tag + `"},"Q81m6Sk"]`,
			Event{Kind: Delivery, Tag: someTag, Tagged: true, Offset: []byte("Q81m6Sk")}},
		"a message without an offset":              {`42/chat,["message",{"text":"` + tag + `"}]`, Event{Kind: Delivery, Tag: someTag, Tagged: true}},
		"a text alone is no offset":                {`42/chat,["message","` + tag + `"]`, Event{Kind: Delivery, Tag: someTag, Tagged: true}},
		"a text and an offset":                     {`42/chat,["message","` + tag + `","o"]`, Event{Kind: Delivery, Tag: someTag, Tagged: true, Offset: []byte("o")}},
		"a text with quotes at its end":            {`42/chat,["message","` + tag + `,\"o\""]`, Event{Kind: Delivery, Tag: someTag, Tagged: true}},
		"a message whose ack the server wants":     {`42/chat,17["message","` + tag + `"]`, Event{Kind: Delivery, Tag: someTag, Tagged: true}},
		"a message of somebody who is not imbench": {`42/chat,["message","hello"]`, Event{Kind: Delivery}},
		"another event with a tag":                 {`42/chat,["typing","` + tag + `"]`, Event{}},
		"another event, whose offset counts, too":  {`42/chat,["typing",1,"o"]`, Event{Offset: []byte("o")}},
		"a message on another namespace":           {`42["message","` + tag + `"]`, Event{}},
		"a message with binary parts":              {`451-/chat,["message",{"text":"` + tag + `","file":{"_placeholder":true,"num":0}}]`, Event{Kind: Delivery, Tag: someTag, Tagged: true}},
		"an ack":                                   {`43/chat,25344007["ok",1]`, Event{Kind: Acked, Tag: Tag{Origin: 7, Number: 99000}}},
		"an ack with binary parts":                 {`461-/chat,25344007[{"_placeholder":true,"num":0}]`, Event{Kind: Acked, Tag: Tag{Origin: 7, Number: 99000}}},
		"the open packet":                          {`0{"sid":"x","pingInterval":25000,"pingTimeout":20000}`, Event{Ping: true, Alive: 45 * time.Second, Step: stepConnect, Text: []byte(`{"sid":"x","pingInterval":25000,"pingTimeout":20000}`)}},
		"connected":                                {`40/chat,{"sid":"s","pid":"p"}`, Event{Kind: Ready, Session: []byte("s"), Offset: []byte("p"), Step: stepOpened}},
		"connected without recovery":               {`40/chat,{"sid":"s"}`, Event{Kind: Ready, Session: []byte("s"), Step: stepOpened}},
		"connected to another namespace":           {`40{"sid":"s"}`, Event{}},
		"the server's ping":                        {`2`, Event{Ping: true, Reply: []byte("3")}},
		"a pong, an upgrade, a noop":               {`6`, Event{}},
		"the server ends the session":              {`1`, Event{Kind: Closed, Text: []byte("the server closes the Engine.IO session")}},
		"the server disconnects":                   {`41/chat,`, Event{Kind: Closed, Text: []byte("the server disconnects the client")}},
		"the server disconnects, as 4.8 writes it": {`41/chat`, Event{Kind: Closed, Text: []byte("the server disconnects the client")}},
		"another namespace is disconnected":        {`41`, Event{}},
		"a refusal":                                {`44/chat,{"message":"not you","data":{"x":1}}`, Event{Kind: Refused, Text: []byte("not you")}},
		"a refusal in a text":                      {`44/chat,"no"`, Event{Kind: Refused, Text: []byte("no")}},
		"a namespace with a query":                 {`44/chat?a=1,{"message":"Invalid namespace"}`, Event{Kind: Refused, Text: []byte("Invalid namespace")}},
	} {
		t.Run(name, func(t *testing.T) {
			if d := cmp.Diff(c.want, secure(t).Scan([]byte(c.frame)), cmpopts.EquateEmpty()); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestSocketIOScanCallsWhatBreaksTheProtocolInvalid(t *testing.T) {
	for name, c := range map[string]struct{ frame, want string }{
		"nothing":                      {``, "empty"},
		"half a packet":                {`4`, "empty"},
		"text":                         {`pong`, "no Engine.IO packet"},
		"an unknown packet":            {`47`, "no Socket.IO packet"},
		"a server of Socket.IO v2":     {`40`, "Engine.IO 3"},
		"a namespace of v2":            {`40/chat`, "Engine.IO 3"},
		"an open packet of nothing":    {`0{}`, "without sid"},
		"an open packet of odd times":  {`0{"sid":"x","pingInterval":-1,"pingTimeout":1}`, "without sid"},
		"an open packet of no JSON":    {`0hello`, "not JSON"},
		"an event that is no list":     {`42/chat,{"a":1}`, "not a list"},
		"an event without a name":      {`42/chat,[]`, "not a list with a name"},
		"an event that breaks off":     {`42/chat,["message",`, "not JSON"},
		"an ack for nobody":            {`43/chat,["ok"]`, "without the number"},
		"an ack that is no list":       {`43/chat,17{}`, "not a list"},
		"an ack of nothing":            {`43/chat,17`, "not a list"},
		"attachments without a number": {`45["a"]`, "number of attachments"},
		"no attachments":               {`450-["a"]`, "number of attachments"},
		"a refusal of no JSON":         {`44/chat,no`, "not JSON"},
	} {
		t.Run(name, func(t *testing.T) {
			e := secure(t).Scan([]byte(c.frame))
			if e.Kind != Invalid || !strings.Contains(string(e.Text), c.want) {
				t.Errorf("%v %s", e.Kind, e.Text)
			}
		})
	}
}

func TestAttachmentsDoNoHarm(t *testing.T) {
	s := secure(t)
	if e := s.ScanBinary([]byte{0, 1, 2, 0xff}); e.Kind != Other {
		t.Errorf("%+v", e)
	}
	if e := s.ScanBinary(AppendTag([]byte{0, 1}, someTag)); e.Kind != Delivery || e.Tag != someTag {
		t.Errorf("%+v", e)
	}
}

func TestSocketIOFrames(t *testing.T) {
	s := secure(t)
	tag := string(AppendTag(nil, someTag))
	m := Message{Tag: someTag, Size: TagLen, Client: []byte("c1"), All: true, UnixMillis: 1760000000000}
	inRoom := m
	inRoom.All, inRoom.Room, inRoom.Ack = false, []byte("r1"), true
	open := s.Scan([]byte(`0{"sid":"x","pingInterval":1,"pingTimeout":1}`))
	connected := s.Scan([]byte(`40/chat,{"sid":"s"}`))
	angular := preset(t, "angular-socketio")
	chat := preset(t, "socketio-chat").(*SocketIO)
	for name, c := range map[string]struct{ got, want []string }{
		"the connect packet":             {texts(s.Replies(open, Login{Token: `a"b`})), []string{`40/chat,{"token":"a\"b"}`}},
		"the connect packet of nobody":   {texts(chat.Replies(open, Login{})), []string{`40`}},
		"resuming":                       {texts(s.Replies(open, Login{Token: "t", Offset: "p o"})), []string{`40/chat,{"pid":"p","offset":"o","token":"t"}`}},
		"a session that nothing came on": {texts(s.Replies(open, Login{Token: "t", Offset: "p"})), []string{`40/chat,{"token":"t"}`}},
		"no recovery, no resuming":       {texts(chat.Replies(open, Login{Offset: "p o"})), []string{`40`}},
		"joining a room":                 {texts(s.Replies(connected, Login{Room: "r1"})), []string{`42/chat,["join","r1"]`}},
		"joining none":                   {texts(s.Replies(connected, Login{})), nil},
		"a message":                      {[]string{string(s.AppendMessage(nil, m))}, []string{`42/chat,["message",{"text":"` + tag + `"}]`}},
		"a message that wants an ack":    {[]string{string(s.AppendMessage(nil, inRoom))}, []string{`42/chat,25344007["message",{"room":"r1","text":"` + tag + `"}]`}},
		"no beat but the server's":       {[]string{string(s.AppendHeartbeat(nil, 1))}, []string{``}},
		"a beat of angular-socketio":     {[]string{string(angular.AppendHeartbeat(nil, 1760000000000))}, []string{`42["heartbeat",{"timestamp":1760000000000}]`}},
		"a message of angular-socketio": {[]string{string(angular.AppendMessage(nil, m))}, []string{
			`42["message",{"version":"1.0.0","event":"message","payload":{"id":"client_1760000000000","timestamp":1760000000000,"content":"` + tag + `","meta":{"platform":"web"}},"code":200}]`}},
		"a message of socketio-chat": {[]string{string(chat.AppendMessage(nil, m))}, []string{`42["chat","` + tag + `"]`}},
	} {
		t.Run(name, func(t *testing.T) {
			if d := cmp.Diff(c.want, c.got, cmpopts.EquateEmpty()); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestAngularServersFrames(t *testing.T) {
	p := preset(t, "angular-socketio")
	tag := string(AppendTag(nil, someTag))
	for name, c := range map[string]struct {
		frame string
		want  Event
	}{
		"connecting is not yet being ready": {`40{"sid":"s"}`, Event{Session: []byte("s")}},
		"the greeting": {`42["message",{"version":"1.0.0","event":"system","payload":{"id":"sys_s","timestamp":1,"content":"连接成功","meta":{"connection":true}},"code":201}]`,
			Event{Kind: Ready}},
		"a message, with a prefix and all else new": {`42["message",{"version":"1.0.0","event":"message","payload":{"id":"msg_1_abcde","timestamp":1,"content":"已收到：` + tag + `","sender":{"id":"server","name":"系统服务"},"meta":{"protocol":"websocket"}},"code":200}]`,
			Event{Kind: Delivery, Tag: someTag, Tagged: true}},
		"a beat's answer": {`42["heartbeat_ack",{"timestamp":1760000000123}]`, Event{Kind: HeartbeatAnswer, UnixMillis: 1760000000123}},
		"an error": {`42["message",{"version":"1.0.0","event":"error","payload":{"id":"err_1","content":"no version","meta":{"errorCode":"INVALID_FORMAT"}},"code":400}]`,
			Event{Kind: Refused, Text: []byte("no version")}},
	} {
		t.Run(name, func(t *testing.T) {
			if d := cmp.Diff(c.want, p.Scan([]byte(c.frame)), cmpopts.EquateEmpty()); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestResumeKeepsSessionAndOffset(t *testing.T) {
	s := secure(t)
	var kept []byte
	for _, step := range []struct{ name, frame, want string }{
		{"an offset of a session that is not known", `42/chat,["message","x","o1"]`, ""},
		{"connected", `40/chat,{"sid":"s","pid":"p"}`, "p"},
		{"a message", `42/chat,["message","x","o1"]`, "p o1"},
		{"another event", `42/chat,["typing",1,"o2"]`, "p o2"},
		{"resumed: the message that was missed", `42/chat,["message","x","o3"]`, "p o3"},
		{"resumed: the same session", `40/chat,{"sid":"s","pid":"p"}`, "p o3"},
		{"not resumed: a new session", `40/chat,{"sid":"s2","pid":"p2"}`, "p2"},
	} {
		if e := s.Scan([]byte(step.frame)); len(e.Offset) > 0 {
			kept = s.Resume(kept, e)
		}
		if string(kept) != step.want {
			t.Errorf("%s: %q, want %q", step.name, kept, step.want)
		}
	}
}

func TestSocketIOHandshake(t *testing.T) {
	p := preset(t, "angular-socketio")
	for target, want := range map[string]string{
		"ws://h:3000":               "ws://h:3000/socket.io/?EIO=4&transport=websocket",
		"ws://h:3000/":              "ws://h:3000/socket.io/?EIO=4&transport=websocket",
		"wss://h/app/socket.io/?x=": "wss://h/app/socket.io/?x=&EIO=4&transport=websocket",
	} {
		if u, _ := p.Handshake(mustURL(target), Login{}); u.String() != want {
			t.Errorf("%s, want %s", u, want)
		}
	}
}

func TestPollingAndUpgrade(t *testing.T) {
	s := preset(t, "socketio-chat").(*SocketIO)
	if !s.Polls() || preset(t, "angular-socketio").(*SocketIO).Polls() {
		t.Error("which of them polls is mistaken")
	}
	p := s.Poll(mustURL("wss://h:3000"), Login{})
	for _, step := range []struct {
		method, url, body, answer string
		want                      []Event
	}{
		{"GET", "https://h:3000/socket.io/?EIO=4&transport=polling", "",
			`0{"sid":"x/1","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}`,
			[]Event{{Ping: true, Alive: 45 * time.Second}}},
		{"POST", "https://h:3000/socket.io/?EIO=4&transport=polling&sid=x%2F1", "40", "ok", nil},
		{"GET", "https://h:3000/socket.io/?EIO=4&transport=polling&sid=x%2F1", "", "2", []Event{{Ping: true, Reply: []byte("3")}}},
		{"GET", "https://h:3000/socket.io/?EIO=4&transport=polling&sid=x%2F1", "", "40{\"sid\":\"s\"}\x1ebAAEC\x1e42[\"chat\",\"hi\"]",
			[]Event{{Kind: Ready, Session: []byte("s")}, {Kind: Delivery}}},
	} {
		r, ok := p.Next()
		if !ok || r.Method != step.method || r.URL.String() != step.url || string(r.Body) != step.body {
			t.Fatalf("%v: %s %s %q, want %s %s %q", ok, r.Method, r.URL, r.Body, step.method, step.url, step.body)
		}
		events, err := p.Answer(http.StatusOK, []byte(step.answer))
		if d := cmp.Diff(step.want, events, cmpopts.EquateEmpty()); err != nil || d != "" {
			t.Fatalf("%v\n%s", err, d)
		}
	}
	if r, ok := p.Next(); ok {
		t.Errorf("one request more: %v", r)
	}
	if u, _ := p.WebSocket(); u.String() != "wss://h:3000/socket.io/?EIO=4&transport=websocket&sid=x%2F1" {
		t.Error(u)
	}
}

func TestPollingSaysWhatIsWrongWithTheAnswer(t *testing.T) {
	const open = `0{"sid":"x","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000}`
	type answer struct {
		status int
		body   string
	}
	for name, c := range map[string]struct {
		answers []answer
		want    string
	}{
		"a server of Socket.IO v2":        {[]answer{{200, `96:0{"sid":"x","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":5000}2:40`}}, "Engine.IO 3"},
		"a version it does not speak":     {[]answer{{400, `{"code":5,"message":"Unsupported protocol version"}`}}, "HTTP 400: Unsupported protocol version (code 5)"},
		"a session it has forgotten":      {[]answer{{200, open}, {400, `{"code":1,"message":"Session ID unknown"}`}}, "HTTP 400: Session ID unknown (code 1)"},
		"a web page":                      {[]answer{{200, `<!doctype html>`}}, "no open packet"},
		"not found":                       {[]answer{{404, `nothing here`}}, `HTTP 404: "nothing here"`},
		"an empty answer":                 {[]answer{{503, ``}}, "HTTP 503"},
		"no upgrade":                      {[]answer{{200, `0{"sid":"x","upgrades":[],"pingInterval":1,"pingTimeout":1}`}}, "no upgrade to websocket"},
		"no session":                      {[]answer{{200, `0{}`}}, "without sid"},
		"a POST that is not taken":        {[]answer{{200, open}, {200, `no`}}, `answers a POST with "no"`},
		"a server that only ever pings":   {append([]answer{{200, open}, {200, "ok"}}, make20(answer{200, "2"})...), "no answer to the connect packet"},
		"a server that only ever is mute": {append([]answer{{200, open}, {200, "ok"}}, make20(answer{200, "6"})...), "no answer to the connect packet"},
	} {
		t.Run(name, func(t *testing.T) {
			p := preset(t, "socketio-chat").(*SocketIO).Poll(mustURL("ws://h"), Login{})
			var err error
			for _, a := range c.answers {
				if _, err = p.Answer(a.status, []byte(a.body)); err != nil {
					break
				}
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %s", err, c.want)
			}
		})
	}
}

func make20[T any](v T) (list []T) {
	for range 20 {
		list = append(list, v)
	}
	return list
}
