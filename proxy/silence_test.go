package proxy

import (
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2/client"

	"github.com/imbench/imbench/faults"
)

func TestASilencedClientAndServerHearNothingAndHealOnTheSameConnections(t *testing.T) {
	for _, ladder := range [][]faults.Mechanism{{faults.MD5}, {faults.MinTTL}, {faults.Stall}} {
		t.Run(string(ladder[0]), func(t *testing.T) {
			w, _, p, client, server := newChat(t, Config{Ladder: ladder})
			x, err := p.AddToxic("dark", "silence", "", 1, nil)
			must(t, err)
			if !strings.Contains(w.log.String(), "mechanism="+string(ladder[0])) {
				t.Skipf("%s does not work here:\n%s", ladder[0], w.log)
			}
			if x.Attributes["later"] != 0.0 || len(x.Attributes) != 1 {
				t.Errorf("the attributes are %v", x.Attributes)
			}
			write(t, client, "from the dark")
			write(t, server, "into the dark")
			nothing(t, client)
			nothing(t, server)
			must(t, p.RemoveToxic("dark"))
			read(t, server, "from the dark")
			read(t, client, "into the dark")
		})
	}
}

func TestASilenceOfOneDirection(t *testing.T) {
	for direction, hears := range map[string]struct{ client, server bool }{"inbound": {false, true}, "outbound": {true, false}} {
		t.Run(direction, func(t *testing.T) {
			w, _, p, client, server := newChat(t, Config{})
			toxic(t, p, "silence", "", toxiproxy.Attributes{"direction": direction})
			write(t, client, "up")
			write(t, server, "down")
			for _, end := range []struct {
				conn  net.Conn
				hears bool
				text  string
			}{{client, hears.client, "down"}, {server, hears.server, "up"}} {
				if end.hears {
					read(t, end.conn, end.text)
				} else {
					nothing(t, end.conn)
				}
			}
			must(t, w.api.ResetState())
			if !hears.client {
				read(t, client, "down")
			} else {
				read(t, server, "up")
			}
		})
	}
}

func TestTheServerIsLeftWithAGhost(t *testing.T) {
	w, u, p, client, server := newChat(t, Config{Ladder: []faults.Mechanism{faults.MD5, faults.MinTTL}})
	toxic(t, p, "silence", "", nil)
	if strings.Contains(w.log.String(), "failed=1") {
		t.Skip("no silence at packet level here")
	}
	client.Close() // it gives up; its FIN gets nowhere
	nothing(t, server)
	write(t, server, "are you there?")
	if n := unacked(t, server); n == 0 {
		t.Error("somebody acknowledges what the server sends to its ghost")
	}

	client, later := w.joined(p, u) // it dials again: a new connection, untouched
	pass(t, client, later)
	if sum := w.server.Summary(); sum.Dark != 1 || sum.Connections != 2 {
		t.Errorf("the summary is %+v", sum)
	}

	must(t, p.RemoveToxic("silence_downstream"))
	if err := ending(t, server); err != nil && !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the ghost met %v", err)
	}
	server.Close()
	w.eventually("the ghost's link is forgotten", func() bool { return len(w.ours().open()) == 1 })
}

func TestSilenceOfLaterConnectionsToo(t *testing.T) {
	w := newWorld(t, Config{})
	u := newUpstream(t)
	p := w.proxy(u.addr())
	toxic(t, p, "silence", "", toxiproxy.Attributes{"later": 1})
	client := dial(t, p.Listen)
	server := u.next()
	w.eventually("it is dark", func() bool { return w.server.dark.Load() == 1 })
	write(t, client, "kept")
	nothing(t, server)
	must(t, w.api.ResetState())
	read(t, server, "kept")
}

func TestClosingAProxyEndsItsGhosts(t *testing.T) {
	_, _, p, client, server := newChat(t, Config{})
	toxic(t, p, "silence", "", nil)
	write(t, client, "never delivered")
	must(t, p.Delete())
	if got, err := io.ReadAll(server); len(got) > 0 || !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the server read %q, %v", got, err)
	}
	if err := ending(t, client); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the client met %v", err)
	}
}

