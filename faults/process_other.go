//go:build !unix

package faults

import (
	"os"
	"syscall"
)

func childAttr() *syscall.SysProcAttr { return nil }
func holdThread() (release func())    { return func() {} }
func awaitExit(int) bool              { return false }

func signalStop(*os.Process) error          { return errUnsupported }
func signalContinue(*os.Process) error      { return errUnsupported }
func signalStopGroup(*os.Process) error     { return errUnsupported }
func signalContinueGroup(*os.Process) error { return errUnsupported }
func signalKill(p *os.Process) error        { return p.Kill() }
func signalTerminate(p *os.Process) error   { return p.Kill() }
func probe(*os.Process) error               { return nil }
func killGroup(*os.Process)                 {}
func awaitStop(int) error                   { return nil }
