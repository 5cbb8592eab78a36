package faults

import (
	"cmp"
	"slices"
	"time"

	"github.com/imbench/imbench/internal/unit"
)

// Config is one fault of a scenario. Keys that its kind does not have are
// zero.
type Config struct {
	Name    string        `yaml:"name"`
	At      time.Duration `yaml:"at"`
	Kind    Kind          `yaml:"kind"`
	Of      Kind          `yaml:"of"` // flap: the kind repeated; its own keys stand beside it
	Clients unit.Share    `yaml:"clients"`
	Group   string        `yaml:"group"`
	For     time.Duration `yaml:"for"`   // 0: until the connection's end; of a flap and idle_expiry the run's; the server is started again at once
	Every   time.Duration `yaml:"every"` // 0: once
	Down    time.Duration `yaml:"down"`  // flap: how long Of is on
	Up      time.Duration `yaml:"up"`    // flap: how long it is off

	Direction Direction `yaml:"direction"` // silence, latency, bandwidth, slice
	Mechanism Mechanism `yaml:"mechanism"` // silence: this one or none
	Code      int       `yaml:"code"`      // bye

	Box      string        `yaml:"box"`      // idle_expiry: a MiddleBox, whose settings are the defaults
	Idle     time.Duration `yaml:"idle"`     // idle_expiry: how long without a sign of life; 0: for ever
	Expiry   Expiry        `yaml:"expiry"`   // idle_expiry: what happens then
	Counts   Counts        `yaml:"counts"`   // idle_expiry: what is a sign of life
	Lifetime time.Duration `yaml:"lifetime"` // idle_expiry: the age at which a connection expires, idle or not; 0: none

	Delay  time.Duration  `yaml:"delay"`  // latency
	Jitter time.Duration  `yaml:"jitter"` // latency: delay ± jitter, evenly spread
	Rate   unit.Bandwidth `yaml:"rate"`   // bandwidth
	Size   unit.Size      `yaml:"size"`   // slice: the largest piece
	Gap    time.Duration  `yaml:"gap"`    // slice: between two pieces
	Buffer unit.Size      `yaml:"buffer"` // stall: the receive buffer

	Forms []string `yaml:"forms"` // malformed
	Ghost []string `yaml:"ghost"` // silence, idle_expiry, rebind: how ghosts are watched; none given: as can be
}

// DefaultBuffer is the receive buffer of a slow consumer.
const DefaultBuffer = unit.Size(4000)

// WithDefaults returns f with everything filled in that a scenario may leave
// out: the kind as its name, what the middlebox settles, the default of every
// key that the kind has, and all clients where a storm or a group does not
// narrow them. f's slices are shared.
func (f Config) WithDefaults() Config {
	f.Name = cmp.Or(f.Name, string(f.Kind))
	kind := f.acts()
	if hasDirection(kind) {
		f.Direction = cmp.Or(f.Direction, Both)
	}
	switch kind {
	case Bye:
		f.Code = cmp.Or(f.Code, 1000)
	case SlowConsumer:
		f.Buffer = cmp.Or(f.Buffer, DefaultBuffer)
	case IdleExpiry:
		f = f.withBox()
	case Malformed:
		if len(f.Forms) == 0 {
			f.Forms = Forms()
		}
	}
	if f.Clients.IsZero() && !f.Kind.OnServer() && (f.Kind == Storm || f.Group != "") {
		f.Clients = unit.Share{Percent: 100}
	}
	return f
}

func (f Config) withBox() Config {
	box, _ := BoxByName(f.Box)
	f.Idle = cmp.Or(f.Idle, box.Idle)
	f.Lifetime = cmp.Or(f.Lifetime, box.Lifetime)
	f.Expiry = cmp.Or(f.Expiry, box.Expiry, ExpireSilent)
	f.Counts = cmp.Or(f.Counts, box.Counts, CountPackets)
	return f
}

// Inner returns the fault that a flap repeats: f with the kind Of, without
// times of its own. Of any other fault it returns f.
func (f Config) Inner() Config {
	if f.Kind != Flap {
		return f
	}
	f.Kind, f.Of = f.Of, ""
	f.For, f.Every, f.Down, f.Up = 0, 0, 0, 0
	return f
}

// Shapes returns what a latency, bandwidth or slice does to a connection's two
// directions, for Conn.Shape; of a flap, while it is on. Of any other fault
// both are zero.
func (f Config) Shapes() (up, down Shape) {
	if !f.acts().slow() {
		return Shape{}, Shape{}
	}
	s := Shape{Delay: f.Delay, Jitter: f.Jitter, Rate: int64(f.Rate), Slice: int(f.Size), Gap: f.Gap}
	if f.Direction != Inbound {
		up = s
	}
	if f.Direction != Outbound {
		down = s
	}
	return up, down
}

// acts is the kind that happens to a connection: a flap's is the one it
// repeats.
func (f Config) acts() Kind {
	if f.Kind == Flap {
		return f.Of
	}
	return f.Kind
}

func hasDirection(k Kind) bool { return k == Silence || k.slow() }

func watchesGhosts(k Kind) bool { return slices.Contains([]Kind{Silence, IdleExpiry, Rebind}, k) }
