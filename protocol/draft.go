package protocol

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/imbench/imbench/internal/problem"
)

// draft is a description while it is read.
type draft struct {
	*reader
	node     *yaml.Node
	d        Described
	speaks   string
	encoding string
	format   string
	to       []string
	toNode   *yaml.Node
	echo     bool
	readyAt  *yaml.Node
	send     *template
	message  *yaml.Node
	ackNode  *yaml.Node
	socket   socketDraft
}

// read fills s from the description.
func (d *draft) read(s *System) {
	d.speaks, d.encoding = "websocket", "text"
	d.object(d.node, "", d.keys(s)...)
	s.Behaviour = d.d.behaviour
	if s.Name == "" {
		d.problem(d.node, "name", "is missing", "write name: and a word of your own")
	}
	d.d.name = s.Name
	switch d.speaks {
	case "envelope":
		d.onlyFor("an envelope's frames are built in", "name", "doc", "speaks", "heartbeat", "reconnect", "defects")
		s.Protocol = Envelope{}
	case "socketio":
		d.complete()
		s.Protocol = d.socketIO()
	default:
		d.complete()
		if n := d.valueOf("socketio"); n != nil {
			d.problem(n, "socketio", "is for Socket.IO only", "write speaks: socketio, or leave it out")
		}
		out := d.d
		s.Protocol = &out
	}
	s.needs()
}

func (d *draft) keys(s *System) []key {
	r := d.reader
	return []key{
		{"name", r.into(&s.Name)},
		{"doc", r.into(&s.Doc)},
		{"speaks", r.oneOf(&d.speaks, "websocket", "socketio", "envelope")},
		{"path", r.template(&d.d.login.path, inPath, slotsOfLogin)},
		{"query", d.parameters(&d.d.login.query, false)},
		{"headers", d.parameters(&d.d.login.headers, true)},
		{"subprotocol", d.subprotocols},
		{"socketio", d.socketKeys},
		{"encoding", r.oneOf(&d.encoding, "text", "binary")},
		{"format", r.oneOf(&d.format, "json", "text")},
		{"batch", d.batches},
		{"open", d.frames(&d.d.open, slotsOfLogin)},
		{"ready", d.ready},
		{"replies", d.replies},
		{"heartbeat", d.heartbeat},
		{"server_ping", d.serverPing},
		{"to", d.destinations},
		{"echo", r.truth(&d.echo)},
		{"message", d.messages},
		{"ack", d.ack},
		{"error", d.rule(&d.d.rules.refused, key{"text", r.extraction(&d.d.rules.refusal, &d.d.rules.paths)})},
		{"closed", d.rule(&d.d.rules.closed)},
		{"offset", r.extraction(&d.d.rules.offset, &d.d.rules.paths)},
		{"reconnect", d.reconnect},
		{"defects", d.defects},
	}
}

// valueOf returns what stands at a key of the top, nil for nothing.
func (d *draft) valueOf(name string) *yaml.Node {
	for i := 0; i+1 < len(d.node.Content); i += 2 {
		if d.node.Content[i].Value == name {
			return d.node.Content[i]
		}
	}
	return nil
}

// onlyFor complains about all other keys.
func (d *draft) onlyFor(why string, names ...string) {
	for i := 0; i+1 < len(d.node.Content); i += 2 {
		if k := d.node.Content[i]; !slices.Contains(names, k.Value) {
			d.problem(k, k.Value, why, "leave it out")
		}
	}
}

// Which slots can be filled where.
func slotsOfLogin(s slot) error {
	return among(s, "when a client logs in", slotClient, slotRoom, slotToken, slotOffset, slotTime, slotEnv, slotColumn)
}

func slotsOfBeats(s slot) error {
	return among(s, "in a heartbeat", slotClient, slotToken, slotTime, slotEnv, slotColumn)
}

func slotsOfMessages(s slot) error {
	return among(s, "in a message", slotClient, slotRoom, slotPeer, slotToken, slotContent, slotSeq, slotSize, slotTime, slotEnv, slotColumn)
}

func slotsOfReplies(s slot) error {
	return among(s, "in an answer", slotClient, slotRoom, slotToken, slotOffset, slotTime, slotEnv, slotColumn, slotPath, slotGroup)
}

func among(s slot, where string, allowed ...slot) error {
	if slices.Contains(allowed, s) {
		return nil
	}
	names := map[slot]string{slotEnv: "env.NAME", slotColumn: "column.NAME", slotPath: "$.path", slotGroup: "1"}
	for name, of := range slotNames {
		names[of] = name
	}
	var known []string
	for _, a := range allowed {
		known = append(known, "${"+names[a]+"}")
	}
	return fmt.Errorf("${%s} is not known %s; there are %s", names[s], where, strings.Join(known, ", "))
}

