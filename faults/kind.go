package faults

import (
	"slices"
	"strings"
)

// Kind names a fault as a scenario writes it.
type Kind string

// The kinds of fault; docs/faults.md tells what each does on the wire.
const (
	Silence       Kind = "silence"        // packets vanish; the peer is not told
	IdleExpiry    Kind = "idle_expiry"    // a middlebox forgets a connection that is idle
	Reset         Kind = "reset"          // RST at once
	Close         Kind = "close"          // FIN without a close frame
	Bye           Kind = "bye"            // close frame, code 1000 or 1001
	Storm         Kind = "storm"          // all of a group are reset in the same moment
	SlowConsumer  Kind = "stall"          // stops reading, with a small receive buffer
	Latency       Kind = "latency"        // bytes arrive later
	Bandwidth     Kind = "bandwidth"      // bytes arrive slower
	Slice         Kind = "slice"          // bytes arrive in small pieces
	Flap          Kind = "flap"           // another kind, on and off
	Rebind        Kind = "rebind"         // the old path goes silent, the client comes back from another address
	Malformed     Kind = "malformed"      // frames no client should send
	ServerFreeze  Kind = "server.freeze"  // SIGSTOP, SIGCONT after For
	ServerKill    Kind = "server.kill"    // SIGKILL, started again after For
	ServerRestart Kind = "server.restart" // SIGTERM, started again after For
)

// Kinds lists every kind, in the order of the documentation.
func Kinds() []Kind {
	return []Kind{
		Silence, IdleExpiry, Reset, Close, Bye, Storm, SlowConsumer, Latency, Bandwidth, Slice, Flap, Rebind, Malformed,
		ServerFreeze, ServerKill, ServerRestart,
	}
}

// OnServer reports whether the fault befalls the server process instead of
// connections.
func (k Kind) OnServer() bool { return strings.HasPrefix(string(k), "server.") }

// OnPath reports whether the fault is one of the client's path: while it
// lasts, the client's later connections go through it, too.
func (k Kind) OnPath() bool { return k == IdleExpiry || k.slow() }

// Lasts reports whether the fault lasts for a time, instead of happening in a
// moment.
func (k Kind) Lasts() bool {
	return k == Silence || k == SlowConsumer || k == Flap || k.OnPath() || k.OnServer()
}

// slow reports whether the fault is a Shape of the path.
func (k Kind) slow() bool { return k == Latency || k == Bandwidth || k == Slice }

// repeats reports whether a flap can be made of the kind.
func (k Kind) repeats() bool {
	return slices.Contains(flappable(), k)
}

func flappable() []Kind {
	return []Kind{Silence, SlowConsumer, Latency, Bandwidth, Slice, Reset, Close, Bye, Rebind, Malformed}
}

// Direction says which way a fault works, seen from the client.
type Direction string

// The directions.
const (
	Both     Direction = "both"
	Inbound  Direction = "inbound"  // what comes to the client
	Outbound Direction = "outbound" // what the client writes
)

// Directions lists them.
func Directions() []Direction { return []Direction{Both, Inbound, Outbound} }

// Mechanism says how a silence was made.
type Mechanism string

// The mechanisms, best first; see docs/silence.md.
const (
	MD5    Mechanism = "md5"    // TCP-MD5 key set on our side: both drop the other's segments
	MinTTL Mechanism = "minttl" // inbound segments dropped before TCP; our writes held back when both ways
	Held   Mechanism = "held"   // outbound only: writes held back above TCP
	Stall  Mechanism = "stall"  // reading stopped and writes held back above TCP; the kernel goes on acknowledging
)

// Expiry says what a middlebox does when it has forgotten a connection.
type Expiry string

// The ways a connection expires; see Conn.Expire.
const (
	ExpireSilent      Expiry = "silent"       // packets vanish
	ExpireReset       Expiry = "reset"        // whoever sends next is answered with RST
	ExpireResetClient Expiry = "reset-client" // so is the client; the server's packets vanish
	ExpireResetBoth   Expiry = "reset-both"   // RST to both at once
	ExpireClose       Expiry = "close"        // FIN to both at once
)

// Expiries lists them.
func Expiries() []Expiry {
	return []Expiry{ExpireSilent, ExpireReset, ExpireResetClient, ExpireResetBoth, ExpireClose}
}

// Counts says what a middlebox takes for a sign of life.
type Counts string

// The signs of life that a box may count.
const (
	CountPackets    Counts = "packets"     // every segment, keepalive probes and bare ACKs too, as a NAT sees them
	CountData       Counts = "data"        // bytes, as a proxy sees them
	CountServerData Counts = "server-data" // bytes from the server only
)

// CountsKnown lists them.
func CountsKnown() []Counts { return []Counts{CountPackets, CountData, CountServerData} }

// The forms of a malformed frame.
const (
	BadJSON      = "bad-json"      // a text frame that is cut off in the middle of its JSON
	WrongVersion = "wrong-version" // a message of a protocol version that does not exist
	Oversize     = "oversize"      // a frame larger than a server should take
	BadUTF8      = "bad-utf8"      // a text frame that is not UTF-8
	Unmasked     = "unmasked"      // a frame without the mask that clients must use
)

// Forms lists the forms of a malformed frame, in the order they are dealt to
// clients.
func Forms() []string { return []string{BadJSON, WrongVersion, Oversize, BadUTF8, Unmasked} }

// How it is watched whether the server still holds a silenced client online.
const (
	GhostPresence = "presence"  // an observer is told by the server
	GhostInetDiag = "inet_diag" // the server's sockets, when it is on this host
	GhostProbe    = "probe"     // the connection is healed and asks
	GhostNone     = "none"      // not at all
)

// GhostWatches lists them.
func GhostWatches() []string {
	return []string{GhostPresence, GhostInetDiag, GhostProbe, GhostNone}
}
