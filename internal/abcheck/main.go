// Command abcheck checks imbench ab as a whole: it compares the reference
// server with itself, which must give no regression, and with one that takes a
// tenth longer to deliver, which must be found. It prints a line for each
// comparison, and the two shares.
//
//	go run ./internal/abcheck             # 40 comparisons of each, about 25 minutes
//	go run ./internal/abcheck -n 4        # a taste of it
//
// Everything else must rest meanwhile: what is busy for one run and not for the
// next is what a comparison is blind to. See docs/compare.md.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"time"

	"github.com/imbench/imbench/internal/build"
	"github.com/imbench/imbench/internal/vitals"
)

func main() {
	var o options
	flag.IntVar(&o.comparisons, "n", 40, "how many comparisons of each kind")
	flag.IntVar(&o.rounds, "rounds", 8, "rounds of each comparison")
	flag.DurationVar(&o.duration, "duration", 800*time.Millisecond, "of each run")
	flag.Float64Var(&o.slower, "slower", 0.10, "how much slower the slower server is")
	flag.BoolVar(&o.early, "until-significant", false, "stop each comparison when it is clear")
	flag.StringVar(&o.listen, "listen", "127.0.0.1:21431", "where the servers listen, one after the other")
	flag.BoolVar(&o.verbose, "v", false, "show each comparison")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := check(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "abcheck:", err)
		os.Exit(1)
	}
}

type options struct {
	comparisons, rounds int
	duration            time.Duration
	slower              float64
	early, verbose      bool
	listen              string
}

// allowed is how many comparisons of a kind may come out wrong: two of forty.
func (o options) allowed() int { return o.comparisons / 20 }

func check(ctx context.Context, o options) error {
	dir, err := os.MkdirTemp("", "imbench-abcheck-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	imbench, err := build.Imbench(ctx, dir)
	if err != nil {
		return err
	}
	l := &lab{options: o, dir: dir, imbench: imbench}
	if err := l.prepare(ctx); err != nil {
		return err
	}
	machine, err := vitals.ThisMachine()
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stdout, "%s\n%d rounds of %v; delivery p50 %v, so the slower server works %v longer on each message\n\n",
		machine, o.rounds, o.duration, l.p50, l.longer)
	fmt.Fprintf(os.Stdout, "%4s  %-40s  %-40s\n", "", "against itself", fmt.Sprintf("against %.0f %% slower", 100*o.slower))
	var quiet, found tally
	var changes []float64
	began := time.Now()
	for i := range o.comparisons {
		itself, err := l.compare(ctx, i, "")
		if err != nil {
			return err
		}
		slower, err := l.compare(ctx, i, "--bug slow-delivery="+l.longer.String())
		if err != nil {
			return err
		}
		if m := medianDelivery(slower.Comparison); m != nil && m.Change != nil {
			changes = append(changes, *m.Change)
		}
		quiet.count(itself, !itself.regression())
		found.count(slower, slower.slowerDelivery())
		fmt.Fprintf(os.Stdout, "%4d  %-40s  %-40s\n", i+1, itself, slower)
	}
	slices.Sort(changes)
	fmt.Fprintf(os.Stdout, "\nno regression against itself: %s\nfound slower:                 %s\n", quiet, found)
	if n := len(changes); n > 0 {
		fmt.Fprintf(os.Stdout, "slower by, in the median:     %.1f %% (%.1f %% to %.1f %%)\n", 100*changes[n/2], 100*changes[0], 100*changes[n-1])
	}
	fmt.Fprintf(os.Stdout, "in %v\n", time.Since(began).Round(time.Second))
	if quiet.wrong > o.allowed() || found.wrong > o.allowed() {
		return fmt.Errorf("more than %d of %d came out wrong", o.allowed(), o.comparisons)
	}
	return nil
}

// tally counts comparisons.
type tally struct{ right, wrong, unclear int }

func (t *tally) count(o outcome, right bool) {
	if right {
		t.right++
	} else {
		t.wrong++
	}
	if o.inconclusive() {
		t.unclear++
	}
}

func (t tally) String() string {
	s := fmt.Sprintf("%d of %d", t.right, t.right+t.wrong)
	if t.unclear > 0 {
		s += fmt.Sprintf(" (%d inconclusive)", t.unclear)
	}
	return s
}
