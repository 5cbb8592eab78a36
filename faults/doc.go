// Package faults holds what can go wrong with one connection, or with the
// server process, and how it is put right again. It decides nothing: which
// clients, and when, is the plan of a scenario.
//
//	    WebSocket, TLS
//	         │ Read, ReadPooled, Write (never blocks)
//	┌────────┴────────┐   closed while silent   ┌─────┐
//	│ Conn            ├────────────────────────▶│ Lot │ parked: no FIN leaves
//	│ Silence ⇄ Heal  │                         └──┬──┘
//	│ Reset  Cut      │◀──────── Heal: FIN ────────┤
//	└────────┬────────┘                            └ Release: RST
//	     net.TCPConn                          Process: Freeze ⇄ Thaw,
//	         │ md5, minttl: the kernel        Kill, Terminate → Restart
//	         ▼ drops the packets themselves
//
// Config is a fault as a scenario writes it. Conn stands beneath TLS and
// WebSocket on every simulated connection, from before the handshake, and
// applies a silence, a reset or a cut; a bye is a frame and belongs to whoever
// writes frames. Process is the server under test. How silence is made without
// root, and what the kernels do meanwhile, is told in docs/silence.md.
//
// All methods are safe for concurrent use, except that one goroutine at a time
// reads a Conn. A Conn starts a goroutine only while its kernel does not take
// what is written, and Close waits for it. A Process that was started has one
// goroutine until it is stopped. Nothing here logs; errors are returned.
package faults
