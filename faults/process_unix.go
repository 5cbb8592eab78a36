//go:build unix

package faults

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"syscall"
	"time"

	"github.com/shirou/gopsutil/v4/process"
)

func signalOne(p *os.Process, s syscall.Signal) error { return p.Signal(s) }

// signalGroup reaches what the server itself has started, too. The pid is the
// group's; it is ours as long as the leader is not reaped.
func signalGroup(p *os.Process, s syscall.Signal) error {
	if err := syscall.Kill(-p.Pid, s); !errors.Is(err, syscall.ESRCH) {
		return err
	}
	return os.ErrProcessDone
}

func signalStop(p *os.Process) error          { return signalOne(p, syscall.SIGSTOP) }
func signalContinue(p *os.Process) error      { return signalOne(p, syscall.SIGCONT) }
func signalStopGroup(p *os.Process) error     { return signalGroup(p, syscall.SIGSTOP) }
func signalContinueGroup(p *os.Process) error { return signalGroup(p, syscall.SIGCONT) }
func signalKill(p *os.Process) error          { return unlessDone(signalGroup(p, syscall.SIGKILL)) }

// signalTerminate continues a stopped group, so that it gets to see the signal.
func signalTerminate(p *os.Process) error {
	return unlessDone(errors.Join(signalGroup(p, syscall.SIGTERM), signalGroup(p, syscall.SIGCONT)))
}

func unlessDone(err error) error {
	if errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	return err
}

// probe tells whether p exists and may be signalled.
func probe(p *os.Process) error { return p.Signal(syscall.Signal(0)) }

func killGroup(p *os.Process) { _ = signalGroup(p, syscall.SIGKILL) } // an empty group is what is wanted

// awaitStop waits until the process has taken notice of SIGSTOP: the signal
// takes effect only when one of its threads runs, which on a busy machine is
// milliseconds later. That its first thread has stopped means that no other
// goes on.
func awaitStop(pid int) error {
	const patience, step = time.Second, 200 * time.Microsecond
	proc := &process.Process{Pid: int32(pid)}
	for deadline := time.Now().Add(patience); ; time.Sleep(step) {
		status, err := proc.Status()
		if err != nil {
			return fmt.Errorf("freeze server: %w", err)
		}
		if slices.Contains(status, process.Stop) || slices.Contains(status, process.Zombie) {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("freeze server: not stopped %s after SIGSTOP, but %v", patience, status)
		}
	}
}
