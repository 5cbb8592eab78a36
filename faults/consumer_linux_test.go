package faults

import (
	"errors"
	"io"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestASlowConsumersServerCannotGetRidOfItsBytes(t *testing.T) {
	for _, way := range []string{"plain", "pooled"} {
		t.Run(way, func(t *testing.T) {
			client, server := pair(t, "tcp4", nil)
			exchange(t, client, server)
			got := make(chan int64, 1)
			go func() {
				var r io.Reader = onlyReader{client}
				if way == "pooled" {
					r = pooled{client}
				}
				n, _ := io.CopyBuffer(onlyWriter{io.Discard}, r, make([]byte, BufferSize))
				got <- n
			}()
			if err := client.StopReading(4000); err != nil {
				t.Fatal(err)
			}
			if err := server.SetWriteBuffer(64 << 10); err != nil {
				t.Fatal(err)
			}
			n := 0
			info := tcpInfo(t, server)
			for info.Notsent_bytes == 0 { // once will do, unless this machine is so busy that the time is over before it begins
				_ = server.SetWriteDeadline(time.Now().Add(time.Second))
				m, err := server.Write(make([]byte, 64<<20))
				if n += m; !errors.Is(err, os.ErrDeadlineExceeded) || n > 1<<20 {
					t.Fatalf("the server wrote %d bytes, %v; want it to be held up within 1 MiB", n, err)
				}
				info = tcpInfo(t, server)
			}
			if info.State != established {
				t.Errorf("the server's socket is in state %d", info.State)
			}
			t.Logf("the server wrote %d bytes; not sent %d, unacked %d, snd_wnd %d, retransmitted %d", n, info.Notsent_bytes, info.Unacked, info.Snd_wnd, info.Total_retrans)
			write(t, client, "still speaks")
			read(t, server, "still speaks")

			if err := client.ResumeReading(); err != nil {
				t.Fatal(err)
			}
			_ = server.SetWriteDeadline(time.Now().Add(20 * time.Second))
			rest := int64(1 << 20)
			if m, err := server.Write(make([]byte, rest)); err != nil {
				t.Fatalf("resumed, it wrote %d bytes: %v", m, err)
			}
			if err := server.Close(); err != nil {
				t.Fatal(err)
			}
			if all := <-got; all != int64(n)+rest {
				t.Errorf("the client read %d bytes of %d", all, int64(n)+rest)
			}
		})
	}
}

func TestAResumedConsumerHasItsBufferBack(t *testing.T) {
	client, _ := pair(t, "tcp4", nil)
	buffer := func() (size, locked int) {
		if err := client.onSocket("", func(fd int) (err error) {
			size, err = unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF)
			locked, _ = unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_BUF_LOCK)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return size, locked
	}
	size, locked := buffer()
	for range 2 { // the second time does not take the small one for its own
		if err := client.StopReading(4000); err != nil {
			t.Fatal(err)
		}
	}
	if small, _ := buffer(); small != 8000 {
		t.Errorf("stopped, the buffer is %d bytes", small)
	}
	if err := client.ResumeReading(); err != nil {
		t.Fatal(err)
	}
	if s, l := buffer(); s != size || l != locked {
		t.Errorf("resumed, the buffer is %d bytes, locked %d; want %d, %d", s, l, size, locked)
	}
}
