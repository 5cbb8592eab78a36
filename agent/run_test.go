package agent_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/imbench/imbench/agent"
	"github.com/imbench/imbench/report"
	"github.com/imbench/imbench/scenario"
	"github.com/imbench/imbench/testserver"
)

// TestMain is the reference server as a process of its own when it is called
// as `serve`, for what only happens to processes.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "serve" {
		if err := serveAsChild(os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	// These tests wait more than they compute, so more of them can run side by
	// side than there are processors; each says how many runs it can bear.
	flag.Parse()
	if err := flag.Set("test.parallel", "8"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

func serveAsChild(args []string) error {
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	listen := flags.String("listen", "", "address")
	maxConns := flags.Int("max-conns", 0, "connections; 0 is the server's own default")
	live := flags.Duration("live", 0, "end with status 7 after this time")
	if err := flags.Parse(args); err != nil {
		return err
	}
	s, err := testserver.New(testserver.Config{MaxConns: *maxConns})
	if err != nil {
		return err
	}
	asked, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	if *live > 0 {
		time.AfterFunc(*live, func() {
			fmt.Fprintln(os.Stderr, "I have seen enough")
			os.Exit(7)
		})
	}
	ended := make(chan error, 1)
	context.AfterFunc(asked, func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		ended <- s.Shutdown(ctx)
	})
	if err := s.ListenAndServe(*listen); err != nil {
		return err
	}
	return <-ended
}

// reference is the command that starts the reference server as a child.
func reference(t testing.TB) []string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return []string{self, "serve"}
}

// freeAddr is a loopback address below the ephemeral ports, where no client
// can come to lie on it by chance. It is drawn, so that tests side by side do
// not find the same.
func freeAddr(t testing.TB) string {
	t.Helper()
	for range 100 {
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(12_000+rand.IntN(8000))))
		if err == nil {
			l.Close()
			return l.Addr().String()
		}
	}
	t.Fatal("no free port")
	return ""
}

// stage is what the stories have in common. What a story sets comes after it,
// in the form of --set. A machine that other tests keep busy stands still for
// half a second now and then: the heartbeat bears that.
const stage = `
clients:
  count: 20
  connect_rate: 1000/s
  heartbeat: {every: 300ms, timeout: 2s}
  reconnect: {backoff: constant, base: 100ms}
rooms: {size: 5}
traffic: {rate: 100/s, to: room}
duration: 2s
drain: 500ms
`

// story is one fault, or what becomes of messages, from end to end.
type story struct {
	name   string
	server *testserver.Config // in this process; nil is the reference server as a child
	set    []string
	holds  []string // thresholds
	check  func(t *testing.T, r *report.Result)
}

// tell runs a story, again if this machine was too busy to tell it.
func (s story) tell(t *testing.T, o agent.Options) *report.Result {
	t.Helper()
	yaml := stage + "thresholds:\n"
	for _, th := range s.holds {
		yaml += "  - " + th + "\n"
	}
	if len(s.holds) == 0 {
		yaml += "  []\n"
	}
	set := slices.Clone(s.set)
	if s.server != nil {
		set = append(set, "target="+serve(t, *s.server))
	} else {
		o.Reference = reference(t)
	}
	loaded, err := scenario.Load([]byte(yaml), s.name, scenario.Options{Set: set})
	if err != nil {
		t.Fatal(err)
	}
	var r *report.Result
	for range 4 {
		if r, err = agent.Run(t.Context(), loaded, o); err != nil {
			t.Fatal(err)
		}
		if len(r.Generator.Limits) == 0 {
			break
		}
	}
	t.Cleanup(func() {
		if t.Failed() {
			_ = report.Text(t.Output(), r, report.TextOptions{})
		}
	})
	return r
}

