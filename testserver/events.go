package testserver

import (
	"bytes"
	"encoding/json"
	"strconv"
	"time"

	"github.com/gorilla/websocket"

	"github.com/imbench/imbench/protocol/wire"
)

// The events of Socket.IO that mean something here.
const (
	eventOfMessage   = "message"
	eventOfHeartbeat = "heartbeat"
	eventOfChat      = "chat"
	eventOfJoin      = "join"
	eventOfLeave     = "leave"
)

// obey does what an event asks for, then confirms it if that was asked for.
// The caller has the turn of k's engine.
func (k *socket) obey(p *packet, attachments [][]byte, now time.Time) {
	s := k.engine.server
	done := false
	switch {
	case p.name == eventOfChat && s.speaksOnly("socketio-chat"):
		done = k.relay(outgoing{list: trimList(p.data), attachments: attachments})
	case p.name == eventOfHeartbeat && s.speaksOnly("angular-socketio"):
		done = k.beat(p.data)
	case p.name == eventOfMessage && s.speaksOnly("angular-socketio", "socketio"):
		done = k.message(p.data, attachments, now)
	case (p.name == eventOfJoin || p.name == eventOfLeave) && s.speaksOnly("socketio"):
		done = k.move(p)
	}
	if done && p.ack != nil {
		s.metrics.acks.Inc()
		b := appendHead(startFrame(40), packetAck, k.namespace.name, p.ack)
		k.engine.post(finish(websocket.TextMessage, append(b, "[]"...)))
	}
}

// trimList ends a list with its bracket.
func trimList(list []byte) []byte { return bytes.TrimRight(list, " \t\r\n") }

// relay publishes an event; it is confirmed even where a bug loses it.
func (k *socket) relay(o outgoing) bool {
	s := k.engine.server
	s.metrics.messages.Inc()
	s.bugs.toil(s.quit)
	if !s.bugs.losesNow() {
		s.metrics.deliveries.Add(float64(k.namespace.publish(k, o)))
	}
	return true
}

// toRoom relays a message to the others of the room it names, which must be
// one of k's, or to all others where it names none.
func (k *socket) toRoom(list []byte, attachments [][]byte) bool {
	var v struct {
		Room string `json:"room"`
	}
	room := ""
	if argument(list, &v) {
		room = v.Room
	}
	if room != "" && !k.isIn(room) {
		k.engine.server.metrics.errors[notAMember].Inc()
		return false
	}
	return k.relay(outgoing{list: trimList(list), attachments: attachments, room: room})
}

func (k *socket) isIn(room string) bool {
	for _, r := range k.rooms {
		if r == room {
			return true
		}
	}
	return false
}

// move joins or leaves the room that the event's argument names.
func (k *socket) move(p *packet) bool {
	var room string
	if !argument(p.data, &room) || room == "" || len(room) > maxName {
		k.engine.server.metrics.errors[invalidFormat].Inc()
		return false
	}
	if p.name == eventOfJoin {
		return k.namespace.join(k, room)
	}
	k.namespace.quit(k, room)
	return true
}

// argument reads an event's first one.
func argument(list []byte, into any) bool {
	v := [2]any{new(string), into}
	return json.Unmarshal(list, &v) == nil && v[1] != nil
}

// beat answers a heartbeat with its own timestamp.
func (k *socket) beat(list []byte) bool {
	var v struct {
		Timestamp json.RawMessage `json:"timestamp"`
	}
	if !argument(list, &v) {
		k.refuse("a heartbeat has a timestamp", time.Now())
		return false
	}
	s := k.engine.server
	s.metrics.heartbeats.Inc()
	if s.bugs.leavesBeatsUnanswered() {
		return true
	}
	b := appendHead(startFrame(80+len(v.Timestamp)), packetEvent, k.namespace.name, nil)
	b = append(b, `["heartbeat_ack",{`...)
	if v.Timestamp != nil {
		b = append(append(b, `"timestamp":`...), v.Timestamp...)
	}
	k.engine.post(finish(websocket.TextMessage, append(b, "}]"...)))
	return true
}

// message tells the two systems apart that have an event of this name.
func (k *socket) message(list []byte, attachments [][]byte, now time.Time) bool {
	only := k.engine.server.only
	if only == "socketio" {
		return k.toRoom(list, attachments)
	}
	content, wrong := quoted(list)
	switch {
	case wrong == "":
		return k.envelope(content, now)
	case only == "" && plainMessage(list):
		return k.toRoom(list, attachments)
	default:
		k.refuse(wrong, now)
		return false
	}
}

