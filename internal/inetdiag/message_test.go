package inetdiag

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"testing"
	"time"
)

// reply is a socket as the kernel tells it.
func reply(family uint8, state State, info []byte) []byte {
	native := binary.NativeEndian
	b := []byte{family, byte(state), 0, 0}
	b = binary.BigEndian.AppendUint16(b, 8080)
	b = binary.BigEndian.AppendUint16(b, 40000)
	local, remote := netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("127.0.0.2")
	if family == inet6 {
		local, remote = netip.AddrFrom16(local.As16()), netip.AddrFrom16(remote.As16())
	}
	b = appendAddr(appendAddr(b, local), remote)
	b = native.AppendUint32(b, 0)
	b = native.AppendUint64(b, 7)
	for _, n := range []uint32{0, 11, 22, 1000, 9} { // expires, queues, user, inode
		b = native.AppendUint32(b, n)
	}
	b = native.AppendUint16(b, uint16(4+len(info)))
	return append(native.AppendUint16(b, infoType), info...)
}

func tcpInfo(n int) []byte {
	b := make([]byte, max(n, 28))
	b[2], b[3], b[4] = 5, 1, 6
	binary.NativeEndian.PutUint32(b[8:], 12_800_000)
	binary.NativeEndian.PutUint32(b[24:], 3)
	return b[:n]
}

func TestASocketIsReadFromTheKernelsForm(t *testing.T) {
	plainInfo := Socket{
		Local: netip.MustParseAddrPort("127.0.0.1:8080"), Remote: netip.MustParseAddrPort("127.0.0.2:40000"), State: Established,
		Cookie: 7, Unread: 11, Unacked: 22, Segments: 3, Retransmits: 5, Probes: 1, Backoff: 6, RTO: 12800 * time.Millisecond,
	}
	withoutInfo := plainInfo
	withoutInfo.Segments, withoutInfo.Retransmits, withoutInfo.Probes, withoutInfo.Backoff, withoutInfo.RTO = 0, 0, 0, 0, 0
	for _, tt := range []struct {
		name string
		of   []byte
		want Socket
	}{
		{"of IPv4", reply(inet4, Established, tcpInfo(104)), plainInfo},
		{"of both families, its address plain", reply(inet6, Established, tcpInfo(104)), plainInfo},
		{"from a kernel whose tcp_info is longer than we know", reply(inet4, Established, tcpInfo(400)), plainInfo},
		{"with a tcp_info too short to be one", reply(inet4, Established, tcpInfo(8)), withoutInfo},
		{"with nothing behind it", reply(inet4, Established, nil)[:socketLen], withoutInfo},
	} {
		if got, err := parseSocket(tt.of); err != nil || got != tt.want {
			t.Errorf("%s: %+v, %v; want %+v", tt.name, got, err, tt.want)
		}
	}
}

func TestWhatIsNoAnswerOfAKernelIsRefused(t *testing.T) {
	for name, b := range map[string][]byte{
		"nothing":                               {},
		"half a header":                         make([]byte, 8),
		"a message longer than the datagram":    {200, 0, 0, 0, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
		"a message shorter than its own header": {4, 0, 0, 0, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
	} {
		if _, _, err := nextMessage(b); !errors.Is(err, errMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	longAttribute := reply(inet4, Established, tcpInfo(104))
	binary.NativeEndian.PutUint16(longAttribute[socketLen:], 2000)
	for name, b := range map[string][]byte{
		"half a socket":                        reply(inet4, Established, nil)[:40],
		"a socket of a family that has no TCP": reply(1, Established, nil),
		"an attribute longer than the message": longAttribute,
	} {
		if _, err := parseSocket(b); !errors.Is(err, errMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAQuestionIsAsLongAsItSays(t *testing.T) {
	b := request{family: inet6, local: netip.MustParseAddrPort("[::1]:8080"), remote: netip.MustParseAddrPort("[::1]:9")}.append(nil)
	if m, rest, err := nextMessage(b); err != nil || len(rest) != 0 || m.kind != typeBy || len(b) != requestLen {
		t.Errorf("%d bytes read as %+v, %d over, %v", len(b), m, len(rest), err)
	}
}

func FuzzAnswer(f *testing.F) {
	whole := func(kind uint16, body []byte) []byte {
		native := binary.NativeEndian
		b := native.AppendUint32(nil, uint32(headerLen+len(body)))
		b = native.AppendUint16(b, kind)
		return append(append(b, make([]byte, 10)...), body...)
	}
	f.Add(whole(typeBy, reply(inet4, Established, tcpInfo(104))))
	f.Add(append(whole(typeBy, reply(inet6, FinWait1, nil)), whole(typeDone, make([]byte, 4))...))
	f.Add(whole(typeError, []byte{0xfe, 0xff, 0xff, 0xff}))
	f.Fuzz(func(t *testing.T, b []byte) {
		for len(b) > 0 {
			m, rest, err := nextMessage(b)
			if err != nil {
				return
			}
			if len(rest) >= len(b) {
				t.Fatal("a message took no bytes")
			}
			b = rest
			_, _ = m.errorNumber()
			if s, err := parseSocket(m.body); err == nil && (!s.Local.Addr().IsValid() || s.State.String() == "") {
				t.Fatalf("%+v was taken for a socket", s)
			}
		}
	})
}
