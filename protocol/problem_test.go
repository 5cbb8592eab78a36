package protocol

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestEveryMistakeIsToldWithItsPlaceAndRemedy(t *testing.T) {
	const fine = "name: x\nready: open\nmessage: {send: '${content}'}\n"
	for name, c := range map[string]struct {
		src  string
		want []string
	}{
		"nothing":           {"", []string{`t.yaml:1:1: the protocol is empty; begin with name: and message:`}},
		"only comments":     {"# later\n", []string{`t.yaml:1:1: the protocol is empty; begin with name: and message:`}},
		"a list":            {"- a\n", []string{`t.yaml:1:1: a list is not a protocol; write a map with name: and message:`}},
		"two documents":     {fine + "---\n" + fine, []string{`t.yaml:1:1: the file has several documents; write one protocol a file`}},
		"no YAML":           {"name: [x\n", []string{`t.yaml:2:1: not YAML: `}},
		"an empty map":      {"{}", []string{`t.yaml:1:1: name: is missing; `, `t.yaml:1:1: message: is missing; `, `t.yaml:1:1: ready: is missing; `}},
		"an unknown key":    {fine + "redy: open\n", []string{`t.yaml:4:1: redy: unknown key; known are name, doc, speaks, `}},
		"a key twice":       {fine + "name: y\n", []string{`t.yaml:4:1: name: duplicate key; it stands in line 1 already; keep one of them`}},
		"several, in order": {"name: x\nspeaks: morse\nready: open\nheartbeat: {every: 5, timeout: soon}\nmessage: {send: hello}\n", []string{`t.yaml:2:9: speaks: "morse" is not known; known are websocket, socketio, envelope`, `t.yaml:4:20: heartbeat.every: "5" is not a duration; write a number and a unit`, `t.yaml:4:32: heartbeat.timeout: "soon" is not a duration; `, `t.yaml:5:10: message: a frame has no ${content}; `}},
		"an unknown slot":   {"name: x\nready: open\nmessage: {send: '${text} ${content}'}", []string{`t.yaml:3:17: message.send: ${text} is no slot; there are ${client}, `}},
		"a slot in a place where nobody can know it": {"name: x\nready: open\nopen: '${content}'\nmessage: {send: '${content}'}",
			[]string{`t.yaml:3:7: open: ${content} is not known when a client logs in; there are ${client}, ${room}, `}},
		"a slot that does not end":       {fine + "open: 'hi ${client'", []string{`t.yaml:4:7: open: a ${ has no }; write $${ for a plain ${`}},
		"a room in a message to a peer":  {"name: x\nready: open\nmessage: {peer: '${room} ${content}'}", []string{`t.yaml:3:10: message: the frame to peer has a ${room}, which is not known there; `}},
		"a condition that is none":       {fine + "closed: bye", []string{`t.yaml:4:9: closed: "bye" is no condition; write one like '$.type == "pong"', or {text: pong}`}},
		"an odd comparison":              {fine + "closed: '$.a ~ 1'", []string{`t.yaml:4:9: closed: "~ 1" is no comparison; there are ==, !=, <, <=, > and >=`}},
		"text without quotes":            {fine + "closed: '$.a == bye'", []string{`t.yaml:4:9: closed: "bye" is not a value; write text in quotes, `}},
		"text that is less":              {fine + "closed: '$.a < \"b\"'", []string{`t.yaml:4:9: closed: only numbers are less or more; use == or !=`}},
		"a list to compare":              {fine + "closed: '$.a == []'", []string{`t.yaml:4:9: closed: a list or a map cannot be compared; compare what is in it`}},
		"a broken path":                  {fine + "closed: '$.a..b'", []string{`t.yaml:4:9: closed: "$.a..b": "" is not a name; `}},
		"a broken regular expression":    {fine + "closed: {regexp: '('}", []string{`t.yaml:4:18: closed.regexp: not a regular expression: `}},
		"an extraction without a group":  {fine + "offset: {regexp: 'x'}", []string{`t.yaml:4:18: offset.regexp: has no group; put the part that is meant in ( and )`}},
		"no conditions":                  {fine + "closed: []", []string{`t.yaml:4:9: closed: has no condition; `}},
		"an ack for what is not sent":    {fine + "ack: {match: $.ok, id: $.id}", []string{`t.yaml:4:6: ack.id: no message says its number; put ${seq} into the message, `}},
		"a heartbeat without an answer":  {fine + "heartbeat: {every: 1s, send: hi}", []string{`t.yaml:4:1: heartbeat: has no answer; `}},
		"a heartbeat without a timeout":  {fine + "heartbeat: {every: 1s, send: hi, answer: {text: ho}}", []string{`t.yaml:4:1: heartbeat: has no timeout; write timeout: 2s`}},
		"a heartbeat of nothing":         {fine + "heartbeat: {every: 1s}", []string{`t.yaml:4:1: heartbeat: has no send; `}},
		"base64 that is none":            {fine + "open: !!binary 'a'", []string{`t.yaml:4:7: open: "a" is not base64; `}},
		"JSON that is none":              {fine + "format: json\nopen: '{\"a\": '", []string{`t.yaml:1:1: a frame begins like JSON, but is none; `}},
		"a header of two lines":          {fine + "headers: {a: \"b\\nc\"}", []string{`t.yaml:4:14: headers.a: a header cannot have line breaks; `}},
		"half an answer":                 {fine + "replies: [{match: $.a}]", []string{`t.yaml:4:11: replies[0]: needs match and send; `}},
		"a group without an expression":  {fine + "replies: [{match: $.a, send: '${1}'}]", []string{`t.yaml:4:11: replies[0]: has a ${1}, but no regular expression; `}},
		"an empty line in a list":        {fine + "open:\n  - a\n  -\n", []string{`t.yaml:6:4: open[1]: is empty; write a value, or leave the line out`}},
		"reconnect as a list":            {fine + "reconnect: [1]", []string{`t.yaml:4:12: reconnect: a list is not a reconnect policy; `}},
		"frames of an envelope":          {"name: x\nspeaks: envelope\nopen: hi\n", []string{`t.yaml:3:1: open: an envelope's frames are built in; leave it out`}},
		"Socket.IO where there is none":  {fine + "socketio: {acks: true}", []string{`t.yaml:4:1: socketio: is for Socket.IO only; `}},
		"a Socket.IO event that is none": {"name: x\nspeaks: socketio\nmessage: {send: '${content}'}", []string{`t.yaml:3:1: message: is not an event; write a list: `}},
		"a Socket.IO client ready on open": {"name: x\nspeaks: socketio\nready: open\nmessage: {send: [m, '${content}']}",
			[]string{`t.yaml:3:8: ready: a Socket.IO client is never ready on open; `}},
		"transports the wrong way round": {"name: x\nspeaks: socketio\nsocketio: {transports: [websocket, polling], namespace: chat, auth: [1]}\nmessage: {send: [m, '${content}']}",
			[]string{`t.yaml:3:1: socketio.auth: is not a map; `, `t.yaml:3:24: socketio.transports: a list is not how a client connects; `, `t.yaml:3:57: socketio.namespace: "chat" is not a namespace; write one like /chat`}},
		"aliases without end": {"name: x\nready: open\nmessage: {send: '${content}'}\nopen:\n  - &a [x, x, x, x, x, x, x, x, x, x]\n  - &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]\n  - &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]\n  - &d [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c]\n  - [*d, *d, *d, *d, *d, *d, *d, *d, *d, *d]\n",
			[]string{`t.yaml:`}},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := Parse([]byte(c.src), "t.yaml")
			var all *Problems
			if !errors.As(err, &all) || s != nil {
				t.Fatalf("%v, %v", s, err)
			}
			lines := strings.Split(err.Error(), "\n")
			if len(lines) != len(c.want) {
				t.Fatalf("%d problems, want %d:\n%v", len(lines), len(c.want), err)
			}
			for i, want := range c.want {
				if !strings.HasPrefix(lines[i], want) {
					t.Errorf("%s\nwant %s", lines[i], want)
				}
			}
			if len(all.Unwrap()) != len(all.List) {
				t.Error("problems are lost on unwrapping")
			}
		})
	}
}