// parameters reads a map of names and templates.
func (d *draft) parameters(p *[]parameter, headers bool) func(*yaml.Node, string) {
	return func(n *yaml.Node, path string) {
		if n.Kind != yaml.MappingNode {
			d.problem(n, path, problem.Said(n)+" is not a map", "write a map like {NAME: VALUE}")
			return
		}
		d.entries(n, path, func(k, v *yaml.Node) {
			out := parameter{name: k.Value}
			if headers {
				out.name = http.CanonicalHeaderKey(k.Value)
			}
			s, ok := d.text(v, under(path, k.Value))
			if !ok {
				return
			}
			if headers && strings.ContainsAny(k.Value+s, "\r\n") {
				d.problem(v, under(path, k.Value), "a header cannot have line breaks", "write it on one line")
				return
			}
			if out.value = d.compile(v, under(path, k.Value), s, plain, slotsOfLogin); out.value != nil {
				*p = append(*p, out)
			}
		})
	}
}

func (d *draft) subprotocols(n *yaml.Node, path string) {
	d.items(n, path, func(n *yaml.Node, path string) {
		if s, ok := d.text(n, path); ok {
			d.d.login.subprotocols = append(d.d.login.subprotocols, s)
		}
	})
}

// frames reads a list of frames, or one; a list of lists where a frame is one.
func (d *draft) frames(p *[]*template, allowed func(slot) error) func(*yaml.Node, string) {
	return func(n *yaml.Node, path string) {
		d.items(n, path, func(n *yaml.Node, path string) {
			var t *template
			if d.frame(&t, allowed)(n, path); t != nil {
				*p = append(*p, t)
			}
		})
	}
}

func (d *draft) batches(n *yaml.Node, path string) {
	if n.Kind == yaml.MappingNode {
		var separator string
		d.object(n, path, key{"separator", d.into(&separator)})
		if separator == "" {
			d.problem(n, path, "has no separator", `write {separator: "\n"}`)
			return
		}
		d.d.batch.separator = []byte(separator)
		return
	}
	var word string
	d.oneOf(&word, "array", "lines")(n, path)
	switch word {
	case "array":
		d.d.batch.array = true
	case "lines":
		d.d.batch.separator = []byte("\n")
	}
}

// rule reads conditions alone, or a map of match and more keys.
func (d *draft) rule(p *matcher, more ...key) func(*yaml.Node, string) {
	read := d.conditions(p, &d.d.rules.paths)
	return func(n *yaml.Node, path string) {
		if n.Kind != yaml.MappingNode || !hasKey(n, "match") && !anyKey(n, more) {
			read(n, path)
			return
		}
		d.object(n, path, append([]key{{"match", read}}, more...)...)
		if *p == nil && !hasKey(n, "match") {
			d.problem(n, path, "has no match", `write match: and a condition, like '$.type == "pong"'`)
		}
	}
}

func hasKey(n *yaml.Node, name string) bool {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			return true
		}
	}
	return false
}

// anyKey reports whether n has one of the keys, but for those that are
// conditions on text, too.
func anyKey(n *yaml.Node, keys []key) bool {
	return slices.ContainsFunc(keys, func(k key) bool { return k.name != "text" && hasKey(n, k.name) })
}

func (d *draft) ready(n *yaml.Node, path string) {
	d.readyAt = n
	if n.Kind == yaml.ScalarNode && n.Value == "open" {
		d.d.traits.ReadyOnOpen = true
		return
	}
	d.rule(&d.d.rules.ready, key{"session", d.extraction(&d.d.rules.session, &d.d.rules.paths)})(n, path)
}

func (d *draft) replies(n *yaml.Node, path string) {
	d.items(n, path, func(n *yaml.Node, path string) {
		var p reply
		d.object(n, path,
			key{"match", d.conditions(&p.to, &d.d.rules.paths)},
			key{"send", d.frames(&p.send, slotsOfReplies)},
		)
		if n.Kind == yaml.MappingNode && (!hasKey(n, "match") || !hasKey(n, "send")) {
			d.problem(n, path, "needs match and send", "say which frame is answered, and what with")
		}
		d.addReply(n, path, p)
	})
}