func TestStories(t *testing.T) {
	leavesNothing(t)
	slots := make(chan struct{}, 3) // runs at a time: more would be in each other's way
	reaping := &testserver.Config{PingEvery: 200 * time.Millisecond, ReapAfter: 700 * time.Millisecond}
	plain := &testserver.Config{}
	for _, s := range []story{
		{
			name: "a silence that heals in time is noticed by nobody, and late messages come on the same connection", server: plain,
			set:   []string{"clients.heartbeat.timeout=3s", "faults=[{at: 500ms, kind: silence, clients: 5, for: 400ms}]"},
			holds: []string{"disconnects == 0", "lost == 0", "missed == 0", "recovered == 0", "reach == 100%", "outage.min >= 400ms", "detect.count == 0"},
			check: func(t *testing.T, r *report.Result) {
				f := r.Faults[0]
				if f.Clients != 5 || f.Unnoticed != 5 || f.Detected != 0 || f.NeverDetected != 0 || f.Mechanism["md5"] != 5 {
					t.Errorf("the fault's story is %+v", f)
				}
			},
		},
		{
			name: "a silence for good is noticed by the heartbeat within its bound, and the server lets the ghosts go", server: reaping,
			set: []string{"faults=[{name: nat, at: 500ms, kind: silence, clients: 5}]", "duration=5s"},
			holds: []string{
				"detect{nat}.count == 5", "detect{nat}.min >= 1650ms", "detect{nat}.max < 3s", "reconnect{nat}.min >= 100ms",
				"outage{nat}.count == 5", "outage{nat}.min >= 1750ms", "ghost{nat}.count == 5", "ghost{nat}.max < 1500ms",
				"ghosts == 0", "never_detected == 0", "never_recovered == 0", "lost == 0", "false_disconnects == 0", "disconnects == 5",
			},
			check: func(t *testing.T, r *report.Result) {
				f := r.Faults[0]
				if f.Detected != 5 || f.Recovered != 5 || f.Causes["heartbeat_timeout"] != 5 || f.Mechanism["md5"] != 5 || f.DetectBound != "1.7s..2s" {
					t.Errorf("the fault's story is %+v", f)
				}
			},
		},
		{
			name: "nothing reaches the client, and what it says still arrives", server: plain,
			set:   []string{"faults=[{at: 500ms, kind: silence, direction: inbound, clients: 5}]", "duration=5s"},
			holds: []string{"detect.count == 5", "detect.max < 3s", "never_recovered == 0", "lost == 0"},
			check: mechanism("minttl", 5),
		},
		{
			name: "what the client says does not arrive, and it still hears", server: plain,
			set:   []string{"faults=[{at: 500ms, kind: silence, direction: outbound, clients: 5}]", "duration=5s"},
			holds: []string{"detect.count == 5", "detect.max < 3s", "never_recovered == 0", "lost == 0"},
			check: mechanism("held", 5),
		},
		{
			name: "a reset is noticed at once", server: plain,
			set:   []string{"duration=1s", "faults=[{at: 300ms, kind: reset, clients: 5}]"},
			holds: []string{"detect.count == 5", "detect.max < 1500ms", "never_recovered == 0", "lost == 0", "false_disconnects == 0"},
			check: cause("reset", 5),
		},
		{
			name: "so is a FIN", server: plain,
			set:   []string{"duration=1s", "faults=[{at: 300ms, kind: close, clients: 5}]"},
			holds: []string{"detect.count == 5", "detect.max < 1500ms", "never_recovered == 0", "lost == 0", "false_disconnects == 0"},
			check: cause("eof", 5),
		},
		{
			name: "a goodbye is the client's own", server: plain,
			set:   []string{"duration=1s", "faults=[{at: 300ms, kind: bye, code: 1001, clients: 5}]"},
			holds: []string{"detect.count == 5", "never_recovered == 0", "lost == 0", "false_disconnects == 0"},
			check: cause("bye", 5),
		},
		{
			name: "a storm takes everybody, and everybody is back", server: plain,
			set:   []string{"duration=1s", "faults=[{at: 300ms, kind: storm}]"},
			holds: []string{"detect.count == 20", "reconnects == 20", "never_recovered == 0", "lost == 0", "false_disconnects == 0"},
			check: cause("reset", 20),
		},
		{
			name:  "a server that stands still loses nothing, and the delay shows in full",
			set:   []string{"clients.heartbeat.timeout=3s", "duration=2500ms", "faults=[{at: 500ms, kind: server.freeze, for: 800ms}]"},
			holds: []string{"delivery.max >= 700ms", "delivery.max < 1800ms", "lag.p99 < 100ms", "disconnects == 0", "lost == 0", "missed == 0", "reach == 100%"},
			check: func(t *testing.T, r *report.Result) {
				if f := r.Faults[0]; f.Clients != 20 || f.Unnoticed != 20 {
					t.Errorf("the fault's story is %+v", f)
				}
			},
		},
		{
			name:  "a server that is killed is noticed by all, and all are back when it is",
			set:   []string{"duration=3s", "faults=[{at: 500ms, kind: server.kill, for: 300ms}]"},
			holds: []string{"detect.count == 20", "never_recovered == 0", "outage.min >= 300ms", "lost == 0", "false_disconnects == 0", "unexpected == 0"},
			check: restarted,
		},
		{
			name:  "a server that restarts says goodbye",
			set:   []string{"duration=3s", "faults=[{at: 500ms, kind: server.restart, for: 200ms}]"},
			holds: []string{"detect.count == 20", "never_recovered == 0", "lost == 0", "false_disconnects == 0", "unexpected == 0"},
			check: func(t *testing.T, r *report.Result) {
				restarted(t, r)
				cause("close_1001", 20)(t, r)
			},
		},
		{
			name: "who is under one fault is not taken by another", server: plain,
			set: []string{
				"clients.heartbeat.timeout=3s",
				"faults=[{name: first, at: 300ms, kind: silence, clients: 100%, for: 600ms}, {name: second, at: 500ms, kind: reset, clients: 5}]",
			},
			holds: []string{"disconnects == 0", "lost == 0"},
			check: func(t *testing.T, r *report.Result) {
				if f := r.Faults[1]; f.Clients != 0 || f.NotApplied != 5 || len(f.Errors) != 1 || !strings.Contains(f.Errors[0], "under another fault") {
					t.Errorf("the second fault's story is %+v", f)
				}
				if r.Verdict != report.Inconclusive || !strings.Contains(strings.Join(r.Reasons, " "), "The fault second was applied to none of its 5 clients.") {
					t.Errorf("the verdict is %s: %q", r.Verdict, r.Reasons)
				}
			},
		},
		{
			name: "a fault that repeats takes others each time", server: plain,
			set:   []string{"faults=[{at: 300ms, kind: reset, clients: 3, every: 500ms}]"},
			holds: []string{"disconnects == 12", "reconnects == 12", "never_recovered == 0", "lost == 0"},
			check: func(t *testing.T, r *report.Result) {
				if f := r.Faults[0]; !slices.Equal(f.AtS, []float64{.3, .8, 1.3, 1.8}) || f.Clients != 12 || f.Detected != 12 || f.Recovered != 12 {
					t.Errorf("the fault's story is %+v", f)
				}
			},
		},
		{
			name: "each group by its own heartbeat", server: plain,
			set: []string{
				"clients=[{name: quick, count: 10, heartbeat: {every: 200ms, timeout: 1s}, reconnect: mqttjs}, " +
					"{name: slow, count: 10, heartbeat: {every: 500ms, timeout: 4s}, reconnect: mqttjs}]",
				"faults=[{name: nat, at: 300ms, kind: silence, clients: 4, group: quick}, {name: cgn, at: 300ms, kind: silence, clients: 4, group: slow}]",
				"duration=7s",
			},
			holds: []string{
				"detect{quick}.count == 4", "detect{quick}.max < 2500ms", "detect{slow}.count == 4", "detect{slow}.min >= 3400ms",
				"detect{nat}.max < 2500ms", "detect{cgn}.min >= 3400ms", "disconnects{quick} == 4", "lost{slow} == 0", "never_recovered == 0",
			},
			check: func(t *testing.T, r *report.Result) {
				for _, g := range []string{"quick", "slow"} {
					if r.Groups[g].Clients != 10 || r.Groups[g].Counts["reconnects"] != 4 || r.Groups[g].Closes["heartbeat_timeout"] != 4 {
						t.Errorf("group %s: %+v", g, r.Groups[g])
					}
				}
			},
		},
		{
			name: "to a room: all others in it", server: plain, set: []string{"duration=1s"},
			holds: []string{"reach == 100%", "duplicated == 0", "fanout.count > 0", "roundtrip.count > 0"}, check: expects(4),
		},
		{
			name: "to all: all others", server: plain, set: []string{"traffic.to=all", "duration=1s"},
			holds: []string{"reach == 100%", "duplicated == 0", "fanout.count > 0", "roundtrip.count > 0"}, check: expects(19),
		},
		{
			name: "to a peer: one other", server: plain, set: []string{"traffic.to=peer", "duration=1s"},
			holds: []string{"reach == 100%", "duplicated == 0", "roundtrip.count > 0"}, check: expects(1),
		},
		{
			name: "to oneself", server: plain, set: []string{"traffic.to=self", "duration=1s"},
			holds: []string{"reach == 100%", "duplicated == 0", "roundtrip.count > 0"}, check: expects(1),
		},
		{
			name: "without traffic, only heartbeats go", server: plain, set: []string{"traffic=", "duration=1s"},
			holds: []string{"heartbeat.count >= 40", "connects == 20", "disconnects == 0"},
			check: func(t *testing.T, r *report.Result) {
				if r.Counts["planned"] != 0 || r.Counts["expected"] != 0 || r.Verdict != report.Passed {
					t.Errorf("%d planned, %d expected, %s: %q", r.Counts["planned"], r.Counts["expected"], r.Verdict, r.Reasons)
				}
			},
		},
		{
			name: "who does not reconnect never recovers", server: plain,
			set:   []string{"clients.reconnect=none", "faults=[{at: 300ms, kind: reset, clients: 5}]", "duration=1s"},
			holds: []string{"never_recovered == 5", "reconnects == 0", "lost == 0", "outage.max > 1s"},
			check: func(t *testing.T, r *report.Result) {
				if f := r.Faults[0]; f.Detected != 5 || f.Recovered != 0 || f.NeverRecovered != 5 || f.Outage.Censored != 5 {
					t.Errorf("the fault's story is %+v", f)
				}
			},
		},
	} {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			slots <- struct{}{}
			defer func() { <-slots }()
			r := s.tell(t, agent.Options{})
			for _, th := range r.Thresholds {
				if th.Verdict != report.Passed {
					t.Errorf("%s: %s", th.Text, th.Verdict)
				}
			}
			c := r.Counts
			if want := c["delivered"] + c["recovered"] + c["missed"] + c["lost"] + c["indeterminate"]; c["expected"] != want {
				t.Errorf("expected %d, but the classes add up to %d", c["expected"], want)
			}
			if c["planned"] != c["sent"]+c["unsent"] {
				t.Errorf("planned %d, but sent and unsent add up to %d", c["planned"], c["sent"]+c["unsent"])
			}
			if s.check != nil {
				s.check(t, r)
			}
		})
	}
}

