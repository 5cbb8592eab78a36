// Command testlog makes what `go test -json` writes short: a line for each
// package, all that a failed test said, and at the end which tests were
// skipped and why. `make test` uses it, so that a test that needs what the
// machine lacks is not taken for one that passed.
//
//	go test -json ./... | testlog
//
// It exits with 1 when a test or a build failed, or when nothing ran.
package main

import (
	"bufio"
	"fmt"
	"os"
)

func main() {
	out := bufio.NewWriter(os.Stdout)
	s := newSummary(out)
	err := s.read(os.Stdin)
	s.close()
	if e := out.Flush(); err == nil {
		err = e
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "testlog:", err)
		os.Exit(1)
	}
	if !s.passed() {
		os.Exit(1)
	}
}
