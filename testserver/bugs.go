package testserver

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Bug is something that the server does wrong on purpose, so that an
// instrument can be held against it. It prints as what it parses from.
type Bug struct {
	Name  string
	Every uint64        // of those with 1/N
	Delay time.Duration // of those with a duration
}

// bugDoc describes one bug: its value's form, and what it does.
type bugDoc struct {
	name, value, does string
}

// The forms of values.
const (
	oneIn    = "=1/N"
	delay    = "=D"
	perhaps  = "[=D]" // 2 s if left out
	noValue  = ""
	stallFor = 2 * time.Second
)

// knownBugs is the table of them all.
func knownBugs() []bugDoc {
	return []bugDoc{
		{"drop", oneIn, "every Nth delivery is left out; the ack still goes"},
		{"duplicate", oneIn, "every Nth delivery is made twice"},
		{"reorder", oneIn, "every Nth delivery is held back until after the same sender's next to that receiver, or 1 s"},
		{"ack-then-lose", oneIn, "every Nth message is acked and delivered to nobody"},
		{"never-reap", noValue, "dead clients are never pinged, reaped, superseded or closed as slow"},
		{"no-heartbeat-ack", noValue, "heartbeats are not answered"},
		{"slow-login", delay, "the greeting comes late by D"},
		{"slow-delivery", delay, "works D longer on each message, busily, before it delivers it"},
		{"stall-room", perhaps, "messages of the first room are delivered late by D, in order"},
	}
}

// BugUsage lists the bugs, one a line, for help texts.
func BugUsage() string {
	var b strings.Builder
	for _, d := range knownBugs() {
		fmt.Fprintf(&b, "%-20s %s\n", d.name+d.value, d.does)
	}
	return b.String()
}

// ParseBug reads a bug as in "drop=1/1000", "slow-login=2s" or "never-reap".
func ParseBug(s string) (Bug, error) {
	name, value, given := strings.Cut(s, "=")
	var names []string
	for _, d := range knownBugs() {
		if d.name != name {
			names = append(names, d.name+d.value)
			continue
		}
		b := Bug{Name: name}
		if err := b.parseValue(d.value, value, given); err != nil {
			return Bug{}, fmt.Errorf("bug %q: %w", s, err)
		}
		return b, nil
	}
	return Bug{}, fmt.Errorf("there is no bug %q; there are %s", name, strings.Join(names, ", "))
}

func (b *Bug) parseValue(form, value string, given bool) (err error) {
	switch form {
	case noValue:
		if given {
			return fmt.Errorf("%s takes no value", b.Name)
		}
		return nil
	case oneIn:
		n, ok := strings.CutPrefix(value, "1/")
		b.Every, err = strconv.ParseUint(n, 10, 64)
		if !ok || err != nil || b.Every == 0 {
			return fmt.Errorf("write one in how many, like %s=1/1000", b.Name)
		}
		return nil
	}
	if form == perhaps && !given {
		b.Delay = stallFor
		return nil
	}
	if b.Delay, err = time.ParseDuration(value); err != nil || b.Delay <= 0 {
		return fmt.Errorf("write how long, like %s=2s", b.Name)
	}
	return nil
}

func (b Bug) String() string {
	switch {
	case b.Every > 0:
		return b.Name + "=1/" + strconv.FormatUint(b.Every, 10)
	case b.Delay > 0:
		return b.Name + "=" + b.Delay.String()
	default:
		return b.Name
	}
}

// MarshalText prints the bug as it is written in flags.
func (b Bug) MarshalText() ([]byte, error) { return []byte(b.String()), nil }

// UnmarshalText parses a bug as ParseBug does.
func (b *Bug) UnmarshalText(text []byte) (err error) { *b, err = ParseBug(string(text)); return err }

// validate catches bugs that were not made by ParseBug.
func (b Bug) validate() error {
	_, err := ParseBug(b.String())
	return err
}
