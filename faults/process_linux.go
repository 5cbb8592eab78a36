package faults

import (
	"errors"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

func childAttr() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// holdThread keeps the goroutine on its thread: the kernel sends Pdeathsig
// when the *thread* ends that started the child, and the Go runtime ends
// threads as it likes.
func holdThread() (release func()) {
	runtime.LockOSThread()
	return runtime.UnlockOSThread
}

// awaitExit waits until the child has ended and reports whether it is still to
// be reaped, so that its pid, and its group's, cannot be somebody else's yet.
func awaitExit(pid int) bool {
	for {
		err := unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if !errors.Is(err, unix.EINTR) {
			return err == nil
		}
	}
}