// mechanism checks how the first fault's silence was made.
func mechanism(name string, clients int64) func(*testing.T, *report.Result) {
	return func(t *testing.T, r *report.Result) {
		t.Helper()
		if f := r.Faults[0]; f.Mechanism[name] != clients || f.Causes["heartbeat_timeout"] != clients || f.Recovered != clients {
			t.Errorf("the fault's story is %+v", f)
		}
	}
}

// cause checks how the clients of the first fault noticed it, and that all are
// back.
func cause(name string, clients int64) func(*testing.T, *report.Result) {
	return func(t *testing.T, r *report.Result) {
		t.Helper()
		f := r.Faults[0]
		if f.Causes[name] != clients || r.Closes[name] != clients || f.Clients != clients || f.Recovered != clients {
			t.Errorf("the fault's story is %+v, closes %v", f, r.Closes)
		}
	}
}

func restarted(t *testing.T, r *report.Result) {
	t.Helper()
	if r.Server == nil || r.Server.Restarts != 1 || r.Server.Exit != "" || r.Faults[0].Recovered != 20 {
		t.Errorf("the server is %+v, the fault's story %+v", r.Server, r.Faults[0])
	}
}

// expects checks how many are to receive each message.
func expects(each int64) func(*testing.T, *report.Result) {
	return func(t *testing.T, r *report.Result) {
		t.Helper()
		if r.Counts["sent"] == 0 || r.Counts["expected"] != each*r.Counts["sent"] {
			t.Errorf("%d expected, want %d for each of %d sent", r.Counts["expected"], each, r.Counts["sent"])
		}
	}
}

