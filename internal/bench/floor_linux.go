package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// The floor is what no client can go below: raw TCP, no WebSocket, one thread
// around epoll, one read and one write for each round trip, nothing recorded.

const floorMessage = 188 // bytes, as an envelope

func floorMain(role string, args []string) error {
	switch {
	case role == "floor-server" && len(args) == 1:
		return floorServer(args[0])
	case role == "floor-client" && len(args) == 3:
		conns, err1 := strconv.Atoi(args[1])
		seconds, err2 := strconv.Atoi(args[2])
		if err := errors.Join(err1, err2); err != nil {
			return err
		}
		return floorClient(args[0], conns, time.Duration(seconds)*time.Second)
	}
	return fmt.Errorf("%s: wrong arguments", role)
}

func sockaddr(addr string) (*unix.SockaddrInet4, error) {
	ap, err := netip.ParseAddrPort(addr)
	if err != nil {
		return nil, err
	}
	return &unix.SockaddrInet4{Port: int(ap.Port()), Addr: ap.Addr().As4()}, nil
}

// floorServer echoes whatever it reads, until SIGTERM.
func floorServer(addr string) error {
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	go func() { <-stop; os.Exit(0) }()
	sa, err := sockaddr(addr)
	if err != nil {
		return err
	}
	listener, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return err
	}
	reuse := unix.SetsockoptInt(listener, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1) // connections of the job before linger
	if err := errors.Join(reuse, unix.Bind(listener, sa), unix.Listen(listener, 4096)); err != nil {
		return err
	}
	return poll(listener, func(ep, fd int, buf []byte) error {
		if fd == listener {
			c, _, err := unix.Accept4(listener, unix.SOCK_NONBLOCK)
			if err != nil {
				return nil // taken back meanwhile
			}
			_ = unix.SetsockoptInt(c, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
			return watch(ep, c)
		}
		n, err := unix.Read(fd, buf)
		if n <= 0 || err != nil {
			return unix.Close(fd)
		}
		_, err = unix.Write(fd, buf[:n])
		if err != nil {
			return unix.Close(fd)
		}
		return nil
	}, func() bool { return false })
}

// floorClient keeps one message under way on each connection and prints the
// CPU time per round trip in nanoseconds.
func floorClient(addr string, conns int, lasting time.Duration) error {
	sa, err := sockaddr(addr)
	if err != nil {
		return err
	}
	message := make([]byte, floorMessage)
	fds := make([]int, conns)
	for i := range fds {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
		if err != nil {
			return err
		}
		if err := errors.Join(unix.Connect(fd, sa), unix.SetNonblock(fd, true), unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)); err != nil {
			return err
		}
		fds[i] = fd
	}
	trips := 0
	ends := time.Now().Add(lasting)
	before := cpuTime()
	begun := false
	err = poll(-1, func(ep, fd int, buf []byte) error {
		n, err := unix.Read(fd, buf)
		if err != nil || n == 0 {
			return fmt.Errorf("the server hung up: %w", err)
		}
		trips++
		_, err = unix.Write(fd, message[:n])
		return err
	}, func() bool { return time.Now().After(ends) }, func(ep int) error {
		for _, fd := range fds {
			if err := watch(ep, fd); err != nil {
				return err
			}
			if _, err := unix.Write(fd, message); err != nil {
				return err
			}
		}
		begun = true
		return nil
	})
	if err != nil || !begun || trips == 0 {
		return fmt.Errorf("%d round trips: %w", trips, err)
	}
	return json.NewEncoder(os.Stdout).Encode((cpuTime() - before) / time.Duration(trips))
}

func cpuTime() time.Duration {
	var r unix.Rusage
	_ = unix.Getrusage(unix.RUSAGE_SELF, &r) // cannot fail
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

func watch(ep, fd int) error {
	return unix.EpollCtl(ep, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)})
}

// poll calls ready for each readable descriptor until done says so.
func poll(listener int, ready func(ep, fd int, buf []byte) error, done func() bool, first ...func(ep int) error) error {
	ep, err := unix.EpollCreate1(0)
	if err != nil {
		return err
	}
	if listener >= 0 {
		if err := watch(ep, listener); err != nil {
			return err
		}
	}
	for _, f := range first {
		if err := f(ep); err != nil {
			return err
		}
	}
	events := make([]unix.EpollEvent, 512)
	buf := make([]byte, 16<<10)
	for !done() {
		n, err := unix.EpollWait(ep, events, 100)
		if err != nil && !errors.Is(err, unix.EINTR) {
			return err
		}
		for _, e := range events[:max(n, 0)] {
			if err := ready(ep, int(e.Fd), buf); err != nil {
				return err
			}
		}
	}
	return nil
}
