package testserver

import (
	"encoding/binary"
	"strconv"

	"github.com/gorilla/websocket"

	"github.com/imbench/imbench/protocol/wire"
)

// frame is one whole WebSocket frame as it goes over the wire; with binary
// events of Socket.IO, several that must not be parted. It is never
// changed after it is made: all receivers of a message share one.
//
// The frames are made here, not by gorilla/websocket, because then nothing is
// encoded twice, no write buffer is kept per connection, and several frames go
// out in one write.
type frame []byte

// headLen is the most that a server's frame header takes.
const headLen = 10

// startFrame returns room for a header, then size bytes to append.
func startFrame(size int) []byte { return make([]byte, headLen, headLen+size) }

// finish puts the header before the body that was appended to b.
func finish(opcode byte, b []byte) frame {
	n := len(b) - headLen
	switch {
	case n < 126:
		b = b[headLen-2:]
		b[1] = byte(n)
	case n < 1<<16:
		b = b[headLen-4:]
		b[1] = 126
		binary.BigEndian.PutUint16(b[2:], uint16(n))
	default:
		b[1] = 127
		binary.BigEndian.PutUint64(b[2:], uint64(n))
	}
	b[0] = 0x80 | opcode
	return b
}

// cut takes the first of several frames that stand in one piece off.
func (f frame) cut() (opcode byte, body []byte, rest frame) {
	start, n := 2, int(f[1])
	switch n {
	case 126:
		start, n = 4, int(binary.BigEndian.Uint16(f[2:]))
	case 127:
		start, n = 10, int(binary.BigEndian.Uint64(f[2:]))
	}
	return f[0] & 0x0f, f[start : start+n], f[start+n:]
}

func controlFrame(opcode byte, payload string) frame {
	return finish(opcode, append(startFrame(len(payload)), payload...))
}

func closeFrame(code int, reason string) frame {
	return controlFrame(websocket.CloseMessage, string(websocket.FormatCloseMessage(code, reason)))
}

const head = `{"version":"1.0.0","event":"`

// messageFrame is m as its receivers get it: with its sender, and with where it
// stands in the history of stream st.
func messageFrame(st *stream, sender string, m *inbound, ordinal uint64) frame {
	b := startFrame(200 + len(m.id) + len(m.content) + len(sender) + len(st.name))
	b = append(b, head+`message","payload":{"id":"`...)
	b = append(b, m.id...)
	b = append(b, `","timestamp":`...)
	b = strconv.AppendInt(b, m.timestamp, 10)
	b = append(b, `,"content":"`...)
	b = append(b, m.content...)
	b = append(b, `","sender":{"id":`...)
	b = wire.AppendString(b, sender)
	b = append(b, `},"meta":{`...)
	switch st.kind {
	case roomStream:
		b = wire.AppendString(append(b, `"room":`...), st.name)
	case directStream:
		b = wire.AppendString(append(b, `"to":`...), st.name)
	default:
		b = append(b, `"all":true`...)
	}
	b = append(b, `,"offset":"`...)
	b = offset{st.kind, st.epoch, ordinal}.append(b)
	b = append(b, `"}},"code":200}`...)
	return finish(websocket.TextMessage, b)
}

func ackFrame(id []byte, unixMillis int64) frame {
	b := startFrame(100 + len(id))
	b = append(b, head+`ack","payload":{"id":"`...)
	b = append(b, id...)
	b = append(b, `","timestamp":`...)
	b = strconv.AppendInt(b, unixMillis, 10)
	return finish(websocket.TextMessage, append(b, `},"code":200}`...))
}

func heartbeatAckFrame(beat int64) frame {
	b := append(startFrame(100), head+`heartbeat_ack","payload":{"timestamp":`...)
	b = strconv.AppendInt(b, beat, 10)
	return finish(websocket.TextMessage, append(b, `},"code":200}`...))
}

// greetingFrame says that the login is done, and after which offsets what
// follows comes, so that the client can resume though nothing came yet.
func greetingFrame(session string, unixMillis int64, starts []offset) frame {
	b := append(startFrame(250), head+`system","payload":{"id":"sys_`...)
	b = append(b, session...)
	b = append(b, `","timestamp":`...)
	b = strconv.AppendInt(b, unixMillis, 10)
	b = append(b, `,"content":"连接成功","meta":{"connection":true`...)
	if len(starts) > 0 {
		b = append(b, `,"offset":"`...)
		for _, at := range starts {
			b = append(at.append(b), ',')
		}
		b[len(b)-1] = '"'
	}
	return finish(websocket.TextMessage, append(b, `}},"code":201}`...))
}

// noticeFrame answers a join or leave.
func noticeFrame(session, content, room string, unixMillis int64, at offset) frame {
	b := append(startFrame(250), head+`system","payload":{"id":"sys_`...)
	b = append(b, session...)
	b = append(b, `","timestamp":`...)
	b = strconv.AppendInt(b, unixMillis, 10)
	b = append(b, `,"content":"`...)
	b = append(b, content...)
	b = append(b, `","meta":{"room":`...)
	b = wire.AppendString(b, room)
	b = append(b, `,"offset":"`...)
	b = at.append(b)
	return finish(websocket.TextMessage, append(b, `"}},"code":200}`...))
}

func presenceFrame(session, client string, online bool, unixMillis int64) frame {
	b := append(startFrame(250), head+`presence","payload":{"id":"`...)
	b = append(b, session...)
	b = append(b, `","timestamp":`...)
	b = strconv.AppendInt(b, unixMillis, 10)
	b = append(b, `,"meta":{"client":`...)
	b = wire.AppendString(b, client)
	b = append(b, `,"online":`...)
	b = strconv.AppendBool(b, online)
	return finish(websocket.TextMessage, append(b, `}},"code":200}`...))
}

func errorFrame(r refusal, unixMillis int64) frame {
	b := append(startFrame(250), head+`error","payload":{"id":"err_`...)
	b = strconv.AppendInt(b, unixMillis, 10)
	b = append(b, `","timestamp":`...)
	b = strconv.AppendInt(b, unixMillis, 10)
	b = append(b, `,"content":`...)
	b = wire.AppendString(b, r.reason)
	b = append(b, `,"meta":{"errorCode":`...)
	b = wire.AppendString(b, string(r.code))
	b = append(b, `}},"code":`...)
	b = strconv.AppendInt(b, int64(r.code.status()), 10)
	return finish(websocket.TextMessage, append(b, '}'))
}
