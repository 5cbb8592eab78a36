//go:build unix

package faults

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// The test binary is its own server under test: started with this variable, it
// behaves as the variable says.
const actAs = "IMBENCH_TEST_ACT_AS"

func TestMain(m *testing.M) {
	if how, is := os.LookupEnv(actAs); is {
		act(how, os.Args[1:])
		return
	}
	goleak.VerifyTestMain(m)
}

// act is a server that listens on its first argument.
func act(how string, args []string) {
	switch how {
	case "broken":
		fmt.Println("loading")
		fmt.Fprintln(os.Stderr, "no such database")
		os.Exit(3)
	case "deaf":
		fmt.Println("I never listen")
		time.Sleep(time.Hour)
	case "imbench":
		p, err := Start(context.Background(), Spec{
			Command: []string{os.Args[0], args[0]}, Env: []string{actAs + "=good"}, Ready: "tcp://" + args[0],
		})
		if err != nil {
			os.Exit(1)
		}
		fmt.Println("child", p.PID())
		time.Sleep(time.Hour)
	case "stubborn":
		signal.Ignore(syscall.SIGTERM)
	case "family":
		child := exec.Command(os.Args[0], "127.0.0.1:0")
		child.Env = append(os.Environ(), actAs+"=deaf")
		if err := child.Start(); err != nil {
			os.Exit(1)
		}
		fmt.Println("child", child.Process.Pid)
	}
	l, err := net.Listen("tcp", args[0])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("listening")
	if how == "unavailable" {
		_ = http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }))
	}
	_ = http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/die" {
			fmt.Println("told to die")
			os.Exit(7)
		}
	}))
}

func TestAServerIsReadyWhenStartReturns(t *testing.T) {
	for _, scheme := range []string{"tcp", "http"} {
		t.Run(scheme, func(t *testing.T) {
			spec := server(t, "good", scheme)
			p := start(t, spec)
			conn, err := net.Dial("tcp", address(spec))
			if err != nil {
				t.Fatal(err)
			}
			_ = conn.Close()
			if p.PID() == 0 || p.Exit() != "" {
				t.Errorf("pid %d, exit %q", p.PID(), p.Exit())
			}
		})
	}
}

func TestAServerThatDoesNotComeUpSaysWhy(t *testing.T) {
	for _, c := range []struct {
		name, how, scheme string
		within            time.Duration
		want              []string
	}{
		{"it ends first, and is not waited for", "broken", "tcp", time.Minute,
			[]string{"ended before it was ready: exit status 3", "its last words:\n", "loading", "no such database"}},
		{"it never listens", "deaf", "tcp", 3 * time.Second,
			[]string{"server not ready within 3s: dial tcp 127.0.0.1:", "connection refused", "its last words: I never listen"}},
		{"it answers that it is not available", "unavailable", "http", 3 * time.Second,
			[]string{"server not ready within 3s", "503 Service Unavailable"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			spec := server(t, c.how, c.scheme)
			spec.Within = c.within
			p, err := Start(t.Context(), spec)
			if err == nil {
				_ = p.Stop()
				t.Fatal("it is said to be ready")
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not say %q", err, want)
				}
			}
		})
	}
}

func TestAServerIsNotStartedBesideAnother(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	spec := server(t, "good", "tcp")
	spec.Ready = "tcp://" + l.Addr().String()
	if _, err := Start(t.Context(), spec); err == nil || !strings.Contains(err.Error(), "something else already listens") {
		t.Errorf("got %v", err)
	}
}

