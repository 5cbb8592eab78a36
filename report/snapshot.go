package report

import "time"

// The phases of a run.
const (
	PhaseConnecting = "connecting"
	PhaseRunning    = "running"
	PhaseDraining   = "draining"
)

// Snapshot is a run as it stands. Rates and times of messages are those of the
// last second.
type Snapshot struct {
	Phase         string        // one of the phases
	Elapsed       time.Duration // since second 0; while connecting, since the first dial
	Total         time.Duration // when Elapsed will stop; 0 is not known
	Connected     int           // clients online now
	Fewest        int           // online at any moment of the last second
	Clients       int           // clients in all
	Disconnected  int           // disconnects so far
	Reconnected   int           // reconnects so far
	SentPerS      float64       // messages
	DeliveredPerS float64       // deliveries
	DeliveryP50   time.Duration // 0 when nothing came
	DeliveryP99   time.Duration
	DeliveryMax   time.Duration
	LagP99        time.Duration
	Late          bool       // the lag is more than is tolerable in a run
	UnderWay      []FaultNow // faults, in the scenario's order
	ToCome        []FaultNow // each fault's next time, the earliest first
	Server        Usage      // zero when it is not watched
	Generator     Usage
	Warnings      []string // all so far
	Running       *Running // for a closer look; may be nil
}

// FaultNow is one fault as it stands.
type FaultNow struct {
	Name       string
	In         time.Duration // to come: until it strikes
	Left       time.Duration // under way: until it is over; 0 is not known
	Over       bool          // it is over, but not everybody who noticed is back
	Clients    int64         // connections it was applied to so far
	NotApplied int64         // connections it could not be applied to
	Noticed    int64         // of its clients
	Back       int64
}

// Usage is what a process uses.
type Usage struct {
	CPU   time.Duration // in all, since it was first looked at
	Cores float64       // in the last second
	RSS   int64         // bytes
}
