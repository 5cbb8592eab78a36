package scenario

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/imbench/imbench/faults"
	"github.com/imbench/imbench/internal/unit"
	"github.com/imbench/imbench/protocol"
)

func (d *decoder) validateFaults(s *Scenario) {
	occurrences, picks := 0, 0
	for i, f := range s.Faults {
		at := index("faults", i)
		for _, e := range fieldErrors(f.Validate()) {
			problem, remedy, _ := strings.Cut(e.Problem, "; ")
			d.problemAt(child(at, e.Field), printable(problem), remedy)
		}
		d.checkName(child(at, "name"), f.Name)
		d.check(f.At < s.Duration || s.Duration <= 0, child(at, "at"),
			fmt.Sprintf("%s is not within the run's duration (%s)", unit.Duration(f.At), unit.Duration(s.Duration)), "write an earlier time, or a longer duration")
		d.check(f.Every == 0 || f.Every >= time.Millisecond, child(at, "every"), unit.Duration(f.Every)+" is too short", "write at least 1ms")
		for _, key := range []string{"for", "every", "idle", "lifetime"} {
			d.check(!d.given(child(at, key)) || timeOf(f, key) != 0, child(at, key), "0s is no time", "write how long, like 5s, or leave it out")
		}
		d.validateFaultGroup(s, f, at)
		d.validateServerFault(s, f, at)
		d.validateForProtocol(f, at)
		n := max(0, occurrencesOf(f, min(s.Duration, longestRun)))
		occurrences += n
		if !f.Kind.OnServer() && n < mostPicks {
			share := f.Clients
			if share.IsZero() {
				share = unit.Share{Percent: 100}
			}
			picks += n * share.Of(clientsOf(s))
		}
		if occurrences > mostOccurences || picks > mostPicks {
			d.problemAt(d.oftenBy(f, at), "the faults happen too often to plan them", "repeat them less often, or take fewer clients")
			return
		}
	}
}

// timeOf is one of a fault's times that 0 would leave out.
func timeOf(f faults.Config, key string) time.Duration {
	switch key {
	case "for":
		return f.For
	case "every":
		return f.Every
	case "idle":
		return f.Idle
	}
	return f.Lifetime
}

// oftenBy is the key of a fault that says how often it happens, or to how many.
func (d *decoder) oftenBy(f faults.Config, at string) string {
	keys := []string{"every", "clients", "kind"}
	if f.Kind == faults.Flap && (f.Every == 0 || period(f) < f.Every) {
		keys = slices.Insert(keys, 0, "up", "down")
		if f.Down > f.Up {
			keys[0], keys[1] = keys[1], keys[0]
		}
	}
	for _, key := range keys {
		if d.given(child(at, key)) {
			return child(at, key)
		}
	}
	return at
}

func (d *decoder) validateFaultGroup(s *Scenario, f faults.Config, at string) {
	if f.Group == "" {
		return
	}
	known := groupNames(s)
	d.check(slices.Contains(known, f.Group), child(at, "group"), "no group is named "+quoted(f.Group), didYouMean(f.Group, known))
}

// validateServerFault reports a fault on a server that imbench has no hold of.
func (d *decoder) validateServerFault(s *Scenario, f faults.Config, at string) {
	t := s.Target
	owned := t.Start != nil || t.URL == ""
	switch {
	case !f.Kind.OnServer() || owned || f.Kind == faults.ServerFreeze && t.PID > 0:
	case f.Kind == faults.ServerFreeze:
		d.problemAt(child(at, "kind"), string(f.Kind)+" needs a server that imbench can stop", "add target.start, or target.pid, or leave target.url out for the reference server")
	default:
		d.problemAt(child(at, "kind"), string(f.Kind)+" needs a server that imbench started", "add target.start, or leave target.url out for the reference server")
	}
}

// validateForProtocol reports what a fault asks of a protocol that has no such
// thing.
func (d *decoder) validateForProtocol(f faults.Config, at string) {
	if d.system.System == nil {
		return
	}
	name, p := quoted(d.system.Name), d.system.Protocol
	item := func(key string, list []string, value string) (string, bool) {
		i := slices.Index(list, value)
		return index(child(at, key), i), i >= 0 && d.given(child(at, key))
	}
	if path, asked := item("forms", f.Forms, faults.WrongVersion); asked && !slices.Contains(formsOf(p), faults.WrongVersion) {
		d.problemAt(path, "the frames of "+name+" carry no version", "leave it out; there are "+strings.Join(formsOf(p), ", "))
	}
	if path, asked := item("ghost", f.Ghost, faults.GhostPresence); asked && !p.Traits().Presence {
		d.problemAt(path, name+" does not tell who is online", "write [inet_diag] or [probe], or leave ghost out")
	}
}

// formsOf lists the ways of being malformed that a protocol has.
func formsOf(p protocol.Protocol) []string {
	_, versioned := p.(protocol.Versioned)
	return slices.DeleteFunc(faults.Forms(), func(form string) bool { return form == faults.WrongVersion && !versioned })
}

// completeFault fills in what a fault leaves out.
func (d *decoder) completeFault(f faults.Config) faults.Config {
	if f.Inner().Kind == faults.Malformed && len(f.Forms) == 0 && d.system.System != nil {
		f.Forms = formsOf(d.system.Protocol)
	}
	return f.WithDefaults()
}

// fieldErrors takes apart what faults.Config.Validate joined.
func fieldErrors(err error) []*faults.FieldError {
	var field *faults.FieldError
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var all []*faults.FieldError
		for _, e := range joined.Unwrap() {
			all = append(all, fieldErrors(e)...)
		}
		return all
	}
	if errors.As(err, &field) {
		return []*faults.FieldError{field}
	}
	return nil
}
