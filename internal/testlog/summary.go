package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strings"
)

// event is one line of `go test -json` (see go doc test2json), or of the
// build before it (see go help buildjson).
type event struct {
	Action     string
	Package    string
	ImportPath string // of build events
	Test       string // "" when the event is the package's
	Output     string
}

type testID struct{ pkg, test string }

// summary writes what matters of the events as they come, and counts.
type summary struct {
	out                     io.Writer
	output                  map[testID][]string // of tests that have not ended
	passes, skips, failures int                 // of top-level tests
	broken                  int                 // packages that failed, to build or to run
	packages                int
	skipped                 []string // one line for each skipped test, subtests included
}

func newSummary(out io.Writer) *summary {
	return &summary{out: out, output: map[testID][]string{}}
}

// read takes all events of r. A line that is none is passed on: the go
// command itself speaks so.
func (s *summary) read(r io.Reader) error {
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadString('\n')
		if line != "" {
			s.line(line)
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read the events: %w", err)
		}
	}
}

func (s *summary) line(line string) {
	var e event
	if err := json.Unmarshal([]byte(line), &e); err != nil || e.Action == "" {
		s.print(line)
		return
	}
	id := testID{e.Package, e.Test}
	switch e.Action {
	case "output":
		s.output[id] = append(s.output[id], e.Output)
	case "build-output":
		s.print(e.Output)
	case "pass":
		s.pass(id)
	case "skip":
		s.skip(id)
	case "fail":
		s.fail(id)
	}
}

func (s *summary) pass(id testID) {
	if id.test == "" {
		s.endPackage(id)
		return
	}
	delete(s.output, id)
	if top(id.test) {
		s.passes++
	}
}

func (s *summary) skip(id testID) {
	if id.test == "" {
		s.endPackage(id) // has no test files
		return
	}
	reason := strings.TrimSpace(strings.Join(said(s.output[id]), " "))
	if reason == "" {
		reason = "no reason given"
	}
	s.skipped = append(s.skipped, fmt.Sprintf("%s %s: %s", id.pkg, id.test, reason))
	delete(s.output, id)
	if top(id.test) {
		s.skips++
	}
}

func (s *summary) fail(id testID) {
	if id.test == "" {
		s.broken++
		s.flush(id.pkg)
		s.endPackage(id)
		return
	}
	for _, line := range s.output[id] {
		s.print(line)
	}
	delete(s.output, id)
	if top(id.test) {
		s.failures++
	}
}

// flush prints what tests of pkg said that never ended: it died under them.
func (s *summary) flush(pkg string) {
	for id, lines := range s.output {
		if id.pkg != pkg || id.test == "" {
			continue
		}
		for _, line := range lines {
			s.print(line)
		}
		delete(s.output, id)
	}
}

// endPackage prints a package's own output without its plain "PASS".
func (s *summary) endPackage(id testID) {
	for _, line := range s.output[id] {
		if line != "PASS\n" && line != "testing: warning: no tests to run\n" {
			s.print(line)
		}
	}
	delete(s.output, id)
	s.packages++
}

// close prints the skipped tests and the counts.
func (s *summary) close() {
	if len(s.skipped) > 0 {
		s.print("\nskipped:\n")
	}
	for _, line := range s.skipped {
		s.print("  " + line + "\n")
	}
	s.print(fmt.Sprintf("\n%d tests passed, %d failed, %d skipped in %d packages\n",
		s.passes, s.failures, s.skips, s.packages))
}

// passed is whether something ran and nothing failed.
func (s *summary) passed() bool { return s.failures == 0 && s.broken == 0 && s.passes > 0 }

func (s *summary) print(text string) { _, _ = io.WriteString(s.out, text) }

// top reports whether a test is no subtest of another.
func top(test string) bool { return !strings.Contains(test, "/") }

var place = regexp.MustCompile(`^\s*[\w.-]+\.go:\d+: `)

// said is what a test itself has logged: without the framework's lines and
// the places in the source.
func said(lines []string) (own []string) {
	for _, line := range lines {
		line = strings.TrimRight(line, "\n")
		if strings.HasPrefix(line, "=== ") || strings.HasPrefix(strings.TrimSpace(line), "--- ") {
			continue
		}
		own = append(own, place.ReplaceAllString(line, ""))
	}
	return own
}
