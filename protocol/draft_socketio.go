package protocol

import (
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/imbench/imbench/internal/problem"
)

// socketKeys reads what stands under socketio.
func (d *draft) socketKeys(n *yaml.Node, path string) {
	s := &d.socket
	d.object(n, path,
		key{"transports", d.transports},
		key{"namespace", func(n *yaml.Node, path string) {
			d.into(&s.namespace)(n, path)
			if !strings.HasPrefix(s.namespace, "/") || strings.ContainsAny(s.namespace, ",? ") {
				d.problem(n, path, problem.Said(n)+" is not a namespace", "write one like /chat")
			}
		}},
		key{"auth", d.frame(&s.auth, slotsOfLogin)},
		key{"acks", d.truth(&s.acks)},
		key{"recovery", d.truth(&s.recovery)},
	)
}

func (d *draft) transports(n *yaml.Node, path string) {
	var words []string
	d.items(n, path, func(n *yaml.Node, path string) {
		var word string
		if d.oneOf(&word, "polling", "websocket")(n, path); word != "" {
			words = append(words, word)
		}
	})
	switch strings.Join(words, " ") {
	case "websocket":
	case "polling websocket":
		d.socket.polls = true
	default:
		d.problem(n, path, problem.Said(n)+" is not how a client connects", "write [websocket], or [polling, websocket] to begin with HTTP and upgrade")
	}
}

// socketIO makes the protocol of a description that speaks Socket.IO.
func (d *draft) socketIO() *SocketIO {
	x := &d.d
	x.rules.strict = true
	x.traits.ServerPings = true
	x.traits.Acks = x.traits.Acks || d.socket.acks
	if x.traits.ReadyOnOpen {
		d.problem(d.readyAt, "ready", "a Socket.IO client is never ready on open", "leave it out to be ready once the namespace is connected, or name an event")
	}
	if n := d.valueOf("format"); n != nil && d.format == "text" {
		d.problem(n, "format", "Socket.IO's events are JSON", "leave it out")
	}
	if n := d.valueOf("encoding"); n != nil && x.traits.Binary {
		d.problem(n, "encoding", "Socket.IO's packets are text", "leave it out")
	}
	if x.traits.Acks && !d.socket.acks && x.rules.acked == nil {
		x.traits.Acks = false
	}
	d.mustBeEvents()
	if a := d.socket.auth; a != nil && (!a.json || !strings.HasPrefix(strings.TrimSpace(a.segments[0].text), "{")) {
		d.problem(d.valueOf("socketio"), "socketio.auth", "is not a map", `write a map like {token: "${token}"}`)
	}
	s := &SocketIO{
		body: *x, namespace: strings.TrimSuffix(d.socket.namespace, "/"), auth: d.socket.auth,
		event: "42", acks: d.socket.acks, recovery: d.socket.recovery, polls: d.socket.polls,
	}
	if s.namespace != "" {
		s.event += s.namespace + ","
	}
	if r := &s.body.rules; r.pingReply != nil {
		r.pingReply = append([]byte(s.event), r.pingReply...)
	}
	return s
}

// mustBeEvents checks that whatever is sent is a list.
func (d *draft) mustBeEvents() {
	check := func(name string, ts ...*template) {
		for _, t := range ts {
			if t == nil {
				continue
			}
			if !t.json || !strings.HasPrefix(strings.TrimSpace(t.segments[0].text), "[") {
				d.problem(d.valueOf(name), name, "is not an event", `write a list: its name and its arguments, like [chat, "${content}"]`)
				return
			}
		}
	}
	x := &d.d
	check("message", x.toRoom, x.toPeer, x.toAll)
	check("heartbeat", x.beat)
	check("open", x.open...)
	for _, p := range x.rules.replies {
		check("replies", p.send...)
	}
}
