// Package memnet is a network in memory, for tests: connections that buffer
// like a kernel socket and end like one, and a listener to dial them from.
//
//	   one end                                            other end
//	Write ──► pipe, at most 64 KiB waiting ──────────────► Read
//	Read  ◄────────────── pipe, at most 64 KiB waiting ◄── Write
//
// net.Pipe hands every Write directly to a Read and so blocks where a socket
// would not; here a Write returns as soon as its bytes are in the buffer. The
// endings are those of TCP on Linux, and a test holds both side by side:
// after Close or CloseWrite the peer reads what was sent and then io.EOF;
// after Reset, or a Close that left bytes unread, it reads what had arrived
// and then syscall.ECONNRESET.
//
// Everything waits on conditions and timers only, so connections made inside
// a testing/synctest bubble block durably and their deadlines follow the
// bubble's clock. All types are safe for concurrent use.
package memnet
