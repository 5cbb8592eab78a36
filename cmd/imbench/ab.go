package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"runtime/debug"
	"slices"

	"github.com/urfave/cli/v2"
	"mvdan.cc/sh/v3/shell"

	"github.com/imbench/imbench/agent"
	"github.com/imbench/imbench/report"
	"github.com/imbench/imbench/report/compare"
	"github.com/imbench/imbench/rounds"
	"github.com/imbench/imbench/scenario"
)

func abCommand() *cli.Command {
	return &cli.Command{
		Name:      "ab",
		Usage:     "run two builds of a server in turn, and compare them",
		ArgsUsage: "SCENARIO.yaml --base COMMAND --new COMMAND",
		Description: "Each round runs both builds, each as a fresh server, with the same seed; the order turns around from\n" +
			"round to round. The commands take the place of target.start.command: both builds listen where\n" +
			"target.url says, one after the other.\n\n" +
			"Exit codes: those of compare, and 1 could not run, 130 interrupted.",
		Flags: append(append(scenarioFlags(),
			&cli.StringFlag{Name: "base", Usage: "`COMMAND` that starts the base build, in a shell's words"},
			&cli.StringFlag{Name: "new", Usage: "`COMMAND` that starts the new build"},
			&cli.IntFlag{Name: "rounds", Value: 8, Usage: "run both `N` times, at most"},
			&cli.BoolFlag{DisableDefaultText: true, Name: "warmup", Usage: "run both once before that, and do not count it"},
			&cli.BoolFlag{DisableDefaultText: true, Name: "until-significant", Usage: "stop when the answer is clear"},
			&cli.StringFlag{Name: "keep", Usage: "write each run's result into `DIR`"},
			&cli.BoolFlag{DisableDefaultText: true, Name: "quiet", Aliases: []string{"q"}, Usage: "no progress"},
		), comparisonFlags()...),
		OnUsageError: func(_ *cli.Context, err error, _ bool) error { return usage(err) },
		Action:       abAction,
	}
}

func abAction(c *cli.Context) error {
	startLean()
	b, plan, err := newBuilds(c)
	if err != nil {
		return usage(err)
	}
	o, outputs, err := comparisonOptions(c)
	if err != nil {
		return usage(err)
	}
	plan.Compare = o
	if err := plan.Validate(); err != nil {
		return usage(fmt.Errorf("--rounds: %w", err))
	}
	if err := b.knows(o.FailOn); err != nil {
		return usage(err)
	}
	for _, out := range outputs {
		if err := out.open(); err != nil {
			return err
		}
	}
	if err := b.prepareKeep(); err != nil {
		return errors.Join(err, b.endKeep())
	}
	keepMemorySmall()
	defer context.AfterFunc(c.Context, func() {
		b.say("stopping in order, and comparing what there is; interrupt again to end at once")
	})()
	comparison, err := rounds.Play(c.Context, plan, rounds.Player{Run: b.run, Done: b.done, Again: b.again, Dropped: b.dropped, Looked: b.looked})
	if c.Context.Err() != nil {
		err = nil // it is why
	}
	code := 0
	if comparison == nil {
		b.say("there is nothing of both builds to compare")
	} else {
		code = comparison.ExitCode()
		err = errors.Join(err, showComparison(c, comparison, outputs))
	}
	err = errors.Join(err, b.endKeep())
	if err != nil {
		code = exitCouldNotRun
	}
	if c.Context.Err() != nil {
		code = exitInterrupted
	}
	return exitWith(code, err)
}

// builds are the two servers and the scenario that both are put through.
type builds struct {
	cli      *cli.Context
	file     string
	src      []byte
	commands [2][]string // by side
	rounds   int
	scopes   []string // the faults and groups of the scenario
	keep     string
	keepMade bool // the directory was not there
	written  []string
	unkept   []error
}

// newBuilds reads the command line; every flag that is wrong is told.
func newBuilds(c *cli.Context) (*builds, rounds.Plan, error) {
	b := &builds{cli: c, rounds: c.Int("rounds"), keep: c.String("keep")}
	var errs []error
	for side, name := range []string{"base", "new"} {
		words, err := shell.Fields(c.String(name), os.Getenv)
		if err == nil && len(words) == 0 {
			err = errors.New("ab needs the command that starts this build")
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("--%s: %w", name, err))
		}
		b.commands[side] = words
	}
	if c.NArg() != 1 {
		return nil, rounds.Plan{}, errors.Join(append(errs, errors.New("ab takes one scenario file"))...)
	}
	var err error
	b.file = c.Args().First()
	if b.src, err = os.ReadFile(b.file); err != nil {
		return nil, rounds.Plan{}, errors.Join(append(errs, err)...)
	}
	s, err := b.scenario(rounds.Turn{}, !c.IsSet("seed"))
	if err != nil {
		return nil, rounds.Plan{}, errors.Join(append(errs, err)...)
	}
	for _, f := range s.Faults {
		b.scopes = append(b.scopes, f.Name)
	}
	for _, g := range s.Clients {
		b.scopes = append(b.scopes, g.Name)
	}
	seed := s.Seed
	if c.IsSet("seed") {
		seed = c.Uint64("seed")
	}
	plan := rounds.Plan{
		Rounds: b.rounds, Seed: seed, Warmup: c.Bool("warmup"), UntilSignificant: c.Bool("until-significant"),
	}
	return b, plan, errors.Join(errs...)
}

