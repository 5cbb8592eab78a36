package faults

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/imbench/imbench/internal/nearest"
)

// FieldError is one thing wrong with one key of a fault.
type FieldError struct {
	Field   string // the key as a scenario writes it: "for"
	Problem string // what is wrong and what would be right
}

func (e *FieldError) Error() string { return e.Field + ": " + e.Problem }

// Validate reports everything that is wrong with the fault, as *FieldErrors
// joined; nil when nothing is. It is pure, and is the same before and after
// WithDefaults.
func (f Config) Validate() error {
	if !slices.Contains(Kinds(), f.Kind) {
		return errors.Join(problem("kind", "%s", unknownKind(f.Kind)), f.validateTimes())
	}
	return errors.Join(f.validateTimes(), f.validateLength(), f.validateChoice(), f.validateSettings())
}

func problem(field, format string, args ...any) error {
	return &FieldError{Field: field, Problem: fmt.Sprintf(format, args...)}
}

func unknownKind(k Kind) string {
	names := make([]string, 0, len(Kinds()))
	for _, known := range Kinds() {
		names = append(names, string(known))
	}
	list := strings.Join(names, ", ")
	if k == "" {
		return "is missing; write one of " + list
	}
	if near := nearest.Name(string(k), names); near != "" {
		return fmt.Sprintf("%q is not a kind of fault; did you mean %s? There are %s", k, near, list)
	}
	return fmt.Sprintf("%q is not a kind of fault; write one of %s", k, list)
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
	case f.For != 0 && !f.Kind.lasts():
		errs = append(errs, problem("for", "%s happens in one moment; leave `for` out", f.Kind))
	case f.For == 0 && f.Kind == ServerFreeze:
		errs = append(errs, problem("for", "%s needs to know when to thaw; write how long it lasts, like 1s", f.Kind))
	}
	if f.Every > 0 && f.For > 0 && f.Every <= f.For {
		errs = append(errs, problem("every", "%s comes again before the %s it lasts are over; write more than %s", f.Every, f.For, f.For))
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

func (f Config) validateSettings() error {
	var errs []error
	switch {
	case f.Direction == "":
	case f.Kind != Silence:
		errs = append(errs, problem("direction", "only silence has a direction; leave it out"))
	case f.Direction != Both && f.Direction != Inbound && f.Direction != Outbound:
		errs = append(errs, problem("direction", "%q is not a direction; write both, inbound or outbound", f.Direction))
	}
	switch {
	case f.Code == 0:
	case f.Kind != Bye:
		errs = append(errs, problem("code", "only bye has a code; leave it out"))
	case f.Code != 1000 && f.Code != 1001:
		errs = append(errs, problem("code", "%d is not a code a client says goodbye with; write 1000 or 1001", f.Code))
	}
	return errors.Join(errs...)
}
