// Package wsframe writes WebSocket frames as bytes, and reads how long they
// are (RFC 6455, section 5.2). It is for what a WebSocket library does not do:
// to send what is wrong on purpose, to put a frame between those of somebody
// else, or to take frames from a stream without a buffer.
//
//	first byte   second byte     0, 2 or 8 bytes   4 bytes if masked
//	FIN|opcode   MASK|length      longer length     mask               payload
//
// The package holds no state: whoever calls it owns the slices that go in and
// come out.
package wsframe
