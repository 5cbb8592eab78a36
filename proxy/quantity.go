package proxy

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/imbench/imbench/internal/unit"
)

// The quantities of toxics: numbers in Toxiproxy's units, or text with a unit
// of its own. They are written as numbers.

// longest bounds every time in a toxic.
const longest = 30 * 24 * time.Hour

// millis is a time: 1500, or "1.5s".
type millis time.Duration

// MarshalJSON writes milliseconds.
func (m millis) MarshalJSON() ([]byte, error) { return spanJSON(time.Duration(m), time.Millisecond) }

// UnmarshalJSON reads milliseconds, or a duration in quotes.
func (m *millis) UnmarshalJSON(b []byte) error {
	d, err := parseSpan(b, time.Millisecond)
	*m = millis(d)
	return err
}

// micros is a time: 250, or "250us".
type micros time.Duration

// MarshalJSON writes microseconds.
func (m micros) MarshalJSON() ([]byte, error) { return spanJSON(time.Duration(m), time.Microsecond) }

// UnmarshalJSON reads microseconds, or a duration in quotes.
func (m *micros) UnmarshalJSON(b []byte) error {
	d, err := parseSpan(b, time.Microsecond)
	*m = micros(d)
	return err
}

func spanJSON(d, per time.Duration) ([]byte, error) {
	return strconv.AppendFloat(nil, float64(d)/float64(per), 'f', -1, 64), nil
}

func parseSpan(b []byte, per time.Duration) (d time.Duration, err error) {
	s, text := quotedText(b)
	var v float64
	if text {
		d, err = time.ParseDuration(strings.TrimSpace(s))
		v = float64(d)
	} else {
		v, err = strconv.ParseFloat(s, 64)
		v *= float64(per)
	}
	if err != nil || math.IsNaN(v) || v < 0 || v > float64(longest) {
		return 0, fmt.Errorf("%s is not a time from 0 to 30 days; write a number of %ss, or text like \"1.5s\"", b, unitName(per))
	}
	return time.Duration(math.Round(v)), nil
}

func unitName(per time.Duration) string {
	if per == time.Microsecond {
		return "microsecond"
	}
	return "millisecond"
}

// quotedText takes the quotes off a JSON string; text is false for what has
// none.
func quotedText(b []byte) (s string, text bool) {
	if json.Unmarshal(b, &s) == nil && len(b) > 0 && b[0] == '"' {
		return s, true
	}
	return string(b), false
}

// perSecond is a rate in bytes a second: 16 (KB/s), or "16KB/s".
type perSecond int64

// MarshalJSON writes KB/s, of 1,000 bytes.
func (r perSecond) MarshalJSON() ([]byte, error) {
	return strconv.AppendFloat(nil, float64(r)/1000, 'f', -1, 64), nil
}

// UnmarshalJSON reads KB/s, or a size a second in quotes.
func (r *perSecond) UnmarshalJSON(b []byte) error {
	s, text := quotedText(b)
	if text {
		var w unit.Bandwidth
		if err := w.UnmarshalText([]byte(s)); err != nil {
			return err
		}
		*r = perSecond(w)
		return nil
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(v) || v < 0 || v > 1e9 {
		return fmt.Errorf("%s is not a rate; write a number of KB/s, or text like \"16KB/s\"", b)
	}
	*r = perSecond(math.Round(v * 1000))
	return nil
}

// bytes is a size: 4096, or "4KiB".
type bytes int64

// UnmarshalJSON reads a whole number of bytes, or a size in quotes.
func (z *bytes) UnmarshalJSON(b []byte) error {
	s, text := quotedText(b)
	if text {
		var size unit.Size
		err := size.UnmarshalText([]byte(s))
		*z = bytes(size)
		return err
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || v != math.Trunc(v) || v < 0 || v > 1<<40 {
		return fmt.Errorf("%s is not a size; write a whole number of bytes, or text like \"4KB\"", b)
	}
	*z = bytes(v)
	return nil
}

// yes is a choice: 0, 1, true or false. It is written as a number, since
// toxiproxy-cli prints nothing else.
type yes bool

// MarshalJSON writes 1 or 0.
func (y yes) MarshalJSON() ([]byte, error) {
	if y {
		return []byte("1"), nil
	}
	return []byte("0"), nil
}

// UnmarshalJSON reads what a choice can be.
func (y *yes) UnmarshalJSON(b []byte) error {
	s, _ := quotedText(b)
	v, err := strconv.ParseBool(s)
	if err != nil {
		return fmt.Errorf("%s is neither 1 nor 0", b)
	}
	*y = yes(v)
	return nil
}
