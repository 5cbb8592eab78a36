// Command bench measures imbench as whole processes, the generator on one
// processor and the server on another, and prints a table: each figure several
// times, with the least, the median and the most, beside what it is to reach.
//
//	go run ./internal/bench            # everything, about ten minutes
//	go run ./internal/bench -only idle # one figure
//
// Absolute times differ from machine to machine and from day to day; ratios to
// the raw TCP echo client, measured in the same job, hold. See
// docs/benchmarks.md.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"strings"

	"github.com/imbench/imbench/internal/build"
)

func main() {
	if len(os.Args) > 1 && strings.HasPrefix(os.Args[1], "floor-") {
		exitOn(floorMain(os.Args[1], os.Args[2:]))
		return
	}
	runs := flag.Int("n", 3, "how often each figure is taken")
	only := flag.String("only", "", "take only the figures whose name contains this")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	exitOn(measureAll(ctx, *runs, *only))
}

func exitOn(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func measureAll(ctx context.Context, runs int, only string) error {
	dir, err := os.MkdirTemp("", "imbench-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	imbench, err := build.Imbench(ctx, dir)
	if err != nil {
		return err
	}
	l := &lab{dir: dir, imbench: imbench}
	fmt.Printf("%d processors, %s %s/%s; generator on one, server on another; %d runs each\n\n",
		runtime.NumCPU(), runtime.Version(), runtime.GOOS, runtime.GOARCH, runs)
	t := newTable(os.Stdout)
	for _, e := range experiments() {
		if !strings.Contains(e.name, only) {
			continue
		}
		for range runs {
			figures, err := e.take(ctx, l)
			if err != nil {
				return fmt.Errorf("%s: %w", e.name, err)
			}
			for _, f := range figures {
				t.add(f)
			}
		}
		t.print()
	}
	return nil
}
