package oracle_test

import (
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/imbench/imbench/faults"
)

const established = 1 // TCP_ESTABLISHED of the kernel's tcp_states.h

// doublings of the server's timeout are waited for: 3 s, and as long again
// until what was lost is sent once more.
const (
	doublings = 4
	asLong    = 3500 * time.Millisecond
)

// Times that a NAT keeps an idle connection, in seconds.
const (
	briefNAT = 2
	longNAT  = 600
)

// way is one way to make a connection go dark.
type way struct {
	name       string
	ours       bool             // imbench makes it
	mechanism  faults.Mechanism // by this, in a story about silence
	drops      string           // of the packet filter's: its rules
	natTimeout int              // 0: longNAT
}

// What the packet filter drops of the connections in its set. Outbound, the
// client's acknowledgements get through, as they do when imbench keeps back
// what a client writes.
const (
	dropsToClient   = "$ip daddr . tcp dport @dark drop\n"
	dropsFromClient = "$ip saddr . tcp sport @dark drop\n"
	dropsWritten    = "$ip saddr . tcp sport @dark meta length > $bare drop\n$ip saddr . tcp sport @dark tcp flags & (fin | rst) != 0 drop\n"
)

// story is a direction of silence and the ways to make it, ours first.
type story struct {
	direction faults.Direction
	ways      []way
}

var stories = []story{
	{faults.Both, []way{
		{name: "imbench, md5", ours: true, mechanism: faults.MD5},
		{name: "imbench, minttl", ours: true, mechanism: faults.MinTTL},
		{name: "nft drop", drops: dropsToClient + dropsFromClient},
		{name: "NAT entry expired", natTimeout: briefNAT},
	}},
	{faults.Inbound, []way{
		{name: "imbench, minttl", ours: true, mechanism: faults.MinTTL},
		{name: "nft drop", drops: dropsToClient},
	}},
	{faults.Outbound, []way{
		{name: "imbench, held", ours: true, mechanism: faults.Held},
		{name: "nft drop", drops: dropsWritten},
	}},
}

func TestTheServersKernelSeesTheSameSilence(t *testing.T) {
	needRoot(t)
	t.Parallel()
	inEachFamily(t, seeTheSameSilence)
}

func seeTheSameSilence(t *testing.T, at addresses) {
	for _, s := range stories {
		t.Run(string(s.direction), func(t *testing.T) {
			t.Parallel()
			pictures := byEach(t, s.ways, func(t *testing.T, w way) *picture { return take(t, at, s.direction, w) })
			if t.Failed() {
				return
			}
			t.Log("\n" + kernelTable(s.ways, pictures))
			for i, p := range pictures {
				p.shows(t, s.ways[i].name, s.direction)
				p.resembles(t, s.ways[i].name, pictures[0])
			}
		})
	}
}

// byEach tells what came of each way, played side by side.
func byEach[T any](t *testing.T, ways []way, tell func(t *testing.T, w way) *T) []*T {
	told := make([]*T, len(ways))
	t.Run("by", func(t *testing.T) {
		for i, w := range ways {
			t.Run(w.name, func(t *testing.T) {
				t.Parallel()
				told[i] = tell(t, w)
			})
		}
	})
	return told
}

// take makes a connection, darkens it one way, has both ends write into the
// silence, and watches the server's socket until its backoff has doubled four
// times, or, where nothing is to be seen, for as long as that takes.
func take(t *testing.T, at addresses, d faults.Direction, w way) *picture {
	s := newSite(t, at, w.drops, orLong(w.natTimeout))
	client, server := s.connect(t, w.mechanism)
	exchange(t, client, server)
	strike, heal := s.darkener(t, client, d, w)
	strike()

	before := tcpInfo(t, server)
	p := &picture{}
	line := strings.Repeat("x", 100)
	begun := time.Now()
	byServer, byClient := 0, 0
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for ; ; <-look.C {
		since := time.Since(begun)
		if since >= serverWrites(byServer) {
			write(t, server, line)
			byServer++
		}
		if since >= time.Duration(byClient)*time.Second {
			write(t, client, line)
			byClient++
		}
		info := tcpInfo(t, server)
		p.add(time.Since(begun), info)
		if info.State != established || info.Backoff >= doublings || since > asLong && info.Backoff == 0 {
			break
		}
		if since > startWithin {
			t.Fatalf("after %v the server's socket shows unacked %d, retransmits %d, backoff %d", since, info.Unacked, info.Total_retrans, info.Backoff)
		}
	}
	p.end(tcpInfo(t, server), before)
	if heal == nil { // a NAT's entry does not come back
		return p
	}
	heal()
	readAll(t, client, byServer*len(line))
	readAll(t, server, byClient*len(line))
	eventually(t, "the server's data are acknowledged after healing", func() bool {
		info := tcpInfo(t, server)
		return info.Unacked == 0 && info.State == established
	})
	p.healed = true
	return p
}

