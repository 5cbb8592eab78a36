package faults

import (
	"errors"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

func TestWhatTheServersKernelSeesOfAnExpiry(t *testing.T) {
	for _, c := range []struct {
		expiry Expiry
		closed bool  // the client has written, got its RST, and given up
		read   error // of the server, once it has written; nil: it waits for an ACK
	}{
		{ExpireReset, false, syscall.ECONNRESET},
		{ExpireReset, true, syscall.ECONNRESET},
		{ExpireResetClient, false, nil},
		{ExpireResetClient, true, nil},
		{ExpireSilent, true, nil},
	} {
		name := string(c.expiry) + ", the client holds on"
		if c.closed {
			name = string(c.expiry) + ", the client gave up"
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, server := pair(t, "tcp4", nil)
			exchange(t, client, server)
			mustExpire(t, client, c.expiry)
			if c.closed {
				_, _ = client.Write([]byte("x"))
				if err := client.Close(); err != nil {
					t.Fatal(err)
				}
			}
			nothingToRead(t, server)
			if state := tcpInfo(t, server).State; state != established {
				t.Fatalf("the server's socket is in state %d: it was told", state)
			}
			write(t, server, "hello?")
			if c.read != nil {
				if err := readError(server); !errors.Is(err, c.read) {
					t.Errorf("the server read %v, want %v", err, c.read)
				}
				return
			}
			tcpInfoWhen(t, server, "retransmits", func(i *unix.TCPInfo) bool {
				return i.Total_retrans >= 2 && i.Unacked > 0 && i.State == established
			})
		})
	}
}

func TestMinTTLWithBytesUnacknowledgedFreezesLaterWithoutHoldingUp(t *testing.T) {
	lot := &Lot{Ladder: []Mechanism{MinTTL}}
	client, server := pair(t, "tcp4", lot)
	exchange(t, client, server)
	filled := 0
	for { // the server does not read: bytes stay unacknowledged
		n, err := client.Write(make([]byte, 64<<10))
		if filled += n; err != nil {
			break
		}
	}
	eventually(t, "the kernel holds bytes of ours", func() bool { n, err := client.Unacked(); return n > 0 && err == nil })
	mustSilence(t, client, Both, MinTTL)
	minTTL := func() (v int) {
		if err := client.onSocket("", func(fd int) (err error) {
			v, err = unix.GetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_MINTTL)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return v
	}
	eventually(t, "frozen", func() bool { return minTTL() == maxTTL })
	if err := client.Heal(); err != nil {
		t.Fatal(err)
	}
	mustSilence(t, client, Both, MinTTL)
	if err := client.Heal(); err != nil { // before it could freeze
		t.Fatal(err)
	}
	if v := minTTL(); v != 0 || client.onWay.freeze != nil {
		t.Errorf("healed, and still: minimum TTL %d, %v", v, client.onWay.freeze)
	}
}