// plainMessage reports whether an event has an object that does not mean to be
// an envelope: with text or a room, and without a version.
func plainMessage(list []byte) bool {
	var v struct {
		Version, Text, Room json.RawMessage
	}
	return argument(list, &v) && v.Version == nil && (v.Text != nil || v.Room != nil)
}

// envelope answers a message of angular-socketio: all sockets, the sender's
// included, get a new one that quotes its content.
func (k *socket) envelope(content []byte, now time.Time) bool {
	ms := now.UnixMilli()
	b := make([]byte, 0, 220+len(content))
	b = append(b, `["message",`+head+`message","payload":{"id":"msg_`...)
	b = strconv.AppendInt(b, ms, 10)
	b = k.namespace.names.appendShort(append(b, '_'))
	b = append(b, `","timestamp":`...)
	b = strconv.AppendInt(b, ms, 10)
	b = append(b, `,"sender":{"id":"server","name":"系统服务"},"content":"已收到：`...)
	b = append(b, content...)
	b = append(b, `","meta":{"protocol":"websocket"}},"code":200}]`...)
	return k.relay(outgoing{list: b, echo: true})
}

// quoted finds the content of an envelope, as it stands between its quotes, or
// says what is wrong. The envelope is an object, or JSON in a string.
func quoted(list []byte) (content []byte, wrong string) {
	if content, ok := quotedUsual(list); ok {
		return content, ""
	}
	return quotedSlow(list)
}

// quotedSlow is quoted for any layout.
func quotedSlow(list []byte) (content []byte, wrong string) {
	var v [2]json.RawMessage
	if json.Unmarshal(list, &v) != nil || v[1] == nil {
		return nil, "there is no envelope"
	}
	object := []byte(v[1])
	if object[0] == '"' {
		var text string
		if json.Unmarshal(object, &text) != nil {
			return nil, "not an envelope"
		}
		object = []byte(text)
	}
	var e struct {
		Version json.RawMessage `json:"version"`
		Payload struct {
			Content json.RawMessage `json:"content"`
		} `json:"payload"`
	}
	if json.Unmarshal(object, &e) != nil {
		return nil, "not an envelope"
	}
	if string(e.Version) != `"1.0.0"` {
		return nil, `version must be "1.0.0"`
	}
	content, ok := inside(e.Payload.Content)
	if !ok {
		return nil, "payload.content must be a string"
	}
	return content, ""
}

// quotedUsual reads the layout in which imbench's own clients write.
func quotedUsual(list []byte) (content []byte, ok bool) {
	c := wire.At(list)
	if !c.Skip(`["message",` + head + `message","payload":{"id":"`) {
		return nil, false
	}
	if _, ok = c.Name(); !ok || !c.Skip(`,"timestamp":`) {
		return nil, false
	}
	if _, ok = c.Number(); !ok || !c.Skip(`,"content":"`) {
		return nil, false
	}
	if content, ok = c.Text(); !ok || !c.Skip(`,"meta":{"platform":"web"}},"code":`) {
		return nil, false
	}
	_, ok = c.Number()
	return content, ok && c.Skip(`}]`) && c.End()
}

// refuse tells the client why its message is not answered.
func (k *socket) refuse(reason string, now time.Time) {
	k.engine.server.metrics.errors[invalidFormat].Inc()
	ms := now.UnixMilli()
	b := appendHead(startFrame(250), packetEvent, k.namespace.name, nil)
	b = append(b, `["message",`+head+`error","payload":{"id":"err_`...)
	b = strconv.AppendInt(b, ms, 10)
	b = append(b, `","timestamp":`...)
	b = strconv.AppendInt(b, ms, 10)
	b = wire.AppendString(append(b, `,"content":`...), reason)
	b = append(b, `,"meta":{"errorCode":"INVALID_FORMAT"}},"code":400}]`...)
	k.engine.post(finish(websocket.TextMessage, b))
}

// greeting is the first event of a socket. It tells what follows it, so that
// the client can resume though nothing came yet. The caller holds n.mu.
func (n *namespace) greeting(k *socket, unixMillis int64) frame {
	b := appendHead(startFrame(250), packetEvent, n.name, nil)
	b = append(b, `["message",`+head+`system","payload":{"id":"sys_`...)
	b = append(b, k.sid...)
	b = append(b, `","timestamp":`...)
	b = strconv.AppendInt(b, unixMillis, 10)
	b = append(b, `,"content":"连接成功","meta":{"connection":true}},"code":201}]`...)
	return finish(websocket.TextMessage, n.appendOffset(b, n.last))
}
