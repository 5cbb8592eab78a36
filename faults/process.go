package faults

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"
)

// ErrNotOurs is what a Process gives that was attached to, not started, when
// asked for more than Freeze and Thaw.
var ErrNotOurs = errors.New("the server was not started by imbench")

// Spec says how a server under test is started.
type Spec struct {
	Command []string      // the program and its arguments
	Dir     string        // where; "" is here
	Env     []string      // NAME=VALUE, beside our own environment
	Ready   string        // tcp://host:port or http://…: answered means ready; "" is not waited for
	Within  time.Duration // how long that may take; default 10s
	Grace   time.Duration // from SIGTERM to SIGKILL; default 5s

	Output       io.Writer    // gets a copy of stdout and stderr; may be nil
	OnStdoutLine func(string) // gets every line of stdout, one call at a time; may be nil; must not call the Process
}

const (
	defaultWithin = 10 * time.Second
	defaultGrace  = 5 * time.Second
	outputDelay   = 500 * time.Millisecond // for output still on its way when the process has ended
)

// Process is the server under test: a child with a process group of its own,
// which dies with imbench (on Linux), or a process that was there before. Its
// methods are safe for concurrent use. A started one needs Stop.
type Process struct {
	spec   Spec
	output *output
	died   chan struct{}

	starting sync.Mutex // held while a child is started

	mu       sync.Mutex
	child    *child      // the present or the last one; nil when attached
	attached *os.Process // nil when started
	frozen   bool
	stopped  bool
	restarts int
	dead     bool // died is closed
}

// Start starts a server and waits until it is ready. ctx ends the waiting,
// not the server. An error says how the server ended, and its last words.
func Start(ctx context.Context, spec Spec) (*Process, error) {
	if len(spec.Command) == 0 {
		return nil, errors.New("no command to start the server with")
	}
	if spec.Within == 0 {
		spec.Within = defaultWithin
	}
	if spec.Grace == 0 {
		spec.Grace = defaultGrace
	}
	p := &Process{spec: spec, died: make(chan struct{}), output: newOutput(spec.Output, spec.OnStdoutLine)}
	if err := p.launch(ctx); err != nil {
		return nil, err
	}
	return p, nil
}

// Attach stands for a server on this host that somebody else started. It can
// be frozen and thawed; whether it dies is not known here.
func Attach(pid int) (*Process, error) {
	if pid <= 1 || pid == os.Getpid() {
		return nil, fmt.Errorf("attach: %d is no server's pid", pid)
	}
	proc, err := os.FindProcess(pid)
	if err == nil {
		err = probe(proc)
	}
	if err != nil {
		return nil, fmt.Errorf("attach to pid %d: %w", pid, err)
	}
	return &Process{attached: proc, died: make(chan struct{}), output: newOutput(nil, nil)}, nil
}

// launch starts the command and waits until it is ready; a child that is not
// is gone when launch returns.
func (p *Process) launch(ctx context.Context) error {
	ready, err := newReadiness(p.spec.Ready)
	if err != nil {
		return err
	}
	if err := ready.mustBeFree(ctx); err != nil {
		return err
	}
	c, err := p.spawn()
	if err != nil {
		return err
	}
	err = ready.wait(ctx, p.spec.Within, c.ended)
	switch {
	case err == nil && c.serving():
		return nil
	case err == nil:
		err = errEnded
	}
	if errors.Is(err, errEnded) {
		err = fmt.Errorf("%w: %s", err, c.howEnded())
	}
	_ = c.kill() // it has ended already, or ends now
	<-c.ended
	return fmt.Errorf("%w%s", err, p.LastWords())
}

func (p *Process) declareDead() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.dead {
		p.dead = true
		close(p.died)
	}
}

// PID is the server's process id, of the last child if it has ended.
func (p *Process) PID() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.attached != nil {
		return p.attached.Pid
	}
	return p.child.cmd.Process.Pid
}

// Restarts is how often Restart has started the server again.
func (p *Process) Restarts() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.restarts
}

// Died is closed when a server that was ready ends though nobody here asked
// for it; it stays closed. That of an attached process never is.
func (p *Process) Died() <-chan struct{} { return p.died }

// Exit says how the server ended last ("exit status 1", "signal: killed"), ""
// as long as it runs.
func (p *Process) Exit() string {
	p.mu.Lock()
	c := p.child
	p.mu.Unlock()
	if c == nil {
		return ""
	}
	return c.howEnded()
}

