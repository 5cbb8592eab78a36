package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/imbench/imbench/report"
)

// lab runs servers and generators, each on a processor of its own.
type lab struct {
	dir     string
	imbench string
	runs    int
}

const (
	serverCPU    = 0
	generatorCPU = 1
)

// startPinned starts cmd on a processor and waits until it is up.
func startPinned(cmd *exec.Cmd, cpu int, pid *int, stop *func(), up func() bool) error {
	cmd.Stderr = os.Stderr
	if err := pinned(cpu, cmd.Start); err != nil {
		return err
	}
	*pid = cmd.Process.Pid
	*stop = func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	}
	for range 500 {
		if up() {
			return nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	(*stop)()
	return fmt.Errorf("%s did not come up", cmd.Path)
}

func answers(addr string) bool {
	c, err := net.DialTimeout("tcp", addr, time.Second)
	if err == nil {
		_ = c.Close()
	}
	return err == nil
}

func freeAddr() (string, error) {
	for port := 21_000; port < 31_000; port += 7 {
		addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
		if l, err := net.Listen("tcp", addr); err == nil {
			return addr, l.Close()
		}
	}
	return "", errors.New("no free port")
}

// run runs a scenario against a server of its own and returns the result. A
// verdict other than passed is no error: saturation is inconclusive by design.
func (l *lab) run(ctx context.Context, scenario string, flags ...string) (*report.Result, error) {
	return l.runWith(ctx, scenario, nil, flags)
}

// runWith is run with flags for imbench itself, too.
func (l *lab) runWith(ctx context.Context, scenario string, runFlags, serveFlags []string) (*report.Result, error) {
	var pid int
	var stop func()
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	serve := exec.CommandContext(ctx, l.imbench, append([]string{"serve", "--quiet", "--listen", addr}, serveFlags...)...)
	if err := startPinned(serve, serverCPU, &pid, &stop, func() bool { return answers(addr) }); err != nil {
		return nil, err
	}
	defer stop()
	l.runs++
	file := filepath.Join(l.dir, fmt.Sprintf("%d.yaml", l.runs))
	out := filepath.Join(l.dir, fmt.Sprintf("%d.json", l.runs))
	scenario = strings.NewReplacer("{{addr}}", addr, "{{pid}}", strconv.Itoa(pid)).Replace(scenario)
	text := scenario
	if !strings.Contains(scenario, "target:") {
		text = fmt.Sprintf("target: {url: ws://%s/ws, pid: %d}\n%s", addr, pid, scenario)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, l.imbench, append([]string{"run", file, "-o", out, "--quiet"}, runFlags...)...)
	cmd.Stdout, cmd.Stderr = nil, os.Stderr
	if err := pinned(generatorCPU, cmd.Start); err != nil {
		return nil, err
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); err != nil && (!errors.As(err, &exit) || exit.ExitCode() < 3) {
		return nil, err
	}
	f, err := os.Open(out)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return report.Read(f)
}

// eventSpread is the time between the first and the last event of a kind in an
// events file.
func eventSpread(file, kind string) (time.Duration, error) {
	f, err := os.Open(file)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	first, last, seen := 0.0, 0.0, false
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		var e struct {
			T     float64
			Event string
		}
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			return 0, fmt.Errorf("%s: %w", file, err)
		}
		if e.Event != kind {
			continue
		}
		if !seen {
			first, last, seen = e.T, e.T, true
		}
		first, last = min(first, e.T), max(last, e.T)
	}
	return time.Duration((last - first) * float64(time.Second)), lines.Err()
}

// floor runs the raw TCP echo client against the raw TCP echo server and
// returns the client's CPU time per round trip.
func (l *lab) floor(ctx context.Context, conns int, seconds int) (time.Duration, error) {
	addr, err := freeAddr()
	if err != nil {
		return 0, err
	}
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	var pid int
	var stop func()
	serve := exec.CommandContext(ctx, self, "floor-server", addr)
	if err := startPinned(serve, serverCPU, &pid, &stop, func() bool { return answers(addr) }); err != nil {
		return 0, err
	}
	defer stop()
	client := exec.CommandContext(ctx, self, "floor-client", addr, strconv.Itoa(conns), strconv.Itoa(seconds))
	client.Stderr = os.Stderr
	out, err := client.StdoutPipe()
	if err != nil {
		return 0, err
	}
	if err := pinned(generatorCPU, client.Start); err != nil {
		return 0, err
	}
	var per time.Duration
	decodeErr := json.NewDecoder(bufio.NewReader(out)).Decode(&per)
	return per, errors.Join(client.Wait(), decodeErr)
}
