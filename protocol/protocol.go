package protocol

import (
	"net/http"
	"net/url"
)

// Protocol is one system's wire format, seen from the client. Append methods
// append to dst and return it; none keeps its arguments.
type Protocol interface {
	// Name is the preset's name.
	Name() string
	// Traits say what a server of this protocol does.
	Traits() Traits
	// Handshake returns the URL to dial and the headers to add for login l.
	Handshake(target *url.URL, l Login) (*url.URL, http.Header)
	// AppendMessage appends the frame of m.
	AppendMessage(dst []byte, m Message) []byte
	// AppendHeartbeat appends the frame of a beat written at unixMillis; its
	// answer gives that time back.
	AppendHeartbeat(dst []byte, unixMillis int64) []byte
	// Scan says what a frame from the server means. Slices in the event may
	// point into frame.
	Scan(frame []byte) Event
}

// Traits say what can be expected of a server.
type Traits struct {
	Acks     bool // confirms a message to its sender
	Echo     bool // sends a room's message to its sender, too
	Presence bool // tells an observer who is online
}

// Login is who a client is when it connects.
type Login struct {
	Client   string
	Room     string // to join; "" for none
	Token    string
	Offset   string // of the last message received, to get what was missed; "" for a fresh start
	Observer bool   // not a chatting client: wants everybody's presence instead
}

// Message is one chat message to send. Exactly one of Room, Peer and All says
// where to.
type Message struct {
	Tag        Tag
	Size       int // of the content in bytes, the tag included; TagLen at least
	Client     []byte
	Room, Peer []byte
	All        bool
	UnixMillis int64
	Ack        bool // ask for an ack
}

// EventKind is what a frame from the server means to the client.
type EventKind uint8

// What a frame can mean.
const (
	Other           EventKind = iota // understood, and of no consequence
	Ready                            // logged in: the greeting
	Delivery                         // a chat message, with its tag
	Acked                            // confirms the message of Tag.Origin and Tag.Number
	HeartbeatAnswer                  // with the beat's time in UnixMillis
	Refused                          // the server answers an error; Text says which
	Presence                         // Session went online or offline
	Invalid                          // breaks the protocol; Text says how
)

// Event is one frame, understood. Slices may point into the frame.
type Event struct {
	Kind       EventKind
	Tag        Tag    // Delivery, and Acked as far as the server tells
	Tagged     bool   // Delivery: Tag was found
	Offset     []byte // Delivery, Ready: where it stands in the server's history, if told
	UnixMillis int64  // HeartbeatAnswer
	Session    []byte // Ready, Presence: the server's name of the connection
	Online     bool   // Presence
	Text       []byte // Refused, Invalid
}