func (d *draft) addReply(n *yaml.Node, path string, p reply) {
	const most = 100
	for _, c := range p.to {
		if p.pattern == nil {
			p.pattern = c.pattern
		}
	}
	for _, t := range p.send {
		if t.uses(slotGroup) && p.pattern == nil {
			d.problem(n, path, "has a ${1}, but no regular expression", "add {regexp: …} to match, with the part that is meant in ( and )")
		}
	}
	if len(d.d.rules.replies) == most {
		d.problem(n, path, fmt.Sprintf("there are more than %d answers", most), "describe fewer")
		return
	}
	d.d.rules.replies = append(d.d.rules.replies, p)
}

func (d *draft) heartbeat(n *yaml.Node, path string) {
	b := &d.d.behaviour.Heartbeat
	rules := &d.d.rules
	d.object(n, path,
		key{"every", d.duration(&b.Every)},
		key{"timeout", d.duration(&b.Timeout)},
		key{"send", d.frame(&d.d.beat, slotsOfBeats)},
		key{"answer", d.rule(&rules.answered, key{"time", d.extraction(&rules.answerTo, &rules.paths)})},
	)
	if n.Kind == yaml.MappingNode && !hasKey(n, "every") {
		d.problem(n, path, "has no every", "write every: 10s, or leave heartbeat out")
	}
}

func (d *draft) serverPing(n *yaml.Node, path string) {
	var p reply
	d.object(n, path,
		key{"match", d.conditions(&d.d.rules.pinged, &d.d.rules.paths)},
		key{"answer", d.frames(&p.send, slotsOfReplies)},
		key{"within", d.duration(&d.d.behaviour.Alive)},
	)
	if n.Kind != yaml.MappingNode {
		return
	}
	if !hasKey(n, "match") {
		d.problem(n, path, "has no match", "say which frame is the server's ping")
	}
	d.d.traits.ServerPings = d.d.behaviour.Alive > 0
	if len(p.send) == 1 {
		if text, ok := p.send[0].constant(); ok {
			d.d.rules.pingReply = []byte(text)
			return
		}
	}
	if len(p.send) > 0 {
		p.to = d.d.rules.pinged
		d.addReply(n, path, p)
	}
}

func (d *draft) destinations(n *yaml.Node, path string) {
	d.toNode = n
	d.to = []string{}
	if n.Kind == yaml.ScalarNode && n.Value == "none" {
		return
	}
	d.items(n, path, func(n *yaml.Node, path string) {
		var word string
		if d.oneOf(&word, "room", "peer", "all")(n, path); word != "" {
			d.to = append(d.to, word)
		}
	})
}

func (d *draft) messages(n *yaml.Node, path string) {
	d.message = n
	d.object(n, path,
		key{"send", d.frame(&d.send, slotsOfMessages)},
		key{"room", d.frame(&d.d.toRoom, slotsOfMessages)},
		key{"peer", d.frame(&d.d.toPeer, slotsOfMessages)},
		key{"all", d.frame(&d.d.toAll, slotsOfMessages)},
		key{"receive", d.rule(&d.d.rules.received)},
	)
}

func (d *draft) ack(n *yaml.Node, path string) {
	d.ackNode = n
	rules := &d.d.rules
	d.rule(&rules.acked, key{"id", d.extraction(&rules.ackSeq, &rules.paths)})(n, path)
	d.d.traits.Acks = true
}

// reconnect keeps the policy as text; who plans knows what it means.
func (d *draft) reconnect(n *yaml.Node, path string) {
	switch n.Kind {
	case yaml.ScalarNode:
		d.d.behaviour.Reconnect = n.Value
	case yaml.MappingNode:
		b, err := yaml.Marshal(n)
		if err != nil {
			d.problem(n, path, "cannot be kept: "+err.Error(), "")
		}
		d.d.behaviour.Reconnect = strings.TrimSpace(string(b))
	default:
		d.problem(n, path, problem.Said(n)+" is not a reconnect policy", "write a preset's name, or a map like {backoff: exponential, base: 1s, max: 30s}")
	}
}

func (d *draft) defects(n *yaml.Node, path string) {
	f := &d.d.behaviour.Defects
	d.object(n, path,
		key{"no_answer_expected", d.truth(&f.NoAnswerExpected)},
		key{"overwritten_timer", d.truth(&f.OverwrittenTimer)},
		key{"heartbeat_starts_after_reconnect", d.truth(&f.HeartbeatStartsAfterReconnect)},
		key{"checks_state_only", d.truth(&f.ChecksStateOnly)},
		key{"no_reconnect_after", func(n *yaml.Node, path string) {
			d.items(n, path, func(n *yaml.Node, path string) {
				if s, ok := d.text(n, path); ok {
					f.NoReconnectAfter = append(f.NoReconnectAfter, s)
				}
			})
		}},
		key{"attempts_after_open", d.count(&f.AttemptsAfterOpen)},
	)
}
