//go:build !linux

package faults

import (
	"errors"
	"syscall"
)

// errUnsupported sends Silence down its ladder, to stall.
var errUnsupported = errors.New("not on this platform")

const maxTTL = 255

func (*Conn) setMD5(bool) error                  { return errUnsupported }
func (*Conn) setMinTTL(int) error                { return errUnsupported }
func (*Conn) setKeepAlive(bool) (bool, error)    { return false, errUnsupported }
func unacked(syscall.RawConn) (n int, err error) { return 0, errUnsupported }
