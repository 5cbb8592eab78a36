package faults

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

var errUnsupported = errors.New("needs a TCP connection with a descriptor")

// maxTTL is the hop limit no packet that crossed a router, or came by
// loopback (64), still has.
const maxTTL = 255

// setMD5 gives the socket a TCP-MD5 key for the peer that the peer does not
// know, or takes it away. From then on the kernel drops the peer's segments,
// which are unsigned, and the peer's kernel drops ours, which are signed.
func (c *Conn) setMD5(on bool) error {
	peer, err := c.peer()
	if err != nil {
		return err
	}
	return c.onSocket("set TCP-MD5 key", func(fd int) error {
		sig, err := md5Sig(fd, peer)
		if err != nil {
			return err
		}
		if on {
			sig.Keylen = 16
			_, _ = rand.Read(sig.Key[:sig.Keylen]) // never fails; random, lest the peer be silenced with the same key
		}
		return unix.SetsockoptTCPMD5Sig(fd, unix.IPPROTO_TCP, unix.TCP_MD5SIG, sig)
	})
}

// md5Sig addresses a key to peer as a socket of fd's family writes it: a
// socket of both families knows IPv4 peers by mapped addresses.
func md5Sig(fd int, peer netip.Addr) (*unix.TCPMD5Sig, error) {
	family, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_DOMAIN)
	if err != nil {
		return nil, err
	}
	sig := new(unix.TCPMD5Sig)
	sig.Addr.Family = uint16(family)
	switch family { // behind the family come the port, and the flow label in IPv6
	case unix.AF_INET:
		a := peer.Unmap().As4()
		copy(sig.Addr.Data[2:], a[:])
	case unix.AF_INET6:
		a := peer.As16()
		copy(sig.Addr.Data[6:], a[:])
	default:
		return nil, errUnsupported
	}
	return sig, nil
}

// setMinTTL makes the kernel drop inbound segments with fewer hops left than
// ttl, before TCP looks at them; 0 drops none.
func (c *Conn) setMinTTL(ttl int) error {
	peer, err := c.peer()
	if err != nil {
		return err
	}
	return c.onSocket("set minimum TTL", func(fd int) error {
		if peer.Unmap().Is4() {
			return unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_MINTTL, ttl)
		}
		return unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_MINHOPCOUNT, ttl)
	})
}

// setKeepAlive switches keepalive probes and returns whether they were on.
func (c *Conn) setKeepAlive(on bool) (was bool, err error) {
	err = c.onSocket("set keepalive", func(fd int) error {
		old, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_KEEPALIVE)
		was = old != 0
		if err != nil || was == on {
			return err
		}
		want := 0
		if on {
			want = 1
		}
		return unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_KEEPALIVE, want)
	})
	return was, err
}

func unacked(raw syscall.RawConn) (n int, err error) {
	ctlErr := raw.Control(func(fd uintptr) { n, err = unix.IoctlGetInt(int(fd), unix.TIOCOUTQ) })
	return n, errors.Join(ctlErr, os.NewSyscallError("ioctl SIOCOUTQ", err))
}

// peer is who is at the other end, without a zone, which sockets do not know.
func (c *Conn) peer() (netip.Addr, error) {
	addr, ok := c.nc.RemoteAddr().(*net.TCPAddr)
	if !ok || c.raw == nil {
		return netip.Addr{}, errUnsupported
	}
	return addr.AddrPort().Addr().WithZone(""), nil
}

func (c *Conn) onSocket(doing string, f func(fd int) error) (err error) {
	if c.raw == nil {
		return errUnsupported
	}
	if ctlErr := c.raw.Control(func(fd uintptr) { err = f(int(fd)) }); ctlErr != nil {
		err = ctlErr
	}
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}
