package testserver

import (
	"strconv"
	"strings"
)

// The kinds of streams, as offsets spell them.
const (
	allStream    = 'a'
	directStream = 'd'
	roomStream   = 'r'

	namespaceStream = 'n' // of Socket.IO
)

// offset says where a message stands in the history of its stream. Clients
// keep it and give it back, and do not look into it.
type offset struct {
	kind    byte
	epoch   uint16 // of this start of the server: what another one numbered is not taken for ours
	ordinal uint64
}

// append appends o as in r1a2b.12.
func (o offset) append(b []byte) []byte {
	const digits = "0123456789abcdef"
	b = append(b, o.kind)
	for shift := 12; shift >= 0; shift -= 4 {
		b = append(b, digits[o.epoch>>shift&15])
	}
	return strconv.AppendUint(append(b, '.'), o.ordinal, 10)
}

func parseOffset(s string) (o offset, ok bool) {
	if len(s) < 7 || s[5] != '.' {
		return o, false
	}
	epoch, errE := strconv.ParseUint(s[1:5], 16, 16)
	ordinal, errO := strconv.ParseUint(s[6:], 10, 64)
	o = offset{s[0], uint16(epoch), ordinal}
	return o, errE == nil && errO == nil && strings.IndexByte("adrn", o.kind) >= 0
}

// offsets are what a client has of each kind of stream. Kinds that it did not
// name are not replayed.
type offsets struct{ all, direct, room *offset }

// parseOffsets reads one offset, or several separated by commas.
func parseOffsets(s string) (at offsets, err error) {
	if s == "" {
		return at, nil
	}
	for part := range strings.SplitSeq(s, ",") {
		o, ok := parseOffset(part)
		if !ok || o.kind == namespaceStream {
			return at, malformed("offset %.40q is not one that this server gives, like r1a2b.12", part)
		}
		switch o.kind {
		case allStream:
			at.all = &o
		case directStream:
			at.direct = &o
		default:
			at.room = &o
		}
	}
	return at, nil
}