// The seed decides what is sent and whom a fault takes; another seed decides
// otherwise.
func TestSameSeedSamePlan(t *testing.T) {
	leavesNothing(t)
	type outcome struct {
		planned int64
		struck  string
	}
	run := func(seed int, shards int) outcome {
		var events bytes.Buffer
		s := story{
			name: "seed", server: &testserver.Config{},
			set: []string{"duration=500ms", "drain=100ms", "seed=" + strconv.Itoa(seed), "faults=[{at: 200ms, kind: reset, clients: 6}]"},
		}
		r := s.tell(t, agent.Options{Events: &events, Shards: shards})
		var struck []string
		for line := range strings.Lines(events.String()) {
			if strings.Contains(line, `"event":"fault"`) {
				_, name, _ := strings.Cut(line, `"client":"`)
				name, _, _ = strings.Cut(name, `"`)
				struck = append(struck, name)
			}
		}
		slices.Sort(struck)
		// Of several tries of one plan, the last counts.
		return outcome{r.Counts["planned"], strings.Join(slices.Compact(struck), " ")}
	}
	first, again, sharded, other := run(1, 2), run(1, 2), run(1, 3), run(2, 2)
	if first != again || first != sharded {
		t.Errorf("seed 1 gave %+v, then %+v, with three shards %+v", first, again, sharded)
	}
	if first.struck == other.struck || first.planned == other.planned {
		t.Errorf("seed 1 gave %+v, and seed 2 %+v", first, other)
	}
}

