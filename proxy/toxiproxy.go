package proxy

import (
	"errors"
	"time"

	"github.com/imbench/imbench/faults"
)

// The toxics of Toxiproxy, with its attributes.

// noop does nothing.
type noop struct{}

func (*noop) check() error     { return nil }
func (*noop) part(stream) part { return part{} }

// latency delays all bytes of a stream.
type latency struct {
	Latency millis `json:"latency"`
	Jitter  millis `json:"jitter"`
}

func (*latency) check() error { return nil }

func (e *latency) part(s stream) (p part) {
	p.shape[s] = faults.Shape{Delay: time.Duration(e.Latency), Jitter: time.Duration(e.Jitter)}
	return p
}

// bandwidth limits a stream's rate. At rate 0 nothing passes, and nothing is
// lost.
type bandwidth struct {
	Rate perSecond `json:"rate"`
}

func (*bandwidth) check() error { return nil }

func (e *bandwidth) part(s stream) (p part) {
	if e.Rate == 0 {
		p.flow[s].hold = true
		return p
	}
	p.shape[s] = faults.Shape{Rate: int64(e.Rate)}
	return p
}

// slowClose passes a stream's end on later.
type slowClose struct {
	Delay millis `json:"delay"`
}

func (*slowClose) check() error { return nil }

func (e *slowClose) part(s stream) (p part) {
	p.flow[s].linger = time.Duration(e.Delay)
	return p
}

// timeout throws a stream's bytes away, and ends the link after a time; 0:
// never. Taking it away ends the link: bytes are missing from it.
type timeout struct {
	Timeout millis `json:"timeout"`
}

func (*timeout) check() error { return nil }

func (*timeout) part(s stream) (p part) {
	p.flow[s].discard = true
	return p
}

func (e *timeout) do(l *link, _ *trouble) (func(), error) {
	if e.Timeout == 0 {
		return nil, nil
	}
	return after(time.Duration(e.Timeout), func() { l.finish("timeout") }), nil
}

func (*timeout) left(l *link) { l.finish("timeout taken away") }

// resetPeer sends RST both ways after a time, at once at 0, whether bytes move
// or not.
type resetPeer struct {
	Timeout millis `json:"timeout"`
}

func (*resetPeer) check() error     { return nil }
func (*resetPeer) part(stream) part { return part{} }

func (e *resetPeer) do(l *link, _ *trouble) (func(), error) {
	if e.Timeout == 0 {
		l.abort("reset")
		return nil, nil
	}
	return after(time.Duration(e.Timeout), func() { l.abort("reset") }), nil
}

// after calls f once d has passed, unless it is stopped before.
func after(d time.Duration, f func()) (stop func()) {
	timer := time.AfterFunc(d, f)
	return func() { timer.Stop() }
}

// slicer writes a stream in pieces.
type slicer struct {
	AverageSize   bytes  `json:"average_size"`
	SizeVariation bytes  `json:"size_variation"`
	Delay         micros `json:"delay"`
}

func (e *slicer) check() error {
	if e.SizeVariation > e.AverageSize {
		return errors.New("size_variation is more than average_size")
	}
	return nil
}

func (e *slicer) part(s stream) (p part) {
	p.flow[s].slice = slicing{size: int(e.AverageSize), vary: int(e.SizeVariation), gap: time.Duration(e.Delay)}
	return p
}

// limitData ends the link when a stream has passed so many bytes on.
type limitData struct {
	Bytes bytes `json:"bytes"`
}

func (*limitData) check() error { return nil }

func (e *limitData) part(s stream) (p part) {
	l := new(limit)
	l.most.Store(int64(e.Bytes))
	p.flow[s].limits = []*limit{l}
	return p
}
