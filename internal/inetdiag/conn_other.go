//go:build !linux

package inetdiag

import "net/netip"

// Conn cannot be had here.
type Conn struct{}

// Open returns ErrUnsupported.
func Open() (*Conn, error) { return nil, ErrUnsupported }

// Close does nothing.
func (*Conn) Close() error { return nil }

// Find returns ErrUnsupported.
func (*Conn) Find(_, _ netip.AddrPort) (Socket, error) { return Socket{}, ErrUnsupported }

// Each returns ErrUnsupported.
func (*Conn) Each(uint16, func(Socket)) error { return ErrUnsupported }
