package main

import "net"

// client is a published client, and why it does what it does.
type client struct {
	preset string
	server string // what it ran against
	looks  string // how it looks whether the server lives
	then   string // what it does once it knows
}

var clients = []client{
	{"angular-socketio", "npm socket.io",
		"a beat every 5 s; each starts a timer of 10 s that its answer stops",
		"disconnects itself, after which Socket.IO does not reconnect"},
	{"browser-ws", "npm ws",
		"`ping` every 10 s; no `pong` for 20 s",
		"reconnects at once, then after 2, 4, 6 and 8 s"},
	{"browser-ws-as-published", "npm ws",
		"`ping` every 10 s, but the code never looks for the `pong`", "–"},
	{"socketio-chat", "npm socket.io",
		"the server's ping every 25 s; none for 45 s",
		"reconnects after 2 s ± 50 %, doubling up to 10 s, 5 times"},
	{"heart-class", "npm nodejs-websocket",
		"`ping` every 5 s, to which no answer is expected", "–"},
	{"json-manager", "npm ws",
		"a heartbeat every 30 s, to which no answer is expected", "–"},
	{"ionic-service", "npm ws",
		"its own `readyState` every 10 min, once it has reconnected: it is open", "–"},
	{"envelope", "`imbench serve`",
		"a beat every 10 s, its answer within 20 s",
		"reconnects after anything up to 1 s, doubling up to 30 s"},
}

// file is the client's scenario, from the top of the repository.
func (c client) file() string { return "interop/wild/" + c.preset + ".yaml" }

// arguments are those of imbench run, with a port that is nobody else's.
func (c client) arguments(reaps bool, addr string) []string {
	set := func(change string) []string { return []string{"--set", change} }
	args := []string{c.file()}
	if c.preset == "envelope" {
		if !reaps {
			args = append(args, set("target.reference=[--quiet, --bug, never-reap]")...)
		}
		return args
	}
	_, port, _ := net.SplitHostPort(addr)
	args = append(args, set("target.url=ws://"+addr)...)
	args = append(args, set(`target.start.command[3]="`+port+`"`)...)
	args = append(args, set("target.start.ready=tcp://"+addr)...)
	if !reaps {
		args = append(args, set("target.start.command[4]=--reap=no")...)
	}
	return args
}