// knows says, before hours of rounds, which limit could not be judged after them.
func (b *builds) knows(limits []compare.FailOn) error {
	var errs []error
	for _, f := range limits {
		if scope := f.Scope(); scope != "" && !slices.Contains(b.scopes, scope) {
			errs = append(errs, fmt.Errorf("fail on %q: no fault or group %q is in the scenario", f, scope))
		}
	}
	return errors.Join(errs...)
}

// scenario is the one that a turn runs: read anew each time, because what it
// signs for its clients may run out.
func (b *builds) scenario(t rounds.Turn, ownSeed bool) (*scenario.Scenario, error) {
	o := scenario.Options{Set: b.cli.StringSlice("set"), Env: os.LookupEnv, ReadFile: os.ReadFile, Seed: &t.Seed}
	if ownSeed {
		o.Seed = nil
	}
	s, err := scenario.Load(b.src, b.file, o)
	if err != nil {
		return nil, err
	}
	if s.Target.URL == "" {
		return nil, fmt.Errorf("%s names no target.url: ab needs to know where both builds listen, e.g. target: ws://127.0.0.1:8080/ws", b.file)
	}
	var start scenario.Start
	if s.Target.Start != nil {
		start = *s.Target.Start
	}
	start.Command = b.commands[t.Side]
	if start.Ready, err = readyAt(start.Ready, s.Target.URL); err != nil {
		return nil, err
	}
	s.Target.Start, s.Target.PID = &start, 0
	return s, nil
}

// readyAt is where a server answers when it is ready: where the clients go,
// unless the scenario says otherwise.
func readyAt(ready, target string) (string, error) {
	if ready != "" {
		return ready, nil
	}
	target, err := scenario.Expand(target, os.LookupEnv)
	if err != nil {
		return "", fmt.Errorf("target.url: %w", err)
	}
	u, err := url.Parse(target)
	if err != nil {
		return "", fmt.Errorf("target.url: %w", err)
	}
	port := "80"
	if u.Scheme == "wss" || u.Scheme == "https" {
		port = "443"
	}
	return "tcp://" + net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), port)), nil
}

// run makes one run.
func (b *builds) run(ctx context.Context, t rounds.Turn) (*report.Result, error) {
	s, err := b.scenario(t, false)
	if err != nil {
		return nil, err
	}
	o := agent.Options{Version: versionText()}
	if isTerminal(b.cli.App.ErrWriter) {
		progress := newProgress(b.cli)
		defer progress.done()
		o.Progress = progress.update
	}
	defer debug.FreeOSMemory() // the next run shall begin as this one did
	return agent.Run(ctx, s, o)
}

// done tells of a run and keeps its result.
func (b *builds) done(t rounds.Turn, r *report.Result) error {
	b.say(b.place(t) + ": " + outcome(r))
	if b.keep == "" || t.Round == 0 {
		return nil
	}
	if err := b.write(t.Name(), r); err != nil {
		// What was measured is in memory, and compared all the same.
		b.unkept = append(b.unkept, err)
		fmt.Fprintf(b.cli.App.ErrWriter, "warning: %v; going on without it\n", err)
	}
	return nil
}

// outcome says what a run came to, on one line.
func outcome(r *report.Result) string {
	text := string(r.Verdict)
	if r.Failure != "" {
		return text + ": " + report.FirstLine(r.Failure, longestWarning)
	}
	if d := r.Metrics[report.Delivery.String()]; d != nil && d.Count > 0 {
		text += ", delivery " + d.Brief()
	}
	return text
}

func (b *builds) again(t rounds.Turn, r *report.Result) {
	b.say(fmt.Sprintf("%s: once more, the generator was the bottleneck: %s", b.place(t), r.Generator.Limits[0]))
}

func (b *builds) dropped(t rounds.Turn) {
	b.say(b.place(t) + ": interrupted, and left out")
}

func (b *builds) looked(c *compare.Comparison) {
	b.say(fmt.Sprintf("not clear after %s; going on", report.Plural(int64(c.Rounds.Done), "round", "rounds")))
}

func (b *builds) place(t rounds.Turn) string { return t.In(b.rounds) }

func (b *builds) say(line string) {
	if !b.cli.Bool("quiet") {
		fmt.Fprintln(b.cli.App.ErrWriter, line)
	}
}
