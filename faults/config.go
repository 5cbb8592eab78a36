package faults

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/imbench/imbench/internal/unit"
)

// Kind names a fault as a scenario writes it.
type Kind string

// The kinds of fault.
const (
	Silence       Kind = "silence"        // packets vanish; the peer is not told
	Reset         Kind = "reset"          // RST at once
	Close         Kind = "close"          // FIN without a close frame
	Bye           Kind = "bye"            // close frame, code 1000 or 1001
	Storm         Kind = "storm"          // all of a group are reset in the same moment
	ServerFreeze  Kind = "server.freeze"  // SIGSTOP, SIGCONT after For
	ServerKill    Kind = "server.kill"    // SIGKILL, started again after For
	ServerRestart Kind = "server.restart" // SIGTERM, started again after For
)

// Kinds lists every kind, in the order of the documentation.
func Kinds() []Kind {
	return []Kind{Silence, Reset, Close, Bye, Storm, ServerFreeze, ServerKill, ServerRestart}
}

// OnServer reports whether the fault befalls the server process instead of
// connections.
func (k Kind) OnServer() bool { return strings.HasPrefix(string(k), "server.") }

func (k Kind) lasts() bool { return k == Silence || k.OnServer() }

// Config is one fault of a scenario.
type Config struct {
	Name      string        `yaml:"name"`
	At        time.Duration `yaml:"at"`
	Kind      Kind          `yaml:"kind"`
	Clients   unit.Share    `yaml:"clients"`
	Group     string        `yaml:"group"`
	For       time.Duration `yaml:"for"`       // 0: until the connection's end; the server is started again at once
	Every     time.Duration `yaml:"every"`     // 0: once
	Direction Direction     `yaml:"direction"` // silence only
	Code      int           `yaml:"code"`      // bye only
}

// Direction says which way packets vanish, seen from the client.
type Direction string

// The directions of a silence.
const (
	Both     Direction = "both"
	Inbound  Direction = "inbound"  // nothing reaches the client
	Outbound Direction = "outbound" // nothing the client writes reaches the server
)

// Mechanism says how a silence was made.
type Mechanism string

// The mechanisms, best first; see docs/silence.md.
const (
	MD5    Mechanism = "md5"    // TCP-MD5 key set on our side: both drop the other's segments
	MinTTL Mechanism = "minttl" // inbound segments dropped before TCP; our writes held back when both ways
	Held   Mechanism = "held"   // outbound only: writes held back above TCP
	Stall  Mechanism = "stall"  // reading stopped and writes held back above TCP; the kernel goes on acknowledging
)

// WithDefaults returns f with everything filled in that a scenario may leave
// out: the kind as its name, a silence's direction (both), a bye's code
// (1000), and all clients where a storm or a group does not narrow them.
func (f Config) WithDefaults() Config {
	if f.Name == "" {
		f.Name = string(f.Kind)
	}
	if f.Kind == Silence && f.Direction == "" {
		f.Direction = Both
	}
	if f.Kind == Bye && f.Code == 0 {
		f.Code = 1000
	}
	if f.Clients.IsZero() && !f.Kind.OnServer() && (f.Kind == Storm || f.Group != "") {
		f.Clients = unit.Share{Percent: 100}
	}
	return f
}

// String prints the fault on one line as the YAML it can be written as, what
// is not set left out: {name: nat, at: 10s, kind: silence, clients: 20%, for: 5s}.
func (f Config) String() string {
	var fields []string
	add := func(set bool, key, value string) {
		if set {
			fields = append(fields, key+": "+value)
		}
	}
	add(f.Name != "", "name", scalar(f.Name))
	add(true, "at", duration(f.At))
	add(true, "kind", scalar(string(f.Kind)))
	add(!f.Clients.IsZero(), "clients", f.Clients.String())
	add(f.Group != "", "group", scalar(f.Group))
	add(f.For != 0, "for", duration(f.For))
	add(f.Every != 0, "every", duration(f.Every))
	add(f.Direction != "", "direction", scalar(string(f.Direction)))
	add(f.Code != 0, "code", strconv.Itoa(f.Code))
	return "{" + strings.Join(fields, ", ") + "}"
}

// duration prints 90s as 1m30s and 60s as 1m, not 1m0s.
func duration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
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
