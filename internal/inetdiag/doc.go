// Package inetdiag asks the kernel about the TCP sockets of this machine, as ss
// does: their state, what is in their queues, how their retransmissions stand.
// It needs no privilege, and sees the sockets of all users in the network
// namespace of the caller, though not those of other namespaces.
//
//	Conn ──inet_diag_req_v2──► kernel ──inet_diag_msg, tcp_info──► Socket
//
// It exists on Linux; elsewhere Open returns ErrUnsupported. A Conn is for one
// goroutine at a time.
package inetdiag
