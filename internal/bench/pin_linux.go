package main

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// pinned runs start such that the process it starts stays on one processor, if
// there is more than one: a child inherits that from the thread that starts it.
func pinned(cpu int, start func() error) error {
	if runtime.NumCPU() < 2 {
		return start()
	}
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		var set unix.CPUSet
		set.Set(cpu)
		if err := unix.SchedSetaffinity(0, &set); err != nil {
			done <- err
			return
		}
		done <- start()
	}()
	return <-done
}