func TestADescriptionIsBounded(t *testing.T) {
	if _, err := Parse([]byte("doc: "+strings.Repeat("x", maxSource)), "t.yaml"); err == nil || !strings.Contains(err.Error(), "larger than") {
		t.Error(err)
	}
}

// FuzzParse looks for descriptions that make Parse, or what it returns, panic.
func FuzzParse(f *testing.F) {
	f.Add(chat, []byte(`{"type":"challenge","nonce":1}`))
	for _, s := range Systems() {
		f.Add(s.Source, []byte(`42["message",{"version":"1","payload":{"content":"x"}},"o"]`))
	}
	examples, err := filepath.Glob("testdata/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range examples {
		src, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(src), []byte("PING\r\n"))
	}
	f.Fuzz(func(t *testing.T, src string, frame []byte) {
		s, err := Parse([]byte(src), "f.yaml")
		var all *Problems
		if errors.As(err, &all) {
			if !slices.IsSortedFunc(all.List, func(a, b *Problem) int { return a.Line - b.Line }) || all.List[0].Line < 1 || all.List[0].Column < 1 {
				t.Fatalf("%v", err)
			}
			return
		}
		if err != nil {
			t.Fatalf("an error of another kind: %v", err)
		}
		if s, err = s.Bind(func(string) (string, bool) { return `v"`, true }, s.Columns); err != nil {
			t.Fatal(err)
		}
		exercise(s.Protocol, frame)
	})
}
