package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"runtime/pprof"

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
			&cli.StringSliceFlag{Name: "output", Aliases: []string{"o"}, Usage: "write the result to `FILE` as " + resultForms().extensions() + " (repeatable)"},
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
	outputs, err := parseOutputs(c.StringSlice("output"), resultForms())
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
	result.Events = c.String("events")
	var errs []error
	for _, o := range outputs { // before anything that can fail
		errs = append(errs, o.write(result))
	}
	addToStepSummary(c.App.ErrWriter, func(w io.Writer) error { return report.Markdown(w, result) })
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
