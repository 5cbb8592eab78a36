// Package testserver is the reference server of imbench: a small, complete
// instant-messaging server that speaks the envelope over WebSocket, written to
// be read as the model of how to do it right, and breakable on demand, so that
// the instrument can be checked against it. Beside that it speaks the systems
// that imbench has presets for, as they were published, on the same port. The
// wire is described in docs/reference-server.md.
//
//	     HTTP ──handshake──► session ── one goroutine, reading ──┐
//	                            ▲                                ▼ envelope
//	sweeper ── ping, reap ──────┤                       stream (room, direct, all)
//	                            │                       ordinal, history, members
//	   socket ◄── writer ◄── outbox ◄────── one frame, shared ───┘
//	           while there is something
//
// Each message gets its ordinal, its place in the history and its places in
// the members' outboxes under one lock, its stream's. A client that resumes is
// replayed and made a member under the same lock, so between replay and live
// there is neither gap nor duplicate.
//
// What a session speaks is its dialect: envelopes as above; a speaker in a crowd
// where what one says goes to the others as it is (browser-ws, heart-class,
// json-manager, ionic-service, a short file each); or an engine, which is an
// Engine.IO session and has a socket in each namespace of Socket.IO that the
// client connected to. An engine can do without a session, by polling.
//
//	WebSocket ──► session ──► envelopes ──► stream
//	                     ├──► speaker ────► crowd
//	                     └──► engine ──┬──► namespace
//	HTTP GET, POST ──────────► (box) ──┘    ordinal, history, rooms
//
// Goroutines: one reader a connection, one writer a connection while it has
// something to write that did not go out at once, one sweeper, and those of
// net/http during handshakes. Nothing else blocks: not a publisher, not the
// sweeper. Locks are taken in the order hub, streams (all, direct, room),
// outbox; with Socket.IO turn, namespace, engine, outbox.
package testserver
