package faults

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/imbench/imbench/internal/nearest"
	"github.com/imbench/imbench/internal/unit"
)

// FieldError is one thing wrong with one key of a fault.
type FieldError struct {
	Field   string // the key as a scenario writes it: "for"
	Problem string // what is wrong and what would be right
}

func (e *FieldError) Error() string { return e.Field + ": " + e.Problem }

// Validate reports everything that is wrong with the fault, as *FieldErrors
// joined; nil when nothing is. What this platform cannot do is wrong. It
// changes nothing, and says the same before and after WithDefaults.
func (f Config) Validate() error { return f.validate(mechanismsHere()) }

// validate is Validate on a platform that has these mechanisms.
func (f Config) validate(here []Mechanism) error {
	if !slices.Contains(Kinds(), f.Kind) {
		return errors.Join(problem("kind", "%s", unknown(string(f.Kind), "a kind of fault", Kinds())), f.validateTimes())
	}
	return errors.Join(f.validateFlap(), f.validateTimes(), f.validateLength(), f.validateChoice(),
		f.validateOwnership(), f.validateSilence(here), f.validateBye(), f.validateBox(), f.validatePath(), f.validateLists())
}

func problem(field, format string, args ...any) error {
	return &FieldError{Field: field, Problem: fmt.Sprintf(format, args...)}
}

// unknown says that a name is none of those known, and which may have been
// meant.
func unknown[S ~string](name, what string, known []S) string {
	names := make([]string, len(known))
	for i, k := range known {
		names[i] = string(k)
	}
	list := strings.Join(names, ", ")
	if name == "" {
		return "is missing; write one of " + list
	}
	if near := nearest.Name(name, names); near != "" {
		return fmt.Sprintf("%q is not %s; did you mean %s? There are %s", name, what, near, list)
	}
	return fmt.Sprintf("%q is not %s; write one of %s", name, what, list)
}

func (f Config) validateFlap() error {
	if f.Kind != Flap {
		return nil
	}
	var errs []error
	switch {
	case f.Of == "":
		errs = append(errs, problem("of", "is missing; write what is repeated, one of %s", listed(flappable())))
	case !slices.Contains(Kinds(), f.Of):
		errs = append(errs, problem("of", "%s", unknown(string(f.Of), "a kind of fault", flappable())))
	case !f.Of.repeats():
		errs = append(errs, problem("of", "%s does not flap; write one of %s", f.Of, listed(flappable())))
	case f.Of.Lasts() && f.Down <= 0:
		errs = append(errs, problem("down", "flap needs to know how long %s is on; write a duration, like 5s", f.Of))
	case !f.Of.Lasts() && f.Down != 0:
		errs = append(errs, problem("down", "%s happens in one moment; leave `down` out, and write in `up` how long until it comes again", f.Of))
	}
	if f.Up <= 0 {
		errs = append(errs, problem("up", "flap needs to know how long it is off; write a duration, like 10s"))
	}
	if cycle := max(0, f.Down) + max(0, f.Up); f.For > 0 && f.For < cycle {
		errs = append(errs, problem("for", "%s is over before one cycle of %s is; write at least that", unit.Duration(f.For), unit.Duration(cycle)))
	}
	return errors.Join(errs...)
}

func (f Config) validateTimes() error {
	var errs []error
	if f.At < 0 {
		errs = append(errs, problem("at", "%s is before the run; write 0s or later", f.At))
	}
	if f.For < 0 {
		errs = append(errs, problem("for", "%s is negative; write how long the fault lasts, or leave it out", f.For))
	}
	if f.Every < 0 {
		errs = append(errs, problem("every", "%s is negative; write how often the fault comes, or leave it out", f.Every))
	}
	return errors.Join(errs...)
}

