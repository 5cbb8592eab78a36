package oracle_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/imbench/imbench/faults"
	"github.com/imbench/imbench/scenario"
)

// nobody runs imbench: an ordinary user, who could not drop a packet.
const nobody = 65534

// play is a whole run of imbench, against a server.
type play struct {
	scenario string   // without target and faults
	serve    []string // flags of the reference server
	fault    string   // as imbench would make it, left open for the mechanism
	clients  int
	at       time.Duration // of the fault; 0: whenever a connection has idled for too long
}

// build builds imbench where nobody may run it.
func build(t *testing.T) (imbench string) {
	t.Helper()
	dir := publicDir(t)
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	imbench = filepath.Join(dir, "imbench")
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", imbench, "../../cmd/imbench").CombinedOutput()
	if err != nil {
		t.Fatalf("build imbench: %v\n%s", err, out)
	}
	return imbench
}

// publicDir is a folder that others may be let into: the way to t.TempDir is
// closed to them.
func publicDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "imbench-oracle-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// perform runs the play in a site of its own, where w makes the fault.
func (p *play) perform(t *testing.T, imbench string, w way) *account {
	t.Helper()
	s := newSite(t, w.drops, orLong(w.natTimeout))
	dir := publicDir(t)
	if err := os.Chown(dir, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	told := p.told(t)
	text := p.target() + p.scenario
	if w.mechanism != "" {
		text += "faults: [" + p.faultBy(w.mechanism) + "]\n"
	}
	file := filepath.Join(dir, "scenario.yaml")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}

	s.start(t, s.server, dir, imbench, append([]string{"serve", "--quiet", "--listen", serverAddr}, p.serve...)...)
	presence := s.observe(t)
	run := s.start(t, s.client, dir, imbench, "run", file, "--quiet", "-o", "result.json", "--events", "events.jsonl")
	var struck span
	if w.mechanism == "" && p.at > 0 {
		struck = p.strike(t, s, w, told)
	}
	run.await(t)
	a := readAccount(t, dir, presence())
	a.settle(told, struck)
	return a
}

// strike makes the fault in the middle of the run, and returns when.
func (p *play) strike(t *testing.T, s *site, w way, victims []uint32) (when span) {
	t.Helper()
	var err error
	defer func() {
		if err != nil {
			t.Fatal(err)
		}
	}()
	nft, conntrack := program(t, "nft"), program(t, "conntrack")
	// The last of the clients is there: that is the run's second 0. One
	// connection is the observer's.
	if err = s.awaitFlows(t.Context(), p.clients+1, startWithin); err != nil {
		return when
	}
	select {
	case <-time.After(p.at):
	case <-t.Context().Done():
	}
	known, err := s.flows()
	if err != nil {
		return when
	}
	addrs := addrsFrom(firstClient, p.clients)
	dark := slices.DeleteFunc(known, func(f flow) bool {
		return !slices.ContainsFunc(victims, func(v uint32) bool { return addrs[v] == f.addr })
	})
	if len(dark) != len(victims) {
		t.Fatalf("%d connections of %d clients to darken", len(dark), len(victims))
	}
	when.from = time.Now()
	if w.drops != "" {
		err = s.drop(t.Context(), nft, dark)
	} else {
		err = s.forget(t.Context(), conntrack, dark)
	}
	when.to = time.Now()
	return when
}

// target gives each client an address of its own, by which it is known on the
// way.
func (p *play) target() string {
	return fmt.Sprintf("name: oracle\nseed: 7\ntarget: {url: 'ws://%s/ws', preset: envelope, local_ips: [%s]}\n",
		serverAddr, strings.Join(addrsFrom(firstClient, p.clients), ", "))
}

// faultBy is the fault, made by a mechanism; where there is no choice, none may
// be named.
func (p *play) faultBy(m faults.Mechanism) string {
	if m == faults.MD5 || m == faults.MinTTL {
		return p.fault + ", mechanism: " + string(m) + "}"
	}
	return p.fault + "}"
}

// told are the clients that imbench's own plan would take.
func (p *play) told(t *testing.T) []uint32 {
	t.Helper()
	text := p.target() + p.scenario + "faults: [" + p.faultBy("") + "]\n"
	s, err := scenario.Load([]byte(text), "oracle.yaml", scenario.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return scenario.NewPlan(s).Occurrences()[0].Clients
}

// process is imbench at work in a namespace.
type process struct {
	cmd   *exec.Cmd
	ended chan error
	said  strings.Builder
}

// start starts imbench in a namespace as an ordinary user; the test ends it.
func (s *site) start(t *testing.T, n namespace, dir, imbench string, args ...string) *process {
	t.Helper()
	cmd := exec.Command(imbench, args...)
	p := &process{cmd: cmd, ended: make(chan error, 1)}
	cmd.Dir = dir
	cmd.Stdout, cmd.Stderr = &p.said, &p.said
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	if err := n.do(cmd.Start); err != nil {
		t.Fatal(err)
	}
	go func() { p.ended <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended
		if p.cmd != nil {
			<-p.ended
		}
		if t.Failed() {
			t.Logf("imbench %s said:\n%s", strings.Join(args, " "), p.said.String())
		}
	})
	return p
}

// await waits until imbench has ended by itself. A verdict is no error.
func (p *process) await(t *testing.T) {
	t.Helper()
	select {
	case err := <-p.ended:
		p.cmd = nil
		var exit *exec.ExitError
		if err != nil && (!errors.As(err, &exit) || exit.ExitCode() < 3) {
			t.Fatalf("imbench: %v\n%s", err, p.said.String())
		}
	case <-time.After(2 * startWithin):
		t.Fatal("the run did not end")
	}
}
