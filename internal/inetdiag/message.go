package inetdiag

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"time"
)

// What the kernel's headers call these; see linux/netlink.h, linux/sock_diag.h
// and linux/inet_diag.h. Numbers are in the byte order of the machine, but for
// ports and addresses.
const (
	headerLen  = 16                 // struct nlmsghdr
	requestLen = headerLen + 8 + 48 // struct inet_diag_req_v2
	socketLen  = 4 + 48 + 20        // struct inet_diag_msg

	typeError = 2  // NLMSG_ERROR
	typeDone  = 3  // NLMSG_DONE
	typeBy    = 20 // SOCK_DIAG_BY_FAMILY

	flagRequest = 0x1   // NLM_F_REQUEST
	flagDump    = 0x300 // NLM_F_DUMP

	protocolTCP = 6
	inet4       = 2
	inet6       = 10
	infoBit     = 1 << 1 // INET_DIAG_INFO, asked for
	infoType    = 2      // INET_DIAG_INFO, given

	anyCookie = ^uint64(0)

	allStates = (1<<(Closing+1) - 1) &^ (1<<Listen | 1<<SynRecv | 1) // of which connections can be
)

var errMalformed = errors.New("malformed netlink message")

// request is a question: about one socket, or a dump of all of a family with a
// local port.
type request struct {
	flags         uint16
	sequence      uint32
	family        uint8
	local, remote netip.AddrPort // only the ports that are not 0 count in a dump
}

// append writes the question in the kernel's form.
func (r request) append(dst []byte) []byte {
	native := binary.NativeEndian
	dst = native.AppendUint32(dst, requestLen)
	dst = native.AppendUint16(dst, typeBy)
	dst = native.AppendUint16(dst, flagRequest|r.flags)
	dst = native.AppendUint32(dst, r.sequence)
	dst = native.AppendUint32(dst, 0) // to the kernel
	dst = append(dst, r.family, protocolTCP, infoBit, 0)
	dst = native.AppendUint32(dst, allStates)
	dst = binary.BigEndian.AppendUint16(dst, r.local.Port())
	dst = binary.BigEndian.AppendUint16(dst, r.remote.Port())
	dst = appendAddr(dst, r.local.Addr())
	dst = appendAddr(dst, r.remote.Addr())
	dst = native.AppendUint32(dst, 0) // any interface
	return native.AppendUint64(dst, anyCookie)
}

// appendAddr writes 16 bytes.
func appendAddr(dst []byte, a netip.Addr) []byte {
	switch {
	case a.Is4():
		four := a.As4()
		return append(append(dst, four[:]...), make([]byte, 12)...)
	case a.Is6():
		sixteen := a.As16()
		return append(dst, sixteen[:]...)
	}
	return append(dst, make([]byte, 16)...)
}

// message is one netlink message.
type message struct {
	kind     uint16
	sequence uint32
	body     []byte
}

// nextMessage takes the first message off a datagram.
func nextMessage(b []byte) (m message, rest []byte, err error) {
	if len(b) < headerLen {
		return message{}, nil, fmt.Errorf("%w: %d bytes are no header", errMalformed, len(b))
	}
	size := binary.NativeEndian.Uint32(b)
	if size < headerLen || uint64(size) > uint64(len(b)) {
		return message{}, nil, fmt.Errorf("%w: it says %d bytes, there are %d", errMalformed, size, len(b))
	}
	m = message{kind: binary.NativeEndian.Uint16(b[4:]), sequence: binary.NativeEndian.Uint32(b[8:]), body: b[headerLen:size]}
	return m, b[min(aligned(int(size)), len(b)):], nil
}

func aligned(n int) int { return (n + 3) &^ 3 }

// errorNumber is what a message of typeError says, as a positive number; 0
// means success.
func (m message) errorNumber() (int, error) {
	if len(m.body) < 4 {
		return 0, fmt.Errorf("%w: an error of %d bytes", errMalformed, len(m.body))
	}
	return -int(int32(binary.NativeEndian.Uint32(m.body))), nil
}

// parseSocket reads a struct inet_diag_msg and the attributes behind it.
func parseSocket(b []byte) (Socket, error) {
	if len(b) < socketLen {
		return Socket{}, fmt.Errorf("%w: a socket of %d bytes", errMalformed, len(b))
	}
	native := binary.NativeEndian
	local, remote, err := addresses(b[0], b[8:40])
	if err != nil {
		return Socket{}, err
	}
	s := Socket{
		State:   State(b[1]),
		Local:   netip.AddrPortFrom(local, binary.BigEndian.Uint16(b[4:])),
		Remote:  netip.AddrPortFrom(remote, binary.BigEndian.Uint16(b[6:])),
		Cookie:  native.Uint64(b[44:]),
		Unread:  native.Uint32(b[56:]),
		Unacked: native.Uint32(b[60:]),
	}
	for rest := b[socketLen:]; len(rest) >= 4; {
		size := int(native.Uint16(rest))
		if size < 4 || size > len(rest) {
			return Socket{}, fmt.Errorf("%w: an attribute of %d bytes where there are %d", errMalformed, size, len(rest))
		}
		if native.Uint16(rest[2:]) == infoType {
			s.addInfo(rest[4:size])
		}
		rest = rest[min(aligned(size), len(rest)):]
	}
	return s, nil
}

func addresses(family uint8, b []byte) (local, remote netip.Addr, err error) {
	switch family {
	case inet4:
		return netip.AddrFrom4([4]byte(b[:4])), netip.AddrFrom4([4]byte(b[16:20])), nil
	case inet6:
		return netip.AddrFrom16([16]byte(b[:16])).Unmap(), netip.AddrFrom16([16]byte(b[16:32])).Unmap(), nil
	}
	return local, remote, fmt.Errorf("%w: a socket of family %d", errMalformed, family)
}

// addInfo reads as much of a struct tcp_info as is looked at; a kernel may send
// a shorter one than we know, or a longer one.
func (s *Socket) addInfo(b []byte) {
	if len(b) < 28 {
		return
	}
	native := binary.NativeEndian
	s.Retransmits, s.Probes, s.Backoff = b[2], b[3], b[4]
	s.RTO = time.Duration(native.Uint32(b[8:])) * time.Microsecond
	s.Segments = native.Uint32(b[24:])
}
