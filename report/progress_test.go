package report

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// sampleRun is quickstart as it goes by, one snapshot a second.
func sampleRun() []Snapshot {
	var run []Snapshot
	use := Usage{Cores: 0.41, RSS: 38_100_000}
	for t := range 3 {
		run = append(run, Snapshot{
			Phase: PhaseConnecting, Elapsed: time.Duration(t) * time.Second, Connected: t * 250, Fewest: t * 250, Clients: 500, Generator: use,
		})
	}
	for t := range 29 {
		second := time.Duration(t) * time.Second
		s := Snapshot{
			Phase: PhaseRunning, Elapsed: second, Total: 28 * time.Second, Connected: 500, Fewest: 500, Clients: 500,
			SentPerS: 501.4, DeliveredPerS: 24410, LagP99: 411 * time.Microsecond,
			DeliveryP50: 1230 * time.Microsecond, DeliveryP99: 12430 * time.Microsecond, DeliveryMax: 31 * time.Millisecond,
			Server: use, Generator: Usage{Cores: 1.27, RSS: 120_400_000},
		}
		nat, gone := FaultNow{Name: "nat", Clients: 50}, FaultNow{Name: "gone"}
		if t < 5 {
			s.ToCome = append(s.ToCome, FaultNow{Name: "nat", In: 5*time.Second - second})
		}
		switch {
		case t < 5:
		case t < 8:
			nat.Left = 8*time.Second - second
			s.UnderWay = append(s.UnderWay, nat)
		case t < 14:
			s.Connected, s.Disconnected = 452, 48
			nat.Over, nat.Noticed = true, 48
			s.UnderWay = append(s.UnderWay, nat)
		default:
			s.Disconnected, s.Reconnected = 48, 48
		}
		switch {
		case t < 12:
			s.ToCome = append(s.ToCome, FaultNow{Name: "gone", In: 12*time.Second - second})
		case t < 16:
			gone.Clients, gone.NotApplied = 46, 4
			s.UnderWay = append(s.UnderWay, gone)
		}
		if t >= 10 {
			s.Warnings = []string{"silence “gone” was made by stall on 4 of 50 connections"}
		}
		if t >= 20 {
			s.LagP99, s.Late = 14*time.Millisecond, true
		}
		if t >= 25 {
			s.Phase, s.SentPerS, s.DeliveredPerS, s.DeliveryP50, s.DeliveryP99, s.DeliveryMax, s.LagP99, s.Late = PhaseDraining, 0, 0, 0, 0, 0, 0, false
		}
		run = append(run, s)
	}
	return run
}

// sampleThresholds are how quickstart's thresholds stand in the middle.
func sampleThresholds() []ThresholdResult {
	so := func(text string, v Verdict, ms float64, note string) ThresholdResult {
		t := ThresholdResult{Text: text, Verdict: v, Note: note}
		if ms > 0 {
			t.Value, t.Unit = &ms, "ms"
		}
		return t
	}
	return []ThresholdResult{
		so("delivery.p99 < 200ms", Passed, 14.2, ""),
		so("lost == 0", Inconclusive, 0, noteAtEnd),
		so("detect{nat}.max < 2s", Failed, 2310, "23.1 s on the story's clock"),
		so("reconnect.p99 < 5s", Inconclusive, 0, noteNoSamples),
	}
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
	for _, screen := range []size{{100, 30}, {80, 24}, {70, 16}, {50, 12}, {40, 10}, {30, 6}, {20, 2}} {
		fmt.Fprintf(&b, "%d columns, %d rows\n", screen.columns, screen.rows)
		v := view{}
		for i, s := range sampleRun() {
			v.Snapshot, v.online = s, append(v.online, s.Connected)
			if i == 4 {
				v.thresholds, v.p50, v.p99 = sampleThresholds(), 1190*time.Microsecond, 14200*time.Microsecond
			}
			lines := v.frame(screen)
			if n := len(lines); n > screen.rows-1 {
				t.Errorf("%d lines on %d rows", n, screen.rows)
			}
			if i%10 == 1 {
				b.WriteString("\n")
			}
			for _, line := range lines {
				text, used := palette(false).fit(line, screen.columns-1)
				if used > screen.columns-1 || columns(text) != used {
					t.Errorf("%d columns, said to be %d, on a terminal of %d: %s", columns(text), used, screen.columns, text)
				}
				if i%10 == 1 {
					b.WriteString("  " + strings.TrimRight(text, " ") + "\n")
				}
			}
		}
	}
	golden(t, filepath.Join("progress", "frames.txt"), b.String())
}

func TestLiveProgressDrawsInPlaceAndLeavesTheScreenClean(t *testing.T) {
	width := 80
	s := newScreen(80)
	p := NewProgress(s, ProgressOptions{TTY: true, Color: true, Size: func() (int, int) { return width, 24 }})
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
		if got := s.text(); strings.Count(got, " of 500 connected") != 1 {
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
	fault := FaultNow{Name: evil}
	s := Snapshot{Phase: evil, Warnings: []string{evil}, UnderWay: []FaultNow{fault, fault, fault, fault}, ToCome: []FaultNow{fault}}
	thresholds := []ThresholdResult{{Text: evil, Verdict: Verdict(evil), Note: evil}}
	for _, line := range slices.Concat(view{Snapshot: s, thresholds: thresholds}.frame(size{80, 24}), view{Snapshot: s, thresholds: thresholds}.frame(size{40, 10})) {
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
