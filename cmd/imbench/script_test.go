package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain makes imbench a command of the scripts. It starts itself as the
// reference server by the same name.
func TestMain(m *testing.M) {
	if os.Getenv("GORACE") == "" {
		os.Setenv("GORACE", "atexit_sleep_ms=10") // each command would take a second to end
	}
	testscript.Main(m, map[string]func(){"imbench": main})
}

// The scripts in testdata are the command line as its users see it.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(e *testscript.Env) error {
			e.Setenv("IMBENCH_SERVE_TOKEN", "")
			repo, err := filepath.Abs("../..")
			e.Setenv("REPO", repo)
			return err
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":     exits,
			"freeport":  freePort,
			"answers":   answers,
			"appears":   appears,
			"field":     field,
			"jsonlines": jsonLines,
			"signal":    sendSignal,

			"tattler":    tattler,
			"everyform":  everyForm,
			"secretless": secretless,
		},
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	})
}

// exits CODE[,CODE] COMMAND ARG...: the command ends with that code, or one of
// them. What this machine was too busy for is made again; if that does not help
// and the code is right, so be it.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE[,CODE] COMMAND ARG...")
	}
	want := strings.Split(args[0], ",")
	const inconclusive, tries = 4, 10
	right := false
	for range tries {
		got := 0
		var ended *exec.ExitError
		if err := ts.Exec(args[1], args[2:]...); errors.As(err, &ended) {
			got = ended.ExitCode()
		} else {
			ts.Check(err)
		}
		right = slices.Contains(want, strconv.Itoa(got))
		busy := strings.Contains(ts.ReadFile("stdout"), "he generator was the bottleneck")
		switch {
		case right && !busy:
			return
		case !right && (got != inconclusive || !busy):
			ts.Fatalf("exit code %d, want %s", got, args[0])
		}
	}
	if right {
		return
	}
	ts.Fatalf("this machine was too busy %d times", tries)
}

// freeport NAME: puts a free loopback port into the variable.
func freePort(ts *testscript.TestScript, _ bool, args []string) {
	for range 100 {
		// Below the ephemeral ports: no client can come to lie on it by chance.
		port := strconv.Itoa(5_000 + rand.IntN(7000))
		if l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", port)); err == nil {
			l.Close()
			ts.Setenv(args[0], port)
			return
		}
	}
	ts.Fatalf("no free port")
}

// answers URL [REGEXP]: waits until it does, with 200 and a body that matches.
func answers(ts *testscript.TestScript, _ bool, args []string) {
	body := regexp.MustCompile("")
	if len(args) > 1 {
		body = regexp.MustCompile(args[1])
	}
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if text, err := get(args[0]); err == nil && body.Match(text) {
			return
		}
	}
	ts.Fatalf("%s does not answer", strings.Join(args, " "))
}

// appears FILE: waits until it is there.
func appears(ts *testscript.TestScript, _ bool, args []string) {
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if _, err := os.Stat(ts.MkAbs(args[0])); err == nil {
			return
		}
	}
	ts.Fatalf("%s does not appear", args[0])
}

func get(url string) ([]byte, error) {
	client := &http.Client{Timeout: time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Get(url)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, errors.New(resp.Status)
	}
	return io.ReadAll(resp.Body)
}

// field FILE PATH REGEXP: what stands in a JSON file at a path like
// faults.0.name matches. With !, it does not.
func field(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: field FILE PATH REGEXP")
	}
	var v any
	if err := json.Unmarshal([]byte(ts.ReadFile(args[0])), &v); err != nil {
		ts.Fatalf("%s is not JSON: %v", args[0], err)
	}
	for _, key := range strings.Split(args[1], ".") {
		switch at := v.(type) {
		case map[string]any:
			v = at[key]
		case []any:
			i, err := strconv.Atoi(key)
			if err != nil || i >= len(at) {
				ts.Fatalf("%s: there is no item %s", args[1], key)
			}
			v = at[i]
		default:
			ts.Fatalf("%s: nothing is in %v", args[1], v)
		}
	}
	text, err := json.Marshal(v)
	ts.Check(err)
	if found := regexp.MustCompile(args[2]).Match(text); found == neg {
		ts.Fatalf("%s is %s", args[1], text)
	}
}

// jsonlines FILE EVENT...: every line is a JSON object with a time, and all the
// events appear.
func jsonLines(ts *testscript.TestScript, _ bool, args []string) {
	seen := map[string]int{}
	lines := bufio.NewScanner(strings.NewReader(ts.ReadFile(args[0])))
	for n := 1; lines.Scan(); n++ {
		var line struct {
			T      *float64
			Event  string
			Client string
		}
		d := json.NewDecoder(bytes.NewReader(lines.Bytes()))
		if err := d.Decode(&line); err != nil || line.T == nil || line.Event == "" || d.More() {
			ts.Fatalf("line %d is no event: %v: %s", n, err, lines.Text())
		}
		if (line.Client == "") != (line.Event == "begin") {
			ts.Fatalf("line %d is of no client: %s", n, lines.Text())
		}
		seen[line.Event]++
	}
	for _, want := range args[1:] {
		if seen[want] == 0 {
			ts.Fatalf("there is no %s among %v", want, seen)
		}
	}
}

