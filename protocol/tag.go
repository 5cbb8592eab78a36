package protocol

import (
	"bytes"
	"time"
)

// Tag is what a message's content carries to be known again. Numbers are
// written in fixed width, so a tag is always TagLen bytes.
type Tag struct {
	Run      uint32        // this run, so that leftovers of another are told apart
	Origin   uint8         // the shard that sent it
	Sender   uint32        // the client that sent it; 24 bits
	Number   uint32        // counts the messages of Origin from 0
	Intended time.Duration // when it should have left, on the run's clock; whole microseconds, 48 bits
}

// TagLen is the length of a tag in bytes, and so the least size of a message's
// content.
const TagLen = len(tagHead) + 8 + 2 + 6 + 8 + 12 + 1

// The head is plain ASCII that neither JSON, HTML nor URL encoding changes.
const (
	tagHead = "im~"
	tagEnd  = '~'
)

// MaxSender is the highest client number that a tag can carry.
const MaxSender = 1<<24 - 1

// AppendTag appends t's TagLen bytes to dst.
func AppendTag(dst []byte, t Tag) []byte {
	dst = append(dst, tagHead...)
	dst = appendHex(dst, uint64(t.Run), 8)
	dst = appendHex(dst, uint64(t.Origin), 2)
	dst = appendHex(dst, uint64(t.Sender), 6)
	dst = appendHex(dst, uint64(t.Number), 8)
	dst = appendHex(dst, uint64(t.Intended/time.Microsecond), 12)
	return append(dst, tagEnd)
}

const hexDigits = "0123456789abcdef"

func appendHex(dst []byte, v uint64, width int) []byte {
	for shift := 4 * (width - 1); shift >= 0; shift -= 4 {
		dst = append(dst, hexDigits[v>>shift&15])
	}
	return dst
}

// FindTag returns the first tag in frame and what follows it; ok is false when
// there is none.
func FindTag(frame []byte) (t Tag, rest []byte, ok bool) {
	for {
		i := bytes.Index(frame, []byte(tagHead))
		if i < 0 || len(frame)-i < TagLen {
			return Tag{}, nil, false
		}
		if t, ok := parseTag(frame[i : i+TagLen]); ok {
			return t, frame[i+TagLen:], true
		}
		frame = frame[i+len(tagHead):]
	}
}

func parseTag(b []byte) (t Tag, ok bool) {
	if b[TagLen-1] != tagEnd {
		return t, false
	}
	var bad byte
	p := len(tagHead)
	field := func(width int) (v uint64) {
		for _, c := range b[p : p+width] {
			d := unhex[c]
			bad |= d
			v = v<<4 | uint64(d&15)
		}
		p += width
		return v
	}
	t.Run = uint32(field(8))
	t.Origin = uint8(field(2))
	t.Sender = uint32(field(6))
	t.Number = uint32(field(8))
	t.Intended = time.Duration(field(12)) * time.Microsecond
	return t, bad < 16
}

// unhex maps a hex digit to its value and anything else to 0xff.
var unhex = func() (table [256]byte) {
	for i := range table {
		table[i] = 0xff
	}
	for v, c := range []byte(hexDigits) {
		table[c] = byte(v)
	}
	return table
}()
