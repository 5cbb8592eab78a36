package scenario

import (
	"errors"
	"strings"
	"testing"
)

// problemsOfSystems are scenarios with something wrong about their protocol,
// their clients' behaviour or their logins, and the start of what Load says to
// each problem, in order.
var problemsOfSystems = []struct {
	name, yaml string
	problems   []string
}{
	{"a preset beside a protocol", "target: {preset: envelope, protocol: own.yaml}\nclients: {count: 1, login: {csv: users.csv}}", []string{
		"t.yaml:1:18: target.preset: stands beside target.protocol; keep one of the two"}},
	{"a protocol that is not there", "target:\n  protocol: ours.yaml", []string{"t.yaml:2:13: target.protocol: cannot be read: open ours.yaml: file does not exist; write the name of a file, as seen from the scenario's folder"}},
	{"a protocol that is a list", "target: {protocol: [a]}", []string{"t.yaml:1:20: target.protocol: a list is not a protocol; write a file's name, or a map"}},
	{"mistakes in a protocol's file, at their place in it", "seed: x\ntarget: {protocol: wrong.yaml}", []string{
		"t.yaml:1:7: seed:", `wrong.yaml:3:5: to: "everybody" is not known`, "wrong.yaml:4:17: message.send: ${contents} is no slot"}},
	{"a protocol's file that is not YAML", "target: {protocol: broken.yaml}", []string{"broken.yaml:2:1: not YAML"}},
	{"a protocol's file that is not text", "target: {protocol: latin.yaml}", []string{"latin.yaml:1:10: the file is not plain text here; write YAML in UTF-8"}},
	{"mistakes in an inline protocol, at their place in the scenario", "target:\n  protocol:\n    name: x\n    ready: open\n    message:\n      sent: a", []string{
		"t.yaml:6:7: target.protocol.message.sent: unknown key"}},
	{"an inline protocol of nothing", "target: {protocol: {}}", []string{"t.yaml:1:20: target.protocol.name: is missing", "t.yaml:1:20: target.protocol.message: is missing", "t.yaml:1:20: target.protocol.ready: is missing"}},
	{"an inline protocol that unfolds without end", "x: &a [*a]\ntarget: {protocol: {name: *a}}", []string{"t.yaml:1:1: x: unknown key", "t.yaml:2:20: target.protocol: is too deep or too large"}},
	{"a policy and a cause in a protocol's file", "target: {protocol: policy.yaml}", []string{
		`t.yaml:1:20: target.protocol: "timeout" is no cause of a disconnect`, `policy.yaml:4:12: reconnect: "socket-io" is not a reconnect policy; did you mean socketio?`}},
	{"a policy in an inline protocol", "target:\n  protocol: {name: x, ready: open, message: {send: '${content}'}, reconnect: {backoff: linear}}", []string{
		"t.yaml:2:78: target.protocol.reconnect: never waits; add base: 1s"}},
	{"a protocol's timeout that no answer could meet", "target: {protocol: short.yaml}", []string{
		"t.yaml:1:20: target.protocol: has a heartbeat whose timeout (5s) is not longer than every (5s)"}},
	{"a variable that the protocol asks for", "target: {protocol: {name: x, ready: open, query: {k: '${env.KEY}'}, message: {send: '${content}'}}}", []string{
		`t.yaml:1:20: target.protocol: asks for the environment variable "KEY", which is not set; set the variable`}},
	{"columns that the protocol asks for, and there are none", "target: {protocol: own.yaml}\nclients: [{name: a, count: 1, login: {csv: ages.csv}}, {name: b, count: 1}]", []string{
		`t.yaml:2:56: clients[1]: has no login.csv, and the protocol asks for its column "user"`}},
	{"a column that the table does not have", "target: {protocol: {name: x, ready: open, query: {k: '${column.pin}'}, message: {send: '${content}'}}}\nclients: {count: 1, login: {csv: ages.csv}}", []string{
		`t.yaml:2:34: clients.login.csv: has no column "pin", which the protocol asks for`}},

	{"rooms to a server that broadcasts", "{target: {preset: browser-ws}, rooms: {size: 5}, traffic: {rate: 5/s, to: room}}", []string{
		`t.yaml:1:75: traffic.to: room is not what "browser-ws" does: its server sends each message to everybody; write to: all, or leave it out`}},
	{"a destination that the protocol does not know", "{target: {protocol: own.yaml}, clients: {count: 3, login: {csv: users.csv}}, traffic: {rate: 5/s, to: all}}", []string{
		`t.yaml:1:103: traffic.to: all is not what "own" can send to; write one of room, peer, self`}},
	{"traffic that a protocol could only send to rooms", "target: {protocol: {name: x, ready: open, to: room, message: {send: '${content}'}}}\ntraffic: 5/s", []string{
		`t.yaml:2:10: traffic: does not say whom it goes to; add to: and one of room`}},
	{"traffic for a protocol without messages", "target: {protocol: {name: x, ready: open, to: none, message: {send: '${content}'}}}\ntraffic: 5/s", []string{
		`t.yaml:2:10: traffic: "x" has no messages to send`}},

	{"a heartbeat where the server pings", "target: {preset: socketio-chat}\nclients: {heartbeat: {every: 5s}}", []string{
		`t.yaml:2:22: clients.heartbeat: "socketio-chat" has no heartbeat of the client's; leave it out; the clients look for the server's pings instead`}},
	{"a timeout where nothing answers", "target: {preset: heart-class}\nclients: {heartbeat: {every: 5s, timeout: 12s}}", []string{
		`t.yaml:2:43: clients.heartbeat.timeout: nothing in "heart-class" answers a heartbeat; leave it out`}},
	{"a timeout of clients that do not look", "target: {preset: browser-ws-as-published}\nclients: {heartbeat: {every: 5s, timeout: 12s}}", []string{
		"t.yaml:2:43: clients.heartbeat.timeout: stands beside a defect by which nobody looks for the answer; leave it out, or add defects: none"}},
	{"pings of a server that has none", "clients: {alive: 45s}", []string{`t.yaml:1:18: clients.alive: the server of "envelope" has no pings`}},
	{"pings that a server tells of itself", "target: {preset: socketio}\nclients: {alive: 45s}", []string{"t.yaml:2:18: clients.alive: a Socket.IO server says itself how long"}},
	{"a defect that there is not", "clients: {defects: {sloppy: true}}", []string{"t.yaml:1:21: clients.defects.sloppy: unknown key; known are no_answer_expected, "}},
	{"a defect that is no truth", "clients: {defects: {overwritten_timer: 5}}", []string{`t.yaml:1:40: clients.defects.overwritten_timer: "5" is not true or false`}},
	{"defects as a word", "clients: {defects: all}", []string{`t.yaml:1:20: clients.defects: "all" is not a set of defects; write {no_answer_expected: true}, or none`}},
	{"causes that there are not", "clients: {defects: {no_reconnect_after: [hearbeat_timeout, close_1001, close_99]}}", []string{
		`t.yaml:1:42: clients.defects.no_reconnect_after[0]: "hearbeat_timeout" is no cause of a disconnect; did you mean heartbeat_timeout?`,
		`t.yaml:1:72: clients.defects.no_reconnect_after[2]: "close_99" is no cause`}},
	{"timers that there are not", "clients: {heartbeat: {every: 5s}, defects: {overwritten_timer: true}}", []string{"t.yaml:1:64: clients.defects.overwritten_timer: needs timers that could be overwritten; add a heartbeat with a timeout"}},
	{"attempts below none", "clients: {defects: {attempts_after_open: -1}}", []string{"t.yaml:1:42: clients.defects.attempts_after_open: -1 is out of range"}},

	{"a login of nothing", "clients: {login: {}}", []string{"t.yaml:1:18: clients.login: does not say how; write one of {token: "}},
	{"a login as a word", "clients: {login: secret}", []string{`t.yaml:1:18: clients.login: "***" is not a login; write {token: "${IM_TOKEN}"}`}},
	{"headers as a word", "target: {url: 'ws://h', headers: geheim}", []string{`t.yaml:1:34: target.headers: "***" is not a map`}},
	{"a command as a word", "target: {url: 'ws://h', start: {command: ./srv --port 80 --token geheim}}", []string{
		`t.yaml:1:42: target.start.command: "./srv --port 80 --token ***" is not a list`}},
	{"two tokens", "clients: {login: {token: a, tokens: tokens.txt}}", []string{"t.yaml:1:18: clients.login: has both token and tokens; keep one of them"}},
	{"tokens beside a table", "clients: {login: {csv: users.csv, tokens: tokens.txt}}", []string{"t.yaml:1:18: clients.login: has both tokens and csv; put the tokens into a column named token"}},
	{"an empty token", "clients: {login: {token: ''}}", []string{"t.yaml:1:26: clients.login.token: is empty"}},
	{"reuse of nothing", "clients: {login: {token: a, reuse: true}}", []string{"t.yaml:1:36: clients.login.reuse: is for files"}},
	{"a variable that is not set", "clients: {login: {token: '${IM_TOKEN}'}}", []string{"t.yaml:1:26: clients.login.token: the environment variable IM_TOKEN is not set"}},
	{"a slot that there is not", "clients: {login: {token: '${column.user}'}}", []string{`t.yaml:1:26: clients.login.token: there is no column "user" in a login.csv`}},
	{"fewer tokens than clients", "clients: {count: 50, login: {tokens: tokens.txt}}", []string{
		`t.yaml:1:38: clients.login.tokens: "tokens.txt" has 3 logins for 50 clients; add logins, take fewer clients, or write reuse: true`}},
	{"fewer rows than the clients of two groups", "clients:\n- {name: a, count: 2, login: {csv: users.csv}}\n- {name: b, count: 2, login: {csv: users.csv}}", []string{
		`t.yaml:3:36: clients[1].login.csv: "users.csv" has 3 logins for 4 clients (2 here, 2 in groups before)`}},
	{"no logins to use again", "clients: {login: {tokens: empty.txt, reuse: true}}", []string{`t.yaml:1:27: clients.login.tokens: "empty.txt" has no login`}},
	{"a file of tokens that is not there", "clients: {login: {tokens: no.txt}}", []string{"t.yaml:1:27: clients.login.tokens: cannot be read: open no.txt"}},
	{"a token that cannot be sent, at its place and unquoted", "clients: {count: 1, login: {tokens: bad.txt}}", []string{"bad.txt:2:1: the token has a space or a control character in it; write one token a line"}},
	{"a table with a row too long", "clients: {count: 1, login: {csv: bad.csv}}", []string{"bad.csv:2:1: wrong number of fields; write a row of names, then as many values a row"}},
	{"an algorithm that there is not", "clients: {login: {jwt: {alg: none, secret: x}}}", []string{`t.yaml:1:30: clients.login.jwt.alg: "none" is not one of them; known are HS256, RS256`}},
	{"a key without need", "clients: {login: {jwt: {alg: HS256, secret: x, key: key.pem}}}", []string{"t.yaml:1:53: clients.login.jwt.key: is for RS256"}},
	{"a signature without a secret", "clients: {login: {jwt: {claims: {sub: x}}}}", []string{"t.yaml:1:24: clients.login.jwt: has no secret; add secret: ${JWT_SECRET}"}},
	{"a signature without a key", "clients: {login: {jwt: {alg: RS256}}}", []string{"t.yaml:1:24: clients.login.jwt: has no key"}},
	{"a key that is none", "clients: {login: {jwt: {key: key.pem}}}", []string{"t.yaml:1:30: clients.login.jwt.key: the key is no RSA private key in PEM, or has a password; name a PEM file"}},
	{"a time to live of nothing", "clients: {login: {jwt: {secret: x, ttl: 1ms}}}", []string{"t.yaml:1:41: clients.login.jwt.ttl: 1ms is out of range; write a duration from 1s to 876000h"}},
	{"an algorithm in the header", "clients: {login: {jwt: {secret: x, header: {alg: none}}}}", []string{"t.yaml:1:50: clients.login.jwt.header.alg: is set by alg"}},
	{"claims that are no map", "clients: {login: {jwt: {secret: x, claims: [a]}}}", []string{"t.yaml:1:44: clients.login.jwt.claims: a list is not a map"}},
	{"a claim that is no number of JSON's", "clients: {login: {jwt: {secret: x, claims: {n: .inf}}}}", []string{`t.yaml:1:48: clients.login.jwt.claims.n: ".inf" is not a number`}},
	{"a claim with an unset variable", "clients: {login: {jwt: {secret: x, claims: {sub: ['${B}']}}}}", []string{"t.yaml:1:51: clients.login.jwt.claims.sub[0]: the environment variable B is not set"}},
}

