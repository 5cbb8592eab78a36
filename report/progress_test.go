package report

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// sampleRun is quickstart as it goes by, one snapshot a second.
func sampleRun() []Snapshot {
	var run []Snapshot
	for t := range 3 {
		run = append(run, Snapshot{Phase: PhaseConnecting, Elapsed: time.Duration(t) * time.Second, Connected: t * 250, Clients: 500})
	}
	for t := range 29 {
		s := Snapshot{
			Phase: PhaseRunning, Elapsed: time.Duration(t) * time.Second, Total: 28 * time.Second, Connected: 500, Clients: 500,
			SentPerS: 501.4, DeliveredPerS: 24410, DeliveryP50: 1230 * time.Microsecond, DeliveryP99: 12430 * time.Microsecond, LagP99: 411 * time.Microsecond,
		}
		switch {
		case t < 5:
			s.NextFault, s.NextFaultIn = "nat", time.Duration(5-t)*time.Second
		case t < 8:
			s.FaultsUnderWay, s.NextFault, s.NextFaultIn = []string{"nat"}, "gone", time.Duration(12-t)*time.Second
		case t < 12:
			s.Connected, s.Disconnected = 452, 48
			s.NextFault, s.NextFaultIn = "gone", time.Duration(12-t)*time.Second
		case t < 16:
			s.FaultsUnderWay, s.Disconnected = []string{"gone"}, 48
		default:
			s.Disconnected = 98
		}
		if t >= 10 {
			s.Warnings = []string{"silence “gone” was made by stall on 4 of 50 connections"}
		}
		if t >= 25 {
			s.Phase, s.SentPerS, s.DeliveredPerS, s.DeliveryP50, s.DeliveryP99, s.LagP99 = PhaseDraining, 0, 0, 0, 0, 0
		}
		run = append(run, s)
	}
	return run
}

func TestPlainProgressTellsPhasesAndNowAndThen(t *testing.T) {
	var b bytes.Buffer
	p := NewProgress(&b, ProgressOptions{Color: true})
	for _, s := range sampleRun() {
		p.Update(s)
	}
	p.Done()
	golden(t, filepath.Join("progress", "plain.txt"), b.String())
}

func TestFramesFitTheTerminal(t *testing.T) {
	var b strings.Builder
	for _, width := range []int{80, 50, 30} {
		fmt.Fprintf(&b, "%d columns\n", width)
		for i, s := range sampleRun() {
			for _, line := range s.frame(width) {
				text, used := palette(false).fit(line, width-1)
				if used > width-1 || columns(text) != used {
					t.Errorf("%d columns, said to be %d, on a terminal of %d: %s", columns(text), used, width, text)
				}
				if i%10 == 1 {
					b.WriteString(text + "\n")
				}
			}
		}
	}
	golden(t, filepath.Join("progress", "frames.txt"), b.String())
}

func TestLiveProgressDrawsInPlaceAndLeavesTheScreenClean(t *testing.T) {
	width := 80
	s := newScreen(80)
	p := NewProgress(s, ProgressOptions{TTY: true, Color: true, Width: func() int { return width }})
	s.Write([]byte("$ imbench run\n"))
	for i, snapshot := range sampleRun() {
		before := s.writes
		if p.Update(snapshot); s.writes != before+1 {
			t.Fatalf("update %d took %d writes: it may flicker", i+1, s.writes-before)
		}
		if i == 12 {
			fmt.Fprintln(p, "a log line")
		}
		if i == 20 {
			width = 50
			s.resize(width)
		}
		if got := s.text(); strings.Count(got, "connected") != 1 {
			t.Fatalf("after %d updates:\n%s", i+1, got)
		}
	}
	p.Done()
	p.Update(sampleRun()[5])
	if got, want := s.text(), "$ imbench run\na log line\n"; got != want {
		t.Errorf("left on the screen:\n%s", got)
	}
}

func TestProgressWithoutAFrameWritesLogsThrough(t *testing.T) {
	for _, o := range []ProgressOptions{{}, {TTY: true}} {
		var b bytes.Buffer
		p := NewProgress(&b, o)
		if n, err := fmt.Fprint(p, "a log line\n"); n != 11 || err != nil || b.String() != "a log line\n" {
			t.Errorf("%d, %v, %q", n, err, b.String())
		}
		p.Done()
		if b.String() != "a log line\n" {
			t.Errorf("Done wrote %q", b.String())
		}
	}
}

func TestHostileNamesCannotLeaveTheirLine(t *testing.T) {
	evil := strings.Repeat("\x1b[2J\n\u202e名", 500)
	s := Snapshot{Phase: evil, Warnings: []string{evil}, FaultsUnderWay: []string{evil, evil, evil, evil}, NextFault: evil}
	for _, line := range s.frame(80) {
		if text, used := palette(false).fit(line, 79); used > 79 || text != clean(text) {
			t.Errorf("%d columns: %q", used, text)
		}
	}
	var b bytes.Buffer
	NewProgress(&b, ProgressOptions{}).Update(s)
	if strings.Count(b.String(), "\n") != 2 || strings.ContainsRune(b.String(), '\x1b') {
		t.Errorf("%q", b.String())
	}
}

func TestProgressIsSafeForConcurrentUse(t *testing.T) {
	p := NewProgress(brokenWriter{}, ProgressOptions{TTY: true})
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for _, s := range sampleRun() {
				p.Update(s)
				fmt.Fprintln(p, "a log line")
			}
		})
	}
	all.Wait()
	p.Done()
}

// brokenWriter is a terminal that has gone away.
type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("gone") }
