package testserver

import (
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"github.com/imbench/imbench/protocol/wire"
)

// numNamespaces is how many there are: / and /chat.
const numNamespaces = 2

// namespace is one order of events of Socket.IO. Whoever holds mu sees none
// half delivered: it has its ordinal, is in the history and on its way to
// every receiver, or none of these.
type namespace struct {
	name    string
	index   int
	epoch   uint16
	bugs    *bugs // nil for none
	names   *nameMaker
	maxAway int
	awayFor time.Duration

	mu      sync.Mutex
	last    uint64 // ordinal of the last event
	past    history
	members []*socket
	rooms   map[string][]*socket
	away    map[string]*absentee // by pid
}

// absentee is a socket whose connection was lost and that may resume.
type absentee struct {
	sid   string
	rooms []string
	since time.Time
}

// outgoing is an event for the members of a namespace.
type outgoing struct {
	list        []byte // JSON: the name and the arguments
	attachments [][]byte
	room        string // "" for everybody
	echo        bool   // the sender gets it, too
}

// recovers reports whether sockets can resume.
func (n *namespace) recovers() bool { return n.past.limit > 0 }

// enter makes k a member: after what it missed, if it resumes, and before
// anything new. The caller has the turn of k's engine.
func (n *namespace) enter(k *socket, a auth) {
	s := k.engine.server
	n.mu.Lock()
	defer n.mu.Unlock()
	if a.Offset != "" {
		s.metrics.resumed.Inc()
	}
	if !n.resume(k, a) {
		k.sid = n.names.next()
		if n.recovers() {
			k.pid = n.names.next()
		}
	}
	n.members = withMember(n.members, k)
	k.engine.post(connectedFrame(k))
	if s.speaksOnly("angular-socketio") && n.index == 0 {
		k.engine.post(n.greeting(k, time.Now().UnixMilli()))
	}
}

// resume gives k the name and rooms of the socket that a names, and what that
// missed. It reports false where nothing of the kind is known, or not all of
// what was missed. The caller holds n.mu.
func (n *namespace) resume(k *socket, a auth) bool {
	old := n.away[a.PID]
	at, ok := parseOffset(a.Offset)
	if old == nil || !ok || at.kind != namespaceStream || at.epoch != n.epoch || at.ordinal > n.last || at.ordinal+1 < n.past.oldest(n.last) {
		return false
	}
	delete(n.away, a.PID)
	k.sid, k.pid, k.rooms = old.sid, a.PID, old.rooms
	for _, room := range k.rooms {
		n.rooms[room] = append(n.rooms[room], k)
	}
	replayed := 0
	for p := range n.past.after(at.ordinal) {
		if p.sender != k.sid && (p.room == "" || slices.Contains(k.rooms, p.room)) {
			k.engine.replay(p.frame)
			replayed++
		}
	}
	k.engine.server.metrics.replayed.Add(float64(replayed))
	return true
}

// leave ends a membership. A socket that was lost may resume.
func (n *namespace) leave(k *socket, lost bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.members = withoutMember(n.members, k)
	for _, room := range k.rooms {
		n.leaveRoom(k, room)
	}
	if lost && k.pid != "" && len(n.away) < n.maxAway {
		n.away[k.pid] = &absentee{sid: k.sid, rooms: k.rooms, since: time.Now()}
	}
}

// leaveRoom is called with n.mu held.
func (n *namespace) leaveRoom(k *socket, room string) {
	in := n.rooms[room]
	if i := slices.Index(in, k); i >= 0 {
		in = slices.Delete(in, i, i+1)
	}
	if len(in) == 0 {
		delete(n.rooms, room)
		return
	}
	n.rooms[room] = in
}

// join adds k to a room; it reports false where k is in too many already.
func (n *namespace) join(k *socket, room string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if slices.Contains(k.rooms, room) {
		return true
	}
	if len(k.rooms) >= maxRooms {
		return false
	}
	k.rooms = append(k.rooms, room)
	n.rooms[room] = append(n.rooms[room], k)
	return true
}

// quit takes k out of a room.
func (n *namespace) quit(k *socket, room string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if i := slices.Index(k.rooms, room); i >= 0 {
		k.rooms = slices.Delete(k.rooms, i, i+1)
		n.leaveRoom(k, room)
	}
}

// publish numbers o and hands it to its receivers, whose number it returns. It
// never blocks on one.
func (n *namespace) publish(from *socket, o outgoing) (receivers int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.last++
	f := n.eventFrame(&o, n.last)
	except := from.sid
	if o.echo {
		except = ""
	}
	n.past.add(past{ordinal: n.last, sender: except, room: o.room, frame: f})
	to := n.members
	if o.room != "" {
		to = n.rooms[o.room]
	}
	for _, k := range to {
		if k == from && !o.echo {
			continue
		}
		receivers++
		switch {
		case n.bugs != nil:
			n.bugs.deliver(k.held, f, from.sid)
		case k == from:
			k.engine.post(f)
		default:
			k.engine.send(f)
		}
	}
	return receivers
}

// eventFrame is o with the offset as its last argument, and with its
// attachments behind it.
func (n *namespace) eventFrame(o *outgoing, ordinal uint64) frame {
	b := startFrame(len(o.list) + 60)
	if len(o.attachments) == 0 {
		b = appendHead(b, packetEvent, n.name, nil)
	} else {
		b = strconv.AppendInt(append(b, engineMessage, packetBinaryEvent), int64(len(o.attachments)), 10)
		b = append(b, '-')
		if n.name != "/" {
			b = append(append(b, n.name...), ',')
		}
	}
	b = append(b, o.list...)
	f := finish(websocket.TextMessage, n.appendOffset(b, ordinal))
	for _, a := range o.attachments {
		f = append(f, finish(websocket.BinaryMessage, append(startFrame(len(a)), a...))...)
	}
	return f
}

// appendOffset makes the offset the last of the list that b ends with.
func (n *namespace) appendOffset(b []byte, ordinal uint64) []byte {
	if !n.recovers() {
		return b
	}
	b[len(b)-1] = ','
	b = offset{namespaceStream, n.epoch, ordinal}.append(append(b, '"'))
	return append(b, `"]`...)
}

// connectedFrame says that k is a member.
func connectedFrame(k *socket) frame {
	b := appendHead(startFrame(100), packetConnect, k.namespace.name, nil)
	b = wire.AppendString(append(b, `{"sid":`...), k.sid)
	if k.pid != "" {
		b = wire.AppendString(append(b, `,"pid":`...), k.pid)
	}
	return finish(websocket.TextMessage, append(b, '}'))
}

// expire forgets who has been away for long.
func (n *namespace) expire(now time.Time) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for pid, a := range n.away {
		if now.Sub(a.since) >= n.awayFor {
			delete(n.away, pid)
		}
	}
}
