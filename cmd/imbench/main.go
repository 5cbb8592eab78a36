// Command imbench is a load-testing and chaos tool for instant-messaging
// servers. See the README.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/urfave/cli/v2"

	"github.com/imbench/imbench/report"
	"github.com/imbench/imbench/scenario"
)

// The exit codes, beside those of a verdict (report.ExitCode).
const (
	exitCouldNotRun = 1
	exitUsage       = 2
)

// version is set by the linker; a `go install` knows it from the module.
var version = ""

func main() { os.Exit(run(os.Args, os.Stdin, os.Stdout, os.Stderr)) }

// run is the whole program but for the process around it.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, stop := untilSignal()
	defer stop()
	app := &cli.App{
		Name:      "imbench",
		Usage:     "load and chaos for instant-messaging servers",
		Version:   versionText(),
		Reader:    stdin,
		Writer:    stdout,
		ErrWriter: stderr,
		Description: "Spawns thousands of simulated clients, takes their connections away as the field does, and\n" +
			"measures how late messages are, who notices, how fast everybody is back and what was lost.\n\n" +
			"Exit codes: 0 passed, 1 could not run, 2 bad usage or scenario, 3 a threshold failed\n" +
			"or a build got worse, 4 inconclusive, 130 interrupted.",
		Commands:               []*cli.Command{runCommand(), checkCommand(), serveCommand(), proxyCommand(), reportCommand(), eventsCommand(), compareCommand(), abCommand(), presetsCommand(), schemaCommand()},
		HideHelpCommand:        true,
		UseShortOptionHandling: true,
		// A comma belongs to the value: --set 'thresholds=[lost == 0, ghosts == 0]'.
		DisableSliceFlagSeparator: true,
		ExitErrHandler:            func(*cli.Context, error) {},
		OnUsageError:              func(_ *cli.Context, err error, _ bool) error { return usage(err) },
		Action:                    noCommand,
	}
	args, err := flagsFirst(args, app)
	if err == nil {
		err = app.RunContext(ctx, args)
	}
	return exitCode(err, stderr)
}

// noCommand is what imbench does when it is not told which command to run.
func noCommand(c *cli.Context) error {
	if !c.Args().Present() {
		return cli.ShowAppHelp(c)
	}
	var names []string
	for _, command := range c.App.VisibleCommands() {
		names = append(names, command.Name)
	}
	return usage(fmt.Errorf("there is no command %q; there are %s", c.Args().First(), strings.Join(names, ", ")))
}

// exit is an error that decides the exit code; its message may be empty, when
// everything was said already.
type exit struct {
	code int
	err  error
}

func (e *exit) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}
func (e *exit) Unwrap() error { return e.err }

// exitWith ends a command with a code, and tells err if there is one.
func exitWith(code int, err error) error {
	if code == 0 {
		return err
	}
	return &exit{code, err}
}

// usage makes err one of how imbench was called.
func usage(err error) error { return &exit{exitUsage, err} }

func exitCode(err error, stderr io.Writer) int {
	if err == nil {
		return 0
	}
	e := &exit{code: exitCouldNotRun, err: err}
	errors.As(err, &e)
	var problems *scenario.Problems
	switch text := e.Error(); {
	case text == "":
	case errors.As(err, &problems):
		fmt.Fprintln(stderr, text) // each line begins with its place, as editors expect
	default:
		// Some of it may be what a server said last.
		fmt.Fprintln(stderr, "imbench: "+strings.ReplaceAll(report.PlainLines(text, longestError), "\n", "\n  "))
	}
	return e.code
}

// longestError is how much of an error is shown, in columns.
const longestError = 8 << 10

// untilSignal returns a context that the first signal ends, so that a run ends
// in order and keeps its result; the second one ends the process at once.
func untilSignal() (context.Context, func()) {
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	done := make(chan struct{})
	go func() {
		select {
		case <-done:
			return
		case <-signals:
		}
		cancel()
		select {
		case <-done:
		case <-signals:
			os.Exit(exitInterrupted)
		}
	}()
	return ctx, func() { signal.Stop(signals); close(done); cancel() }
}

const exitInterrupted = 130

func versionText() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "dev"
}
