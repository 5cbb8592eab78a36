package scenario

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/imbench/imbench/protocol"
)

// The longest that a Socket.IO client takes to miss the server's pings, where
// the server keeps the defaults (pingInterval 25 s, pingTimeout 20 s).
const socketIOSilence = 45 * time.Second

// toldByServer reports whether it is for the server to say how soon the
// clients notice its silence.
func (p *Plan) toldByServer(g Group) bool {
	return g.Alive == 0 && p.s.Protocol.Traits().ServerPings
}

// noticing says how soon the clients of a group notice a silence.
func (p *Plan) noticing(g Group) string {
	shortest, longest, ok := g.DetectBound()
	switch {
	case ok:
		return "notices a silence after " + p.span(shortest, longest)
	case p.toldByServer(g):
		return "notices a silence when the server's pings stay away"
	}
	return "notices no silence by itself"
}

// particulars are a group's login and what its clients get wrong.
func (p *Plan) particulars(g Group) string {
	text := ""
	switch l := g.Login; {
	case l.Tokens != "":
		text = "\ttokens of " + l.Tokens
	case l.JWT != nil:
		text = "\ttokens signed " + l.JWT.Alg
	case l.CSV != "":
		text = "\trows of " + l.CSV
	}
	if isClean(g.Defects) {
		return text
	}
	var w yamlWriter
	w.defects("", g.Defects, protocol.Defects{})
	return text + "\t" + strings.TrimSpace(strings.NewReplacer("{", "", "}", "", ": true", "").Replace(w.String()))
}

// writeProtocol says what is spoken and what can be expected of it.
func (p *Plan) writeProtocol(b *strings.Builder) {
	t := p.s.Protocol.Traits()
	var can []string
	for _, c := range []struct {
		yes, no string
		is      bool
	}{
		{"sends to " + strings.Join(destinations(t), ", "), "sends nothing", len(destinations(t)) > 0},
		{"acks", "no acks", t.Acks}, {"echo to the sender", "no echo", t.Echo}, {"tells who is online", "does not tell who is online", t.Presence},
	} {
		if c.is {
			can = append(can, c.yes)
		} else {
			can = append(can, c.no)
		}
	}
	fmt.Fprintf(b, "\nProtocol\n  %s: %s\n", p.s.Protocol.Name(), strings.Join(can, "; "))
}

// protocolWarnings says what the protocol leaves without effect.
func (p *Plan) protocolWarnings() (w []string) {
	_, envelope := p.s.Protocol.(protocol.Envelope)
	sendsToken := envelope || p.s.System.Token
	for _, g := range p.s.Clients {
		token := p.s.Target.Token != "" || g.Login.Token != "" || g.Login.Tokens != "" || g.Login.JWT != nil ||
			g.Login.CSV != "" && slices.Contains(p.s.Columns, "token")
		switch {
		case token && !sendsToken:
			w = append(w, fmt.Sprintf("group %s has a token, and nothing in %s sends one", g.Name, p.s.Protocol.Name()))
		case !token && p.s.System.Token && p.s.Target.Protocol != "":
			w = append(w, fmt.Sprintf("group %s has no token, and %s sends one: see clients.login", g.Name, p.s.Protocol.Name()))
		}
	}
	if t := p.s.Protocol.Traits(); p.rooms > 0 && !envelope && !p.s.System.Room && !t.ToRoom {
		w = append(w, fmt.Sprintf("rooms are without effect: nothing in %s speaks of them", p.s.Protocol.Name()))
	}
	return w
}

// untold says why a metric cannot be had with the protocol, "" when it can.
func untold(metric string, t protocol.Traits) string {
	switch {
	case slices.Contains([]string{"acked", "acked_lost"}, metric) && !t.Acks:
		return "the protocol has no acks"
	case metric == "roundtrip" && !t.Acks && !t.Echo:
		return "the protocol has neither acks nor an echo"
	}
	return ""
}
