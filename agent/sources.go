package agent

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"
)

// Connecting falls off a cliff beyond about 14,000 connections between one
// source address and one destination (docs/benchmarks.md), so a source carries
// at most maxPerSource. On loopback, where addresses are free, it carries
// fewer: sockets of earlier connections linger in TIME_WAIT.
const (
	maxPerSource      = 14_000
	loopbackPerSource = 8_000
)

// sources connects clients to the target, from source addresses that share the
// load. Safe for concurrent use.
type sources struct {
	targets []netip.AddrPort // in the order to try
	answers atomic.Int32
	from    []net.Dialer
}

// newSources resolves the target once, so that a name server is no part of what
// is measured. Clients that move need another address to move to.
func newSources(ctx context.Context, target *url.URL, clients int, localIPs []string, move bool) (*sources, error) {
	addrs, err := resolve(ctx, target)
	if err != nil {
		return nil, err
	}
	s := &sources{}
	s.targets = addrs
	ips, err := sourceAddrs(addrs[0].Addr(), clients, localIPs, move)
	if err != nil {
		return nil, err
	}
	for _, ip := range ips {
		d := net.Dialer{KeepAlive: -1, Control: shareSourcePorts}
		if ip.IsValid() {
			d.LocalAddr = net.TCPAddrFromAddrPort(netip.AddrPortFrom(ip, 0))
		}
		s.from = append(s.from, d)
	}
	return s, nil
}

// resolveWithin bounds the search for a name that no server knows.
const resolveWithin = 5 * time.Second

func resolve(ctx context.Context, target *url.URL) ([]netip.AddrPort, error) {
	port := target.Port()
	if port == "" {
		port = map[string]string{"ws": "80", "wss": "443"}[target.Scheme]
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return nil, fmt.Errorf("the target's port %q is not a number", port)
	}
	ctx, cancel := context.WithTimeout(ctx, resolveWithin)
	defer cancel()
	ips, err := net.DefaultResolver.LookupNetIP(ctx, "ip", target.Hostname())
	if err != nil {
		return nil, fmt.Errorf("%w has a name that does not resolve, see target.url: %w", ErrTarget, err)
	}
	var v4, v6 []netip.AddrPort
	for _, ip := range ips {
		if ip = ip.Unmap(); ip.Is4() {
			v4 = append(v4, netip.AddrPortFrom(ip, uint16(n)))
		} else {
			v6 = append(v6, netip.AddrPortFrom(ip, uint16(n)))
		}
	}
	return append(v4, v6...), nil
}

// sourceAddrs returns the addresses to connect from; the zero address leaves
// the choice to the kernel.
func sourceAddrs(target netip.Addr, clients int, localIPs []string, move bool) ([]netip.Addr, error) {
	var ips []netip.Addr
	for _, text := range localIPs {
		ip, err := netip.ParseAddr(text)
		if err != nil {
			return nil, fmt.Errorf("target.local_ips: %w", err)
		}
		ips = append(ips, ip)
	}
	per := maxPerSource
	switch {
	case len(ips) > 0:
	case target.Is4() && target.IsLoopback():
		per = loopbackPerSource
		first := netip.AddrFrom4([4]byte{127, 0, 0, 1})
		n := (clients + per - 1) / per
		if move {
			n = max(n, 2)
		}
		for range n {
			ips = append(ips, first)
			first = first.Next()
		}
	default:
		ips = []netip.Addr{{}}
	}
	if need := (clients + per - 1) / per; need > len(ips) {
		return nil, fmt.Errorf("%d clients from %d source address(es) to one target: beyond %d a pair, connecting falls off a cliff; "+
			"give %d addresses of this host in target.local_ips, or lower clients.count to %d", clients, len(ips), per, need, per*len(ips))
	}
	return ips, nil
}

// connect opens a TCP connection for a client; clients share the sources in
// turn.
func (s *sources) connect(ctx context.Context, client uint32) (net.Conn, error) {
	from := s.from[int(client)%len(s.from)]
	start := int(s.answers.Load())
	var firstErr error
	for i := range s.targets {
		at := (start + i) % len(s.targets)
		c, err := dialFrom(ctx, from, s.targets[at])
		if err == nil {
			if at != start {
				s.answers.CompareAndSwap(int32(start), int32(at))
			}
			return c, nil
		}
		if firstErr == nil {
			firstErr = err
		}
		if !errors.Is(err, syscall.ECONNREFUSED) && !errors.Is(err, syscall.ENETUNREACH) {
			break
		}
	}
	return nil, firstErr
}

// dialFrom dials from d's address, unless that is of the wrong family. A
// connection to itself, which the kernel makes of a dial whose source port
// happens to be a port that nobody listens on, is refused as if it had not.
func dialFrom(ctx context.Context, d net.Dialer, target netip.AddrPort) (net.Conn, error) {
	if local, ok := d.LocalAddr.(*net.TCPAddr); ok && local.AddrPort().Addr().Unmap().Is4() != target.Addr().Is4() {
		d.LocalAddr = nil
	}
	c, err := d.DialContext(ctx, "tcp", target.String())
	if err == nil && c.LocalAddr().String() == c.RemoteAddr().String() {
		_ = c.Close()
		return nil, &net.OpError{Op: "dial", Net: "tcp", Addr: c.RemoteAddr(), Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	}
	return c, err
}
