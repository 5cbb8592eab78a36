package faults

import (
	"testing"
	"time"
)

// A relay has two connections, and a box between its ends would see the packets
// of both: here those of the far one keep the path alive.
func TestAPathIsAliveWhenOneOfItsStretchesIs(t *testing.T) {
	near, _ := pair(t, "tcp4", nil)
	far, peer := pair(t, "tcp4", nil)
	const idle = 200 * time.Millisecond
	expired := make(chan time.Duration, 1)
	began := time.Now()
	watch := near.WatchPath(far, idle, 0, CountPackets, func(d time.Duration) { expired <- d })
	defer watch.Stop()
	if watch.counts != CountPackets {
		t.Skip("this kernel does not count packets")
	}
	var last time.Time
	for time.Since(began) < 3*idle {
		last = time.Now()
		write(t, far, "x")
		read(t, peer, "x")
		time.Sleep(idle / 20)
	}
	select {
	case d := <-expired:
		if d < idle || time.Since(last) < idle {
			t.Errorf("expired after %s, %s after the last packet", d, time.Since(last))
		}
	case <-time.After(20 * time.Second):
		t.Fatal("it never expired")
	}
}
