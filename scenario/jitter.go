package scenario

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/imbench/imbench/internal/unit"
)

// Jitter spreads a wait v evenly over v·(1−Below) … v·(1+Above) + Plus. The
// zero Jitter leaves it as it is.
type Jitter struct {
	Below, Above float64 // shares of the wait; Below up to 1
	Plus         time.Duration
}

// The jitters that have names.
var (
	fullJitter  = Jitter{Below: 1}
	equalJitter = Jitter{Below: 0.5}
)

// spread spreads v nanoseconds; u is called only when there is something to
// spread.
func (j Jitter) spread(v float64, u func() float64) float64 {
	if j == (Jitter{}) {
		return v
	}
	return v*(1-j.Below) + u()*(v*(j.Below+j.Above)+float64(j.Plus))
}

// ParseJitter reads "none", "full" (0 to the wait), "equal" (half to the
// wait), "±20%", "+15%", "-30%" or "+100ms".
func ParseJitter(s string) (Jitter, error) {
	t := strings.TrimSpace(s)
	switch t {
	case "none":
		return Jitter{}, nil
	case "full":
		return fullJitter, nil
	case "equal":
		return equalJitter, nil
	}
	wrong := fmt.Errorf("%q is not a jitter; write none, full, equal, ±20%%, +15%% or +100ms", s)
	rest, both := cutAny(t, "±", "+-", "+/-")
	share, percent := strings.CutSuffix(rest, "%")
	if !percent {
		d, err := time.ParseDuration(strings.TrimPrefix(t, "+"))
		if err != nil || d < 0 || !strings.HasPrefix(t, "+") || both {
			return Jitter{}, wrong
		}
		return Jitter{Plus: d}, nil
	}
	below, sign := strings.CutPrefix(share, "-")
	if !sign {
		below, sign = strings.CutPrefix(share, "+")
	}
	v, err := strconv.ParseFloat(below, 64)
	// Exactly one of the two may say the direction, and a wait cannot shrink below nothing.
	if err != nil || !(v >= 0 && v <= 1000) || both == sign || (both || share[0] == '-') && v > 100 {
		return Jitter{}, wrong
	}
	switch p := v / 100; {
	case both:
		return Jitter{Below: p, Above: p}, nil
	case share[0] == '-':
		return Jitter{Below: p}, nil
	default:
		return Jitter{Above: p}, nil
	}
}

func cutAny(s string, prefixes ...string) (string, bool) {
	for _, p := range prefixes {
		if rest, ok := strings.CutPrefix(s, p); ok {
			return rest, true
		}
	}
	return s, false
}

func (j Jitter) String() string {
	percent := func(p float64) string { return strconv.FormatFloat(p*100, 'g', 15, 64) + "%" }
	switch {
	case j == Jitter{}:
		return "none"
	case j == fullJitter:
		return "full"
	case j == equalJitter:
		return "equal"
	case j.Plus > 0:
		return "+" + unit.Duration(j.Plus)
	case j.Above == 0:
		return "-" + percent(j.Below)
	case j.Below == 0:
		return "+" + percent(j.Above)
	default:
		return "±" + percent(j.Below)
	}
}

// MarshalText prints the jitter as it is written in a scenario.
func (j Jitter) MarshalText() ([]byte, error) { return []byte(j.String()), nil }

// UnmarshalText parses a jitter as ParseJitter does.
func (j *Jitter) UnmarshalText(b []byte) (err error) { *j, err = ParseJitter(string(b)); return err }
