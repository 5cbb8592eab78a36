package faults

import (
	"net"
	"testing"
	"time"
)

func TestKeepaliveProbesKeepANATEntryAlive(t *testing.T) {
	for _, c := range []struct {
		name   string
		counts Counts
		lives  bool
	}{
		{"to a NAT they are packets", CountPackets, true},
		{"to a proxy they are nothing", CountData, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			client, server := pair(t, "tcp4", nil)
			exchange(t, client, server)
			if _, err := client.setKeepAlive(false); err != nil {
				t.Fatal(err)
			}
			// Linux probes every second at most.
			if err := server.SetKeepAliveConfig(net.KeepAliveConfig{Enable: true, Idle: time.Second, Interval: time.Second, Count: 9}); err != nil {
				t.Fatal(err)
			}
			before, _ := client.segments()
			expired := make(chan struct{})
			w := client.WatchIdle(2500*time.Millisecond, 0, c.counts, func(time.Duration) { close(expired) })
			defer w.Stop()
			if !c.lives {
				<-expired
				return
			}
			// The watch must have seen a probe to have outlived its idle time.
			eventually(t, "probed", func() bool { n, ok := client.segments(); return ok && n.in+n.out >= before.in+before.out+6 })
			select {
			case <-expired:
				t.Error("it expired")
			default:
			}
		})
	}
}

func TestAnIdleSocketExpires(t *testing.T) {
	client, _ := quietly(t)
	expired := make(chan time.Duration, 1)
	w := client.WatchIdle(100*ms, 0, CountPackets, func(idle time.Duration) { expired <- idle })
	if idle := <-expired; idle < 100*ms {
		t.Errorf("expired after %s without packets", idle)
	}
	if gap := w.Stop(); gap > 100*ms {
		t.Errorf("it survived a gap of %s", gap)
	}
}

// quietly makes a pair of sockets on which nothing moves that the test does not
// send.
func quietly(t *testing.T) (*Conn, *net.TCPConn) {
	client, server := pair(t, "tcp4", nil)
	exchange(t, client, server)
	if _, err := client.setKeepAlive(false); err != nil {
		t.Fatal(err)
	}
	if err := server.SetKeepAlive(false); err != nil {
		t.Fatal(err)
	}
	return client, server
}

func TestTheLongestGapBetweenPacketsIsNeverTooLong(t *testing.T) {
	const step = 200 * ms // a twentieth of idle
	for _, c := range []struct {
		name  string
		moves func(t *testing.T, client *Conn, server *net.TCPConn)
		noted bool // by us, at the moment it happens
	}{
		{"which beats end that are not answered", func(t *testing.T, client *Conn, _ *net.TCPConn) { write(t, client, "x") }, true},
		{"which beats end that are answered at once", func(t *testing.T, client *Conn, server *net.TCPConn) {
			write(t, client, "x")
			read(t, server, "x")
			write(t, server, "y")
			read(t, client, "y")
		}, true},
		{"which messages end", func(t *testing.T, client *Conn, server *net.TCPConn) {
			write(t, server, "x")
			read(t, client, "x")
		}, true},
		{"which messages end that nobody has read", func(t *testing.T, _ *Conn, server *net.TCPConn) { write(t, server, "x") }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			client, server := quietly(t)
			w := client.WatchIdle(20*step, 0, CountPackets, func(time.Duration) {})
			if w.counts != CountPackets {
				t.Skip("this kernel does not count packets")
			}
			var most, least time.Duration // that the longest gap can be
			began, done := w.started, w.started
			for _, pause := range []time.Duration{3 * step, 9 * step, 2 * step} {
				time.Sleep(pause)
				now := time.Now()
				c.moves(t, client, server)
				most, least = max(most, time.Since(began)), max(least, now.Sub(done))
				began, done = now, time.Now()
			}
			gap := w.Stop()
			if most = max(most, time.Since(began)); gap > most {
				t.Errorf("%s, and it was %s at most", gap, most)
			}
			if c.noted && gap < least/2 {
				t.Errorf("%s, and it was %s at least", gap, least)
			}
			t.Logf("%s, of %s to %s", gap, least, most)
		})
	}
}

func TestTheGapsBetweenProbesAreWhatIsCertain(t *testing.T) {
	t.Parallel()
	client, server := quietly(t)
	if err := server.SetKeepAliveConfig(net.KeepAliveConfig{Enable: true, Idle: time.Second, Interval: time.Second, Count: 9}); err != nil {
		t.Fatal(err)
	}
	before, _ := client.segments()
	began := time.Now()
	w := client.WatchIdle(2500*ms, 0, CountPackets, func(time.Duration) {})
	eventually(t, "probed", func() bool { n, ok := client.segments(); return ok && n.in >= before.in+3 })
	took := time.Since(began)
	if gap := w.Stop(); gap > took-2*time.Second+2*kernelTick {
		t.Errorf("a gap of %s between three probes in %s, a second apart at least", gap, took)
	} else {
		t.Logf("%s, of three probes in %s", gap, took)
	}
}

// What moved last is near enough known to expire by; what a connection that was
// too old survived is only what is certain.
func TestTheGapBeforeAnExpiryOfAgeIsWhatIsCertain(t *testing.T) {
	client, _ := quietly(t)
	const quiet = 200 * ms // so long, it is not certain that nothing moved
	idle := make(chan time.Duration, 1)
	w := client.WatchIdle(time.Hour, client.lot.since()-client.born+2*quiet, CountPackets, func(d time.Duration) { idle <- d })
	if w.counts != CountPackets {
		t.Skip("this kernel does not count packets")
	}
	w.quiet.Store(int64(quiet))
	if idle, gap := <-idle, w.Stop(); gap > idle-quiet {
		t.Errorf("%s; of the %s that it was idle, %s is not certain", gap, idle, quiet)
	}
}
