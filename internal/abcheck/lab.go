package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/imbench/imbench/report"
	"github.com/imbench/imbench/report/compare"
)

// lab runs imbench ab on the reference server.
type lab struct {
	options
	dir, imbench string
	scenario     string // its file
	server       string // the command that starts it, without bugs
	p50          time.Duration
	longer       time.Duration
}

// prepare writes the scenario and finds out how much longer the slower server
// must work on each message. That is less than the delay it causes: messages
// that leave together wait for each other's.
func (l *lab) prepare(ctx context.Context) error {
	l.server = l.imbench + " serve --quiet --listen " + l.listen
	l.scenario = filepath.Join(l.dir, "ab.yaml")
	text := fmt.Sprintf(`name: ab
target: ws://%s/ws
clients: {count: 200, connect_rate: 2000/s}
rooms: {size: 10}
traffic: [{for: %v, rate: 1000/s}]
duration: %v
drain: 100ms
`, l.listen, l.duration-100*time.Millisecond, l.duration)
	if err := os.WriteFile(l.scenario, []byte(text), 0o600); err != nil {
		return err
	}
	const times = 12
	before, err := l.beforehand(ctx, times/3, "")
	if err != nil {
		return err
	}
	l.p50 = time.Duration(before.Base.Median * float64(time.Millisecond)).Round(time.Microsecond)
	l.longer = time.Duration(l.slower * float64(l.p50)).Round(time.Microsecond)
	tried, err := l.beforehand(ctx, times, "--bug slow-delivery="+l.longer.String())
	if err != nil {
		return err
	}
	if tried.Change != nil && *tried.Change > l.slower {
		l.longer = time.Duration(l.slower / *tried.Change * float64(l.longer)).Round(time.Microsecond)
	}
	return nil
}

// beforehand is how the median delivery changes by flags.
func (l *lab) beforehand(ctx context.Context, rounds int, flags string) (*compare.Change, error) {
	c, err := l.ab(ctx, "before", rounds, 1, flags)
	if err != nil {
		return nil, err
	}
	median := medianDelivery(c)
	if median == nil || c.Base.Runs == 0 || c.New.Runs == 0 {
		return nil, fmt.Errorf("nothing could be measured beforehand: %s", strings.Join(append(c.Reasons, c.Warnings...), " "))
	}
	return median, nil
}

// medianDelivery is how the median delivery changed; nil when it was not
// measured.
func medianDelivery(c *compare.Comparison) *compare.Change {
	for i := range c.Metrics {
		if c.Metrics[i].Metric == "delivery.p50" {
			return &c.Metrics[i]
		}
	}
	return nil
}

// ab runs imbench ab, the new build being the base with further flags.
func (l *lab) ab(ctx context.Context, name string, rounds int, seed uint64, flags string) (*compare.Comparison, error) {
	out := filepath.Join(l.dir, name+".json")
	args := []string{
		"ab", l.scenario, "--base", l.server, "--new", strings.TrimSpace(l.server + " " + flags),
		"--rounds", strconv.Itoa(rounds), "--seed", strconv.FormatUint(seed, 10), "--quiet", "--no-color", "-o", out,
	}
	if l.early && rounds == l.rounds {
		args = append(args, "--until-significant")
	}
	cmd := exec.CommandContext(ctx, l.imbench, args...)
	cmd.Stderr = os.Stderr
	if l.verbose {
		cmd.Stdout = os.Stderr
	}
	var ended *exec.ExitError
	if err := cmd.Run(); err != nil && (!errors.As(err, &ended) || ended.ExitCode() < 3 || ended.ExitCode() > 4) {
		return nil, fmt.Errorf("imbench ab: %w", err)
	}
	text, err := os.ReadFile(out)
	if err != nil {
		return nil, err
	}
	c := new(compare.Comparison)
	if err := json.Unmarshal(text, c); err != nil {
		return nil, fmt.Errorf("%s: %w", out, err)
	}
	return c, nil
}

// compare makes the ith comparison of a kind.
func (l *lab) compare(ctx context.Context, i int, flags string) (outcome, error) {
	c, err := l.ab(ctx, "comparison", l.rounds, uint64(1+i*l.rounds), flags)
	return outcome{c}, err
}

// outcome is what one comparison said.
type outcome struct{ *compare.Comparison }

func (o outcome) regression() bool   { return o.Verdict == report.Failed }
func (o outcome) inconclusive() bool { return o.Verdict == report.Inconclusive }

// slowerDelivery reports whether it was the deliveries that got worse.
func (o outcome) slowerDelivery() bool {
	return slices.ContainsFunc(o.Metrics, func(m compare.Change) bool {
		return m.Judged && m.Outcome == compare.Worse && strings.HasPrefix(m.Metric, "delivery.")
	})
}

// String is the verdict, what got worse, and how the median delivery changed.
func (o outcome) String() string {
	text := string(o.Verdict)
	for _, m := range o.Metrics {
		if m.Judged && m.Outcome == compare.Worse && m.Metric != "delivery.p50" {
			text += " " + m.Metric
		}
		if m.Metric == "delivery.p50" {
			change, _ := m.Shift()
			text += ", p50 " + change + " (p " + m.Chance() + ")"
		}
	}
	return text
}
