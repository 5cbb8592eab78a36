package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"runtime/pprof"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/imbench/imbench/agent"
	"github.com/imbench/imbench/report"
	"github.com/imbench/imbench/scenario"
)

func runCommand() *cli.Command {
	return &cli.Command{
		Name:      "run",
		Usage:     "run a scenario, print the report, exit by the thresholds",
		ArgsUsage: "SCENARIO.yaml",
		Flags: append(scenarioFlags(),
			&cli.StringSliceFlag{Name: "output", Aliases: []string{"o"}, Usage: "write the result to `FILE`; .json is the result file, .txt the report (repeatable)"},
			&cli.StringFlag{Name: "events", Usage: "write one JSON line for each connection event to `FILE`"},
			&cli.BoolFlag{DisableDefaultText: true, Name: "quiet", Aliases: []string{"q"}, Usage: "no progress, and no report when the run passed"},
			&cli.BoolFlag{DisableDefaultText: true, Name: "no-color", Usage: "no colours (also NO_COLOR, TERM=dumb)"},
			&cli.StringFlag{Name: "cpuprofile", Usage: "write a CPU profile of imbench itself to `FILE`", Hidden: true},
		),
		OnUsageError: func(_ *cli.Context, err error, _ bool) error { return usage(err) },
		Action:       runAction,
	}
}

// scenarioFlags change the scenario that is read.
func scenarioFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{Name: "set", Usage: "change one key, e.g. clients.count=50 (`PATH=VALUE`, repeatable)"},
		&cli.Uint64Flag{Name: "seed", DefaultText: "the scenario's", Usage: "run with this `SEED`"},
	}
}

func loadScenario(c *cli.Context) (*scenario.Scenario, error) {
	if c.NArg() != 1 {
		return nil, usage(fmt.Errorf("%s takes one scenario file; try: imbench %s examples/quickstart.yaml", c.Command.Name, c.Command.Name))
	}
	file := c.Args().First()
	src, err := os.ReadFile(file)
	if err != nil {
		return nil, usage(err)
	}
	o := scenario.Options{Set: c.StringSlice("set"), Env: os.LookupEnv, ReadFile: os.ReadFile}
	if c.IsSet("seed") {
		seed := c.Uint64("seed")
		o.Seed = &seed
	}
	s, err := scenario.Load(src, file, o)
	if err != nil {
		return nil, usage(err)
	}
	return s, nil
}

func runAction(c *cli.Context) error {
	startLean()
	s, err := loadScenario(c)
	if err != nil {
		return err
	}
	outputs, err := parseOutputs(c.StringSlice("output"))
	if err != nil {
		return usage(err)
	}
	// Files are opened before the run: an hour's result must not be lost to a
	// misspelt directory.
	for _, o := range outputs {
		if err := o.open(); err != nil {
			return err
		}
	}
	o := agent.Options{Version: versionText()}
	if o.Reference, err = referenceCommand(); err != nil {
		return err
	}
	if name := c.String("events"); name != "" {
		f, err := os.Create(name)
		if err != nil {
			return err
		}
		defer f.Close()
		o.Events = f
	}
	keepMemorySmall()
	stopProfile, err := startProfile(c.String("cpuprofile"))
	if err != nil {
		return err
	}
	defer stopProfile()
	progress := newProgress(c)
	defer context.AfterFunc(c.Context, func() {
		progress.say("stopping in order; interrupt again to end at once")
	})()
	o.Progress = progress.update
	result, runErr := agent.Run(c.Context, s, o)
	progress.done()
	if result == nil {
		return runErr
	}
	var errs []error
	for _, o := range outputs { // before anything that can fail
		errs = append(errs, o.write(result))
	}
	if !c.Bool("quiet") || result.Verdict != report.Passed {
		errs = append(errs, report.Text(c.App.Writer, result, textOptions(c)))
	}
	if err := errors.Join(append(errs, runErr)...); err != nil {
		return err
	}
	if code := report.ExitCode(result.Verdict); code != 0 {
		return &exit{code: code}
	}
	return nil
}

// keepMemorySmall collects garbage at half of what is alive instead of all of
// it: a run makes little garbage, and holds much. GOGC overrides it.
func keepMemorySmall() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(50)
	}
}

func referenceCommand() ([]string, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find imbench itself, to start the reference server: %w", err)
	}
	return []string{self, "serve", "--quiet"}, nil
}

// output is one file that the result is written to, in the form that its
// extension names.
type output struct {
	name   string
	render func(io.Writer, *report.Result) error
	file   *os.File
}

func parseOutputs(names []string) ([]*output, error) {
	forms := map[string]func(io.Writer, *report.Result) error{
		".json": report.Write,
		".txt": func(w io.Writer, r *report.Result) error {
			return report.Text(w, r, report.TextOptions{})
		},
	}
	var outputs []*output
	for _, name := range names {
		render, ok := forms[strings.ToLower(filepath.Ext(name))]
		if !ok {
			return nil, fmt.Errorf("-o %s: the extension picks the form; write .json or .txt", name)
		}
		outputs = append(outputs, &output{name: name, render: render})
	}
	return outputs, nil
}

// open creates the file, but leaves an earlier result in it until there is a
// new one.
func (o *output) open() (err error) {
	o.file, err = os.OpenFile(o.name, os.O_WRONLY|os.O_CREATE, 0o666)
	return err
}

func (o *output) write(r *report.Result) error {
	if err := o.file.Truncate(0); err != nil && !errors.Is(err, os.ErrInvalid) {
		// A pipe or a device cannot be cut, and need not be.
		if info, statErr := o.file.Stat(); statErr != nil || info.Mode().IsRegular() {
			return err
		}
	}
	if err := o.render(o.file, r); err != nil {
		_ = o.file.Close()
		return fmt.Errorf("write %s: %w", o.name, err)
	}
	return o.file.Close()
}

// startProfile profiles imbench itself, for those who work on it.
func startProfile(name string) (stop func(), err error) {
	if name == "" {
		return func() {}, nil
	}
	f, err := os.Create(name)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, err
	}
	return func() { pprof.StopCPUProfile(); _ = f.Close() }, nil
}
