package oracle_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// namespace is a network namespace without a name: it lives as long as someone
// holds it open, or runs in it.
type namespace struct{ fd int }

// site is a client's network and a server's, with a NAT between them; or one
// host in the place of all three.
type site struct {
	at                     addresses
	client, router, server namespace
}

// newNamespace makes one that lasts as long as the test.
func newNamespace(t *testing.T) namespace {
	t.Helper()
	made := make(chan namespace, 1)
	failed := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		err := unix.Unshare(unix.CLONE_NEWNET)
		if err != nil {
			failed <- fmt.Errorf("unshare: %w", err)
			return
		}
		fd, err := unix.Open("/proc/thread-self/ns/net", unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			failed <- fmt.Errorf("open the namespace: %w", err)
			return
		}
		made <- namespace{fd}
	}()
	select {
	case n := <-made:
		t.Cleanup(func() { unix.Close(n.fd) })
		return n
	case err := <-failed:
		lacking(t, "cannot make a network namespace: "+err.Error())
	}
	return namespace{}
}

// path is how a command of ours may call the namespace.
func (n namespace) path() string { return fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), n.fd) }

// do runs f in the namespace, on a thread of its own. Sockets that f makes and
// processes that it starts stay there.
func (n namespace) do(f func() error) error {
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		if err := unix.Setns(n.fd, unix.CLONE_NEWNET); err != nil {
			done <- fmt.Errorf("enter the namespace: %w", err)
			return
		}
		done <- f()
	}()
	return <-done
}

// run runs a command in the namespace, with input on its standard input.
func (n namespace) run(ctx context.Context, input string, command ...string) error {
	return n.do(func() error {
		cmd := exec.CommandContext(ctx, command[0], command[1:]...)
		cmd.Stdin = strings.NewReader(input)
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w: %s", strings.Join(command, " "), err, bytes.TrimSpace(out))
		}
		return nil
	})
}

// set writes settings of the namespace, by their paths below /proc/sys/net.
func (n namespace) set(settings map[string]string) error {
	return n.do(func() error {
		for path, value := range settings {
			if err := os.WriteFile("/proc/sys/net/"+path, []byte(value), 0); err != nil {
				return err
			}
		}
		return nil
	})
}

// dial connects to the server from a client's address.
func (s *site) dial(ctx context.Context, from string) (c net.Conn, err error) {
	d := net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(from), 0)), Timeout: startWithin}
	err = s.client.do(func() error { c, err = d.DialContext(ctx, "tcp", s.at.server); return err })
	return c, err
}

// listen listens where the site's clients look for the server.
func (s *site) listen(ctx context.Context) (l net.Listener, err error) {
	var config net.ListenConfig
	config.SetMultipathTCP(false) // TCP_INFO is plain TCP's
	err = s.server.do(func() error { l, err = config.Listen(ctx, "tcp", s.at.server); return err })
	return l, err
}

// routerRules makes the router a home router: clients hide behind its address,
// and what belongs to no connection it knows is dropped, from either side,
// rather than answered. A connection in dark is cut off, the ways that its
// rules say.
const routerRules = `
table $ip oracle {
	set dark { type $addr . inet_service; }
	chain forward {
		type filter hook forward priority filter;
		ct state invalid drop
		%s
	}
	chain input {
		type filter hook input priority filter;
		iifname "r1" meta l4proto tcp ct state != { established, related } drop
	}
	chain hide {
		type nat hook postrouting priority srcnat;
		oifname "r1" masquerade
	}
}
`

// hostRules are those of a host by itself: a connection in dark is cut off
// where its packets arrive. Where they leave, the sender would be told.
const hostRules = `
table $ip oracle {
	set dark { type $addr . inet_service; }
	chain input {
		type filter hook input priority filter;
		ct state new accept
		%s
	}
}
`

// newSite builds a site whose router drops what dark says of the connections
// in the set of that name, and forgets connections that were idle for so many
// seconds.
func newSite(t *testing.T, at addresses, dark string, natTimeout int) *site {
	t.Helper()
	ctx := t.Context()
	s := &site{at, newNamespace(t), newNamespace(t), newNamespace(t)}
	must := func(err error) {
		if err != nil {
			t.Helper()
			t.Fatal(err)
		}
	}
	if at.ip == "ip6" { // lest a router cannot ask for its neighbours before its own address has proved unique
		for _, n := range []namespace{s.client, s.router, s.server} {
			must(n.set(map[string]string{"ipv6/conf/default/accept_dad": "0"}))
		}
	}
	ip := []string{program(t, "ip"), "-batch", "-"}
	must(s.client.run(ctx, "link add c0 type veth peer name r0 netns "+s.router.path(), ip...))
	must(s.server.run(ctx, "link add s0 type veth peer name r1 netns "+s.router.path(), ip...))
	up := func(n namespace, device string, addrs ...string) {
		t.Helper()
		must(n.run(ctx, at.own(device, addrs...)+"link set lo up\nlink set "+device+" up\n", ip...))
	}
	up(s.client, "c0", append(at.clients(clientAddrs), at.observer)...)
	up(s.server, "s0", at.serverIP().String())
	up(s.router, "r0", at.insideRouter)
	up(s.router, "r1", at.behindRouter)
	must(s.client.run(ctx, "route add default via "+at.insideRouter+"\n", ip...))
	must(s.router.run(ctx, at.rules(fmt.Sprintf(routerRules, dark)), program(t, "nft"), "-f", "-"))
	must(s.client.set(map[string]string{"ipv4/tcp_dsack": "0"})) // an acknowledgement is one by its size
	must(s.router.set(map[string]string{
		at.forwarding: "1",
		"netfilter/nf_conntrack_tcp_timeout_established": strconv.Itoa(natTimeout),
		"netfilter/nf_conntrack_tcp_loose":               "0", // a NAT does not take up a connection in the middle
	}))
	s.awaitPath(t)
	return s
}

