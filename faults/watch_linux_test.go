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
			before, _, _ := client.segments()
			expired := make(chan struct{})
			w := client.WatchIdle(2500*time.Millisecond, 0, c.counts, func(time.Duration) { close(expired) })
			defer w.Stop()
			if !c.lives {
				<-expired
				return
			}
			// The watch must have seen a probe to have outlived its idle time.
			eventually(t, "probed", func() bool { n, _, ok := client.segments(); return ok && n >= before+6 })
			select {
			case <-expired:
				t.Error("it expired")
			default:
			}
		})
	}
}

func TestAnIdleSocketExpires(t *testing.T) {
	client, server := pair(t, "tcp4", nil)
	exchange(t, client, server)
	if _, err := client.setKeepAlive(false); err != nil {
		t.Fatal(err)
	}
	if err := server.SetKeepAlive(false); err != nil {
		t.Fatal(err)
	}
	expired := make(chan time.Duration, 1)
	w := client.WatchIdle(100*ms, 0, CountPackets, func(idle time.Duration) { expired <- idle })
	if idle := <-expired; idle < 100*ms {
		t.Errorf("expired after %s without packets", idle)
	}
	if gap := w.Stop(); gap > 100*ms {
		t.Errorf("it survived a gap of %s", gap)
	}
}
