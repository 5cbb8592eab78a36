// Package unit holds the quantities a scenario is written in: rates, ramps,
// sizes, bandwidths and shares. Each parses the text a user types, prints as what it was
// parsed from, and says in its error what would be right. Durations are
// time.Duration.
package unit

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Rate is a number of events per second.
type Rate float64

var perUnit = map[string]float64{"s": 1, "sec": 1, "m": 60, "min": 60, "h": 3600}

// ParseRate reads "500/s", "30/min" or "10/h".
func ParseRate(s string) (Rate, error) {
	n, per, ok := strings.Cut(strings.TrimSpace(s), "/")
	div := perUnit[strings.TrimSpace(per)]
	v, err := strconv.ParseFloat(strings.TrimSpace(n), 64)
	if !ok || div == 0 || err != nil || v < 0 || math.IsInf(v, 0) || math.IsNaN(v) {
		return 0, fmt.Errorf("%q is not a rate; write a number and a unit of time, like 500/s or 30/min", s)
	}
	return Rate(v / div), nil
}

func (r Rate) String() string {
	if perMin := float64(r) * 60; r != Rate(math.Trunc(float64(r))) && perMin == math.Trunc(perMin) {
		return strconv.FormatFloat(perMin, 'f', -1, 64) + "/min"
	}
	return strconv.FormatFloat(float64(r), 'f', -1, 64) + "/s"
}

// MarshalText prints the rate as it is written in a scenario.
func (r Rate) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText parses a rate as ParseRate does.
func (r *Rate) UnmarshalText(b []byte) (err error) { *r, err = ParseRate(string(b)); return err }

// Ramp is a rate that changes evenly from From to To; a constant rate has both
// the same.
type Ramp struct{ From, To Rate }

// ParseRamp reads "500/s" or "100/s..1000/s".
func ParseRamp(s string) (Ramp, error) {
	from, to, ramps := strings.Cut(s, "..")
	a, errA := ParseRate(from)
	if !ramps {
		return Ramp{a, a}, errA
	}
	b, errB := ParseRate(to)
	if errA != nil || errB != nil {
		return Ramp{}, fmt.Errorf("%q is not a ramp; write two rates, like 100/s..1000/s", s)
	}
	return Ramp{a, b}, nil
}

func (r Ramp) String() string {
	if r.From == r.To {
		return r.From.String()
	}
	return r.From.String() + ".." + r.To.String()
}

// MarshalText prints the ramp as it is written in a scenario.
func (r Ramp) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText parses a ramp as ParseRamp does.
func (r *Ramp) UnmarshalText(b []byte) (err error) { *r, err = ParseRamp(string(b)); return err }

// Size is a number of bytes.
type Size int64

var sizeUnits = []struct {
	suffix string
	bytes  int64
}{ // longest suffix first: "KiB" before "B"
	{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30},
	{"KB", 1e3}, {"kB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"B", 1},
}

// ParseSize reads "200B", "4KB" (4,000) or "1MiB" (1,048,576).
func ParseSize(s string) (Size, error) {
	t := strings.TrimSpace(s)
	for _, u := range sizeUnits {
		n, ok := strings.CutSuffix(t, u.suffix)
		if !ok {
			continue
		}
		v, err := strconv.ParseFloat(strings.TrimSpace(n), 64)
		if err != nil || v < 0 || v*float64(u.bytes) > 1<<40 || v != v {
			break
		}
		return Size(v * float64(u.bytes)), nil
	}
	return 0, fmt.Errorf("%q is not a size; write a number and a unit, like 200B, 4KB or 1MiB", s)
}

func (z Size) String() string {
	for _, u := range []int{2, 1, 0, 5, 3} { // GiB, MiB, KiB, MB, KB
		if b := sizeUnits[u].bytes; z >= Size(b) && int64(z)%b == 0 {
			return strconv.FormatInt(int64(z)/b, 10) + sizeUnits[u].suffix
		}
	}
	return strconv.FormatInt(int64(z), 10) + "B"
}

// MarshalText prints the size as it is written in a scenario.
func (z Size) MarshalText() ([]byte, error) { return []byte(z.String()), nil }

// UnmarshalText parses a size as ParseSize does.
func (z *Size) UnmarshalText(b []byte) (err error) { *z, err = ParseSize(string(b)); return err }

// Bandwidth is a number of bytes per second.
type Bandwidth int64

// ParseBandwidth reads "16KB/s" or "1MiB/s".
func ParseBandwidth(s string) (Bandwidth, error) {
	if size, ok := strings.CutSuffix(strings.TrimSpace(s), "/s"); ok {
		if z, err := ParseSize(size); err == nil {
			return Bandwidth(z), nil
		}
	}
	return 0, fmt.Errorf("%q is not a bandwidth; write bytes a second, like 16KB/s or 1MiB/s", s)
}

func (w Bandwidth) String() string { return Size(w).String() + "/s" }

// MarshalText prints the bandwidth as it is written in a scenario.
func (w Bandwidth) MarshalText() ([]byte, error) { return []byte(w.String()), nil }

// UnmarshalText parses a bandwidth as ParseBandwidth does.
func (w *Bandwidth) UnmarshalText(b []byte) (err error) {
	*w, err = ParseBandwidth(string(b))
	return err
}

// Share is a part of a set of clients: a percentage of them, or a count. The
// zero Share is "not given".
type Share struct {
	Percent float64 // 0 to 100; used when Count is 0
	Count   int
}

// ParseShare reads "20%" or "50".
func ParseShare(s string) (Share, error) {
	t := strings.TrimSpace(s)
	if p, ok := strings.CutSuffix(t, "%"); ok {
		v, err := strconv.ParseFloat(strings.TrimSpace(p), 64)
		switch {
		case err != nil || v != v:
		case v > 100:
			return Share{}, fmt.Errorf("%q is more than all clients; a share goes up to 100%%", s)
		case v > 0:
			return Share{Percent: v}, nil
		}
	} else if n, err := strconv.Atoi(t); err == nil && n > 0 {
		return Share{Count: n}, nil
	}
	return Share{}, fmt.Errorf("%q is not a share of clients; write a percentage or a count, like 20%% or 50", s)
}

// Of returns how many of n clients the share takes: a percentage is rounded to
// the nearest client, at least one; a count is capped at n.
func (h Share) Of(n int) int {
	if h.Count > 0 {
		return min(h.Count, n)
	}
	if h.Percent <= 0 || n == 0 {
		return 0
	}
	return min(n, max(1, int(math.Round(h.Percent/100*float64(n)))))
}

// IsZero reports whether the share was not given.
func (h Share) IsZero() bool { return h == Share{} }

func (h Share) String() string {
	if h.Count > 0 {
		return strconv.Itoa(h.Count)
	}
	return strconv.FormatFloat(h.Percent, 'f', -1, 64) + "%"
}

// MarshalText prints the share as it is written in a scenario.
func (h Share) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText parses a share as ParseShare does.
func (h *Share) UnmarshalText(b []byte) (err error) { *h, err = ParseShare(string(b)); return err }

// Millis is d in milliseconds, the unit of every time in a result.
func Millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// Duration prints d as a scenario writes it, without the zero parts that
// time.Duration adds: 1m instead of 1m0s.
func Duration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
