package faults

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/imbench/imbench/internal/unit"
)

// The checks here are of keys that the fault's kind has; validateOwnership
// reports the others.

func (f Config) validateSilence(here []Mechanism) error {
	var errs []error
	if hasDirection(f.acts()) && f.Direction != "" && !slices.Contains(Directions(), f.Direction) {
		errs = append(errs, problem("direction", "%q is not a direction; write both, inbound or outbound", f.Direction))
	}
	if f.acts() == Silence && f.Mechanism != "" {
		errs = append(errs, f.validateMechanism(here))
	}
	return errors.Join(errs...)
}

func (f Config) validateMechanism(here []Mechanism) error {
	rungs := []Mechanism{MD5, MinTTL, Stall}
	switch m := f.Mechanism; {
	case !slices.Contains(rungs, m):
		return problem("mechanism", "%s", unknown(string(m), "a mechanism to choose", rungs))
	case f.Direction == Outbound:
		return problem("mechanism", "outbound is always made by holding writes back; leave `mechanism` out")
	case f.Direction == Inbound && m == MD5:
		return problem("mechanism", "md5 silences both directions; write minttl or stall, or direction: both")
	case !slices.Contains(here, m):
		names := make([]string, len(here))
		for i, h := range here {
			names[i] = string(h)
		}
		return problem("mechanism", "this platform has no %s; write %s, or leave it out", m, strings.Join(names, " or "))
	}
	return nil
}

func (f Config) validateBye() error {
	if f.acts() == Bye && f.Code != 0 && f.Code != 1000 && f.Code != 1001 {
		return problem("code", "%d is not a code a client says goodbye with; write 1000 or 1001", f.Code)
	}
	return nil
}

func (f Config) validateBox() error {
	if f.Kind != IdleExpiry {
		return nil
	}
	var errs []error
	if _, known := BoxByName(f.Box); f.Box != "" && !known {
		var names []string
		for _, b := range Boxes() {
			names = append(names, b.Name)
		}
		errs = append(errs, problem("box", "%s", unknown(f.Box, "a middlebox", names)))
	}
	switch {
	case f.Idle < 0:
		errs = append(errs, problem("idle", "%s is negative; write how long without traffic, like 350s", f.Idle))
	case f.Idle == 0 && f.Lifetime == 0 && f.Box == "":
		errs = append(errs, problem("idle", "is missing; write how long without traffic, like 350s, or a `box`, like aws-nlb"))
	}
	if f.Lifetime < 0 {
		errs = append(errs, problem("lifetime", "%s is negative; write the age at which a connection ends, like 2h, or leave it out", f.Lifetime))
	}
	if f.Expiry != "" && !slices.Contains(Expiries(), f.Expiry) {
		errs = append(errs, problem("expiry", "%s", unknown(string(f.Expiry), "a way to expire", Expiries())))
	}
	if f.Counts != "" && !slices.Contains(CountsKnown(), f.Counts) {
		errs = append(errs, problem("counts", "%s", unknown(string(f.Counts), "something a middlebox counts", CountsKnown())))
	}
	return errors.Join(errs...)
}

func (f Config) validatePath() error {
	switch f.acts() {
	case Latency:
		return f.validateLatency()
	case Bandwidth:
		return when(f.Rate <= 0, "rate", "bandwidth needs bytes a second; write a rate above 0, like 16KB/s")
	case Slice:
		return errors.Join(when(f.Size <= 0, "size", "slice needs the largest piece; write a size above 0, like 10B"),
			when(f.Gap < 0, "gap", unit.Duration(f.Gap)+" is negative; write how long between two pieces, or leave it out"))
	case SlowConsumer:
		return when(f.Buffer < 0 || f.Buffer > 1<<30, "buffer", f.Buffer.String()+" is no receive buffer; write up to 1GiB, like 4KB, or leave it out")
	}
	return nil
}

func when(wrong bool, field, says string) error {
	if !wrong {
		return nil
	}
	return problem(field, "%s", says)
}

func (f Config) validateLatency() error {
	switch {
	case f.Delay < 0:
		return problem("delay", "%s is negative; write how much later bytes arrive, like 100ms", unit.Duration(f.Delay))
	case f.Delay == 0:
		return problem("delay", "latency needs to know how much later bytes arrive; write a duration, like 100ms")
	case f.Jitter < 0:
		return problem("jitter", "%s is negative; write by how much the delay varies, like 20ms, or leave it out", unit.Duration(f.Jitter))
	case f.Jitter > f.Delay:
		return problem("jitter", "%s is more than the delay of %s, and no byte arrives before it is sent; write at most %s",
			unit.Duration(f.Jitter), unit.Duration(f.Delay), unit.Duration(f.Delay))
	case f.Delay+f.Jitter > 24*time.Hour:
		return problem("delay", "%s is more than a day; write how much later bytes arrive, like 100ms", unit.Duration(f.Delay))
	}
	return nil
}

func (f Config) validateLists() error {
	var errs []error
	if f.acts() == Malformed {
		errs = append(errs, validateList("forms", "a form of malformed frame", f.Forms, Forms()))
	}
	if watchesGhosts(f.acts()) {
		errs = append(errs, validateList("ghost", "a way to watch ghosts", f.Ghost, GhostWatches()))
		if slices.Contains(f.Ghost, GhostNone) && len(f.Ghost) > 1 {
			errs = append(errs, problem("ghost", "none goes with no other; write [none] alone, or leave it out"))
		}
	}
	return errors.Join(errs...)
}

func validateList(field, what string, given, known []string) error {
	var errs []error
	for i, name := range given {
		switch {
		case !slices.Contains(known, name):
			errs = append(errs, problem(field, "%s", unknown(name, what, known)))
		case slices.Contains(given[:i], name):
			errs = append(errs, problem(field, "%s stands there twice; leave one out", name))
		}
	}
	return errors.Join(errs...)
}