// LastWords ends a sentence about how the server ended: the last lines that it
// wrote to stdout and stderr, raw, as lines if they are several. It is "" when it wrote nothing.
func (p *Process) LastWords() string {
	const most = 10 // lines
	text := strings.TrimSpace(p.output.tail())
	if text == "" {
		return ""
	}
	lines := strings.Split(text, "\n")
	if n := len(lines); n > most {
		lines = lines[n-most:]
	}
	between := " "
	if len(lines) > 1 {
		between = "\n"
	}
	return "; its last words:" + between + strings.Join(lines, "\n")
}

// Freeze stops the server with SIGSTOP, all its group if imbench started it.
// The kernel goes on for it: it accepts connections and acknowledges data. When
// Freeze returns, the server has stopped, however long it took to be scheduled
// for that.
func (p *Process) Freeze() error {
	if err := p.pause(true, signalStop, signalStopGroup, "freeze"); err != nil {
		return err
	}
	if err := awaitStop(p.PID()); err != nil {
		return errors.Join(err, p.Thaw())
	}
	return nil
}

// Thaw lets a frozen server go on with SIGCONT.
func (p *Process) Thaw() error { return p.pause(false, signalContinue, signalContinueGroup, "thaw") }

func (p *Process) pause(frozen bool, one, group func(*os.Process) error, doing string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	err := p.signal(one, group)
	if err != nil {
		return fmt.Errorf("%s server: %w", doing, err)
	}
	p.frozen = frozen
	return nil
}

func (p *Process) signal(one, group func(*os.Process) error) error {
	if p.attached != nil {
		return one(p.attached)
	}
	p.child.mu.Lock()
	defer p.child.mu.Unlock()
	if p.child.gone {
		return os.ErrProcessDone
	}
	return group(p.child.cmd.Process)
}

// Kill ends the server's group with SIGKILL and waits until it is reaped. That
// of a server that has ended does nothing.
func (p *Process) Kill() error {
	c, err := p.ours()
	if err != nil {
		return err
	}
	if err := c.kill(); err != nil {
		return fmt.Errorf("kill server: %w", err)
	}
	<-c.ended
	return nil
}

// Terminate asks the server to end with SIGTERM, thawing it first so that it
// can hear it, and kills it after the grace, or when ctx ends. It returns when
// the server has been reaped; Exit says which it was.
func (p *Process) Terminate(ctx context.Context) error {
	c, err := p.ours()
	if err != nil {
		return err
	}
	if err := c.end(signalTerminate); err != nil {
		return fmt.Errorf("terminate server: %w", err)
	}
	grace := time.NewTimer(p.spec.Grace)
	defer grace.Stop()
	select {
	case <-c.ended:
		return nil
	case <-grace.C:
	case <-ctx.Done():
	}
	return p.Kill()
}

// Restart starts a server again that has ended, with another command if one is
// given, and waits until it is ready, as Start does.
func (p *Process) Restart(ctx context.Context, command []string) error {
	p.starting.Lock()
	defer p.starting.Unlock()
	c, err := p.ours()
	if err != nil {
		return err
	}
	select {
	case <-c.ended:
	default:
		return errors.New("restart server: it is still running")
	}
	if len(command) > 0 {
		p.spec.Command = command
	}
	if err := p.launch(ctx); err != nil {
		return fmt.Errorf("restart: %w", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.restarts++
	return nil
}

// Stop ends what imbench started, in good order; a process that it attached to
// is left as it was found, thawed. It may be called more than once, and always.
func (p *Process) Stop() error {
	p.mu.Lock()
	p.stopped = true
	frozen := p.frozen
	p.mu.Unlock()
	switch {
	case p.attached == nil:
		return p.stopChild()
	case !frozen:
		return nil
	}
	if err := p.Thaw(); !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	return nil
}

// stopChild ends the child there is, and the one that a Restart may just be
// starting.
func (p *Process) stopChild() error {
	err := p.Terminate(context.Background())
	p.starting.Lock()
	defer p.starting.Unlock()
	return errors.Join(err, p.Terminate(context.Background()))
}

func (p *Process) ours() (*child, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.attached != nil {
		return nil, ErrNotOurs
	}
	return p.child, nil
}
