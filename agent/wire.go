package agent

import "github.com/imbench/imbench/protocol"

// wire is the protocol with what it can do besides, found out once.
type wire struct {
	protocol.Protocol
	into   intoScanner            // nil when it only scans by value
	binary protocol.BinaryScanner // nil when text and binary frames mean the same
}

// intoScanner scans into an event, for callers with little stack.
type intoScanner interface {
	ScanInto(frame []byte, e *protocol.Event)
}

func newWire(p protocol.Protocol) wire {
	w := wire{Protocol: p}
	w.into, _ = p.(intoScanner)
	w.binary, _ = p.(protocol.BinaryScanner)
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
