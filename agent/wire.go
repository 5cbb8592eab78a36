package agent

import (
	"github.com/gorilla/websocket"

	"github.com/imbench/imbench/protocol"
)

// wire is the protocol with what it can do besides, found out once. What it
// cannot is nil.
type wire struct {
	protocol.Protocol
	traits   protocol.Traits
	into     intoScanner
	binary   protocol.BinaryScanner // nil: text and binary frames mean the same
	opener   protocol.Opener
	beater   protocol.Beater
	replier  protocol.Replier
	resumer  protocol.Resumer
	polling  protocol.Polling
	sub      []string // subprotocols to offer
	sendKind uint8    // of frames: text or binary
}

// intoScanner scans into an event, for callers with little stack.
type intoScanner interface {
	ScanInto(frame []byte, e *protocol.Event)
}

func newWire(p protocol.Protocol) wire {
	w := wire{Protocol: p, traits: p.Traits(), sendKind: websocket.TextMessage}
	w.into, _ = p.(intoScanner)
	w.binary, _ = p.(protocol.BinaryScanner)
	w.opener, _ = p.(protocol.Opener)
	w.beater, _ = p.(protocol.Beater)
	w.replier, _ = p.(protocol.Replier)
	w.resumer, _ = p.(protocol.Resumer)
	if polling, ok := p.(protocol.Polling); ok && polling.Polls() {
		w.polling = polling
	}
	if sub, ok := p.(protocol.Subprotocols); ok {
		w.sub = sub.Subprotocols()
	}
	if w.traits.Binary {
		w.sendKind = websocket.BinaryMessage
	}
	return w
}

// scan says what a frame means.
func (w *wire) scan(frame []byte, binary bool, e *protocol.Event) {
	switch {
	case binary && w.binary != nil:
		w.scanBinary(frame, e)
	case w.into != nil:
		w.into.ScanInto(frame, e)
	default:
		w.scanByValue(frame, e)
	}
}

//go:noinline
func (w *wire) scanBinary(frame []byte, e *protocol.Event) { *e = w.binary.ScanBinary(frame) }

//go:noinline
func (w *wire) scanByValue(frame []byte, e *protocol.Event) { *e = w.Scan(frame) }

// appendBeat appends the frame of a heartbeat; nothing when this protocol's
// beats are not on the wire.
func (w *wire) appendBeat(dst []byte, m protocol.Message) []byte {
	if w.beater != nil {
		return w.beater.AppendBeat(dst, m)
	}
	return w.AppendHeartbeat(dst, m.UnixMillis)
}

// resume is what a client must say to get what it missed, after an event.
func (w *wire) resume(kept []byte, e *protocol.Event) []byte {
	if w.resumer != nil {
		return w.resumeByValue(kept, e)
	}
	return append(kept[:0], e.Offset...)
}

//go:noinline
func (w *wire) resumeByValue(kept []byte, e *protocol.Event) []byte {
	return w.resumer.Resume(kept, *e)
}

// replies are the frames that an event asks for.
func (w *wire) replies(e *protocol.Event, l *protocol.Login) (frames [][]byte) {
	if len(e.Reply) > 0 {
		frames = append(frames, e.Reply)
	}
	if e.Step != 0 && w.replier != nil {
		frames = append(frames, w.replier.Replies(*e, *l)...)
	}
	return frames
}
