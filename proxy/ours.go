package proxy

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/imbench/imbench/faults"
)

// Toxics of our own: the faults of scenarios, with the settings that mean
// something here.

// silence makes packets vanish both on the client's and on the server's side.
type silence struct {
	Direction faults.Direction `json:"direction,omitempty"`
	Mechanism faults.Mechanism `json:"mechanism,omitempty"`
	Later     yes              `json:"later"`
}

func (e *silence) later() bool { return bool(e.Later) }

func (e *silence) check() error {
	if err := oneOf("direction", e.Direction, faults.Directions()); err != nil {
		return err
	}
	return oneOf("mechanism", e.Mechanism, []faults.Mechanism{faults.MD5, faults.MinTTL, faults.Stall})
}

func (e *silence) part(stream) part {
	return part{dark: darkness{way: ways(e.Direction), by: e.Mechanism}}
}

// oneOf says so when a setting that is given is none of those that there are.
func oneOf[T ~string](name string, v T, known []T) error {
	if v == "" || slices.Contains(known, v) {
		return nil
	}
	words := make([]string, len(known))
	for i, k := range known {
		words[i] = string(k)
	}
	return fmt.Errorf("%s: %q is none of %s", name, v, strings.Join(words, ", "))
}

// stallReading stops reading what a stream brings, with a small receive buffer:
// its sender has a slow consumer.
type stallReading struct {
	Buffer bytes `json:"buffer"`
	Later  yes   `json:"later"`
}

func (e *stallReading) later() bool { return bool(e.Later) }
func (*stallReading) check() error  { return nil }

func (e *stallReading) part(s stream) (p part) {
	buffer := int(e.Buffer)
	if buffer == 0 {
		buffer = int(faults.DefaultBuffer)
	}
	p.stall[s] = stall{on: true, buffer: buffer}
	return p
}

// rebind makes the path dark as a silence does, and has the client's later
// connections reach the server from another address.
type rebind struct {
	Address string `json:"address,omitempty"`
}

func (*rebind) later() bool { return false }

func (e *rebind) check() error {
	_, err := parseSource(e.Address)
	return err
}

func (*rebind) part(stream) part { return part{dark: darkness{way: ways(faults.Both)}} }

func (e *rebind) do(l *link, _ *trouble) (func(), error) {
	source, err := parseSource(e.Address)
	if err != nil {
		return nil, err
	}
	l.proxy.moveSource(l, source)
	return nil, nil
}

// closeBoth sends FIN both ways.
type closeBoth struct{}

func (*closeBoth) later() bool      { return false }
func (*closeBoth) check() error     { return nil }
func (*closeBoth) part(stream) part { return part{} }

func (*closeBoth) do(l *link, _ *trouble) (func(), error) {
	l.finish("close")
	return nil, nil
}

// bye sends the server the close frame of a client that leaves.
type bye struct {
	Code int `json:"code,omitempty"`
}

func (*bye) later() bool      { return false }
func (*bye) part(stream) part { return part{} }

func (e *bye) check() error {
	if e.Code != 0 && e.Code != 1000 && e.Code != 1001 {
		return fmt.Errorf("code: %d is not a code a client says goodbye with; write 1000 or 1001", e.Code)
	}
	return nil
}

func (e *bye) do(l *link, _ *trouble) (func(), error) {
	code := e.Code
	if code == 0 {
		code = 1000
	}
	return nil, l.up.inject(closeFrame(code))
}

// malformed sends the server frames that no client should send, one to each
// link.
type malformed struct {
	Forms []string `json:"forms,omitempty"`
}

func (*malformed) later() bool      { return false }
func (*malformed) part(stream) part { return part{} }

// forms lists what a proxy can send without knowing the protocol.
func (*malformed) known() []string {
	return slices.DeleteFunc(faults.Forms(), func(form string) bool { return form == faults.WrongVersion })
}

func (e *malformed) check() error {
	for _, form := range e.Forms {
		if form == faults.WrongVersion {
			return fmt.Errorf("forms: %s belongs to a protocol, which a proxy does not know; write some of %s", form, strings.Join(e.known(), ", "))
		}
		if err := oneOf("forms", form, e.known()); err != nil {
			return err
		}
	}
	return nil
}

func (e *malformed) do(l *link, _ *trouble) (func(), error) {
	forms := e.Forms
	if len(forms) == 0 {
		forms = e.known()
	}
	form := forms[int(l.number)%len(forms)]
	frame, err := malformedFrame(form)
	if err != nil {
		return nil, err
	}
	l.log("malformed frame", "form", form)
	return nil, l.up.inject(frame)
}

// idleExpiry is a middlebox that forgets a connection on which nothing moves.
type idleExpiry struct {
	Box      string        `json:"box,omitempty"`
	Idle     millis        `json:"idle"`
	Expiry   faults.Expiry `json:"expiry,omitempty"`
	Counts   faults.Counts `json:"counts,omitempty"`
	Lifetime millis        `json:"lifetime"`
}

// box is the middlebox that is meant, its preset's settings where none are
// given.
func (e *idleExpiry) box() faults.Config {
	return faults.Config{
		Kind: faults.IdleExpiry, Box: e.Box, Idle: time.Duration(e.Idle), Expiry: e.Expiry,
		Counts: e.Counts, Lifetime: time.Duration(e.Lifetime),
	}.WithDefaults()
}

func (e *idleExpiry) check() error {
	if _, ok := faults.BoxByName(e.Box); e.Box != "" && !ok {
		var names []string
		for _, b := range faults.Boxes() {
			names = append(names, b.Name)
		}
		return oneOf("box", e.Box, names)
	}
	if e.box().Idle == 0 && e.Lifetime == 0 {
		return fmt.Errorf("idle is missing; write a time without traffic in milliseconds, or a box, like aws-nlb")
	}
	if err := oneOf("expiry", e.Expiry, faults.Expiries()); err != nil {
		return err
	}
	return oneOf("counts", e.Counts, faults.CountsKnown())
}

func (*idleExpiry) part(stream) part { return part{} }

func (e *idleExpiry) do(l *link, t *trouble) (func(), error) {
	return l.watchIdle(t, e.box()), nil
}