// The end of the context ends a run in order and soon, wherever it stands.
func TestInterrupted(t *testing.T) {
	leavesNothing(t)
	deaf := func(t *testing.T) string { return listen(t, func(ctx context.Context, _ net.Conn) { <-ctx.Done() }) }
	for _, c := range []struct {
		name   string
		target func(*testing.T) string
		after  time.Duration
		lasts  string // the duration, if not a minute
		check  func(*testing.T, *report.Result)
	}{
		{
			name:   "in the drain, which it cuts short",
			target: greeting(func(p *peer) { p.serve(p.text) }), lasts: "200ms", after: 1500 * time.Millisecond,
			check: func(t *testing.T, r *report.Result) { equal("delivered", "sent")(t, r) },
		},
		{
			name: "while the server starts",
			target: func(t *testing.T) string {
				return "{url: 'ws://127.0.0.1:1', start: {command: [sleep, 60], ready: 'tcp://127.0.0.1:1', within: 60s}}"
			},
			after: 200 * time.Millisecond,
		},
		{
			name:   "while the clients connect to a server that answers nothing",
			target: deaf, after: 300 * time.Millisecond,
			check: func(t *testing.T, r *report.Result) {
				if r.Counts["attempts"] != 8 {
					t.Errorf("%d attempts", r.Counts["attempts"])
				}
			},
		},
		{
			name:   "under traffic",
			target: greeting(func(p *peer) { p.serve(p.text) }), after: 800 * time.Millisecond,
			check: func(t *testing.T, r *report.Result) {
				equal("delivered", "sent")(t, r)
				if len(r.Timeline) == 0 || r.DurationS <= 0 || r.DurationS > 5 {
					t.Errorf("it lasted %v s, with %d rows in the timeline", r.DurationS, len(r.Timeline))
				}
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, err := scenario.Load(fmt.Appendf(nil, ordeal, c.target(t)), "ordeal.yaml",
				scenario.Options{Set: []string{"duration=" + cmp.Or(c.lasts, "60s"), "drain=20s", "clients.connect_timeout=30s"}})
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), c.after)
			defer cancel()
			began := time.Now()
			r, err := agent.Run(ctx, s, agent.Options{})
			if took := time.Since(began); took > c.after+6*time.Second {
				t.Errorf("it took %s to end", took-c.after)
			}
			if err != nil || r == nil || r.Verdict != report.Interrupted {
				t.Fatalf("error %v, result %+v", err, r)
			}
			if c.check != nil {
				c.check(t, r)
			}
		})
	}
}

