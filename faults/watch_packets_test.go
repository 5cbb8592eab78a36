package faults

import (
	"testing"
	"time"
)

func TestWhenPacketsMovedBetweenTwoLooks(t *testing.T) {
	const long = time.Hour
	at := func(n time.Duration) time.Duration { return n * ms }
	// The look before was at 10 s, this one at 11 s.
	before := look{from: at(10_000), to: at(10_001), traffic: traffic{in: 7, out: 1<<32 - 1, dataIn: 4, dataOut: 1<<32 - 1, sent: long, received: long, acked: long}}
	delta := func(in, out, dataIn, dataOut uint32, sent, received, acked time.Duration) traffic {
		return traffic{before.in + in, before.out + out, before.dataIn + dataIn, before.dataOut + dataOut, 0, sent, received, acked}
	}
	const unknownFirst, unknownLast = 10_000, 11_001
	for _, c := range []struct {
		name        string
		before      func(*look)
		now         traffic
		first, last time.Duration // ms
	}{
		{"a beat that is not answered yet", nil, delta(0, 1, 0, 1, at(400), long, long), 10_590, 10_611},
		{"a beat, and the ACK of it", nil, delta(1, 1, 0, 1, at(400), long, at(350)), 10_590, 10_661},
		{"a beat, and an answer that brings the ACK", nil, delta(1, 1, 1, 1, at(400), at(380), at(380)), 10_590, 10_631},
		{"with our ACK of the answer, which comes within 0.2 s", nil, delta(1, 2, 1, 1, at(400), at(380), at(380)), 10_590, 10_831},
		{"or has come by now", nil, delta(1, 2, 1, 1, at(100), at(80), at(80)), 10_890, unknownLast},
		{"a message, and our ACK", nil, delta(1, 1, 1, 0, long, at(500), at(500)), 10_490, 10_711},
		{"many messages: of the last, the time is known", nil, delta(9, 0, 9, 0, long, at(500), at(500)), unknownFirst, 10_511},
		{"many that we sent: of the last, the time is known", nil, delta(0, 9, 0, 9, at(500), long, long), unknownFirst, 10_511},
		{"a keepalive probe, and our answer", nil, delta(1, 1, 0, 0, long, long, long), unknownFirst, unknownLast},
		{"our own probe, and the answer", nil, delta(1, 1, 0, 0, long, long, at(300)), unknownFirst, unknownLast},
		{"our own probe, and none", nil, delta(0, 1, 0, 0, long, long, long), unknownFirst, unknownLast},
		{"a probe that carries a byte which is no news", nil, delta(1, 1, 1, 0, long, long, long), unknownFirst, unknownLast},
		{"a beat, and perhaps a probe before it", nil, delta(2, 3, 1, 1, at(400), at(380), at(380)), unknownFirst, unknownLast},
		{"a late ACK alone", func(l *look) { l.unacked = 1 }, delta(1, 0, 0, 0, at(1_050), long, at(990)), unknownFirst, 10_021},
		{"a late ACK, perhaps before the next beat", func(l *look) { l.unacked = 1 }, delta(1, 1, 0, 1, at(400), long, at(390)), unknownFirst, 10_621},
		{"our late ACK alone", func(l *look) { l.received = at(20) }, delta(0, 1, 0, 0, long, at(1_020), long), unknownFirst, unknownLast},
		{"our late ACK, perhaps before the next message", func(l *look) { l.received = at(20) }, delta(1, 1, 1, 0, long, at(400), at(400)), unknownFirst, 10_811},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := before
			if c.before != nil {
				c.before(&b)
			}
			first, last := look{at(11_000), at(11_001), c.now}.moved(b)
			if first != at(c.first) || last != at(c.last) {
				t.Errorf("first at %s, last at %s; want %s and %s", first, last, at(c.first), at(c.last))
			}
		})
	}
}

func TestOnABusyMachineAProbeMayFollowData(t *testing.T) {
	before := look{from: 0, to: 0, traffic: traffic{sent: time.Hour, received: time.Hour, acked: time.Hour}}
	late := look{3 * time.Second, 3 * time.Second, traffic{in: 2, out: 2, dataIn: 2, sent: time.Hour, received: 2 * time.Second, acked: 2 * time.Second}}
	if _, last := late.moved(before); last != 3*time.Second {
		t.Errorf("the last surely moved by %s; two ACKs may as well answer probes until now", last)
	}
}
