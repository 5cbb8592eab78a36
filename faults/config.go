package faults

import (
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
