package protocol

import (
	"bytes"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/imbench/imbench/protocol/wire"
)

// SocketIO is Socket.IO v4 (Engine.IO 4) with a description of the events that
// travel on it: to its rules and slots, a frame is the list of an event's name
// and arguments. It is immutable and safe for concurrent use.
//
//	WebSocket frame   42/chat,17["message",{…}]
//	Engine.IO         4                          2 ping, 3 pong, 0 open …
//	Socket.IO          2/chat,17                 event, namespace, ack id
//	the description              ["message",{…}]
type SocketIO struct {
	body      Described
	namespace string    // "" for /
	auth      *template // nil for none
	event     string    // what stands before an event's list: 42, or 42/chat,
	acks      bool      // ask for Socket.IO's own ack to each message
	recovery  bool      // connection state recovery
	polls     bool      // begin by HTTP long-polling
}

// The steps that are Socket.IO's own; those of the description count from 1.
const (
	stepConnect = 255 - iota // after Engine.IO's open packet
	stepOpened               // connected to the namespace
)

// Name is the protocol's name in its description.
func (s *SocketIO) Name() string { return s.body.name }

// Traits are those of the description; liveness is always the server's ping.
func (s *SocketIO) Traits() Traits { return s.body.traits }

// Behaviour is the published client's.
func (s *SocketIO) Behaviour() Behaviour { return s.body.behaviour }

// Subprotocols are to be offered in the handshake.
func (s *SocketIO) Subprotocols() []string { return s.body.login.subprotocols }

// Handshake returns the WebSocket transport's URL. A target without a path gets
// /socket.io/.
func (s *SocketIO) Handshake(target *url.URL, l Login) (*url.URL, http.Header) {
	return s.transport(target, l, "websocket", "")
}

func (s *SocketIO) transport(target *url.URL, l Login, name, sid string) (*url.URL, http.Header) {
	u, header := s.body.login.apply(target, l, "/socket.io/")
	query := "EIO=4&transport=" + name
	if sid != "" {
		query += "&sid=" + url.QueryEscape(sid)
	}
	u.RawQuery = strings.Trim(u.RawQuery+"&"+query, "&")
	return u, header
}

// AppendMessage appends the event of m, with an ack id when m asks for an ack
// and Socket.IO's are used.
func (s *SocketIO) AppendMessage(dst []byte, m Message) []byte {
	dst = append(dst, s.event...)
	if m.Ack && s.acks {
		dst = strconv.AppendUint(dst, seqOf(m.Tag), 10)
	}
	return s.body.AppendMessage(dst, m)
}

// AppendHeartbeat appends the event of a beat, or nothing where Engine.IO's
// pings are all there is.
func (s *SocketIO) AppendHeartbeat(dst []byte, unixMillis int64) []byte {
	return s.AppendBeat(dst, Message{UnixMillis: unixMillis})
}

// AppendBeat is AppendHeartbeat for beats that name the client.
func (s *SocketIO) AppendBeat(dst []byte, m Message) []byte {
	if s.body.beat == nil {
		return dst
	}
	return s.body.AppendBeat(append(dst, s.event...), m)
}

// Replies makes the connect packet, the frames of open, and the answers of the
// description.
func (s *SocketIO) Replies(e Event, l Login) (frames [][]byte) {
	switch e.Step {
	case stepConnect:
		return [][]byte{s.connect(l)}
	case stepOpened:
		frames = s.body.Open(l)
	default:
		frames = s.body.Replies(e, l)
	}
	for i, f := range frames {
		frames[i] = append([]byte(s.event), f...)
	}
	return frames
}

// connect is the packet that connects to the namespace, with what
// authenticates the client and what resumes its session.
func (s *SocketIO) connect(l Login) []byte {
	p := []byte("40")
	if s.namespace != "" {
		p = append(append(p, s.namespace...), ',')
	}
	var auth []byte
	if s.auth != nil {
		auth = s.auth.append(nil, fillOf(l))
	}
	pid, offset, resumes := strings.Cut(l.Offset, " ")
	if !s.recovery || !resumes {
		return append(p, auth...)
	}
	p = wire.AppendString(append(p, `{"pid":`...), pid)
	p = wire.AppendString(append(p, `,"offset":`...), offset)
	if rest := bytes.TrimSpace(auth); len(rest) > 2 {
		return append(append(p, ','), rest[1:]...)
	}
	return append(p, '}')
}

// Resume keeps the session's secret name, from the answer to the connect
// packet, and the last offset as one text. A session that is new has no offset
// yet.
func (s *SocketIO) Resume(kept []byte, e Event) []byte {
	if !s.recovery {
		return append(kept[:0], e.Offset...)
	}
	pid, _, _ := bytes.Cut(kept, []byte(" "))
	switch {
	case e.Session == nil:
		if len(pid) == 0 { // nothing is known of the session
			return kept[:0]
		}
		return append(append(kept[:len(pid)], ' '), e.Offset...)
	case bytes.Equal(pid, e.Offset):
		return kept
	}
	return append(kept[:0], e.Offset...)
}

func (s *SocketIO) templates() []*template {
	all := s.body.templates()
	if s.auth != nil {
		all = append(all, s.auth)
	}
	return all
}

func (s *SocketIO) rebound(b binding) Protocol {
	out := *s
	out.body = *s.body.bound(b)
	out.auth = s.auth.bound(b)
	return &out
}

// Polls reports whether the description's first transport is polling.
func (s *SocketIO) Polls() bool { return s.polls }

// socketDraft is what a description says under socketio.
type socketDraft struct {
	namespace      string
	auth           *template
	acks, recovery bool
	polls          bool
}
