package main

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
)

// terminal is a pseudo-terminal that imbench runs on.
type terminal struct {
	file *os.File
	cmd  *exec.Cmd
	done chan struct{} // closed when nothing more comes

	mu   sync.Mutex
	text strings.Builder // all that was written on it
	more chan struct{}   // something came
}

// onTerminal runs imbench on a terminal of 100 columns and 30 rows.
func onTerminal(t *testing.T, args ...string) *terminal {
	t.Helper()
	term := &terminal{cmd: exec.Command("imbench", args...), done: make(chan struct{}), more: make(chan struct{}, 1)}
	term.cmd.Env = append(os.Environ(), "TERM=xterm-256color", "NO_COLOR=")
	var err error
	if term.file, err = pty.StartWithSize(term.cmd, &pty.Winsize{Cols: 100, Rows: 30}); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(term.done)
		b := make([]byte, 4096)
		for {
			n, err := term.file.Read(b)
			term.mu.Lock()
			term.text.Write(b[:n])
			term.mu.Unlock()
			select {
			case term.more <- struct{}{}:
			default:
			}
			if err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() { _ = term.cmd.Process.Kill(); term.file.Close(); <-term.done })
	return term
}

func (t *terminal) written() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.String()
}

// await waits until all the words were written, after the first so many bytes.
func (t *terminal) await(tb testing.TB, from int, words ...string) {
	tb.Helper()
	deadline := time.After(time.Minute)
	for {
		text := t.written()[from:]
		missing := ""
		for _, w := range words {
			if !strings.Contains(text, w) {
				missing = w
			}
		}
		if missing == "" {
			return
		}
		select {
		case <-t.more:
		case <-t.done:
			tb.Fatalf("it ended without %q:\n%s", missing, text)
		case <-deadline:
			tb.Fatalf("%q does not come:\n%s", missing, text)
		}
	}
}

// end waits until imbench has ended and returns its exit code, and what was
// left on the screen: all that came after what was drawn was erased.
func (t *terminal) end(tb testing.TB) (code int, left string) {
	tb.Helper()
	var ended *exec.ExitError
	if err := t.cmd.Wait(); err != nil && !errors.As(err, &ended) {
		tb.Fatal(err)
	}
	<-t.done
	const eraseBelow = "\x1b[0J"
	text := t.written()
	return t.cmd.ProcessState.ExitCode(), text[strings.LastIndex(text, eraseBelow)+len(eraseBelow):]
}

func (t *terminal) resize(tb testing.TB, columns, rows uint16) {
	tb.Helper()
	if err := pty.Setsize(t.file, &pty.Winsize{Cols: columns, Rows: rows}); err != nil {
		tb.Fatal(err)
	}
}

// aRun is a scenario of so many seconds.
func aRun(t *testing.T, duration string) string {
	file := filepath.Join(t.TempDir(), "run.yaml")
	text := `name: looked at
clients: {count: 10, heartbeat: {every: 1s, timeout: 60s}}
traffic: {rate: 50/s}
faults:
  - {name: dark, at: 1s, kind: silence, clients: 20%, for: 2s}
  - {name: later, at: 2500ms, kind: reset, clients: 1}
duration: ` + duration + `
drain: 1s
thresholds: [duplicated == 0, lost == 0]
`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestATerminalShowsTheRunAndKeepsTheReport(t *testing.T) {
	term := onTerminal(t, "run", aRun(t, "5s"))
	term.await(t, 0, "connected", "since start", "● ", "dark", "duplicated == 0", "told at the end", "server", "imbench")
	before := len(term.written())
	term.resize(t, 44, 10)
	term.await(t, before, "running", "1 ok")
	code, left := term.end(t)
	if code != 0 && code != 4 { // 4 on a machine that is too busy
		t.Errorf("exit code %d", code)
	}
	if !strings.Contains(left, "looked at") || !strings.Contains(left, "duplicated == 0") || strings.Contains(left, "since start") {
		t.Errorf("left on the screen:\n%s", left)
	}
	for line := range strings.Lines(narrow(term.written()[before:], left)) {
		if n := len([]rune(strings.TrimRight(line, "\r\n"))); n >= 44 {
			t.Errorf("%d columns on 44: %q", n, line)
		}
	}
}

// narrow are the frames drawn after a resize: all but the first, which may
// have been under way, and what is left at the end.
func narrow(text, left string) string {
	text = strings.TrimSuffix(text, left)
	_, text, _ = strings.Cut(text, "\x1b[0J")
	var b strings.Builder
	for rest := text; rest != ""; {
		if i := strings.IndexByte(rest, '\x1b'); i == 0 {
			rest = rest[1:]
			rest = rest[strings.IndexAny(rest, "ABCDEFGHIJKLMNOPQRSTUVWXYZm")+1:]
			continue
		} else if i > 0 {
			b.WriteString(strings.ReplaceAll(rest[:i], "\r", "\n"))
			rest = rest[i:]
			continue
		}
		b.WriteString(rest)
		break
	}
	return b.String()
}

func TestCtrlCLeavesTheReportOnTheTerminal(t *testing.T) {
	term := onTerminal(t, "run", aRun(t, "300s"))
	term.await(t, 0, "since start")
	if _, err := io.WriteString(term.file, "\x03"); err != nil {
		t.Fatal(err)
	}
	code, left := term.end(t)
	if code != exitInterrupted || !strings.Contains(left, "INTERRUPTED") || strings.Contains(left, "since start") {
		t.Errorf("exit code %d, left on the screen:\n%s", code, left)
	}
	if said := term.written(); !strings.Contains(said, "stopping in order") {
		t.Errorf("it was not said to end:\n%s", said)
	}
	if err := term.cmd.Process.Signal(syscall.Signal(0)); err == nil {
		t.Error("it still runs")
	}
}

func TestADumbTerminalGetsPlainLines(t *testing.T) {
	t.Setenv("TERM", "dumb")
	file, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	cmd := exec.Command("imbench", "run", aRun(t, "3s"))
	cmd.Stderr, cmd.Stdout = tty, tty
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	tty.Close()
	text, err := io.ReadAll(file)
	if err != nil && !errors.Is(err, syscall.EIO) { // how a terminal ends
		t.Error(err)
	}
	_ = cmd.Wait()
	if s := string(text); strings.ContainsRune(s, '\x1b') || !strings.Contains(s, "running 0 s of 4 s") || !strings.Contains(s, "looked at") {
		t.Errorf("%q", s)
	}
}
