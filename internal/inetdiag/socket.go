package inetdiag

import (
	"errors"
	"net/netip"
	"strconv"
	"time"
)

// ErrUnsupported means that this system has no inet_diag, or not for TCP.
var ErrUnsupported = errors.New("inet_diag is not to be had on this system")

// ErrNotFound means that there is no such socket, or none any more.
var ErrNotFound = errors.New("no such socket")

// State is a TCP socket's, as the kernel numbers it.
type State uint8

// The states of RFC 9293, and that of a request that is not a socket yet.
const (
	Established State = 1 + iota
	SynSent
	SynRecv
	FinWait1
	FinWait2
	TimeWait
	Closed
	CloseWait
	LastAck
	Listen
	Closing
	NewSynRecv
)

var stateNames = [...]string{
	"", "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT", "CLOSE", "CLOSE_WAIT", "LAST_ACK", "LISTEN",
	"CLOSING", "NEW_SYN_RECV",
}

func (s State) String() string {
	if s == 0 || int(s) >= len(stateNames) {
		return "state " + strconv.Itoa(int(s))
	}
	return stateNames[s]
}

// Socket is a TCP socket as it was when the kernel was asked. Addresses of IPv4
// are plain also where the socket is of both families.
type Socket struct {
	Local, Remote netip.AddrPort
	State         State
	Cookie        uint64 // this socket's alone, also when its addresses are used again
	Unread        uint32 // bytes received, not yet read by its program
	Unacked       uint32 // bytes written, not yet acknowledged by the peer, sent or not

	// Of tcp_info; zero for sockets in TIME_WAIT, which have none:
	Segments    uint32        // sent, not acknowledged
	Retransmits uint8         // of the first of them, since the last acknowledgement
	Backoff     uint8         // how many times RTO has doubled
	Probes      uint8         // keepalive or window probes without an answer
	RTO         time.Duration // retransmission timeout as it stands
}
