package scenario

import (
	"time"

	"github.com/imbench/imbench/faults"
	"github.com/imbench/imbench/internal/unit"
	"github.com/imbench/imbench/protocol"
	"github.com/imbench/imbench/report"
)

// Scenario is one run as data. What Load returns is the effective scenario:
// presets and defaults are filled in, so no reader needs to know them.
type Scenario struct {
	Name     string          `yaml:"name"`
	Seed     uint64          `yaml:"seed"`
	Target   Target          `yaml:"target"`
	Clients  []Group         `yaml:"clients"` // written as a number, one group, or a list of groups
	Rooms    Rooms           `yaml:"rooms"`
	Traffic  Traffic         `yaml:"traffic"` // written as a rate, a map, or a list of stages
	Faults   []faults.Config `yaml:"faults"`
	Duration time.Duration   `yaml:"duration"`
	Drain    time.Duration   `yaml:"drain"`
	// TimeScale is how long a second of the story lasts in the run, in seconds.
	// Load has multiplied the times of heartbeats, reconnects, faults, stages and
	// the duration by it: they are on the run's clock here. So are no thresholds.
	TimeScale  float64            `yaml:"time_scale"`
	Thresholds []report.Threshold `yaml:"thresholds"`

	// What follows from the above is not written.

	// Protocol is what the clients speak, ready to use: its variables and
	// columns are filled in. It holds secrets if the environment does.
	Protocol protocol.Protocol `yaml:"-"`
	// System is what Protocol was described as, as it was read.
	System *protocol.System `yaml:"-"`
	// Columns are those of the rows that Credentials give, over all groups.
	Columns []string `yaml:"-"`

	File string   `yaml:"-"` // where it was read from
	Set  []string `yaml:"-"` // by which --set it was changed, PATH=VALUE each; secrets read ***
	Hash string   `yaml:"-"` // hex SHA-256 of the effective scenario as YAML, before ${VAR} is filled in, without seed

	story *Scenario // as it was written, before times were scaled; nil without a time_scale
}

// Target is the server under test. Without URL and Start, imbench starts its
// reference server as a child process.
type Target struct {
	URL       string            `yaml:"url"`      // ws:// or wss://
	Preset    string            `yaml:"preset"`   // "" with Protocol
	Protocol  Description       `yaml:"protocol"` // instead of Preset: a file, or the description itself
	Start     *Start            `yaml:"start"`
	Reference []string          `yaml:"reference"` // further flags of the reference server, e.g. --bug drop=1/1000
	PID       int               `yaml:"pid"`       // of a server on this host that imbench did not start: watched, and frozen
	Headers   map[string]string `yaml:"headers"`   // ${VAR} from the environment; secret in every output
	Token     string            `yaml:"token"`     // the same; for all clients without a login
	TLS       TLS               `yaml:"tls"`
	LocalIPs  []string          `yaml:"local_ips"` // source addresses; left out: chosen by imbench on loopback, else the kernel's
}

// Start is how imbench starts the server under test.
type Start struct {
	Command []string          `yaml:"command"`
	Dir     string            `yaml:"dir"`
	Env     map[string]string `yaml:"env"`
	Ready   string            `yaml:"ready"` // tcp://host:port or http://…: answered means ready
	Within  time.Duration     `yaml:"within"`
}

// TLS is how a wss:// server is trusted.
type TLS struct {
	CA       string `yaml:"ca"` // PEM file
	Insecure bool   `yaml:"insecure"`
}

// Group is a set of clients that behave alike.
type Group struct {
	Name           string        `yaml:"name"`
	Count          int           `yaml:"count"`
	ConnectRate    unit.Rate     `yaml:"connect_rate"`
	ConnectTimeout time.Duration `yaml:"connect_timeout"` // dial to ready
	Login          Login         `yaml:"login"`
	Heartbeat      Heartbeat     `yaml:"heartbeat"`
	// Alive is how long after the server's last ping its clients declare a
	// connection dead. Zero: they do not look, or the server says how long when
	// the connection opens.
	Alive     time.Duration `yaml:"alive"`
	Reconnect Reconnect     `yaml:"reconnect"` // written as a preset's name or a map
	// Defects are what the clients get wrong: those of the system's published
	// client, changed by what is written here; written as none for none.
	Defects protocol.Defects `yaml:"defects"`
}

// Heartbeat is the client's own sign of life. Zero Every: none. Zero Timeout:
// it expects no answer. A connection is dead Timeout after its last answered
// sign of life (ready, or a heartbeat's answer).
type Heartbeat struct {
	Every   time.Duration `yaml:"every"`
	Timeout time.Duration `yaml:"timeout"`
}

// Rooms says who shares a room: clients in order of their number, Size of them
// each, or evenly over Count rooms. The zero Rooms: no rooms.
type Rooms struct {
	Size  int `yaml:"size"`
	Count int `yaml:"count"`
}

// Traffic is the open-loop load of the whole run.
type Traffic struct {
	Stages   []Stage   `yaml:"stages"`   // one after another; a single one may leave For out
	Arrivals string    `yaml:"arrivals"` // poisson, even
	Size     unit.Size `yaml:"size"`
	From     string    `yaml:"from"` // the group whose clients send; "" for everybody
	To       string    `yaml:"to"`   // room, all, peer, self
}

// Stage is a stretch of traffic at one rate or ramp. After the last stage no
// more is sent.
type Stage struct {
	For  time.Duration `yaml:"for"`
	Rate unit.Ramp     `yaml:"rate"`
}