func TestAWrongSpecIsAnError(t *testing.T) {
	for name, spec := range map[string]Spec{
		"no command":                  {},
		"no such program":             {Command: []string{filepath.Join(t.TempDir(), "none")}},
		"ready is no address":         {Command: []string{"true"}, Ready: "8080"},
		"ready is in no known way":    {Command: []string{"true"}, Ready: "udp://127.0.0.1:1"},
		"ready on tcp without a port": {Command: []string{"true"}, Ready: "tcp://127.0.0.1"},
	} {
		if _, err := Start(t.Context(), spec); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestStartGivesUpWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	spec := server(t, "deaf", "tcp")
	spec.OnStdoutLine = func(string) { cancel() }
	if _, err := Start(ctx, spec); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestAFrozenServerAnswersNobodyUntilItThaws(t *testing.T) {
	spec := server(t, "good", "tcp")
	p := start(t, spec)
	for range 2 { // it can be frozen again
		if err := p.Freeze(); err != nil {
			t.Fatal(err)
		}
		if err := get(t, spec, "/", 100*time.Millisecond); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a frozen server answered: %v", err)
		}
		if err := p.Thaw(); err != nil {
			t.Fatal(err)
		}
		if err := get(t, spec, "/", 10*time.Second); err != nil {
			t.Errorf("a thawed server: %v", err)
		}
	}
}

func TestAKilledServerStartsAgain(t *testing.T) {
	spec := server(t, "good", "tcp")
	p := start(t, spec)
	pid := p.PID()
	if err := p.Freeze(); err != nil { // frozen servers die, too
		t.Fatal(err)
	}
	if err := p.Restart(t.Context(), nil); err == nil {
		t.Error("a running server was started again")
	}
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
	if p.Exit() != "signal: killed" {
		t.Errorf("it ended by %q", p.Exit())
	}
	if err := p.Restart(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if err := get(t, spec, "/", 10*time.Second); err != nil {
		t.Error(err)
	}
	if p.PID() == pid || p.Restarts() != 1 || p.Exit() != "" {
		t.Errorf("pid %d after %d, restarts %d, exit %q", p.PID(), pid, p.Restarts(), p.Exit())
	}
	notDead(t, p)
}

func TestATerminatedServerStartsAgainWithAnotherCommand(t *testing.T) {
	spec, other := server(t, "good", "tcp"), freeAddress(t)
	p := start(t, spec)
	if err := p.Terminate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if p.Exit() != "signal: terminated" {
		t.Errorf("it ended by %q", p.Exit())
	}
	p.spec.Ready = "tcp://" + other
	if err := p.Restart(t.Context(), []string{os.Args[0], other}); err != nil {
		t.Fatal(err)
	}
	notDead(t, p)
}

func TestAServerThatIgnoresSIGTERMIsKilledAfterItsGrace(t *testing.T) {
	spec := server(t, "stubborn", "tcp")
	spec.Grace = 100 * time.Millisecond
	p := start(t, spec)
	if err := p.Terminate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if p.Exit() != "signal: killed" {
		t.Errorf("it ended by %q", p.Exit())
	}
}

func TestAServerThatDiesUnaskedIsNoticed(t *testing.T) {
	spec := server(t, "good", "tcp")
	p := start(t, spec)
	notDead(t, p)
	_ = get(t, spec, "/die", 10*time.Second) // it dies before it answers
	select {
	case <-p.Died():
	case <-time.After(10 * time.Second):
		t.Fatal("not noticed")
	}
	if p.Exit() != "exit status 7" || !strings.HasSuffix(p.LastWords(), "told to die") {
		t.Errorf("it ended by %q, after %q", p.Exit(), p.LastWords())
	}
	if err := p.Freeze(); !errors.Is(err, os.ErrProcessDone) {
		t.Errorf("freezing a dead server: %v", err)
	}
	if err := errors.Join(p.Kill(), p.Terminate(t.Context())); err != nil {
		t.Errorf("ending a dead server: %v", err)
	}
}

func TestWhatAServerHasStartedEndsWithIt(t *testing.T) {
	for _, how := range []string{"killed", "dies unasked"} {
		t.Run(how, func(t *testing.T) {
			spec := server(t, "family", "tcp")
			child := make(chan int, 1)
			spec.OnStdoutLine = func(line string) {
				if pid, is := strings.CutPrefix(line, "child "); is {
					n, _ := strconv.Atoi(pid)
					child <- n
				}
			}
			p := start(t, spec)
			pid := <-child
			if how == "killed" {
				if err := p.Kill(); err != nil {
					t.Fatal(err)
				}
			} else {
				_ = get(t, spec, "/die", 10*time.Second)
				<-p.Died()
			}
			eventually(t, "the server's child has gone", func() bool { return gone(pid) })
		})
	}
}

// gone reports whether pid has ended; in a container nobody may reap it.
func gone(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return true
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || strings.Contains(string(stat), ") Z ")
}

func TestOutputIsCopiedAndCutIntoLines(t *testing.T) {
	var copied syncBuffer
	var lines []string
	spec := server(t, "broken", "tcp")
	spec.Output = &copied
	spec.OnStdoutLine = func(line string) { lines = append(lines, line) }
	if _, err := Start(t.Context(), spec); err == nil {
		t.Fatal("a broken server is ready")
	}
	if len(lines) != 1 || lines[0] != "loading" {
		t.Errorf("lines %q", lines)
	}
	if got := copied.String(); !strings.Contains(got, "loading\n") || !strings.Contains(got, "no such database\n") {
		t.Errorf("copied %q", got)
	}
}

func TestAnAttachedServerIsFrozenAndLeftAsItWas(t *testing.T) {
	spec := server(t, "good", "tcp")
	p, err := Attach(start(t, spec).PID())
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Freeze(); err != nil {
		t.Fatal(err)
	}
	if err := get(t, spec, "/", 100*time.Millisecond); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a frozen server answered: %v", err)
	}
	for name, err := range map[string]error{
		"kill": p.Kill(), "terminate": p.Terminate(t.Context()), "restart": p.Restart(t.Context(), nil),
	} {
		if !errors.Is(err, ErrNotOurs) {
			t.Errorf("%s: %v, want ErrNotOurs", name, err)
		}
	}
	if err := errors.Join(p.Stop(), p.Stop()); err != nil {
		t.Fatal(err)
	}
	if err := get(t, spec, "/", 10*time.Second); err != nil {
		t.Errorf("left frozen: %v", err)
	}
	for _, pid := range []int{-1, 0, 1, os.Getpid(), 1 << 30} {
		if _, err := Attach(pid); err == nil {
			t.Errorf("attached to pid %d", pid)
		}
	}
}

func TestStopEndsARestartUnderWay(t *testing.T) {
	spec := server(t, "good", "tcp")
	p := start(t, spec)
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
	restarted := make(chan error, 1)
	p.spec.Within = time.Minute
	p.spec.Env = []string{actAs + "=deaf"}
	go func() { restarted <- p.Restart(t.Context(), nil) }()
	if err := p.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := <-restarted; err == nil {
		t.Error("it was restarted after Stop")
	}
}

// server is the spec of a server that acts as told, on a port of its own.
func server(t *testing.T, how, scheme string) Spec {
	addr := freeAddress(t)
	return Spec{
		Command: []string{os.Args[0], addr},
		Env:     []string{actAs + "=" + how},
		Ready:   scheme + "://" + addr,
	}
}

func address(s Spec) string { return s.Command[1] }

func freeAddress(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func start(t *testing.T, spec Spec) *Process {
	t.Helper()
	p, err := Start(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(p.Stop(), p.Stop()); err != nil {
			t.Errorf("stop: %v", err)
		}
		if p.Exit() == "" {
			t.Error("it still runs after Stop")
		}
	})
	return p
}

func notDead(t *testing.T, p *Process) {
	t.Helper()
	select {
	case <-p.Died():
		t.Error("what was asked for is taken for a death")
	default:
	}
}

func get(t *testing.T, spec Spec, path string, within time.Duration) error {
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address(spec)+path, nil)
	if err != nil {
		return err
	}
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}

type syncBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
