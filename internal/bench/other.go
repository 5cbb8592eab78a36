//go:build !linux

package main

import "errors"

func pinned(_ int, start func() error) error { return start() }

func floorMain(string, []string) error { return errors.New("the floor is measured on Linux only") }
