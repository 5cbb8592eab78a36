package faults

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/imbench/imbench/internal/unit"
)

// String prints the fault on one line as the YAML it can be written as, what
// is not set left out: {name: nat, at: 10s, kind: silence, clients: 20%, for: 5s}.
func (f Config) String() string {
	var fields []string
	add := func(set bool, key, value string) {
		if set {
			fields = append(fields, key+": "+value)
		}
	}
	text := func(key, value string) { add(value != "", key, scalar(value)) }
	span := func(key string, d time.Duration) { add(d != 0, key, unit.Duration(d)) }
	list := func(key string, items []string) { add(len(items) > 0, key, sequence(items)) }

	text("name", f.Name)
	add(true, "at", unit.Duration(f.At))
	add(true, "kind", scalar(string(f.Kind)))
	text("of", string(f.Of))
	add(!f.Clients.IsZero(), "clients", f.Clients.String())
	text("group", f.Group)
	span("for", f.For)
	span("every", f.Every)
	span("down", f.Down)
	span("up", f.Up)
	text("direction", string(f.Direction))
	text("mechanism", string(f.Mechanism))
	add(f.Code != 0, "code", strconv.Itoa(f.Code))
	text("box", f.Box)
	span("idle", f.Idle)
	text("expiry", string(f.Expiry))
	text("counts", string(f.Counts))
	span("lifetime", f.Lifetime)
	span("delay", f.Delay)
	span("jitter", f.Jitter)
	add(f.Rate != 0, "rate", f.Rate.String())
	add(f.Size != 0, "size", f.Size.String())
	span("gap", f.Gap)
	add(f.Buffer != 0, "buffer", f.Buffer.String())
	list("forms", f.Forms)
	list("ghost", f.Ghost)
	return "{" + strings.Join(fields, ", ") + "}"
}

func sequence(items []string) string {
	quoted := make([]string, len(items))
	for i, item := range items {
		quoted[i] = scalar(item)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// scalar quotes what YAML would not read back as the same plain string; Go's
// escapes are YAML's, too.
func scalar(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./", r)
	}
	startsAsWord := s != "" && (s[0] >= 'a' && s[0] <= 'z' || s[0] >= 'A' && s[0] <= 'Z')
	isWord := !strings.ContainsFunc(s, func(r rune) bool { return !plain(r) })
	special := slices.Contains([]string{"true", "false", "null", "yes", "no", "on", "off", "y", "n"}, strings.ToLower(s))
	if startsAsWord && isWord && !special {
		return s
	}
	return fmt.Sprintf("%q", strings.ToValidUTF8(s, "\uFFFD"))
}
