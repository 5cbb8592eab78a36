package proxy

import (
	"fmt"
	"net/netip"
)

// parseSource reads the address that a rebound client is to come from; the zero
// address for none given.
func parseSource(text string) (netip.Addr, error) {
	if text == "" {
		return netip.Addr{}, nil
	}
	a, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Addr{}, fmt.Errorf("address: %q is not an IP address of this host", text)
	}
	return a.Unmap(), nil
}

// moveSource has the later connections of a link's client reach the upstream
// from another address: the one given, or, on loopback, the next of many.
// Elsewhere only the port changes.
func (p *Proxy) moveSource(l *link, to netip.Addr) {
	if !l.from.IsValid() {
		return
	}
	upstream := addrPort(l.server.RemoteAddr()).Addr()
	p.mu.Lock()
	if !to.IsValid() && upstream.Is4() && upstream.IsLoopback() {
		p.moves++
		to = loopback(p.moves)
	}
	if to.IsValid() {
		p.sources[l.from.Addr()] = to
	}
	p.mu.Unlock()
	source := "another port of the same address"
	if to.IsValid() {
		source = to.String()
	}
	l.log("rebound", "client", l.from.Addr().String(), "comes back from", source)
}

// loopback is the n-th address beside 127.0.0.1, of 60,000.
func loopback(n int) netip.Addr {
	n = n%60_000 + 1
	return netip.AddrFrom4([4]byte{127, 0, byte(1 + n/250), byte(1 + n%250)})
}