// signal NAME ARG: sends it to the command in the background that was called
// with that argument first.
func sendSignal(ts *testscript.TestScript, _ bool, args []string) {
	known := map[string]syscall.Signal{"TERM": syscall.SIGTERM, "INT": syscall.SIGINT}
	for _, c := range ts.BackgroundCmds() {
		if len(c.Args) > 1 && c.Args[1] == args[1] {
			ts.Check(c.Process.Signal(known[args[0]]))
			return
		}
	}
	ts.Fatalf("no %s is in the background", args[1])
}

// interruptible starts a run that would last for a minute, and waits until its
// second 0. The caller gets the lines of stderr that come after.
func interruptible(t *testing.T, args ...string) (c *exec.Cmd, stdout *bytes.Buffer, stderr <-chan string) {
	t.Helper()
	file := t.TempDir() + "/long.yaml"
	if err := os.WriteFile(file, []byte("clients: {count: 20, connect_rate: 1000/s}\ntraffic: 20/s\nduration: 60s\ndrain: 60s\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	c = exec.Command("imbench", append([]string{"run", file}, args...)...)
	stdout = new(bytes.Buffer)
	c.Stdout = stdout
	pipe, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if c.ProcessState == nil {
			c.Process.Kill()
			c.Wait()
		}
	})
	lines := make(chan string, 1000)
	go func() {
		defer close(lines)
		for in := bufio.NewScanner(pipe); in.Scan(); {
			lines <- in.Text()
		}
	}()
	await(t, lines, "running")
	return c, stdout, lines
}

// await reads lines until one contains text.
func await(t *testing.T, lines <-chan string, text string) {
	t.Helper()
	timeout := time.After(time.Minute)
	var got []string
	for {
		select {
		case line, ok := <-lines:
			if got = append(got, line); strings.Contains(line, text) {
				return
			}
			if !ok {
				t.Fatalf("it ended without saying %q:\n%s", text, strings.Join(got, "\n"))
			}
		case <-timeout:
			t.Fatalf("it does not say %q:\n%s", text, strings.Join(got, "\n"))
		}
	}
}

// ends waits for the end of c and checks its code.
func ends(t *testing.T, c *exec.Cmd, within time.Duration, code int) {
	t.Helper()
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	select {
	case <-ended:
	case <-time.After(within):
		t.Errorf("it goes on after %s", within)
		c.Process.Kill()
		<-ended
	}
	if got := c.ProcessState.ExitCode(); got != code {
		t.Errorf("exit code %d, want %d", got, code)
	}
}

func TestTheFirstSignalEndsARunInOrder(t *testing.T) {
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		t.Run(s.String(), func(t *testing.T) {
			t.Parallel()
			result := t.TempDir() + "/result.json"
			c, stdout, stderr := interruptible(t, "-o", result)
			if err := c.Process.Signal(s); err != nil {
				t.Fatal(err)
			}
			await(t, stderr, "stopping in order; interrupt again to end at once")
			for range stderr {
			}
			ends(t, c, time.Minute, 130)
			if !strings.Contains(stdout.String(), "INTERRUPTED") || !strings.Contains(stdout.String(), "Thresholds") && !strings.Contains(stdout.String(), "Delivery") {
				t.Errorf("the report is:\n%s", stdout)
			}
			text, err := os.ReadFile(result)
			if err != nil {
				t.Fatal(err)
			}
			var r struct {
				Verdict string
				Counts  map[string]int64
			}
			if err := json.Unmarshal(text, &r); err != nil || r.Verdict != "interrupted" || r.Counts["connects"] != 20 {
				t.Errorf("%v: the result is %+v", err, r)
			}
		})
	}
}

func TestTheSecondSignalEndsARunAtOnce(t *testing.T) {
	t.Parallel()
	c, stdout, stderr := interruptible(t)
	children := childrenOf(t, c.Process.Pid)
	for _, hears := range []string{"stopping in order", ""} {
		if err := c.Process.Signal(syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
		if hears != "" {
			await(t, stderr, hears) // or the kernel makes one signal of the two
		}
	}
	for range stderr {
	}
	ends(t, c, 20*time.Second, 130)
	if stdout.Len() > 0 {
		t.Errorf("there is a report:\n%s", stdout)
	}
	if len(children) != 1 {
		t.Errorf("the children were %v, want the reference server", children)
	}
	for _, pid := range children {
		gone := func() bool { return syscall.Kill(pid, 0) != nil }
		for deadline := time.Now().Add(30 * time.Second); !gone() && time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		}
		if !gone() {
			t.Errorf("the reference server %d goes on", pid)
		}
	}
}

// childrenOf lists the children of a process.
func childrenOf(t *testing.T, pid int) (pids []int) {
	t.Helper()
	tasks, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	if err != nil {
		t.Skip("children can be listed on Linux only:", err)
	}
	for _, task := range tasks {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%s/children", pid, task.Name()))
		if err != nil {
			t.Skip("this kernel does not list children:", err)
		}
		for _, word := range strings.Fields(string(text)) {
			child, err := strconv.Atoi(word)
			if err != nil {
				t.Fatal(err)
			}
			pids = append(pids, child)
		}
	}
	slices.Sort(pids)
	return pids
}
