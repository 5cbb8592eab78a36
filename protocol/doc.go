// Package protocol knows wire formats: how a simulated client logs in, beats
// and sends, and what a frame from the server means. It does no I/O.
//
//	Message ──Append──► frame ──► the server ──► frame ──Scan──► Event
//	   └ content starts with a Tag                 the Tag is found again ┘
//
// Servers rename ids, strip metadata and prefix content; what survives is the
// content, so everything measured about delivery comes from the Tag in it,
// found by scanning the frame, with no parsing on the hot path.
//
// The protocols: Envelope, imbench's own; Described, anything that a YAML file
// can say of frames; SocketIO, the same within Socket.IO v4. A System is a
// protocol and what its published clients do besides; the presets are YAML
// files. docs/protocols.md is the user's page.
//
// A Protocol is immutable after it is made and safe for concurrent use.
package protocol
