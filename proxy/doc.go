// Package proxy stands between real clients and a real server and has faults
// happen to the connections between them.
//
//	browser, phone ──▶ ┌──────────────── link ────────────────┐ ──▶ server
//	                   │ faults.Conn ──▶ pump ──▶ faults.Conn │
//	                   │   client    ◀── pump ◀──  upstream   │
//	                   └──────────────────┬───────────────────┘
//	               parts of: delay, rate, darkness, stall, limit …
//	                                      ▲
//	 toxics, by HTTP (Handler) ───────────┤
//	 faults, by schedule (Play) ──────────┘
//
// A Server has Proxies, each of which listens on one address and passes what
// it accepts on to one upstream. A toxic is a trouble that links are in as long
// as it is there; a fault of a scenario is the same thing on a schedule. Each
// lends a part to the links that it takes, and a link is in the sum of its
// parts: delays add, the lowest rate wins. When a part goes, so does what it
// did, on open connections, too.
//
// A silence is made on both ends of a link, in the kernel (see package faults):
// the server's packets to a client that is gone are not acknowledged by this
// host, so the server is left with a ghost as it would be in the field. A dark
// link holds two descriptors until it heals or the proxy ends.
//
// The HTTP API is Toxiproxy's, with toxics of our own; docs/proxy.md tells both
// and the differences. Who takes which connection is decided by the seed and
// the order of connections alone.
//
// All exported methods are safe for concurrent use. A link has two goroutines,
// a Proxy one that accepts; Close waits for all of them.
package proxy
