// Package agent runs a scenario: it is the simulated clients, the clock they
// keep, and the conductor of faults.
//
//	Run ── shard ── client ── link ── (TLS) ── faults.Conn ── TCP
//	        │         │         └ one connection: frames in, frames out
//	        │         └ one user: a state machine over many connections
//	        └ a clock queue of due things, a mailbox, a recorder, a message log
//
// # Who owns what
//
// A shard's goroutine owns the state of its clients and takes every decision:
// when to send, to beat, to give up, to come back, to apply a fault. It never
// blocks on a connection. What a connection sees is told to the shard by mail,
// with the time at which it was seen, so that a late shard does not bend a
// measurement.
//
// A link has one goroutine, its reader, which parks without a buffer. The
// reader records what it receives by itself, and is the only one to touch the
// client's inbox while the link lives; a client dials again only after the
// last link's reader has ended.
//
// A dial has a goroutine of its own, which ends when the client is ready: its
// deep stack is not kept for the life of the connection.
package agent