func TestStallMakesASlowConsumer(t *testing.T) {
	w, _, p, client, server := newChat(t, Config{})
	toxic(t, p, "stall", "downstream", nil)
	sent := make([]byte, 64<<20)
	_ = server.SetWriteDeadline(time.Now().Add(500 * time.Millisecond))
	n, err := server.Write(sent)
	if err == nil {
		t.Fatal("64 MB went somewhere")
	}
	_ = server.SetWriteDeadline(time.Time{})
	nothing(t, client)
	must(t, w.api.ResetState())
	if _, err := io.ReadFull(client, sent[:n]); err != nil {
		t.Errorf("what was sent did not arrive: %v", err)
	}
}

func TestRebindComesBackFromAnotherAddress(t *testing.T) {
	w, u, p, client, server := newChat(t, Config{})
	toxic(t, p, "rebind", "", nil)
	write(t, server, "to the old path")
	nothing(t, client)
	client, server = w.joined(p, u)
	if host := server.RemoteAddr().(*net.TCPAddr).IP.String(); host != "127.0.1.3" {
		t.Errorf("it comes back from %s", host)
	}
	pass(t, client, server)
}

func TestExpiries(t *testing.T) {
	type met struct{ client, server error }
	tests := map[string]struct {
		expiry string
		wakes  string // who sends after the expiry
		want   met    // nil: nothing; io.EOF: FIN
	}{
		"silent: nobody is told, whoever sends":              {"silent", "both", met{nil, nil}},
		"reset: the client that sends is, the server is not": {"reset", "client", met{syscall.ECONNRESET, nil}},
		"reset: the server that sends is, the client is not": {"reset", "server", met{nil, syscall.ECONNRESET}},
		"reset-client: the client that sends is":             {"reset-client", "client", met{syscall.ECONNRESET, nil}},
		"reset-client: the server that sends is not":         {"reset-client", "server", met{nil, nil}},
		"reset-both: both are at once":                       {"reset-both", "", met{syscall.ECONNRESET, syscall.ECONNRESET}},
		"close: both are at once, in order":                  {"close", "", met{io.EOF, io.EOF}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w, _, p, client, server := newChat(t, Config{})
			toxic(t, p, "idle_expiry", "", toxiproxy.Attributes{"idle": 100, "expiry": tt.expiry})
			w.saying("msg=expired")
			if tt.wakes == "client" || tt.wakes == "both" {
				write(t, client, "x")
			}
			if tt.wakes == "server" || tt.wakes == "both" {
				write(t, server, "x")
			}
			for who, end := range map[string]struct {
				conn net.Conn
				want error
			}{"client": {client, tt.want.client}, "server": {server, tt.want.server}} {
				switch end.want {
				case nil:
					nothing(t, end.conn)
				case io.EOF:
					if err := ending(t, end.conn); err != nil {
						t.Errorf("the %s met %v, not FIN", who, err)
					}
				default:
					if err := ending(t, end.conn); !errors.Is(err, end.want) {
						t.Errorf("the %s met %v", who, err)
					}
				}
			}
		})
	}
}

func TestAnExpiredConnectionThatWasSilentHeals(t *testing.T) {
	w, _, p, client, server := newChat(t, Config{})
	toxic(t, p, "idle_expiry", "", toxiproxy.Attributes{"idle": 100})
	w.saying("msg=expired")
	write(t, client, "late")
	nothing(t, server)
	must(t, w.api.ResetState())
	read(t, server, "late")
}

func TestTrafficKeepsAConnectionFromExpiring(t *testing.T) {
	w, _, p, client, server := newChat(t, Config{})
	toxic(t, p, "idle_expiry", "", toxiproxy.Attributes{"idle": 2000, "expiry": "reset-both", "counts": "data"})
	for began := time.Now(); time.Since(began) < 3*time.Second; time.Sleep(100 * time.Millisecond) {
		pass(t, client, server)
	}
	if strings.Contains(w.log.String(), "msg=expired") {
		t.Error("it expired all the same")
	}
}

func TestALifetimeEndsABusyConnection(t *testing.T) {
	w := newWorld(t, Config{})
	u := newUpstream(t)
	p := w.proxy(u.addr())
	toxic(t, p, "idle_expiry", "", toxiproxy.Attributes{"lifetime": 200, "expiry": "close"})
	client := dial(t, p.Listen)
	if err := ending(t, client); err != nil {
		t.Errorf("the client met %v", err)
	}
}
