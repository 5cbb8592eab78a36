// Command wild measures what published clients do under a two-way silence, and
// writes docs/silence-in-the-wild.md:
//
//	scripts/setup-interop.sh && go run ./interop/wild
//
// It runs imbench with each scenario beside it, against the real server of the
// system and against one that never ends a silent client, all side by side. It
// takes about two minutes, and all load stays on loopback.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/imbench/imbench/internal/build"
	"github.com/imbench/imbench/report"
)

// most bounds the whole; a run takes 95 s.
const most = 4 * time.Minute

func main() {
	out := flag.String("o", "docs/silence-in-the-wild.md", "`FILE` to write")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	if err := measure(ctx, *out); err != nil {
		fmt.Fprintln(os.Stderr, "wild:", err)
		os.Exit(1)
	}
}

func measure(ctx context.Context, out string) error {
	if _, err := os.Stat("interop/node/node_modules/ws"); err != nil {
		return errors.New("the npm packages are not here: run scripts/setup-interop.sh, from the top of the repository")
	}
	dir, err := os.MkdirTemp("", "imbench-wild-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	imbench, err := build.Imbench(ctx, dir)
	if err != nil {
		return err
	}
	found, err := runAll(ctx, imbench, dir)
	if err != nil {
		return err
	}
	f, err := os.Create(out)
	if err != nil {
		return err
	}
	err = write(f, found, host(ctx))
	return errors.Join(err, f.Close())
}

// runAll runs every client against both servers, side by side.
func runAll(ctx context.Context, imbench, dir string) ([]finding, error) {
	found := make([]finding, len(clients))
	group, ctx := errgroup.WithContext(ctx)
	port := firstPort
	for i, c := range clients {
		found[i].client = c
		for server, reaps := range []bool{true, false} {
			file := fmt.Sprintf("%s/%s-%t.json", dir, c.preset, reaps)
			var addr string
			addr, port = freeAddr(ctx, port)
			group.Go(func() (err error) {
				found[i].results[server], err = run(ctx, imbench, file, c.arguments(reaps, addr))
				if err != nil {
					return fmt.Errorf("%s: %w", c.preset, err)
				}
				return nil
			})
		}
	}
	return found, group.Wait()
}

// firstPort is well below the ephemeral ports, where a client could come to lie
// on a server's port by chance.
const firstPort = 18_000

// freeAddr is the first loopback address from port on that nobody listens on,
// and the port after it.
func freeAddr(ctx context.Context, port int) (addr string, next int) {
	for ; ; port++ {
		addr = net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
		if l, err := new(net.ListenConfig).Listen(ctx, "tcp", addr); err == nil {
			l.Close()
			return addr, port + 1
		}
		if port >= firstPort+1000 {
			return addr, port // whoever listens there will be found out by the run
		}
	}
}

// run is one run of imbench.
func run(ctx context.Context, imbench, file string, arguments []string) (*report.Result, error) {
	cmd := exec.CommandContext(ctx, imbench, append([]string{"run", "--quiet", "-o", file}, arguments...)...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) } // it stops its server
	cmd.WaitDelay = 20 * time.Second
	if b, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("imbench run %s: %w\n%s", strings.Join(arguments, " "), err, b)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	r := new(report.Result)
	return r, json.Unmarshal(b, r)
}

// host says where this was measured.
func host(ctx context.Context) string {
	kernel, err := exec.CommandContext(ctx, "uname", "-sr").Output()
	if err != nil {
		return "an unknown system"
	}
	node, err := exec.CommandContext(ctx, "node", "--version").Output()
	if err != nil {
		return strings.TrimSpace(string(kernel))
	}
	return fmt.Sprintf("%s, Node.js %s", strings.TrimSpace(string(kernel)), strings.TrimSpace(string(node)))
}
