package agent

import "fmt"

// state is where a client stands.
type state uint8

const (
	idle    state = iota // not started
	dialing              // TCP, TLS and WebSocket handshake under way
	joining              // connection open, not logged in
	online               // ready: beats, sends, receives
	backoff              // waiting before the next try
	stopped              // gave up, or the run ended
	numStates
)

var stateNames = [numStates]string{"idle", "dialing", "joining", "online", "backoff", "stopped"}

func (s state) String() string { return stateNames[s] }

// event is what moves a client from one state to another.
type event uint8

const (
	start  event = iota // its turn to connect
	opened              // the handshake succeeded
	ready               // the login was answered
	failed              // the dial or the login failed
	ended               // the connection was declared dead
	due                 // the backoff is over
	gaveUp              // the reconnect policy allows no further try
	stop                // the run is over
	numEvents
)

var eventNames = [numEvents]string{"start", "opened", "ready", "failed", "ended", "due", "gave up", "stop"}

func (e event) String() string { return eventNames[e] }

// transitions is the whole life of a client. What is not listed cannot happen.
var transitions = [numStates][numEvents]struct {
	to    state
	valid bool
}{
	idle:    {start: {dialing, true}, stop: {stopped, true}},
	dialing: {opened: {joining, true}, failed: {backoff, true}, stop: {stopped, true}},
	joining: {ready: {online, true}, failed: {backoff, true}, stop: {stopped, true}},
	online:  {ended: {backoff, true}, stop: {stopped, true}},
	backoff: {due: {dialing, true}, gaveUp: {stopped, true}, stop: {stopped, true}},
	stopped: {stop: {stopped, true}},
}

// next returns the state that e leads to from s, or an error if e cannot
// happen there.
func next(s state, e event) (state, error) {
	t := transitions[s][e]
	if !t.valid {
		return s, fmt.Errorf("a client that is %s cannot see %q", s, e)
	}
	return t.to, nil
}
