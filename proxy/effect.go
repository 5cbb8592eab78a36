package proxy

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// effect is what a trouble does; its fields are a toxic's attributes.
type effect interface {
	// check says what is wrong with the settings.
	check() error
	// part is what a link gets on a stream.
	part(s stream) part
}

// doer is an effect that does something to a link besides lending a part.
type doer interface {
	// do begins it and returns how to end it before its time. It must not block.
	do(l *link, t *trouble) (stop func(), err error)
}

// parting is an effect whose end is an event for the link.
type parting interface {
	// left is called when the trouble is taken away from an open link.
	left(l *link)
}

// passing is an effect that befalls the links that are open when it comes, and
// none that are opened later.
type passing interface {
	later() bool // whether it takes later ones all the same
}

// newEffect makes an effect of a type with its defaults; nil for a type that
// there is not.
func newEffect(kind string) effect {
	switch kind {
	case "noop":
		return new(noop)
	case "latency":
		return new(latency)
	case "bandwidth":
		return new(bandwidth)
	case "slow_close":
		return new(slowClose)
	case "timeout":
		return new(timeout)
	case "reset_peer":
		return new(resetPeer)
	case "slicer":
		return new(slicer)
	case "limit_data":
		return new(limitData)
	case "silence":
		return new(silence)
	case "idle_expiry":
		return new(idleExpiry)
	case "rebind":
		return new(rebind)
	case "stall":
		return new(stallReading)
	case "close":
		return new(closeBoth)
	case "bye":
		return new(bye)
	case "malformed":
		return new(malformed)
	}
	return nil
}

// Types lists the types of toxics, Toxiproxy's first.
func Types() []string {
	return []string{
		"latency", "bandwidth", "slow_close", "timeout", "reset_peer", "slicer", "limit_data", "noop",
		"silence", "idle_expiry", "rebind", "stall", "close", "bye", "malformed",
	}
}

// decode lays attributes over an effect's settings. An attribute that there is
// not is an error: a toxic without its misspelt setting would do something
// else than it was added for.
func decode(e effect, attributes json.RawMessage) error {
	if len(attributes) > 0 && string(attributes) != "null" {
		d := json.NewDecoder(strings.NewReader(string(attributes)))
		d.DisallowUnknownFields()
		if err := d.Decode(e); err != nil {
			return badRequest(plainJSON(err))
		}
	}
	if err := e.check(); err != nil {
		return badRequest(err)
	}
	return nil
}

// plainJSON words a decoder's error for somebody who wrote JSON, not Go.
func plainJSON(err error) error {
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return fmt.Errorf("there is no attribute %s", name)
	}
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		return fmt.Errorf("%s cannot be a %s", orWhole(kind.Field), kind.Value)
	}
	return err
}

func orWhole(field string) string {
	if field == "" {
		return "this"
	}
	return field
}

// changed is e with attributes laid over what it is; e stays as it is.
func changed(kind string, e effect, attributes json.RawMessage) (effect, error) {
	was, err := json.Marshal(e)
	if err != nil {
		return nil, err
	}
	next := newEffect(kind)
	if err := json.Unmarshal(was, next); err != nil {
		return nil, err
	}
	return next, decode(next, attributes)
}
