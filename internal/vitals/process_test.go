package vitals

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// TestMain lets the test binary play the processes that the tests watch.
func TestMain(m *testing.M) {
	role := os.Getenv("VITALS_ROLE")
	if role == "" {
		goleak.VerifyTestMain(m)
		return
	}
	if err := play(role); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// play works or starts a worker, says so, and ends when its input does.
func play(role string) error {
	switch role {
	case "worker":
		burn(100 * time.Millisecond)
	case "wrapper", "deep wrapper":
		inner := map[string]string{"wrapper": "worker", "deep wrapper": "wrapper"}[role]
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), "VITALS_ROLE="+inner)
		child.Stdin, child.Stdout, child.Stderr = os.Stdin, os.Stdout, os.Stderr
		return child.Run() // it says that it is ready
	case "careless": // does not wait for its child, which ends at once
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), "VITALS_ROLE=ends")
		out, err := child.StdoutPipe()
		if err != nil {
			return err
		}
		if err := child.Start(); err != nil {
			return err
		}
		if _, err := io.Copy(io.Discard, out); err != nil {
			return err
		}
	case "ends":
		return nil
	}
	fmt.Println("ready")
	_, err := io.Copy(io.Discard, os.Stdin)
	return err
}

// burn uses d of CPU time, not of the clock.
func burn(d time.Duration) {
	self, err := Self()
	if err != nil {
		return
	}
	for x := 1.0; ; {
		for range 1_000_000 {
			x = x*1.0000001 + 1
		}
		if s, err := self.Sample(); err != nil || s.CPU >= d {
			return
		}
	}
}

// start starts this binary in role and waits until it is ready. The returned
// function ends it and waits.
func start(t *testing.T, role string) (pid int32, stop func()) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	// The race detector would sleep a second at each end.
	cmd.Env = append(os.Environ(), "VITALS_ROLE="+role, "GORACE=atexit_sleep_ms=0")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		_ = in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("%s: %v", role, err)
		}
	}
	t.Cleanup(stop)
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatalf("%s is not ready: %q, %v", role, line, err)
	}
	return int32(cmd.Process.Pid), stop
}

func TestSamplesAProcessWithItsDescendants(t *testing.T) {
	tests := map[string]struct {
		role      string
		processes int
	}{
		"a process alone":                      {"worker", 1},
		"a wrapper and the server it starts":   {"wrapper", 2},
		"a wrapper of a wrapper of the server": {"deep wrapper", 3},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			pid, stop := start(t, tt.role)
			p, err := Watch(pid)
			if err != nil {
				t.Fatal(err)
			}
			s, err := p.Sample()
			if err != nil {
				t.Fatal(err)
			}
			if s.Processes != tt.processes {
				t.Errorf("%d processes; want %d", s.Processes, tt.processes)
			}
			if s.CPU < 100*time.Millisecond || s.CPU > 30*time.Second {
				t.Errorf("CPU %v; the worker alone used 100ms", s.CPU)
			}
			if least := int64(tt.processes) << 20; s.RSS < least || s.RSS > 4<<30 {
				t.Errorf("RSS %d; a Go process has at least 1 MiB", s.RSS)
			}
			if s.FDs < 3*tt.processes {
				t.Errorf("%d descriptors; want three or more in each", s.FDs)
			}
			if peak := p.Peak(); peak != s {
				t.Errorf("peak %+v; want that of the only sample, %+v", peak, s)
			}
			stop()
			last, err := p.Sample()
			if !errors.Is(err, ErrGone) {
				t.Errorf("Sample after the end: %v; want ErrGone", err)
			}
			if last.CPU < s.CPU || last.RSS != 0 || last.Processes != 0 {
				t.Errorf("after the end %+v; want the CPU time of before (%v) and nothing else", last, s.CPU)
			}
		})
	}
}

func TestAnEndedChildIsNotCountedAgainAndAgain(t *testing.T) {
	pid, _ := start(t, "careless")
	p, err := Watch(pid)
	if err != nil {
		t.Fatal(err)
	}
	first, err := p.Sample()
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		s, err := p.Sample()
		if err != nil {
			t.Fatal(err)
		}
		if s.Processes != 1 {
			t.Fatalf("%d processes; the child has ended", s.Processes)
		}
		if s.CPU-first.CPU > 100*time.Millisecond {
			t.Fatalf("CPU rose from %v to %v though nobody works", first.CPU, s.CPU)
		}
	}
}

func TestSelfLeavesChildrenOut(t *testing.T) {
	_, _ = start(t, "worker")
	p, err := Self()
	if err != nil {
		t.Fatal(err)
	}
	if s, err := p.Sample(); err != nil || s.Processes != 1 {
		t.Errorf("%d processes, %v; want this one alone", s.Processes, err)
	}
}

func TestCountsDescriptors(t *testing.T) {
	p, err := Self()
	if err != nil {
		t.Fatal(err)
	}
	before, err := p.Sample()
	if err != nil {
		t.Fatal(err)
	}
	for range 100 {
		f, err := os.Open(os.DevNull)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
	}
	after, err := p.Sample()
	if err != nil {
		t.Fatal(err)
	}
	if n := after.FDs - before.FDs; n != 100 {
		t.Errorf("100 files opened, %d more descriptors", n)
	}
}

func TestWatchingNobodyFails(t *testing.T) {
	pid, stop := start(t, "worker")
	stop()
	if _, err := Watch(pid); !errors.Is(err, ErrGone) {
		t.Errorf("Watch fails with %v; want ErrGone", err)
	}
}

func BenchmarkSample(b *testing.B) {
	for name, watch := range map[string]func() (*Process, error){
		"self":        Self,
		"descendants": func() (*Process, error) { return Watch(int32(os.Getpid())) },
	} {
		b.Run(name, func(b *testing.B) {
			p, err := watch()
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := p.Sample(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
