package interop_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// startWithin bounds the start of a server on a busy machine.
const startWithin = 30 * time.Second

// lacking skips a test for what this machine lacks; in CI there is no excuse.
func lacking(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(what)
	}
	t.Skip(what)
}

// program finds a program of a Debian package.
func program(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		lacking(t, name+" is not installed: scripts/setup-interop.sh")
	}
	return path
}

// script is the command that runs one of the scripts in node/.
func script(t testing.TB, name string, args ...string) []string {
	t.Helper()
	dir, err := filepath.Abs("node")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "node_modules", "socket.io")); err != nil {
		lacking(t, "the npm packages are not installed: scripts/setup-interop.sh")
	}
	return append([]string{program(t, "node"), filepath.Join(dir, name)}, args...)
}

// freeAddr is a loopback address below the ephemeral ports, where no client
// can come to lie on it by chance.
func freeAddr(t testing.TB) string {
	t.Helper()
	for range 100 {
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(20_000+rand.IntN(10_000))))
		if err == nil {
			l.Close()
			return l.Addr().String()
		}
	}
	t.Fatal("no free port")
	return ""
}

func portOf(addr string) string {
	_, port, _ := net.SplitHostPort(addr)
	return port
}

// process is a program that a test started.
type process struct {
	mu    sync.Mutex
	lines []string // that it has written, both streams
	grown chan struct{}
	ended bool
}

// start runs a command until the end of the test.
func start(t testing.TB, command []string, env ...string) *process {
	t.Helper()
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Dir = t.TempDir()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	r, w := io.Pipe()
	cmd.Stdout, cmd.Stderr = w, w
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &process{grown: make(chan struct{})}
	var reading sync.WaitGroup
	reading.Go(func() { p.read(r) })
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // it and its children
		_ = cmd.Wait()                                      // it was killed
		w.Close()
		reading.Wait()
		if t.Failed() {
			t.Logf("%s said:\n%s", strings.Join(command, " "), strings.Join(p.said(), "\n"))
		}
	})
	return p
}

func (p *process) read(r io.Reader) {
	const most = 10_000
	for lines := bufio.NewScanner(r); lines.Scan(); {
		p.mu.Lock()
		if len(p.lines) < most {
			p.lines = append(p.lines, lines.Text())
		}
		close(p.grown)
		p.grown = make(chan struct{})
		p.mu.Unlock()
	}
	_, _ = io.Copy(io.Discard, r) // a line too long to scan must not block the process
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended = true
	close(p.grown)
}

func (p *process) said() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.lines...)
}

// count is how many lines contain text.
func (p *process) count(text string) (n int) {
	for _, line := range p.said() {
		if strings.Contains(line, text) {
			n++
		}
	}
	return n
}

// await waits until a line contains text.
func (p *process) await(t testing.TB, text string) {
	t.Helper()
	deadline := time.After(startWithin)
	for {
		p.mu.Lock()
		grown, ended := p.grown, p.ended
		p.mu.Unlock()
		switch {
		case p.count(text) > 0:
			return
		case ended:
			t.Fatalf("the process ended without saying %q", text)
		}
		select {
		case <-grown:
		case <-deadline:
			t.Fatalf("no %q within %v", text, startWithin)
		}
	}
}

// node runs a script of node/ on a free port and waits until it is ready.
func node(t testing.TB, name string, args ...string) (addr string, p *process) {
	t.Helper()
	addr = freeAddr(t)
	p = start(t, script(t, name, append([]string{"--port", portOf(addr)}, args...)...))
	p.await(t, "ready")
	return addr, p
}

// awaitTCP waits until something listens on addr.
func awaitTCP(t testing.TB, addr string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), startWithin)
	defer cancel()
	every := time.NewTicker(20 * time.Millisecond)
	defer every.Stop()
	for {
		c, err := net.Dial("tcp", addr)
		if err == nil {
			c.Close()
			return
		}
		select {
		case <-every.C:
		case <-ctx.Done():
			t.Fatal(fmt.Errorf("nothing listens on %s: %w", addr, err))
		}
	}
}
