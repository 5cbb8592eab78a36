package faults

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"
)

// pair is a loopback connection: the client's end with faults, the server's as
// it comes.
func pair(t testing.TB, network string, lot *Lot) (*Conn, *net.TCPConn) {
	t.Helper()
	listen, dial, host := network, network, "127.0.0.1"
	switch {
	case network == "tcp6":
		host = "::1"
	case strings.Contains(network, "both families"):
		listen, dial, host = "tcp", "tcp4", ""
	}
	l, err := (&net.ListenConfig{}).Listen(t.Context(), listen, net.JoinHostPort(host, "0"))
	if err != nil {
		t.Skipf("no %s on this machine: %v", network, err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	if host == "" {
		host = "127.0.0.1"
	}
	ours, err := net.Dial(dial, net.JoinHostPort(host, port))
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	if host == "127.0.0.1" && listen == "tcp" { // the faults go on the accepted end, whose peer has a mapped address
		ours, theirs = theirs, ours
	}
	client, server := NewConn(ours, lot), theirs.(*net.TCPConn)
	t.Cleanup(func() {
		_ = client.Close() // most tests have closed it
		if err := client.lot.Release(); err != nil {
			t.Errorf("release: %v", err)
		}
		_ = server.Close()
	})
	return client, server
}

func write(t *testing.T, w io.Writer, text string) {
	t.Helper()
	if n, err := w.Write([]byte(text)); n != len(text) || err != nil {
		t.Fatalf("wrote %d bytes of %q: %v", n, text, err)
	}
}

func read(t *testing.T, c net.Conn, want string) {
	t.Helper()
	if err := c.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil { // a retransmission may be that late
		t.Fatal(err)
	}
	got := make([]byte, len(want))
	if n, err := io.ReadFull(c, got); err != nil || !bytes.Equal(got, []byte(want)) {
		t.Fatalf("read %q, %v; want %q", got[:n], err, want)
	}
	_ = c.SetReadDeadline(time.Time{})
}

func nothingToRead(t *testing.T, c net.Conn) {
	t.Helper()
	_ = c.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	if n, err := c.Read(make([]byte, 100)); n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("read %d bytes, %v; want silence", n, err)
	}
	_ = c.SetReadDeadline(time.Time{})
}

func readError(c net.Conn) error {
	_ = c.SetReadDeadline(time.Now().Add(20 * time.Second))
	_, err := io.Copy(io.Discard, onlyReader{c})
	if err == nil {
		return io.EOF
	}
	return err
}

type onlyReader struct{ io.Reader }

func readInBackground(c net.Conn) <-chan error {
	result := make(chan error, 1)
	go func() {
		_, err := c.Read(make([]byte, 100))
		result <- err
	}()
	return result
}

// eventually polls for what the kernel does in its own time and tells nobody.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	const patience = 10 * time.Second
	for deadline := time.Now().Add(patience); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within %s: %s", patience, what)
		}
	}
}
