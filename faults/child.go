package faults

import (
	"fmt"
	"os"
	"os/exec"
	"sync"
)

// child is one run of the command.
type child struct {
	cmd   *exec.Cmd
	ended chan struct{} // closed when it is reaped and its output is read

	mu    sync.Mutex
	gone  bool // its pid may be somebody else's from here on
	ready bool
	asked bool // its end was asked for
	how   string
}

// spawn starts the command, and the goroutine that waits for its end.
func (p *Process) spawn() (*child, error) {
	cmd := exec.Command(p.spec.Command[0], p.spec.Command[1:]...) //nolint:noctx // it outlives the context of its start
	cmd.Dir = p.spec.Dir
	cmd.Env = append(os.Environ(), p.spec.Env...)
	cmd.Stdout, cmd.Stderr = p.output.stdout(), p.output.stderr()
	cmd.WaitDelay = outputDelay
	cmd.SysProcAttr = childAttr()
	c := &child{cmd: cmd, ended: make(chan struct{})}
	started := make(chan error)
	go c.live(started, p)
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start server: %w", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.child, p.frozen = c, false
	if p.stopped {
		_ = c.kill() // it ends, and launch says so
	}
	return c, nil
}

// live starts the process and stays until it has ended.
func (c *child) live(started chan<- error, p *Process) {
	defer holdThread()()
	err := c.cmd.Start()
	started <- err
	if err != nil {
		return
	}
	if awaitExit(c.cmd.Process.Pid) {
		c.mu.Lock()
		killGroup(c.cmd.Process) // what it leaves behind ends with it
		c.gone = true
		c.mu.Unlock()
	}
	err = c.cmd.Wait()
	p.output.flush()
	if unasked := c.buried(err); unasked {
		p.declareDead()
	}
}

// buried notes how the child ended and reports whether it did so unasked, once
// it was ready.
func (c *child) buried(err error) (unasked bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gone = true
	if c.how = c.cmd.ProcessState.String(); c.cmd.ProcessState == nil {
		c.how = err.Error()
	}
	close(c.ended)
	return c.ready && !c.asked
}

// serving makes the child's end, from now on, a death unless it is asked for.
// It reports false for a child that has ended already.
func (c *child) serving() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	select {
	case <-c.ended:
		return false
	default:
		c.ready = true
		return true
	}
}

func (c *child) howEnded() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.how
}

// end signals the group once more: its end is asked for.
func (c *child) end(signal func(*os.Process) error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked = true
	if c.gone {
		return nil
	}
	return signal(c.cmd.Process)
}

func (c *child) kill() error { return c.end(signalKill) }