// What befalls the server as a process: a result is kept, and says so.
func TestServerProcess(t *testing.T) {
	leavesNothing(t)

	started := func(t *testing.T, shell string, args ...string) string {
		addr := freeAddr(t)
		command := append(reference(t), append([]string{"--listen", addr}, args...)...)
		if shell != "" {
			command = append([]string{"sh", "-c", shell + `; exec "$0" "$@"`}, command...)
		}
		return fmt.Sprintf("{url: 'ws://%s/ws', start: {command: ['%s'], ready: 'http://%s/healthz'}}", addr, strings.Join(command, "', '"), addr)
	}

	t.Run("it dies in mid-run", func(t *testing.T) {
		t.Parallel()
		r, err := endure(t, started(t, "", "--live", "1500ms"), agent.Options{}, "duration=20s", "drain=5s")
		if !errors.Is(err, agent.ErrTarget) {
			t.Fatalf("the error is %v", err)
		}
		for _, want := range []string{"ended unasked", "exit status 7", "I have seen enough"} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("the error does not say %q: %v", want, err)
			}
		}
		if r.Verdict != report.Failed || r.Failure != err.Error() || r.Server == nil || r.Server.Exit != "exit status 7" {
			t.Errorf("the result says %s, %q, server %+v", r.Verdict, r.Failure, r.Server)
		}
		if r.Counts["delivered"] == 0 || len(r.Timeline) == 0 {
			t.Errorf("what was seen is not kept: %d delivered, %d rows", r.Counts["delivered"], len(r.Timeline))
		}
	})
	t.Run("it dies before it is ready", func(t *testing.T) {
		t.Parallel()
		r, err := endure(t, started(t, "echo no disk left >&2; exit 3"), agent.Options{})
		if !errors.Is(err, agent.ErrTarget) {
			t.Fatalf("the error is %v", err)
		}
		for _, want := range []string{"did not start", "exit status 3", "no disk left"} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("the error does not say %q: %v", want, err)
			}
		}
		if r.Verdict != report.Failed || r.Failure != err.Error() {
			t.Errorf("the result says %s, %q", r.Verdict, r.Failure)
		}
	})
	t.Run("its program is not there", func(t *testing.T) {
		t.Parallel()
		_, err := endure(t, "{url: 'ws://127.0.0.1:1', start: {command: [./no-such-server]}}", agent.Options{})
		if !errors.Is(err, agent.ErrTarget) || !strings.Contains(err.Error(), "no-such-server") {
			t.Errorf("the error is %v", err)
		}
	})
	t.Run("it does not come back after a kill", func(t *testing.T) {
		t.Parallel()
		// The second start finds the marker of the first.
		marker := t.TempDir() + "/started"
		target := started(t, "if [ -e "+marker+" ]; then echo the lock is stale >&2; exit 4; fi; touch "+marker)
		r, err := endure(t, target, agent.Options{}, "duration=10s", "faults=[{name: crash, at: 500ms, kind: server.kill}]")
		if err == nil {
			t.Fatal("no error")
		}
		for _, want := range []string{"crash", "exit status 4", "the lock is stale"} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("the error does not say %q: %v", want, err)
			}
		}
		if r.Verdict != report.Failed || r.Counts["delivered"] == 0 {
			t.Errorf("the result says %s, %d delivered", r.Verdict, r.Counts["delivered"])
		}
	})
	t.Run("it runs out of descriptors", func(t *testing.T) {
		t.Parallel()
		r, err := endure(t, started(t, "ulimit -n 40", "--max-conns", "1000"), agent.Options{}, "clients.count=80", "clients.reconnect.attempts=1")
		if err != nil {
			t.Fatal(err)
		}
		if r.Verdict == report.Passed || r.Counts["connects"] == 0 || r.Counts["never_ready"] == 0 || len(r.ConnectErrors) == 0 {
			t.Errorf("%s: %d connects, %d never ready, errors %+v", r.Verdict, r.Counts["connects"], r.Counts["never_ready"], r.ConnectErrors)
		}
		t.Log(r.ConnectErrors)
	})
	t.Run("it takes no more connections", func(t *testing.T) {
		t.Parallel()
		r, err := endure(t, started(t, "", "--max-conns", "3"), agent.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if r.Verdict == report.Passed || len(r.ConnectErrors) != 1 || r.ConnectErrors[0].Kind != "handshake refused with HTTP 503" ||
			!strings.Contains(r.ConnectErrors[0].First, "no more connections; try again later") {
			t.Errorf("%s: errors %+v", r.Verdict, r.ConnectErrors)
		}
	})
	t.Run("its name does not resolve", func(t *testing.T) {
		t.Parallel()
		r, err := endure(t, "ws://no-such-host.invalid:80/ws", agent.Options{})
		if !errors.Is(err, agent.ErrTarget) || !strings.Contains(err.Error(), "no-such-host.invalid") || !strings.Contains(err.Error(), "target.url") {
			t.Errorf("the error is %v", err)
		}
		if r.Verdict != report.Failed || r.Failure == "" {
			t.Errorf("the result says %s, %q", r.Verdict, r.Failure)
		}
	})
}
