package inetdiag

import (
	"errors"
	"fmt"
	"net/netip"
	"os"

	"golang.org/x/sys/unix"
)

// Conn is a netlink socket to ask the kernel by. It holds one descriptor and a
// buffer of 64 KiB.
type Conn struct {
	fd       int
	sequence uint32
	question []byte
	buffer   []byte
	kernel   unix.SockaddrNetlink
}

// Open makes a Conn.
func Open() (*Conn, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, unix.NETLINK_INET_DIAG)
	if errors.Is(err, unix.EPROTONOSUPPORT) || errors.Is(err, unix.EAFNOSUPPORT) {
		return nil, ErrUnsupported
	}
	if err != nil {
		return nil, fmt.Errorf("open inet_diag: %w", os.NewSyscallError("socket", err))
	}
	// The kernel answers in the same system call; the bound is for one that would not.
	patience := unix.Timeval{Sec: 2}
	_ = unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &patience) // never fails on a socket of ours
	return &Conn{fd: fd, buffer: make([]byte, 64<<10), kernel: unix.SockaddrNetlink{Family: unix.AF_NETLINK}}, nil
}

// Close gives the descriptor back.
func (c *Conn) Close() error { return os.NewSyscallError("close", unix.Close(c.fd)) }

// Find looks for the socket with exactly these addresses. It is ErrNotFound
// when there is none in this network namespace. Which of a connection's two
// ends is meant says local. A socket of both families is found by its plain
// IPv4 addresses.
func (c *Conn) Find(local, remote netip.AddrPort) (Socket, error) {
	local, remote = plain(local), plain(remote)
	r := request{family: inet4, local: local, remote: remote}
	if local.Addr().Is6() {
		r.family = inet6
	}
	var found Socket
	n := 0
	if err := c.ask(r, func(s Socket) { found, n = s, n+1 }); err != nil {
		return Socket{}, err
	}
	if n == 0 || found.Local != local || found.Remote != remote { // a listener is found where no connection is
		return Socket{}, ErrNotFound
	}
	return found, nil
}

// Each calls f with every socket of the local port that is not listening, of
// both families. The kernel looks at all its sockets for that. While sockets
// come and go, one of the others may be left out: ask for it with Find.
func (c *Conn) Each(port uint16, f func(Socket)) error {
	for _, family := range []uint8{inet4, inet6} {
		r := request{flags: flagDump, family: family, local: netip.AddrPortFrom(netip.Addr{}, port)}
		if err := c.ask(r, f); err != nil && !errors.Is(err, ErrNotFound) { // a kernel without IPv6
			return err
		}
	}
	return nil
}

// plain is an address as the kernel's tables have it.
func plain(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr().Unmap().WithZone(""), a.Port())
}

func (c *Conn) ask(r request, f func(Socket)) error {
	c.sequence++
	r.sequence = c.sequence
	c.question = r.append(c.question[:0])
	for {
		err := unix.Sendto(c.fd, c.question, 0, &c.kernel)
		if err == nil {
			break
		}
		if !errors.Is(err, unix.EINTR) {
			return fmt.Errorf("ask inet_diag: %w", os.NewSyscallError("sendto", err))
		}
	}
	for {
		n, _, err := unix.Recvfrom(c.fd, c.buffer, 0)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return fmt.Errorf("ask inet_diag: %w", os.NewSyscallError("recvfrom", err))
		}
		done, err := c.hear(c.buffer[:n], r.flags&flagDump != 0, f)
		if done || err != nil {
			return err
		}
	}
}

// hear takes one datagram of an answer; done after the last.
func (c *Conn) hear(b []byte, dump bool, f func(Socket)) (done bool, err error) {
	for len(b) > 0 {
		var m message
		if m, b, err = nextMessage(b); err != nil {
			return true, fmt.Errorf("ask inet_diag: %w", err)
		}
		if m.sequence != c.sequence {
			continue // the rest of an answer that was given up
		}
		switch m.kind {
		case typeDone:
			return true, nil
		case typeError:
			return true, refusal(m)
		case typeBy:
			s, err := parseSocket(m.body)
			if err != nil {
				return true, fmt.Errorf("ask inet_diag: %w", err)
			}
			f(s)
			done = !dump // one question, one answer
		}
	}
	return done, nil
}

func refusal(m message) error {
	number, err := m.errorNumber()
	if err != nil {
		return fmt.Errorf("ask inet_diag: %w", err)
	}
	switch errno := unix.Errno(number); errno {
	case 0:
		return nil
	case unix.ENOENT:
		return ErrNotFound
	case unix.EOPNOTSUPP, unix.EPROTONOSUPPORT:
		return ErrUnsupported
	default:
		return fmt.Errorf("ask inet_diag: %w", errno)
	}
}
