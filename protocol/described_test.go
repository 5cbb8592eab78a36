package protocol

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// parsed is a description without mistakes.
func parsed(t testing.TB, src string) *System {
	t.Helper()
	s, err := Parse([]byte(src), "test.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// chat has one of everything.
const chat = `
name: chat
path: /im/${client}
query: {token: "${token}", since: "${offset}", v: "2 & 3"}
headers: {x-user: "${client}", X-Env: "${env.REGION}", X-None: "${token}"}
subprotocol: chat.v2
open:
  - {type: login, user: "${client}", key: "${column.key}", at: "${time}"}
  - {type: join, room: "${room}"}
ready:
  match: '$.type == "welcome"'
  session: $.sid
replies:
  - match: ['$.type == "challenge"', '$.nonce']
    send:
      - type: answer
        nonce: ${$.nonce}
        user: "${client}"
      - {type: join, room: "${room}"}
server_ping:
  match: '$.type == "ping"'
  answer: {type: pong}
  within: 45s
heartbeat:
  every: 10s
  timeout: 20s
  send:
    type: beat
    at: ${time}
    user: "${client}"
  answer: {match: '$.type == "beat"', time: $.at}
message:
  room:
    type: say
    room: "${room}"
    id: ${seq}
    text: "${content}"
    bytes: ${size}
  peer: '{"type":"tell","to":"${peer}","id":${seq},"text":"${content}","from":"${client}"}'
  receive: '$.type == "said"'
ack: {match: '$.type == "ok"', id: $.id}
error: {match: '$.code >= 400', text: $.reason}
closed: '$.type == "bye"'
offset: $.pos
reconnect: {backoff: constant, base: 1s}
`

func TestDescribedScan(t *testing.T) {
	tag := string(AppendTag(nil, someTag))
	ack := Event{Kind: Acked, Tag: Tag{Origin: someTag.Origin, Number: someTag.Number}}
	for name, c := range map[string]struct {
		frame string
		want  Event
	}{
		"a message": {`{"type":"said","text":"` + tag + `","pos":"17"}`, Event{Kind: Delivery, Tag: someTag, Tagged: true, Offset: []byte("17")}},
		"a message with a number for its offset": {`{"pos":17,"text":"x` + tag + `","type":"said"}`,
			Event{Kind: Delivery, Tag: someTag, Tagged: true, Offset: []byte("17")}},
		"a message of somebody who is not imbench":  {`{"type":"said","text":"hello"}`, Event{Kind: Delivery}},
		"a tag in what is no message":               {`{"type":"typing","text":"` + tag + `"}`, Event{}},
		"a type that only looks right, deeper down": {`{"data":{"type":"said"},"text":"` + tag + `"}`, Event{}},
		"an ack by number":                          {fmt.Sprintf(`{"type":"ok","id":%d}`, seqOf(someTag)), ack},
		"an ack by text":                            {fmt.Sprintf(`{"type":"ok","id":"%d"}`, seqOf(someTag)), ack},
		"an ack that quotes the message":            {`{"type":"ok","text":"` + tag + `"}`, Event{Kind: Acked, Tag: someTag}},
		"the welcome":                               {`{"type":"welcome","sid":"s-1","pos":"3"}`, Event{Kind: Ready, Session: []byte("s-1"), Offset: []byte("3")}},
		"a beat's answer":                           {`{"type":"beat","at":1760000000123}`, Event{Kind: HeartbeatAnswer, UnixMillis: 1760000000123}},
		"a beat's answer without its time":          {`{"type":"beat"}`, Event{Kind: HeartbeatAnswer}},
		"a beat's answer with a time like no other": {`{"type":"beat","at":-1.5}`, Event{Kind: HeartbeatAnswer}},
		"the server's ping":                         {`{"type":"ping"}`, Event{Ping: true, Reply: []byte(`{"type":"pong"}`)}},
		"a refusal":                                 {`{"type":"said","code":403,"reason":"not \u0079ou"}`, Event{Kind: Refused, Text: []byte("not you")}},
		"a refusal without words":                   {`{"code":500}`, Event{Kind: Refused, Text: []byte(`{"code":500}`)}},
		"a code that is fine":                       {`{"code":200}`, Event{}},
		"a goodbye":                                 {`{"type":"bye"}`, Event{Kind: Closed, Text: []byte(`{"type":"bye"}`)}},
		"a challenge to answer":                     {`{"type":"challenge","nonce":7}`, Event{Step: 1, Text: []byte(`{"type":"challenge","nonce":7}`)}},
		"half a challenge":                          {`{"type":"challenge"}`, Event{}},
		"what nobody described":                     {`{"type":"weather"}`, Event{}},
		"a list":                                    {`[1,2]`, Event{}},
	} {
		t.Run(name, func(t *testing.T) {
			p := parsed(t, chat).Protocol
			if d := cmp.Diff(c.want, p.Scan([]byte(c.frame)), cmpopts.EquateEmpty()); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestDescribedScanCallsWhatBreaksTheProtocolInvalid(t *testing.T) {
	p := parsed(t, chat).Protocol
	for name, frame := range map[string]string{
		"an empty frame":            ``,
		"text":                      `pong`,
		"half a message":            `{"type":"said","text":"` + string(AppendTag(nil, someTag)),
		"something after the end":   `{"type":"said"} {}`,
		"an ack for nobody":         `{"type":"ok","id":"m-1"}`,
		"an ack without an id":      `{"type":"ok"}`,
		"an ack beyond all numbers": `{"type":"ok","id":99999999999999}`,
		"deeper than anybody nests": strings.Repeat("[", 500) + strings.Repeat("]", 500),
	} {
		t.Run(name, func(t *testing.T) {
			if e := p.Scan([]byte(frame)); e.Kind != Invalid || len(e.Text) == 0 {
				t.Errorf("%+v", e)
			}
		})
	}
}

// bound is chat with its variables and columns.
func bound(t testing.TB) *System {
	t.Helper()
	env := func(name string) (string, bool) { return "eu-" + name, true }
	s, err := parsed(t, chat).Bind(env, []string{"name", "key"})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func texts(frames [][]byte) (out []string) {
	for _, f := range frames {
		out = append(out, string(f))
	}
	return out
}

func TestDescribedFrames(t *testing.T) {
	p := bound(t).Protocol.(*Described)
	login := Login{Client: `c"1`, Room: "r3", Row: []string{"anna", "k\n1"}, UnixMillis: 1760000000000}
	tag := string(AppendTag(nil, someTag))
	m := Message{Tag: someTag, Size: TagLen + 3, Client: []byte("c1"), UnixMillis: 1760000000000}
	inRoom, toPeer := m, m
	inRoom.Room, toPeer.Peer = []byte("r \\ 3"), []byte("c2")
	for name, c := range map[string]struct{ got, want []string }{
		"what is sent on open": {texts(p.Open(login)), []string{
			`{"type":"login","user":"c\"1","key":"k\n1","at":"1760000000000"}`,
			`{"type":"join","room":"r3"}`,
		}},
		"a client without a room does not join one": {texts(p.Open(Login{Client: "c1", Row: login.Row}))[1:], nil},
		"the answer to a challenge": {texts(p.Replies(p.Scan([]byte(`{"nonce":{"a":[1]},"type":"challenge"}`)), login)), []string{
			`{"type":"answer","nonce":{"a":[1]},"user":"c\"1"}`,
			`{"type":"join","room":"r3"}`,
		}},
		"no answer to what asks for none": {texts(p.Replies(Event{}, login)), nil},
		"a beat":                          {[]string{string(p.AppendBeat(nil, m))}, []string{`{"type":"beat","at":1760000000000,"user":"c1"}`}},
		"a message to a room": {[]string{string(p.AppendMessage(nil, inRoom))}, []string{
			fmt.Sprintf(`{"type":"say","room":"r \\ 3","id":%d,"text":"%sthe","bytes":%d}`, seqOf(someTag), tag, TagLen+3),
		}},
		"a message to a peer": {[]string{string(p.AppendMessage(nil, toPeer))}, []string{
			fmt.Sprintf(`{"type":"tell","to":"c2","id":%d,"text":"%sthe","from":"c1"}`, seqOf(someTag), tag),
		}},
	} {
		t.Run(name, func(t *testing.T) {
			if d := cmp.Diff(c.want, c.got, cmpopts.EquateEmpty()); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestDescribedHandshake(t *testing.T) {
	p := bound(t).Protocol.(*Described)
	for name, c := range map[string]struct {
		target string
		login  Login
		url    string
		header map[string]string
	}{
		"path, query and headers are filled in": {"ws://h", Login{Client: "a/b c", Token: "t&1", Offset: "9"},
			"ws://h/im/a%2Fb%20c?token=t%261&since=9&v=2+%26+3", map[string]string{"X-User": "a/b c", "X-Env": "eu-REGION", "X-None": "t&1"}},
		"what has no value is left out": {"ws://h/", Login{Client: "c1"},
			"ws://h/im/c1?v=2+%26+3", map[string]string{"X-User": "c1", "X-Env": "eu-REGION"}},
		"the target's own path and query go first": {"wss://h/ws?v=1", Login{Client: "c1"},
			"wss://h/ws?v=1", map[string]string{"X-User": "c1", "X-Env": "eu-REGION"}},
	} {
		t.Run(name, func(t *testing.T) {
			target, err := url.Parse(c.target)
			if err != nil {
				t.Fatal(err)
			}
			u, header := p.Handshake(target, c.login)
			got := map[string]string{}
			for k := range header {
				got[k] = header.Get(k)
			}
			if d := cmp.Diff(c.header, got); u.String() != c.url || d != "" {
				t.Errorf("%s, want %s\n%s", u, c.url, d)
			}
			if target.String() != c.target {
				t.Errorf("the target was changed to %s", target)
			}
		})
	}
	if got := p.Subprotocols(); !cmp.Equal(got, []string{"chat.v2"}) {
		t.Error(got)
	}
}

func TestBindSaysWhatIsMissing(t *testing.T) {
	s := parsed(t, chat)
	if !cmp.Equal(s.Env, []string{"REGION"}) || !cmp.Equal(s.Columns, []string{"key"}) || !s.Token || !s.Room {
		t.Errorf("needs %v, %v, token %v, room %v", s.Env, s.Columns, s.Token, s.Room)
	}
	nothing := func(string) (string, bool) { return "", false }
	if _, err := s.Bind(nothing, []string{"key"}); err == nil || !strings.Contains(err.Error(), "REGION is not set") {
		t.Error(err)
	}
	empty := func(string) (string, bool) { return "", true }
	if _, err := s.Bind(empty, []string{"name"}); err == nil || !strings.Contains(err.Error(), `no column "key"`) {
		t.Error(err)
	}
}

func TestTraitsFollowFromTheDescription(t *testing.T) {
	const head = "name: x\nready: open\n"
	for name, c := range map[string]struct {
		src  string
		want Traits
	}{
		"content alone goes to all":       {"message: {send: '${content}'}", Traits{ToAll: true, Broadcast: true, ReadyOnOpen: true}},
		"a room in it makes it a room's":  {"message: {send: '${room} ${content}'}", Traits{ToRoom: true, ReadyOnOpen: true}},
		"a peer in it makes it a peer's":  {"message: {send: '${peer} ${content}'}", Traits{ToPeer: true, ReadyOnOpen: true}},
		"to says otherwise":               {"to: [all, peer]\nmessage: {send: '${content}'}", Traits{ToAll: true, ToPeer: true, ReadyOnOpen: true}},
		"to nobody":                       {"to: none\nmessage: {send: '${content}'}", Traits{ReadyOnOpen: true}},
		"echo, binary, batches":           {"echo: true\nencoding: binary\nbatch: lines\nmessage: {send: '${content}'}", Traits{ToAll: true, Broadcast: true, Echo: true, Binary: true, Batch: true, ReadyOnOpen: true}},
		"acks, and pings of the server's": {"ack: {match: {prefix: ok}, id: {regexp: 'ok (\\d+)'}}\nserver_ping: {match: {text: p}, within: 3s}\nmessage: {send: '${seq} ${content}'}", Traits{ToAll: true, Broadcast: true, Acks: true, ServerPings: true, ReadyOnOpen: true}},
	} {
		t.Run(name, func(t *testing.T) {
			if d := cmp.Diff(c.want, parsed(t, head+c.src).Protocol.Traits()); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestJSONSlotsAreWrittenAsTheirPlaceDemands(t *testing.T) {
	for name, c := range map[string]struct{ open, want string }{
		"text in quotes is escaped":                {`'{"a":"<${client}>"}'`, `{"a":"<c\"1>"}`},
		"text without quotes gets them":            {`'{"a":${client}}'`, `{"a":"c\"1"}`},
		"a number without quotes stays a number":   {`'{"a":${room}}'`, `{"a":42}`},
		"a number in quotes stays text":            {`'{"a":"${room}"}'`, `{"a":"42"}`},
		"a map of YAML, quoted":                    {`{a: "${room}"}`, `{"a":"42"}`},
		"a map of YAML, plain":                     {"\n  a: ${room}\n  b: [1, 2.5, true, null, ~, x]", `{"a":42,"b":[1,2.5,true,null,null,"x"]}`},
		"what is no JSON is filled in as it is":    {`'SEND ${client} {"'`, `SEND c"1 {"`},
		"a dollar and a brace":                     {`'$${client} $5 ${client}'`, `${client} $5 c"1`},
		"bytes are sent as they are":               {`!!binary AAEC/w==`, "\x00\x01\x02\xff"},
		"a number of YAML that JSON has not":       {"\n  a: 0x10", `{"a":16}`},
		"a text that looks like a number, in YAML": {"\n  a: '1.0.0'\n  b: \"7\"", `{"a":"1.0.0","b":"7"}`},
	} {
		t.Run(name, func(t *testing.T) {
			p := parsed(t, "name: x\nready: open\nmessage: {send: '${content}'}\nopen: "+c.open).Protocol.(*Described)
			got := p.Open(Login{Client: `c"1`, Room: "42"})
			if len(got) != 1 || string(got[0]) != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func TestConditions(t *testing.T) {
	for name, c := range map[string]struct {
		match string
		yes   []string
		no    []string
	}{
		"equal to text":    {`'$.a == "x"'`, []string{`{"a":"x"}`, `{"a":"\u0078"}`}, []string{`{"a":"y"}`, `{"a":["x"]}`, `{"b":"x"}`, `x`}},
		"in single quotes": {`"$.a == 'x'"`, []string{`{"a":"x"}`}, []string{`{"a":1}`}},
		"equal to a number, however written": {`$.a == 200`, []string{`{"a":200}`, `{"a":2e2}`, `{"a":200.0}`},
			[]string{`{"a":"200"}`, `{"a":201}`, `{}`}},
		"equal to true":         {`$.a == true`, []string{`{"a":true}`}, []string{`{"a":"true"}`, `{"a":false}`}},
		"equal to null":         {`$.a == null`, []string{`{"a":null}`}, []string{`{}`, `{"a":0}`}},
		"not equal, or absent":  {`'$.a != "x"'`, []string{`{"a":"y"}`, `{}`, `{"a":1}`}, []string{`{"a":"x"}`, `no json`}},
		"less":                  {`$.a < 3`, []string{`{"a":2}`, `{"a":-1e9}`}, []string{`{"a":3}`, `{"a":"2"}`, `{}`}},
		"at most":               {`$.a <= 3`, []string{`{"a":3}`}, []string{`{"a":3.1}`}},
		"more":                  {`$.a > 3`, []string{`{"a":3.5}`}, []string{`{"a":3}`}},
		"at least":              {`$.a >= 3`, []string{`{"a":3}`}, []string{`{"a":2.9}`}},
		"there":                 {`$.a`, []string{`{"a":null}`, `{"a":0}`}, []string{`{}`, `[]`}},
		"not there":             {`"!$.a"`, []string{`{}`, `[1]`}, []string{`{"a":null}`, `text`}},
		"all of several":        {`['$.a == 1', '$.b']`, []string{`{"a":1,"b":2}`}, []string{`{"a":1}`, `{"b":2}`}},
		"the whole text":        {`{text: pong}`, []string{`pong`}, []string{`pong `, `"pong"`, ``}},
		"the text's beginning":  {`{prefix: "MSG "}`, []string{`MSG x`}, []string{`MSG`, ` MSG x`}},
		"a part of the text":    {`{contains: "code='110'"}`, []string{`<status code='110'/>`}, []string{`code=110`}},
		"a regular expression":  {`{regexp: '^\+OK( \d+)?$'}`, []string{`+OK`, `+OK 7`}, []string{`+OK x`, `OK`}},
		"text and JSON at once": {`[{contains: im}, '$.a']`, []string{`{"a":"im"}`}, []string{`{"a":1}`, `im`}},
		"bytes":                 {`{prefix: !!binary gAE=}`, []string{"\x80\x01z"}, []string{"\x01"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := parsed(t, "name: x\nformat: text\nmessage: {send: '${content}'}\nready: "+c.match).Protocol
			for _, frame := range c.yes {
				if e := p.Scan([]byte(frame)); e.Kind != Ready {
					t.Errorf("%s did not match", frame)
				}
			}
			for _, frame := range c.no {
				if e := p.Scan([]byte(frame)); e.Kind != Other {
					t.Errorf("%s matched", frame)
				}
			}
		})
	}
}

// all scans a frame and what is left of it.
func all(p Protocol, frame string) (events []Event) {
	for rest := []byte(frame); rest != nil; {
		e := p.Scan(rest)
		rest, e.Rest = e.Rest, nil
		events = append(events, e)
	}
	return events
}

func TestBatchesAreTakenApart(t *testing.T) {
	tag := string(AppendTag(nil, someTag))
	message := Event{Kind: Delivery, Tag: someTag, Tagged: true}
	const rest = "\nname: x\nready: {text: hi}\nmessage: {send: '${content}'}"
	for name, c := range map[string]struct {
		batch, frame string
		want         []Event
	}{
		"lines":                        {"batch: lines", "hi\n" + tag + "\n", []Event{{Kind: Ready}, message}},
		"empty lines":                  {"batch: lines", "\n\nhi\n\n" + tag, []Event{{Kind: Ready}, message}},
		"nothing but the separator":    {"batch: lines", "\n\n", []Event{{}}},
		"a separator of one's own":     {`batch: {separator: "\r\n"}`, tag + "\r\n" + tag + "\r\n", []Event{message, message}},
		"a list of JSON":               {"batch: array", `["` + tag + `", {"a":["` + tag + `"]}]`, []Event{message, message}},
		"an empty list":                {"batch: array", `[]`, []Event{{}}},
		"a single message, no list":    {"batch: array", `hi`, []Event{{Kind: Ready}}},
		"a list that breaks off":       {"batch: array", `["` + tag + `",{`, []Event{message, invalid("not JSON")}},
		"a list with more after its ]": {"batch: array", `["` + tag + `"],`, []Event{invalid("not JSON")}},
	} {
		t.Run(name, func(t *testing.T) {
			if d := cmp.Diff(c.want, all(parsed(t, c.batch+rest).Protocol, c.frame), cmpopts.EquateEmpty()); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestAnAnswerThatIsTheGreeting(t *testing.T) {
	p := parsed(t, "name: x\nready: {text: PONG}\nheartbeat: {every: 1s, timeout: 2s, send: PING, answer: {text: PONG}}\nmessage: {send: '${content}'}").Protocol
	if d := cmp.Diff(Event{Kind: Ready, Answers: true}, p.Scan([]byte("PONG")), cmpopts.EquateEmpty()); d != "" {
		t.Error(d)
	}
}

func TestAnswersTakeGroupsFromTextFrames(t *testing.T) {
	p := parsed(t, `
name: x
ready: open
message: {send: '${content}'}
server_ping:
  match: {regexp: '^<ping id=(\S+) from=(\S+)>$'}
  answer: <pong id=${1} to=${2} by=${client}>
  within: 30s
`).Protocol.(*Described)
	e := p.Scan([]byte("<ping id=7 from=srv>"))
	if !e.Ping || e.Step == 0 {
		t.Fatalf("%+v", e)
	}
	if got := texts(p.Replies(e, Login{Client: "c1"})); !cmp.Equal(got, []string{"<pong id=7 to=srv by=c1>"}) {
		t.Error(got)
	}
	if p.Behaviour().Alive.Seconds() != 30 {
		t.Error(p.Behaviour())
	}
}

func TestSequenceNumbersComeBack(t *testing.T) {
	for _, tag := range []Tag{{}, {Origin: 255, Number: 1<<32 - 1}, {Number: 1}, {Origin: 3, Number: 100_000}} {
		origin, number, ok := parseSeq(fmt.Append(nil, seqOf(tag)))
		if !ok || origin != tag.Origin || number != tag.Number {
			t.Errorf("%+v became %d, %d, %v", tag, origin, number, ok)
		}
	}
	for _, text := range []string{"", "-1", "1.0", "x", "1099511627776", "99999999999999999999"} {
		if _, _, ok := parseSeq([]byte(text)); ok {
			t.Errorf("%q was taken", text)
		}
	}
}
