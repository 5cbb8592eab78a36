//go:build unix

package faults

import (
	"errors"
	"os"
	"syscall"
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
