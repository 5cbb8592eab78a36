package oracle_test

import (
	"net/netip"
	"os"
	"strings"
	"testing"
)

// addresses are those of a site. They are the same in every site of a family:
// nothing leads from one to another.
type addresses struct {
	name, ip     string // the family, as we say and as nft does
	server       string // with its port
	observer     string
	first        string // client, and those after it
	insideRouter string
	behindRouter string
	bits         string // of a network
	alone        string // of an address
	bare         string // bytes of a segment without data: both headers and the timestamps
	forwarding   string // the setting that makes a router
}

const clientAddrs = 40

var families = []addresses{
	{"IPv4", "ip", "10.77.2.2:8080", "10.77.1.5", "10.77.1.10", "10.77.1.1", "10.77.2.1", "/24", "/32", "52", "ipv4/ip_forward"},
	{"IPv6", "ip6", "[fd00:77:2::2]:8080", "fd00:77:1::5", "fd00:77:1::10", "fd00:77:1::1", "fd00:77:2::1", "/64", "/128", "72", "ipv6/conf/all/forwarding"},
}

// inEachFamily runs a test with the addresses of each, side by side.
func inEachFamily(t *testing.T, f func(t *testing.T, at addresses)) {
	for _, at := range families {
		t.Run(at.name, func(t *testing.T) {
			if _, err := os.Stat("/proc/sys/net/ipv6"); err != nil && at.ip == "ip6" {
				t.Skip("this kernel has no IPv6")
			}
			t.Parallel()
			f(t, at)
		})
	}
}

// rules are rules of nft in the words of the family.
func (a addresses) rules(text string) string {
	return strings.NewReplacer("$ip", a.ip, "$addr", map[string]string{"ip": "ipv4_addr", "ip6": "ipv6_addr"}[a.ip], "$bare", a.bare).Replace(text)
}

func (a addresses) serverIP() netip.Addr { return netip.MustParseAddrPort(a.server).Addr() }

// clients are the addresses of so many.
func (a addresses) clients(n int) []string { return addrsFrom(a.first, n) }

// addrsFrom lists n addresses, one after the other.
func addrsFrom(first string, n int) (all []string) {
	for a := netip.MustParseAddr(first); len(all) < n; a = a.Next() {
		all = append(all, a.String())
	}
	return all
}
