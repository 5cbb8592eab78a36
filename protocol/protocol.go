package protocol

import (
	"net/http"
	"net/url"
	"time"
)

// Protocol is one system's wire format, seen from the client. Append methods
// append to dst and return it; none keeps its arguments. What only some
// protocols do is in interfaces of their own, to be found by type assertion
// once a run: Opener, Beater, Replier, Resumer, Subprotocols, BinaryScanner, Polling.
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
	// answer gives that time back, if it gives any. It appends nothing when the
	// beats of this protocol are not on the wire.
	AppendHeartbeat(dst []byte, unixMillis int64) []byte
	// Scan says what a frame from the server means. Slices in the event may
	// point into frame.
	Scan(frame []byte) Event
}

// Traits say what can be expected of a server.
type Traits struct {
	Acks     bool // confirms a message to its sender
	Echo     bool // sends a message to its sender, too
	Presence bool // tells an observer who is online

	ToRoom, ToPeer, ToAll bool // the destinations that a message can have
	Broadcast             bool // sends every message to everybody, whatever was asked: only ToAll makes sense

	Binary      bool // what the client sends are binary frames, not text
	Batch       bool // a frame may carry several messages: Event.Rest
	ReadyOnOpen bool // ready as soon as the WebSocket is open and Opener's frames are sent: no greeting comes
	ServerPings bool // liveness is the server's ping: Event.Ping, Event.Alive
}

// Login is who a client is when it connects.
type Login struct {
	Client     string
	Room       string // to join; "" for none
	Token      string
	Offset     string   // of the last message received, to get what was missed; "" for a fresh start
	Observer   bool     // not a chatting client: wants everybody's presence instead
	UnixMillis int64    // when it logs in
	Row        []string // this client's values of the columns that the protocol was bound to
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
	Ack        bool     // ask for an ack
	Token      string   // the sender's, for protocols that want it in each message; may be left out for others
	Row        []string // as in Login; may be left out like Token
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
	Closed                           // the server ends the session in words of the protocol; the connection may stay open
)

// Event is one frame, understood. Slices may point into the frame.
type Event struct {
	Kind       EventKind
	Tagged     bool          // Delivery: Tag was found
	Online     bool          // Presence
	Ping       bool          // the server's sign of life: starts the time of Alive anew
	Answers    bool          // Ready: to a client that is ready already, this is the answer to its beat
	Step       uint8         // not 0: write what Replier.Replies returns for this event, at once
	Tag        Tag           // Delivery, and Acked as far as the server tells
	UnixMillis int64         // HeartbeatAnswer, Answers; 0 when the answer does not say which beat it answers
	Alive      time.Duration // > 0: from now on, the connection is dead when no Ping comes within this time
	Offset     []byte        // any kind: where the client stands in the server's history with this frame, if told
	Session    []byte        // Ready, Presence: the server's name of the connection
	Text       []byte        // Refused, Invalid, Closed: in words; with a Step: the frame to answer
	Reply      []byte        // a frame to write at once, ready made; shared, not to be changed
	Rest       []byte        // Batch: to be scanned next, as a frame of its own; nil at the end
}

// Opener is a protocol whose client speaks first.
type Opener interface {
	// Open returns the frames to send as soon as the WebSocket is open, in order.
	Open(l Login) [][]byte
}

// Beater is a protocol whose beats name the client, or carry its token: its
// frames are to be made by AppendBeat instead of AppendHeartbeat.
type Beater interface {
	// AppendBeat appends the frame of a beat written at m.UnixMillis. Of m,
	// only Client, Token and Row are looked at besides.
	AppendBeat(dst []byte, m Message) []byte
}

// Replier is a protocol whose client answers some frames with what depends on
// its login or on the frame.
type Replier interface {
	// Replies returns the frames to write, in order, for an event with a Step.
	Replies(e Event, l Login) [][]byte
}

// Versioned is a protocol whose frames carry its version.
type Versioned interface {
	// AppendWrongVersion appends a frame that is right but for its version.
	AppendWrongVersion(dst []byte) []byte
}

// Resumer is a protocol in which more than the last offset is needed to
// resume. Without it, the Offset of each event replaces the one before.
type Resumer interface {
	// Resume returns what Login.Offset must be after an event of any kind with
	// an Offset, given what it was before. It may reuse kept's memory and does
	// not keep the event's.
	Resume(kept []byte, e Event) []byte
}

// Subprotocols is a protocol that is negotiated by Sec-WebSocket-Protocol.
type Subprotocols interface {
	Subprotocols() []string
}

// BinaryScanner is a protocol in which binary frames mean something else than
// text frames. Without it, Scan takes both.
type BinaryScanner interface {
	ScanBinary(frame []byte) Event
}

// Polling is a protocol whose connection begins as HTTP requests and is then
// upgraded.
type Polling interface {
	// Polls reports whether this one is to begin so; if not, Handshake says
	// where to dial.
	Polls() bool
	// Poll begins a connection.
	Poll(target *url.URL, l Login) *Poll
}
