package proxy

import (
	"context"
	"errors"
	"io"
	"net"
	"syscall"
	"testing"
	"time"

	"github.com/imbench/imbench/faults"
	"github.com/imbench/imbench/internal/unit"
)

// play runs a schedule until the test ends.
func (w *world) play(list ...faults.Config) {
	w.t.Helper()
	for _, f := range list {
		must(w.t, CheckFault(f))
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	p := w.ours()
	go func() {
		defer close(done)
		p.Play(ctx, list)
	}()
	w.t.Cleanup(func() { cancel(); <-done })
}

const soon = 50 * time.Millisecond

func TestAScheduledSilenceTakesItsShareAndHeals(t *testing.T) {
	whom := func(seed uint64) (dark []bool) {
		w := newWorld(t, Config{Seed: seed})
		u := newUpstream(t)
		p := w.proxy(u.addr())
		var clients, servers []*net.TCPConn
		for range 20 {
			client, server := w.joined(p, u)
			clients, servers = append(clients, client), append(servers, server)
		}
		w.play(faults.Config{Name: "nat", Kind: faults.Silence, At: soon, For: 2 * time.Second, Clients: unit.Share{Percent: 20}})
		w.saying("msg=fault ")
		for _, l := range w.ours().open() {
			l.mu.Lock()
			dark = append(dark, l.on.dark.any())
			l.mu.Unlock()
		}
		w.saying(`msg="fault over"`)
		for i := range clients {
			pass(t, clients[i], servers[i])
		}
		return dark
	}
	a, b := whom(3), whom(3)
	n := 0
	for i := range a {
		if a[i] != b[i] {
			t.Errorf("connection %d: one choice and another from one seed", i)
		}
		if a[i] {
			n++
		}
	}
	if n != 4 {
		t.Errorf("20 %% of 20 were %d", n)
	}
}

func TestAScheduledLatencyTakesLaterConnections(t *testing.T) {
	w := newWorld(t, Config{})
	u := newUpstream(t)
	p := w.proxy(u.addr())
	w.play(faults.Config{Kind: faults.Latency, Delay: 50 * time.Millisecond})
	w.saying("msg=fault ")
	began := time.Now()
	client, server := w.joined(p, u)
	if took := time.Since(began); took < 100*time.Millisecond {
		t.Errorf("a round trip took %s", took)
	}
	pass(t, client, server)
}

func TestAScheduledResetComesAgain(t *testing.T) {
	w := newWorld(t, Config{})
	u := newUpstream(t)
	p := w.proxy(u.addr())
	w.play(faults.Config{Kind: faults.Reset, At: soon, Every: 300 * time.Millisecond})
	for range 3 {
		if err := visit(t, p.Listen); !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("a client met %v", err)
		}
	}
}

func TestAFlapIsOnAndOff(t *testing.T) {
	w, _, _, client, server := newChat(t, Config{})
	w.play(faults.Config{
		Name: "lift", Kind: faults.Flap, Of: faults.Silence, At: soon, For: 1500 * time.Millisecond,
		Down: 200 * time.Millisecond, Up: 200 * time.Millisecond,
	})
	for i := range 2 {
		w.eventually("it is dark", func() bool { return w.server.dark.Load() == 1 })
		write(t, client, string(rune('a'+i)))
		w.eventually("it is not", func() bool { return w.server.dark.Load() == 0 })
	}
	read(t, server, "ab")
}

func TestAScheduledCloseEndsInOrder(t *testing.T) {
	w, _, _, client, server := newChat(t, Config{})
	w.play(faults.Config{Kind: faults.Close, At: soon})
	for _, c := range []net.Conn{client, server} {
		if got, err := io.ReadAll(c); len(got) > 0 || err != nil {
			t.Errorf("read %q, %v", got, err)
		}
	}
}

func TestWhatCannotHappenInAProxy(t *testing.T) {
	tests := map[string]struct {
		fault faults.Config
		field string // "": it can
	}{
		"latency from the beginning":         {faults.Config{Kind: faults.Latency, Delay: 1}, ""},
		"idleness from the beginning":        {faults.Config{Kind: faults.IdleExpiry, Box: "aws-nlb"}, ""},
		"a flap from the beginning":          {faults.Config{Kind: faults.Flap, Of: faults.Silence, Down: 1, Up: 1}, ""},
		"a silence later":                    {faults.Config{Kind: faults.Silence, At: 1}, ""},
		"a silence that comes again":         {faults.Config{Kind: faults.Silence, Every: 1}, ""},
		"a silence when nobody is there yet": {faults.Config{Kind: faults.Silence}, "at"},
		"a reset when nobody is there yet":   {faults.Config{Kind: faults.Reset}, "at"},
		"all forms that a proxy knows":       {faults.Config{Kind: faults.Malformed, At: 1}, ""},
		"a form of a protocol":               {faults.Config{Kind: faults.Malformed, At: 1, Forms: []string{faults.WrongVersion}}, "forms"},
		"a group":                            {faults.Config{Kind: faults.Latency, Delay: 1, Group: "mobile"}, "group"},
		"a server's fault":                   {faults.Config{Kind: faults.ServerKill, At: 1}, "kind"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var field *faults.FieldError
			err := CheckFault(tt.fault)
			if errors.As(err, &field) != (tt.field != "") || field != nil && field.Field != tt.field {
				t.Errorf("%v; want one of %q", err, tt.field)
			}
		})
	}
}
