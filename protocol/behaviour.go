package protocol

import "time"

// Behaviour is what a system's published client does beyond its wire format:
// when it beats, how it comes back, and what it gets wrong. It is data; who
// simulates clients acts on it.
type Behaviour struct {
	Heartbeat Beat
	// Reconnect is the reconnect policy as a scenario writes it: a preset's
	// name, or a YAML map; "" where the description says nothing.
	Reconnect string
	// Alive is the time after the server's last ping at which the client
	// declares the connection dead; 0 for never, or where the server tells it
	// when the connection opens (Event.Alive).
	Alive   time.Duration
	Defects Defects
}

// Beat is the client's heartbeat.
type Beat struct {
	Every   time.Duration // 0: none
	Timeout time.Duration // without an answer for so long, the connection is dead
}

// Defects are what a published client gets wrong, one switch each. The zero
// Defects is a client without them.
type Defects struct {
	// NoAnswerExpected: beats are sent, but nobody looks whether they are
	// answered. Such a client never detects silence by itself.
	NoAnswerExpected bool `yaml:"no_answer_expected"`
	// OverwrittenTimer: each beat starts a timer of Beat.Timeout that its
	// answer is to stop, but there is one handle for all timers. A beat that
	// is sent before the one before was answered overwrites the handle, and
	// the earlier timer can no longer be stopped: it ends a healthy connection.
	OverwrittenTimer bool `yaml:"overwritten_timer"`
	// HeartbeatStartsAfterReconnect: the first connection has no heartbeat;
	// only those after it have.
	HeartbeatStartsAfterReconnect bool `yaml:"heartbeat_starts_after_reconnect"`
	// ChecksStateOnly: at each beat the client looks at its own connection's
	// state and sends nothing.
	ChecksStateOnly bool `yaml:"checks_state_only"`
	// NoReconnectAfter are the causes of a disconnect after which the client
	// stays offline, by the names that the result gives them.
	NoReconnectAfter []string `yaml:"no_reconnect_after"`
	// AttemptsAfterOpen is the number of tries once a connection was open,
	// where it differs from that of the first; 0: the same.
	AttemptsAfterOpen int `yaml:"attempts_after_open"`
}

// Behaving is a protocol that knows its published client's behaviour.
type Behaving interface {
	Behaviour() Behaviour
}
