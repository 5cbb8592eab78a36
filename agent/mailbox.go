package agent

import (
	"sync"
	"time"
)

// word is what a letter tells.
type word uint8

const (
	tellStart       word = iota // client: its turn to connect
	tellOpened                  // client, link: the handshake succeeded
	tellReady                   // client, link
	tellFailed                  // client, err
	tellEnded                   // client, link, cause: the reader is done with the link
	tellPing                    // client, link, frame: the server's ping is to be answered
	tellSay                     // client, link, frame: is to be written
	tellAny                     // client, link: the first frame since it was asked for
	tellFirst                   // client, link: the first fresh message since it was asked for
	tellAnswered                // client, link: the server answered an error to a malformed frame
	tellExpired                 // client, link, strike: a middlebox has given the connection up
	tellBegin                   // second 0 is at
	tellServerDown              // occurrence: a server fault was applied
	tellServerWakes             // occurrence: a server fault is about to be over
	tellServerUp                // occurrence: and is over
	tellStop                    // the run is over
)

// letter is what a connection or the conductor tells a shard. At is when it
// was seen, on the run's clock.
type letter struct {
	at     time.Duration
	client *client
	link   *link
	strike *occurrence
	cause  cause
	err    error
	frame  []byte
	word   word
}

// mailbox takes letters from any goroutine and gives them to its shard. It is
// bounded by what there is to tell: a few letters for each connection.
type mailbox struct {
	mu      sync.Mutex
	letters []letter
	spare   []letter
	wake    chan struct{} // holds a token while there may be letters
}

func newMailbox() *mailbox { return &mailbox{wake: make(chan struct{}, 1)} }

func (m *mailbox) post(l letter) {
	m.mu.Lock()
	m.letters = append(m.letters, l)
	first := len(m.letters) == 1
	m.mu.Unlock()
	if first {
		select {
		case m.wake <- struct{}{}:
		default:
		}
	}
}

// take returns the letters in the order they came; they are valid until the
// next take.
func (m *mailbox) take() []letter {
	m.mu.Lock()
	defer m.mu.Unlock()
	got := m.letters
	clear(m.spare)
	m.letters, m.spare = m.spare[:0], got
	return got
}
