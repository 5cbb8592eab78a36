package wsframe

import "encoding/binary"

// The parts of a frame's first byte: an opcode, and Final for a message's last
// or only frame.
const (
	Text   = 0x1
	Binary = 0x2
	Close  = 0x8
	Ping   = 0x9

	Final = 0x80
)

// Opcode is the part of a frame's first byte that says what it is. From Close
// on they are of control frames, which may stand between a message's frames.
func Opcode(first byte) byte { return first & 0x0f }

// Sender is the end that a frame comes from: clients must mask, servers must
// not.
type Sender byte

// The senders, each as the bit that its frames have in the second byte.
const (
	Server Sender = 0
	Client Sender = 0x80
)

// MaxHeader is how long a frame's header can be, in bytes.
const MaxHeader = 14

// Append appends a frame. A client's is masked with zeros: what is sent is what
// stands in payload.
func Append(dst []byte, first byte, from Sender, payload []byte) []byte {
	return append(AppendHeader(dst, first, from, uint64(len(payload))), payload...)
}

// AppendHeader appends the header of a frame that announces length bytes of
// payload.
func AppendHeader(dst []byte, first byte, from Sender, length uint64) []byte {
	dst = append(dst, first)
	switch {
	case length < 126:
		dst = append(dst, byte(from)|byte(length))
	case length < 1<<16:
		dst = binary.BigEndian.AppendUint16(append(dst, byte(from)|126), uint16(length))
	default:
		dst = binary.BigEndian.AppendUint64(append(dst, byte(from)|127), length)
	}
	if from == Client {
		dst = append(dst, 0, 0, 0, 0)
	}
	return dst
}

// Length reads how many bytes of payload a frame announces. That is known once
// size bytes of the header have come, which is where the length ends, and what
// follows it begins: the mask if there is one, else the payload.
func Length(header []byte) (payload uint64, size int) {
	if len(header) < 2 {
		return 0, 2
	}
	switch n := header[1] & 0x7f; n {
	case 126:
		if len(header) < 4 {
			return 0, 4
		}
		return uint64(binary.BigEndian.Uint16(header[2:])), 4
	case 127:
		if len(header) < 10 {
			return 0, 10
		}
		return binary.BigEndian.Uint64(header[2:]), 10
	default:
		return uint64(n), 2
	}
}

// IsMasked reports whether the frame of a header, of which at least two bytes
// have come, is masked.
func IsMasked(header []byte) bool { return header[1]&byte(Client) != 0 }
