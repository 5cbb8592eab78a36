package protocol

import (
	"fmt"
	"slices"
	"time"
)

// complete derives what the description leaves open, and checks what only the
// whole of it shows.
func (d *draft) complete() {
	d.completeMessages()
	t := &d.d.traits
	t.Echo = d.echo
	t.Binary = d.encoding == "binary"
	t.Batch = d.d.batch.given()
	d.d.rules.strict = d.format == "json" || d.format == "" && d.d.rules.paths.Len() > 0
	if d.speaks != "socketio" && d.readyAt == nil {
		d.problem(d.node, "ready", "is missing", "say which frame means that the client is online, or write ready: open if none does")
	}
	if d.d.batch.given() && d.speaks == "socketio" {
		d.problem(d.valueOf("batch"), "batch", "Socket.IO has one event a packet", "leave it out")
	}
	if d.d.rules.strict && slices.ContainsFunc(d.d.frames(), (*template).broken) {
		d.problem(d.node, "", "a frame begins like JSON, but is none", "write it as a YAML map or list, or say format: text")
	}
	d.completeHeartbeat()
	if t.Acks && d.d.rules.ackSeq != nil && !d.sendsSeq() {
		d.problem(d.ackNode, "ack.id", "no message says its number", "put ${seq} into the message, where the server takes the id from")
	}
}

func (d *draft) completeHeartbeat() {
	b, f := d.d.behaviour.Heartbeat, d.d.behaviour.Defects
	at := d.valueOf("heartbeat")
	switch {
	case b.Every == 0 || at == nil:
	case d.d.beat == nil && !f.ChecksStateOnly:
		d.problem(at, "heartbeat", "has no send", "write the frame of a beat, or checks_state_only: true under defects")
	case d.d.beat != nil && d.d.rules.answered == nil && !f.NoAnswerExpected:
		d.problem(at, "heartbeat", "has no answer", "say which frame answers a beat, or write no_answer_expected: true under defects")
	case b.Timeout == 0 && d.d.rules.answered != nil && !f.NoAnswerExpected:
		d.problem(at, "heartbeat", "has no timeout", "write timeout: "+(2*b.Every).String())
	case b.Every > 24*time.Hour || b.Timeout > 24*time.Hour:
		d.problem(at, "heartbeat", "is longer than a day", "write a shorter one")
	}
}

// completeMessages gives each destination its frame.
func (d *draft) completeMessages() {
	x := &d.d
	if d.message == nil {
		d.problem(d.node, "message", "is missing", "write message: and under it send:, the frame of a message with ${content}")
		return
	}
	if d.send != nil {
		d.sendAll()
	}
	if x.toRoom == nil && x.toPeer == nil && x.toAll == nil && d.send == nil && len(d.problems) == 0 {
		d.problem(d.message, "message", "has no send", "write the frame of a message, with ${content}")
	}
	for _, t := range []*template{d.send, x.toRoom, x.toPeer, x.toAll} {
		if t != nil && !t.uses(slotContent) {
			d.problem(d.message, "message", "a frame has no ${content}", "put ${content} where the text of the message goes; by it, messages are known again")
			break
		}
	}
	d.destinationsFit()
	x.traits.ToRoom, x.traits.ToPeer, x.traits.ToAll = x.toRoom != nil, x.toPeer != nil, x.toAll != nil
	x.traits.Broadcast = x.traits.ToAll && !x.traits.ToRoom && !x.traits.ToPeer
}

// destinationsFit checks that a frame speaks of no other destination than its
// own.
func (d *draft) destinationsFit() {
	for _, f := range []struct {
		to   string
		t    *template
		slot slot
		name string
	}{
		{"room", d.d.toRoom, slotPeer, "peer"}, {"peer", d.d.toPeer, slotRoom, "room"},
		{"all", d.d.toAll, slotRoom, "room"}, {"all", d.d.toAll, slotPeer, "peer"},
	} {
		if f.t.uses(f.slot) {
			d.problem(d.message, "message", fmt.Sprintf("the frame to %s has a ${%s}, which is not known there", f.to, f.name),
				"give each destination its own frame, under room, peer and all")
		}
	}
}

// sendAll makes send the frame of the destinations in to, or of those that its
// slots speak of.
func (d *draft) sendAll() {
	x := &d.d
	to := d.to
	if d.toNode == nil {
		switch {
		case d.send.uses(slotRoom):
			to = []string{"room"}
		case d.send.uses(slotPeer):
			to = []string{"peer"}
		default:
			to = []string{"all"}
		}
	}
	for _, word := range to {
		for _, w := range []struct {
			word string
			p    **template
		}{{"room", &x.toRoom}, {"peer", &x.toPeer}, {"all", &x.toAll}} {
			if w.word == word && *w.p == nil {
				*w.p = d.send
			}
		}
	}
}

func (d *draft) sendsSeq() bool {
	for _, t := range []*template{d.d.toRoom, d.d.toPeer, d.d.toAll} {
		if t != nil && !t.uses(slotSeq) {
			return false
		}
	}
	return true
}
