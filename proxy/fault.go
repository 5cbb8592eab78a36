package proxy

import (
	"errors"
	"fmt"
	"strings"

	"github.com/imbench/imbench/faults"
)

// errNotHere is what a fault is refused with that has no meaning in a proxy.
var errNotHere = errors.New("cannot happen in a proxy")

// slowPath is the latency, bandwidth or slices of a scenario.
type slowPath struct{ up, down faults.Shape }

func (*slowPath) check() error { return nil }

func (e *slowPath) part(stream) (p part) {
	p.shape = [2]faults.Shape{upstream: e.up, downstream: e.down}
	return p
}

// effectOf is what a fault of a scenario does to links, its defaults filled
// in; of a flap, what is on and off.
func effectOf(f faults.Config) (effect, error) {
	f = f.Inner()
	switch f.Kind {
	case faults.Silence:
		return &silence{Direction: f.Direction, Mechanism: f.Mechanism}, nil
	case faults.IdleExpiry:
		return &idleExpiry{Box: f.Box, Idle: millis(f.Idle), Expiry: f.Expiry, Counts: f.Counts, Lifetime: millis(f.Lifetime)}, nil
	case faults.Reset, faults.Storm:
		return new(resetPeer), nil
	case faults.Close:
		return new(closeBoth), nil
	case faults.Bye:
		return &bye{Code: f.Code}, nil
	case faults.SlowConsumer:
		return &stallOf{stallReading{Buffer: bytes(f.Buffer)}}, nil
	case faults.Latency, faults.Bandwidth, faults.Slice:
		up, down := f.Shapes()
		return &slowPath{up, down}, nil
	case faults.Rebind:
		return new(rebind), nil
	case faults.Malformed:
		e := &malformed{Forms: f.Forms}
		if len(f.Forms) == len(faults.Forms()) {
			e.Forms = nil // all that there are here
		}
		return e, nil
	}
	return nil, fmt.Errorf("%s %w; it befalls a server that imbench started, in a scenario", f.Kind, errNotHere)
}

// stallOf is the stall of a scenario: the client does not read.
type stallOf struct{ stallReading }

func (e *stallOf) part(stream) part { return e.stallReading.part(downstream) }

// CheckFault says why a fault of a scenario, valid there, is none for a proxy,
// as a *faults.FieldError; nil when it is.
func CheckFault(f faults.Config) error {
	wrong := func(field, format string, args ...any) error {
		return &faults.FieldError{Field: field, Problem: fmt.Sprintf(format, args...)}
	}
	f = f.WithDefaults()
	e, err := effectOf(f)
	switch {
	case err != nil:
		return wrong("kind", "%s", err)
	case f.Group != "":
		return wrong("group", "a proxy does not know groups of clients; write clients: 20%%, or leave both out for all")
	}
	if err := e.check(); err != nil {
		field, problem, _ := strings.Cut(err.Error(), ": ")
		return wrong(field, "%s", problem)
	}
	if _, onlyOpen := e.(passing); (onlyOpen || isMoment(e)) && f.At == 0 && f.Every == 0 && f.Kind != faults.Flap {
		return wrong("at", "at 0s the proxy begins to listen, and no connection is open; write when %s is to happen, like 10s, or add every: 30s", f.Kind)
	}
	return nil
}

// isMoment reports whether an effect happens in a moment.
func isMoment(e effect) bool { _, ok := e.(*resetPeer); return ok }
