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
	for last := began; time.Since(began) < 3*idle; last = time.Now() {
		write(t, far, "x")
		read(t, peer, "x")
		time.Sleep(idle / 20)
		if time.Since(last) > idle/2 {
			t.Skip("this machine is too busy to keep a path alive")
		}
		select {
		case d := <-expired:
			t.Fatalf("expired %s after its last packet, while packets passed", d)
		default:
		}
	}
	select {
	case d := <-expired:
		if d < idle {
			t.Errorf("expired %s after its last packet, not %s", d, idle)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("it never expired")
	}
}
