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
	"github.com/imbench/imbench/internal/build"
	"github.com/imbench/imbench/scenario"
)

// nobody runs imbench: an ordinary user, who could not drop a packet.
const nobody = 65534

// play is a whole run of imbench, against a server.
type play struct {
	family   addresses
	host     map[string]string // settings of the one host that all live on; nil: they live in a site
	scenario string            // without target and faults
	serve    []string          // flags of the reference server
	fault    string            // as imbench would make it, left open for the mechanism
	clients  int
	at       time.Duration // of the fault
}

// built is imbench where nobody may run it.
func built(t *testing.T) (imbench string) {
	t.Helper()
	dir := publicDir(t)
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	imbench, err := build.Imbench(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
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

// performance is a play under way in a site of its own.
type performance struct {
	*site
	dir      string // where imbench writes what it saw
	run      *process
	presence func() []presence
}

// site is where the play is played.
func (p *play) site(t *testing.T, w way) *site {
	t.Helper()
	if p.host != nil {
		return newHost(t, p.family, w.drops, p.host)
	}
	return newSite(t, p.family, w.drops, orLong(w.natTimeout))
}

// begin begins the play; where w is one of imbench's own ways, with its fault.
func (p *play) begin(t *testing.T, imbench string, w way) *performance {
	t.Helper()
	s := p.site(t, w)
	dir := publicDir(t)
	if err := os.Chown(dir, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	text := p.target() + p.scenario
	if w.ours {
		text += p.faultBy(w.mechanism)
	}
	file := filepath.Join(dir, "scenario.yaml")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	s.start(t, s.server, dir, imbench, append([]string{"serve", "--quiet", "--listen", s.at.server}, p.serve...)...)
	presence := s.observe(t)
	run := s.start(t, s.client, dir, imbench, "run", file, "--quiet", "-o", "result.json", "--events", "events.jsonl")
	return &performance{s, dir, run, presence}
}

// end waits for the end of the run and reads what was seen.
func (p *performance) end(t *testing.T) *account {
	t.Helper()
	p.run.await(t)
	return readAccount(t, p.dir, p.presence())
}

// perform runs the play, with the fault made by w in the middle of it.
func (p *play) perform(t *testing.T, imbench string, w way) *account {
	t.Helper()
	told := p.told(t)
	on := p.begin(t, imbench, w)
	var struck span
	if !w.ours {
		struck = p.strike(t, on.site, w, told)
	}
	a := on.end(t)
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
	addrs := p.family.clients(p.clients)
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
	return fmt.Sprintf("name: oracle\nseed: 7\ntarget: {url: 'ws://%s/ws', preset: envelope, local_ips: ['%s']}\n",
		p.family.server, strings.Join(p.family.clients(p.clients), "', '"))
}

// faultBy is the fault, made by a mechanism; where there is no choice, none may
// be named.
func (p *play) faultBy(m faults.Mechanism) string {
	named := ""
	if m == faults.MD5 || m == faults.MinTTL {
		named = ", mechanism: " + string(m)
	}
	return "faults: [{" + p.fault + named + "}]\n"
}

// told are the clients that imbench's own plan would take.
func (p *play) told(t *testing.T) []uint32 {
	t.Helper()
	text := p.target() + p.scenario + p.faultBy("")
	s, err := scenario.Load([]byte(text), "oracle.yaml", scenario.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return scenario.NewPlan(s).Occurrences()[0].Clients
}

// process is imbench at work in a namespace.
type process struct {
	said  strings.Builder
	ended chan struct{}
	err   error // once it has ended
}

// start starts imbench in a namespace as an ordinary user. It ends with the
// test, and if that is killed, too.
func (s *site) start(t *testing.T, n namespace, dir, imbench string, args ...string) *process {
	t.Helper()
	p := &process{ended: make(chan struct{})}
	cmd := exec.CommandContext(t.Context(), imbench, args...)
	cmd.Dir = dir
	cmd.Stdout, cmd.Stderr = &p.said, &p.said
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Credential: &syscall.Credential{Uid: nobody, Gid: nobody},
		Pdeathsig:  syscall.SIGKILL, // sent when the thread ends that started it: it waits
	}
	started := make(chan error, 1)
	go func() {
		defer close(p.ended)
		p.err = n.do(func() error {
			err := cmd.Start()
			started <- err
			if err != nil {
				return err
			}
			return cmd.Wait()
		})
	}()
	if err := <-started; err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended
		<-p.ended
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
	case <-p.ended:
		var exit *exec.ExitError
		if p.err != nil && (!errors.As(p.err, &exit) || exit.ExitCode() < 3) {
			t.Fatalf("imbench: %v", p.err)
		}
	case <-time.After(2 * startWithin):
		t.Fatal("the run did not end")
	}
}