func TestProblemsOfSystemsAndLoginsAreReportedAtTheirPlace(t *testing.T) {
	for _, c := range problemsOfSystems {
		_, err := Load([]byte(c.yaml), "t.yaml", withFiles())
		var problems *Problems
		if !errors.As(err, &problems) {
			t.Errorf("%s: got %v", c.name, err)
			continue
		}
		got := strings.Split(err.Error(), "\n")
		wrong := len(got) != len(c.problems) || strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "sec ret")
		for i := range min(len(got), len(c.problems)) {
			wrong = wrong || !strings.HasPrefix(got[i], c.problems[i])
		}
		if wrong {
			t.Errorf("%s: got\n  %s\nwant\n  %s", c.name, strings.Join(got, "\n  "), strings.Join(c.problems, "\n  "))
		}
	}
}

func TestWithoutFilesOrEnvironmentWhatAsksForThemIsRefused(t *testing.T) {
	for yaml, want := range map[string]string{
		"target: {protocol: own.yaml}":            "t.yaml:1:20: target.protocol: names a file, and none can be read here; write out what is in it",
		"clients: {login: {tokens: tokens.txt}}":  "t.yaml:1:27: clients.login.tokens: names a file, and none can be read here",
		"clients: {login: {jwt: {key: key.pem}}}": "t.yaml:1:30: clients.login.jwt.key: names a file, and none can be read here",
		"target: {protocol: {name: x, ready: open, query: {k: '${env.A}'}, message: {send: '${content}'}}}": `t.yaml:1:20: target.protocol: asks for the environment variable "A", and there is no environment here`,
	} {
		if _, err := Load([]byte(yaml), "t.yaml", Options{}); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}