// serverWrites is when the server writes for the nth time: several segments
// before its first timeout, then more that have to wait behind them.
func serverWrites(n int) time.Duration {
	const atOnce = 4
	if n < atOnce {
		return time.Duration(n) * 20 * time.Millisecond
	}
	return time.Duration(n-atOnce+1) * time.Second
}

// darkener returns what darkens a connection, and what undoes it; nil where
// nothing can.
func (s *site) darkener(t *testing.T, client *faults.Conn, d faults.Direction, w way) (strike, heal func()) {
	addr, port, err := net.SplitHostPort(client.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	which := []flow{{addr, port}}
	switch {
	case w.ours:
		strike = func() {
			m, err := client.Silence(d)
			must(err)
			if m != w.mechanism {
				t.Fatalf("silenced by %s, not %s", m, w.mechanism)
			}
		}
		return strike, func() { must(client.Heal()) }
	case w.drops != "":
		nft := program(t, "nft")
		return func() { must(s.drop(t.Context(), nft, which)) }, func() { must(s.pass(t.Context(), nft, which)) }
	default: // it has only to wait
		return func() { must(s.awaitFlows(t.Context(), 0, startWithin)) }, nil
	}
}

func orLong(natTimeout int) int {
	if natTimeout == 0 {
		return longNAT
	}
	return natTimeout
}

// connect makes one connection through the site.
func (s *site) connect(t *testing.T, only faults.Mechanism) (*faults.Conn, *net.TCPConn) {
	t.Helper()
	l, err := s.listen(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	raw, err := s.dial(t.Context(), s.at.first)
	if err != nil {
		t.Fatal(err)
	}
	lot := new(faults.Lot)
	if only != "" {
		lot.Ladder = []faults.Mechanism{only}
	}
	client := faults.NewConn(raw, lot)
	t.Cleanup(func() {
		_ = client.Close()
		_ = lot.Release() // nobody is there to see it
	})
	accepted, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	server, ok := accepted.(*net.TCPConn)
	if !ok {
		t.Fatalf("accepted a %T", accepted)
	}
	t.Cleanup(func() { server.Close() })
	return client, server
}

// exchange shows that the connection works both ways, and leaves nothing
// unacknowledged that would blur what comes after.
func exchange(t *testing.T, client, server net.Conn) {
	t.Helper()
	write(t, client, "ping")
	readAll(t, server, 4)
	write(t, server, "pong")
	readAll(t, client, 4)
	eventually(t, "the server is acknowledged", func() bool { return tcpInfo(t, server).Unacked == 0 })
}

func write(t *testing.T, c net.Conn, text string) {
	t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
}

// readAll reads n bytes.
func readAll(t *testing.T, c net.Conn, n int) {
	t.Helper()
	if err := c.SetReadDeadline(time.Now().Add(startWithin)); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadFull(c, make([]byte, n)); err != nil {
		t.Fatalf("read %d of %d bytes: %v", got, n, err)
	}
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.After(startWithin)
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for !holds() {
		select {
		case <-look.C:
		case <-deadline:
			t.Fatalf("not within %v: %s", startWithin, what)
		}
	}
}

func tcpInfo(t *testing.T, c net.Conn) *unix.TCPInfo {
	t.Helper()
	raw, err := c.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var info *unix.TCPInfo
	if ctlErr := raw.Control(func(fd uintptr) {
		info, err = unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO)
	}); ctlErr != nil {
		t.Fatal(ctlErr)
	}
	if err != nil {
		t.Fatal(os.NewSyscallError("getsockopt TCP_INFO", err))
	}
	return info
}
