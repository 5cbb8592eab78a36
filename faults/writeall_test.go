package faults

import (
	"bytes"
	"errors"
	"io"
	"os"
	"testing"
	"time"

	"github.com/imbench/imbench/internal/memnet"
)

// writeAllInBackground writes more than kernels take of a peer that does not
// read.
func writeAllInBackground(c *Conn, p []byte) <-chan error {
	result := make(chan error, 1)
	go func() { result <- c.WriteAll(p) }()
	return result
}

func pattern(n int) []byte {
	p := make([]byte, n)
	for i := range p {
		p[i] = byte(i * 31 >> 8)
	}
	return p
}

const moreThanKernelsTake = 32 << 20

func TestWriteAllWaitsForTheReader(t *testing.T) {
	client, server := pair(t, "tcp4", nil)
	write(t, client, "first,")
	sent := pattern(moreThanKernelsTake)
	written := writeAllInBackground(client, sent)
	read(t, server, "first,")
	got := make([]byte, len(sent))
	if _, err := io.ReadFull(server, got); err != nil || !bytes.Equal(got, sent) {
		t.Fatalf("what arrived is not what was sent: %v", err)
	}
	if err := <-written; err != nil {
		t.Fatal(err)
	}
	write(t, client, "last")
	read(t, server, "last")
}

func TestWriteAllWithoutADescriptor(t *testing.T) {
	a, b := memnet.Pipe()
	client := NewConn(a, nil)
	defer client.Close()
	defer b.Close()
	written := writeAllInBackground(client, []byte("hello"))
	read(t, b, "hello")
	if err := <-written; err != nil {
		t.Fatal(err)
	}
}

func TestWriteAllIsHeldBackByASilence(t *testing.T) {
	client, server := pair(t, "tcp4", &Lot{Ladder: []Mechanism{Stall}})
	if _, err := client.Silence(Both); err != nil {
		t.Fatal(err)
	}
	written := writeAllInBackground(client, []byte("late"))
	nothingToRead(t, server)
	if err := client.Heal(); err != nil {
		t.Fatal(err)
	}
	read(t, server, "late")
	if err := <-written; err != nil {
		t.Fatal(err)
	}
}

func TestASilenceStopsAWriteAllUnderWay(t *testing.T) {
	client, server := pair(t, "tcp4", &Lot{Ladder: []Mechanism{Stall}})
	sent := pattern(moreThanKernelsTake)
	written := writeAllInBackground(client, sent)
	eventually(t, "the kernel takes no more", func() bool {
		client.mu.Lock()
		defer client.mu.Unlock()
		return client.writer != nil
	})
	if _, err := client.Silence(Both); err != nil {
		t.Fatal(err)
	}
	_ = server.SetReadDeadline(time.Now().Add(300 * time.Millisecond))
	leaked, err := io.Copy(io.Discard, onlyReader{server})
	if !errors.Is(err, os.ErrDeadlineExceeded) || leaked >= int64(len(sent)) {
		t.Fatalf("%d of %d bytes got through, %v", leaked, len(sent), err)
	}
	_ = server.SetReadDeadline(time.Time{})
	if err := client.Heal(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.CopyN(io.Discard, server, int64(len(sent))-leaked); err != nil {
		t.Fatal(err)
	}
	if err := <-written; err != nil {
		t.Fatal(err)
	}
}

func TestWriteAllEndsWithItsConnection(t *testing.T) {
	endings := map[string]func(*Conn) error{
		"closed": (*Conn).Close,
		"reset":  (*Conn).Reset,
		"parked": func(c *Conn) error {
			if _, err := c.Silence(Both); err != nil {
				return err
			}
			return c.Close()
		},
	}
	for name, end := range endings {
		t.Run(name, func(t *testing.T) {
			client, _ := pair(t, "tcp4", nil)
			written := writeAllInBackground(client, pattern(moreThanKernelsTake))
			if err := end(client); err != nil {
				t.Fatal(err)
			}
			select {
			case err := <-written:
				if err == nil {
					t.Error("it says that all was written")
				}
			case <-time.After(20 * time.Second):
				t.Fatal("it goes on")
			}
		})
	}
}

func TestCloseWriteEndsOneWay(t *testing.T) {
	client, server := pair(t, "tcp4", nil)
	write(t, client, "bye")
	if err := client.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(server); string(got) != "bye" || err != nil {
		t.Fatalf("read %q, %v", got, err)
	}
	write(t, server, "still here")
	read(t, client, "still here")
	if _, err := client.Write([]byte("x")); err == nil {
		t.Error("writing goes on")
	}
	if err := client.CloseWrite(); err == nil {
		t.Error("it ended twice")
	}
}

func TestCloseWriteWaitsForTheHeal(t *testing.T) {
	client, server := pair(t, "tcp4", &Lot{Ladder: []Mechanism{Stall}})
	if _, err := client.Silence(Both); err != nil {
		t.Fatal(err)
	}
	write(t, client, "queued")
	if err := client.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	nothingToRead(t, server)
	if err := client.Heal(); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(server); string(got) != "queued" || err != nil {
		t.Fatalf("read %q, %v", got, err)
	}
}
