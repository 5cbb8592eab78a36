package testserver

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// nodeDir has the script that drives published clients, and the lock of what
// it needs.
const nodeDir = "testdata/node"

// missing ends a test that needs what this machine lacks; CI must have it.
func missing(t *testing.T, format string, args ...any) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}

// nodeModules is where npm has put what the lock names: beside it, or in the
// user's cache, where it is put now if need be.
func nodeModules(t *testing.T) string {
	t.Helper()
	beside, err := filepath.Abs(filepath.Join(nodeDir, "node_modules"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(beside); err == nil {
		return beside
	}
	lock, err := os.ReadFile(filepath.Join(nodeDir, "package-lock.json"))
	if err != nil {
		t.Fatal(err)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	sum := sha256.Sum256(lock)
	dir := filepath.Join(cache, "imbench", "npm-"+hex.EncodeToString(sum[:6]))
	modules := filepath.Join(dir, "node_modules")
	if _, err := os.Stat(modules); err == nil {
		return modules
	}
	install(t, dir)
	return modules
}

// install makes dir by npm ci, so that it is whole or not there.
func install(t *testing.T, dir string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		t.Fatal(err)
	}
	fresh, err := os.MkdirTemp(filepath.Dir(dir), "npm-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(fresh)
	for _, name := range []string{"package.json", "package-lock.json"} {
		b, err := os.ReadFile(filepath.Join(nodeDir, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(fresh, name), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	npm := exec.CommandContext(ctx, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	npm.Dir = fresh
	npm.WaitDelay = time.Second
	if out, err := npm.CombinedOutput(); err != nil {
		missing(t, "npm ci: %v\n%s", err, out)
	}
	if err := os.Rename(fresh, dir); err != nil {
		if _, stat := os.Stat(dir); stat != nil { // or somebody was faster
			t.Fatal(err)
		}
	}
}

// node is a process with published clients in it. Its methods fail the test.
type node struct {
	t      *testing.T
	url    string
	in     *json.Encoder
	events chan told
	kept   map[string][]told // what came while something else was waited for
}

// told is what a client of node saw.
type told struct {
	Name, What, ID, Transport, Text string
	Recovered                       bool
	Args                            []any
}

// startNode starts clients of a server; they end with the test.
func startNode(t *testing.T, address string) *node {
	t.Helper()
	for _, tool := range []string{"node", "npm"} {
		if _, err := exec.LookPath(tool); err != nil {
			missing(t, "the published clients need %s, which is not installed", tool)
		}
	}
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), "node", filepath.Join(nodeDir, "client.js")) // ended by its input
	cmd.Env = append(os.Environ(), "NODE_PATH="+nodeModules(t))
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
	n := &node{t: t, url: "http://" + address, in: json.NewEncoder(in), events: make(chan told, 1000), kept: map[string][]told{}}
	go n.read(out)
	t.Cleanup(func() {
		_ = in.Close()
		for range n.events { // until it has ended
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("node: %v", err)
		}
	})
	return n
}

func (n *node) read(out io.Reader) {
	defer close(n.events)
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		var e told
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			n.t.Errorf("node told %q: %v", lines.Text(), err)
			return
		}
		n.events <- e
	}
}

// command is one line to the script.
type command struct {
	Do      string         `json:"do"`
	Name    string         `json:"name"`
	URL     string         `json:"url,omitempty"`
	Options map[string]any `json:"options,omitempty"`
	Args    []any          `json:"args,omitempty"`
	Ack     bool           `json:"ack,omitempty"`
}

func (n *node) do(c command) {
	n.t.Helper()
	if err := n.in.Encode(c); err != nil {
		n.t.Fatal(err)
	}
}

// connect begins a client; namespace "" is /.
func (n *node) connect(name, namespace string, options map[string]any) {
	n.t.Helper()
	n.do(command{Do: "connect", Name: name, URL: n.url + namespace, Options: options})
}

func (n *node) emit(name string, args ...any) {
	n.t.Helper()
	n.do(command{Do: "emit", Name: name, Args: args})
}

// next waits for what a client tells next, which must be what; pings and
// upgrades are a matter of their own.
func (n *node) next(name, what string) told {
	n.t.Helper()
	key := told{Name: name, What: what}.queue()
	deadline := time.After(patience)
	for len(n.kept[key]) == 0 {
		select {
		case e, ok := <-n.events:
			if !ok {
				n.t.Fatalf("waiting for %s of %s: node has ended", what, name)
			}
			n.kept[e.queue()] = append(n.kept[e.queue()], e)
		case <-deadline:
			n.t.Fatalf("waiting for %s of %s: nothing came", what, name)
		}
	}
	e := n.kept[key][0]
	n.kept[key] = n.kept[key][1:]
	if e.What != what {
		n.t.Fatalf("waiting for %s of %s, came %+v", what, name, e)
	}
	return e
}

// queue is where e waits for its like.
func (e told) queue() string {
	if e.What == "ping" || e.What == "upgrade" {
		return e.Name + " " + e.What
	}
	return e.Name
}

// greeted waits for the connection and the greeting of a client.
func (n *node) greeted(name string) told {
	n.t.Helper()
	e := n.next(name, "connect")
	g := n.event(name, "message")
	if envelope, ok := g[0].(map[string]any); !ok || envelope["code"] != 201.0 || envelope["event"] != "system" {
		n.t.Fatalf("%s was greeted by %v", name, g)
	}
	return e
}

// event waits for an event and returns its arguments.
func (n *node) event(name, event string) []any {
	n.t.Helper()
	e := n.next(name, "event")
	if len(e.Args) == 0 || e.Args[0] != event {
		n.t.Fatalf("waiting for %s at %s, came %v", event, name, e.Args)
	}
	return e.Args[1:]
}
