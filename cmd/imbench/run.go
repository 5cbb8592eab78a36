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
		Flags: append(append(scenarioFlags(), telemetryFlags()...),
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

// loadCells reads the scenario that a command is given: one run, or those that
// its matrix makes.
func loadCells(c *cli.Context) ([]scenario.Cell, error) {
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
	cells, err := scenario.Cells(src, file, o)
	if err != nil {
		return nil, usage(err)
	}
	return cells, nil
}

func runAction(c *cli.Context) error {
	startLean()
	cells, err := loadCells(c)
	if err != nil {
		return err
	}
	o := agent.Options{Version: versionText()}
	if o.Reference, err = referenceCommand(); err != nil {
		return err
	}
	keepMemorySmall()
	stopProfile, err := startProfile(c.String("cpuprofile"))
	if err != nil {
		return err
	}
	defer stopProfile()
	m, err := startMonitors(c)
	if err != nil {
		return err
	}
	defer m.close()
	if len(cells[0].Set) > 0 {
		return runMatrix(c, cells, o, m)
	}
	j, err := newJob(cells[0].Scenario, c.StringSlice("output"), c.String("events"))
	if err != nil {
		return err
	}
	result, err := j.run(c, o, m)
	if result == nil {
		return err
	}
	addToStepSummary(c.App.ErrWriter, func(w io.Writer) error { return report.Markdown(w, result) })
	if !c.Bool("quiet") || result.Verdict != report.Passed {
		err = errors.Join(err, report.Text(c.App.Writer, result, textOptions(c)))
	}
	if err != nil {
		return err
	}
	return exitWith(report.ExitCode(result.Verdict), nil)
}

// job is one run and the files that it writes.
type job struct {
	scenario *scenario.Scenario
	outputs  []*output[*report.Result]
	events   *destination // nil when nobody asked for them
}

// newJob finds out before the run whether its files can be written.
func newJob(s *scenario.Scenario, outputs []string, events string) (j *job, err error) {
	j = &job{scenario: s}
	if j.outputs, err = parseOutputs(outputs, resultForms()); err != nil {
		return nil, usage(err)
	}
	for _, o := range j.outputs {
		if err := o.open(); err != nil {
			return nil, err
		}
	}
	if events != "" {
		j.events, err = newDestination(events)
	}
	return j, err
}

// run makes the run and writes its result; that is nil when the run could not
// be made.
func (j *job) run(c *cli.Context, o agent.Options, m *monitors) (*report.Result, error) {
	if j.events != nil {
		log, err := j.events.create()
		if err != nil {
			return nil, err
		}
		defer j.events.close(log)
		o.Events = log
	}
	progress := newProgress(c)
	defer context.AfterFunc(c.Context, func() {
		progress.say("stopping in order; interrupt again to end at once")
	})()
	watch, done := m.begin(j.scenario, progress)
	o.Progress = watch
	result, err := agent.Run(c.Context, j.scenario, o)
	progress.done()
	done(result)
	if result == nil {
		return nil, err
	}
	if j.events != nil {
		result.Events = j.events.name
	}
	errs := []error{err}
	for _, o := range j.outputs { // before anything that can fail
		errs = append(errs, o.write(result))
	}
	return result, errors.Join(errs...)
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