func (f Config) validateLength() error {
	var errs []error
	switch {
	case f.For != 0 && !f.Kind.Lasts():
		errs = append(errs, problem("for", "%s happens in one moment; leave `for` out", f.Kind))
	case f.For == 0 && f.Kind == ServerFreeze:
		errs = append(errs, problem("for", "%s needs to know when to thaw; write how long it lasts, like 1s", f.Kind))
	}
	switch {
	case f.Every <= 0:
	case f.For > 0 && f.Every <= f.For:
		errs = append(errs, problem("every", "%s comes again before the %s it lasts are over; write more than %s", f.Every, f.For, f.For))
	case f.For == 0 && (f.Kind == Flap || f.Kind == IdleExpiry):
		errs = append(errs, problem("every", "without `for`, %s lasts until the run's end, and cannot come again; write how long it lasts, or leave `every` out", f.Kind))
	}
	return errors.Join(errs...)
}

func (f Config) validateChoice() error {
	var errs []error
	switch {
	case f.Kind.OnServer():
		if !f.Clients.IsZero() {
			errs = append(errs, problem("clients", "%s befalls the server; leave `clients` out", f.Kind))
		}
		if f.Group != "" {
			errs = append(errs, problem("group", "%s befalls the server; leave `group` out", f.Kind))
		}
	case f.Kind != Storm && f.Clients.IsZero() && f.Group == "":
		errs = append(errs, problem("clients", "%s needs to know whom it befalls; write a share or a count, like 20%% or 50, or a group", f.Kind))
	}
	return errors.Join(errs...)
}

// validateOwnership reports keys that the fault's kind does not have.
func (f Config) validateOwnership() error {
	var errs []error
	for _, k := range f.keys() {
		if !k.given || slices.Contains(k.of, f.Kind) || slices.Contains(k.of, f.acts()) {
			continue
		}
		verb := "has"
		if len(k.of) > 1 {
			verb = "have"
		}
		errs = append(errs, problem(k.name, "only %s %s %s; leave it out", listed(k.of), verb, k.noun))
	}
	return errors.Join(errs...)
}

// key is one that only some kinds have.
type key struct {
	name, noun string
	given      bool
	of         []Kind
}

func (f Config) keys() []key {
	only := func(kinds ...Kind) []Kind { return kinds }
	return []key{
		{"of", "another kind to repeat", f.Of != "", only(Flap)},
		{"down", "a time that it is on", f.Down != 0, only(Flap)},
		{"up", "a time that it is off", f.Up != 0, only(Flap)},
		{"direction", "a direction", f.Direction != "", only(Silence, Latency, Bandwidth, Slice)},
		{"mechanism", "a mechanism", f.Mechanism != "", only(Silence)},
		{"code", "a code", f.Code != 0, only(Bye)},
		{"box", "a middlebox", f.Box != "", only(IdleExpiry)},
		{"idle", "an idle time", f.Idle != 0, only(IdleExpiry)},
		{"expiry", "an expiry", f.Expiry != "", only(IdleExpiry)},
		{"counts", "something that it counts", f.Counts != "", only(IdleExpiry)},
		{"lifetime", "a lifetime", f.Lifetime != 0, only(IdleExpiry)},
		{"delay", "a delay", f.Delay != 0, only(Latency)},
		{"jitter", "jitter", f.Jitter != 0, only(Latency)},
		{"rate", "a rate", f.Rate != 0, only(Bandwidth)},
		{"size", "a size", f.Size != 0, only(Slice)},
		{"gap", "a gap", f.Gap != 0, only(Slice)},
		{"buffer", "a buffer", f.Buffer != 0, only(SlowConsumer)},
		{"forms", "forms", len(f.Forms) > 0, only(Malformed)},
		{"ghost", "ghosts to watch", len(f.Ghost) > 0, only(Silence, IdleExpiry, Rebind)},
	}
}

// listed names kinds in prose.
func listed(kinds []Kind) string {
	var b strings.Builder
	for i, k := range kinds {
		switch {
		case i == 0:
		case i == len(kinds)-1:
			b.WriteString(" and ")
		default:
			b.WriteString(", ")
		}
		b.WriteString(string(k))
	}
	return b.String()
}
