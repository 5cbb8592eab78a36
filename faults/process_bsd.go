//go:build unix && !linux

package faults

import "syscall"

// There is no Pdeathsig here: a server outlives an imbench that is killed.
func childAttr() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
func holdThread() (release func())    { return func() {} }
func awaitExit(int) bool              { return false }