// awaitPath waits until packets get from the client to the server and back:
// links take a second to come up, and a handshake that had to be repeated
// leaves a connection with other timers.
func (s *site) awaitPath(t *testing.T) {
	t.Helper()
	eventually(t, "the server refuses connections", func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		c, err := s.dial(ctx, s.at.observer)
		if err == nil {
			c.Close()
		}
		return errors.Is(err, unix.ECONNREFUSED)
	})
}

// newHost builds a site of one host: the server's sockets can be seen from
// where the clients are.
func newHost(t *testing.T, at addresses, dark string, settings map[string]string) *site {
	t.Helper()
	n := newNamespace(t)
	s := &site{at, n, n, n}
	for _, err := range []error{
		n.run(t.Context(), at.own("lo", append(at.clients(clientAddrs), at.observer, at.serverIP().String())...)+"link set lo up\n", program(t, "ip"), "-batch", "-"),
		n.run(t.Context(), at.rules(fmt.Sprintf(hostRules, dark)), program(t, "nft"), "-f", "-"),
		n.set(settings),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// own has a device own addresses, at once: nobody else has them.
func (a addresses) own(device string, addrs ...string) string {
	bits, nodad := a.bits, ""
	if device == "lo" {
		bits = a.alone
	}
	if a.ip == "ip6" {
		nodad = " nodad"
	}
	var orders strings.Builder
	for _, addr := range addrs {
		fmt.Fprintf(&orders, "addr add %s%s dev %s%s\n", addr, bits, device, nodad)
	}
	return orders.String()
}

// flow is a connection by its client's end, as the client knows it.
type flow struct{ addr, port string }

// What the router's kernel lists of a connection: its state, and both ends as
// the client knows them.
var tracked = regexp.MustCompile(`^ipv[46] .* tcp .* ESTABLISHED src=(\S+) dst=(\S+) sport=(\d+) `)

// flows are the established connections that the router knows.
func (s *site) flows() (all []flow, err error) {
	var table []byte
	err = s.router.do(func() error { table, err = os.ReadFile("/proc/thread-self/net/nf_conntrack"); return err })
	for line := range strings.Lines(string(table)) {
		m := tracked.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		from, notFrom := netip.ParseAddr(m[1])
		to, notTo := netip.ParseAddr(m[2])
		if err := errors.Join(notFrom, notTo); err != nil {
			return nil, err
		}
		if to == s.at.serverIP() {
			all = append(all, flow{from.String(), m[3]})
		}
	}
	return all, err
}

// awaitFlows waits until the router knows n connections, no more and no less.
func (s *site) awaitFlows(ctx context.Context, n int, within time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for {
		known, err := s.flows()
		if err != nil || len(known) == n {
			return err
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			return fmt.Errorf("the router knows %d connections, not %d: %w", len(known), n, ctx.Err())
		}
	}
}

// watch notes when the router forgets connections, by the client's address,
// until the function that it returns is called, which says the first time for
// each.
func (s *site) watch(t *testing.T) func() map[string]time.Time {
	t.Helper()
	gone, known := map[string]time.Time{}, map[string]bool{}
	ctx, cancel := context.WithCancel(context.Background())
	var watching sync.WaitGroup
	watching.Go(func() {
		look := time.NewTicker(20 * time.Millisecond)
		defer look.Stop()
		for {
			select {
			case <-look.C:
			case <-ctx.Done():
				return
			}
			now := time.Now()
			there, err := s.flows()
			if err != nil {
				t.Error(err)
				return
			}
			listed := map[string]bool{}
			for _, f := range there {
				listed[f.addr], known[f.addr] = true, true
			}
			for addr := range known {
				if _, before := gone[addr]; !before && !listed[addr] {
					gone[addr] = now
				}
			}
		}
	})
	stop := func() { cancel(); watching.Wait() }
	t.Cleanup(stop)
	return func() map[string]time.Time { stop(); return gone }
}

// drop has the packet filter cut connections off, all at once.
func (s *site) drop(ctx context.Context, nft string, which []flow) error {
	return s.router.run(ctx, "add element "+s.at.ip+" oracle dark "+elements(which), nft, "-f", "-")
}

// pass lets them through again.
func (s *site) pass(ctx context.Context, nft string, which []flow) error {
	return s.router.run(ctx, "delete element "+s.at.ip+" oracle dark "+elements(which), nft, "-f", "-")
}

func elements(which []flow) string {
	var all []string
	for _, f := range which {
		all = append(all, f.addr+" . "+f.port)
	}
	return "{ " + strings.Join(all, ", ") + " }\n"
}

// forget takes connections out of the NAT's table, as a reboot or a full table
// does; what happens to their packets then is what happens after expiry.
func (s *site) forget(ctx context.Context, conntrack string, which []flow) error {
	var orders strings.Builder
	for _, f := range which {
		fmt.Fprintf(&orders, "-D -f %s -p tcp --orig-src %s --orig-port-src %s\n", strings.ToLower(s.at.name), f.addr, f.port)
	}
	return s.router.run(ctx, orders.String(), conntrack, "-R", "-")
}
