package faults

import (
	"errors"
	"net"
	"syscall"
	"testing"
)

func TestAParkedConnectionLivesAgain(t *testing.T) {
	for _, tt := range []struct {
		name      string
		direction Direction
		ladder    []Mechanism
	}{
		{"silenced by a key", Both, []Mechanism{MD5}},
		{"silenced by hops", Both, []Mechanism{MinTTL}},
		{"stalled", Both, []Mechanism{Stall}},
		{"that only could not be heard", Outbound, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			client, server := pair(t, "tcp4", &Lot{Ladder: tt.ladder})
			if _, err := client.Silence(tt.direction); err != nil {
				t.Skip(err)
			}
			left := readInBackground(client)
			write(t, client, "said into the silence; ")
			if err := client.Close(); err != nil {
				t.Fatal(err)
			}
			if err := <-left; !errors.Is(err, net.ErrClosed) {
				t.Fatalf("the reader left with %v", err)
			}
			if err := client.Revive(); err != nil {
				t.Fatal(err)
			}
			write(t, client, "are you there?")
			read(t, server, "said into the silence; are you there?")
			write(t, server, "yes")
			read(t, client, "yes")
			if err := client.Reset(); err != nil {
				t.Fatal(err)
			}
			if err := readError(server); !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("the server learnt of the end by %v", err)
			}
			if n := client.lot.Len(); n != 0 {
				t.Errorf("%d connections are parked", n)
			}
		})
	}
}

func TestARevivedConnectionLearnsThatThePeerHasGone(t *testing.T) {
	client, server := pair(t, "tcp4", nil)
	if _, err := client.Silence(Both); err != nil {
		t.Skip(err)
	}
	_ = client.Close()
	if err := client.Persist(); err != nil {
		t.Fatal(err)
	}
	_ = server.Close()
	if err := client.Revive(); err != nil {
		t.Fatal(err)
	}
	write(t, client, "are you there?")
	if err := readError(client); err == nil {
		t.Error("it was not told")
	}
	_ = client.Reset()
}

func TestOnlyWhatIsParkedIsRevived(t *testing.T) {
	for _, tt := range []struct {
		name string
		do   func(c *Conn) error
	}{
		{"in use", func(*Conn) error { return nil }},
		{"silent, and in use", func(c *Conn) error { _, err := c.Silence(Outbound); return err }},
		{"closed", (*Conn).Close},
		{"reset", (*Conn).Reset},
		{"healed after it was closed", func(c *Conn) error {
			_, err := c.Silence(Outbound)
			return errors.Join(err, c.Close(), c.Heal())
		}},
		{"reset while silent", func(c *Conn) error {
			_, err := c.Silence(Outbound)
			return errors.Join(err, c.Reset())
		}},
	} {
		client, _ := pair(t, "tcp4", nil)
		if err := tt.do(client); err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		if err := client.Revive(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}
