package main

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/imbench/imbench/report/compare"
)

func compareCommand() *cli.Command {
	return &cli.Command{
		Name:      "compare",
		Usage:     "hold result files of one server build against another's",
		ArgsUsage: "BASE.json... --with NEW.json...",
		Description: "Compares the runs of two builds, metric by metric: the change, the range that holds it, and whether\n" +
			"chance would explain it. Four to six runs of each are needed; with fewer, it says how many.\n\n" +
			"Exit codes: 0 no regression, 1 a file could not be written, 2 bad usage, or results that cannot be\n" +
			"compared, 3 a regression, 4 it cannot be told.",
		Flags: append(comparisonFlags(),
			manyFlag{&cli.StringSliceFlag{Name: "with", Usage: "the `RESULTS` of the new build: one file or several"}},
			&cli.BoolFlag{DisableDefaultText: true, Name: "force", Usage: "compare results of different scenarios, too"},
		),
		OnUsageError: func(_ *cli.Context, err error, _ bool) error { return usage(err) },
		Action:       compareAction,
	}
}

// comparisonFlags are those of every command that compares.
func comparisonFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{Name: "output", Aliases: []string{"o"}, Usage: "write the comparison to `FILE`; .html, .json, .md, .txt or .xml (repeatable)"},
		&cli.StringSliceFlag{Name: "fail-on", DefaultText: "any of the metrics that decide is worse", Usage: "what is a regression, e.g. 'delivery.p50 +10%', 'lost +0' (`CHANGE`, repeatable)"},
		&cli.StringFlag{Name: "noise", Value: "1%", Usage: "make nothing of changes below this `SHARE` of the base"},
		&cli.StringFlag{Name: "alpha", Value: "5%", Usage: "find a difference between a build and itself in at most this `SHARE` of comparisons"},
		&cli.BoolFlag{DisableDefaultText: true, Name: "all", Usage: "list the metrics that did not change, too"},
		&cli.BoolFlag{DisableDefaultText: true, Name: "no-color", Usage: "no colours (also NO_COLOR, TERM=dumb)"},
	}
}

// manyFlag takes all the arguments that follow it, up to the next flag, as a
// shell's *.json gives them.
type manyFlag struct{ *cli.StringSliceFlag }

// comparisonForms are the forms of a comparison.
func comparisonForms() forms[*compare.Comparison] {
	return forms[*compare.Comparison]{
		".html": compare.HTML,
		".json": compare.JSON,
		".md":   compare.Markdown,
		".txt": func(w io.Writer, c *compare.Comparison) error {
			return compare.Text(w, c, compare.TextOptions{})
		},
		".xml": compare.JUnit,
	}
}

func compareAction(c *cli.Context) error {
	o, outputs, err := comparisonOptions(c)
	if err != nil {
		return usage(err)
	}
	o.Force = c.Bool("force")
	if c.NArg() == 0 || len(c.StringSlice("with")) == 0 {
		return usage(errors.New("compare takes the results of both builds: imbench compare base-*.json --with new-*.json"))
	}
	base, err := readRuns(c.Args().Slice())
	if err != nil {
		return usage(err)
	}
	candidate, err := readRuns(c.StringSlice("with"))
	if err != nil {
		return usage(err)
	}
	comparison, err := compare.Compare(base, candidate, o)
	if err != nil {
		return usage(err)
	}
	for _, out := range outputs {
		if err := out.open(); err != nil {
			return err
		}
	}
	if err := showComparison(c, comparison, outputs); err != nil {
		return err
	}
	return exitWith(comparison.ExitCode(), nil)
}

// comparisonOptions reads the flags; every one that is wrong is told.
func comparisonOptions(c *cli.Context) (o compare.Options, outputs []*output[*compare.Comparison], err error) {
	o.Version = versionText()
	var errs []error
	for _, text := range c.StringSlice("fail-on") {
		f, err := compare.ParseFailOn(text)
		errs = append(errs, err)
		o.FailOn = append(o.FailOn, f)
	}
	for name, into := range map[string]*float64{"noise": &o.Noise, "alpha": &o.Alpha} {
		if *into, err = parsePart(c.String(name)); err != nil {
			errs = append(errs, fmt.Errorf("--%s: %w", name, err))
		}
	}
	outputs, err = parseOutputs(c.StringSlice("output"), comparisonForms())
	return o, outputs, errors.Join(append(errs, err)...)
}

// parsePart reads a percentage between none and half.
func parsePart(s string) (float64, error) {
	number, ok := strings.CutSuffix(strings.TrimSpace(s), "%")
	v, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if !ok || err != nil || !(v > 0 && v <= 50) {
		return 0, fmt.Errorf("%q is no percentage from 0 to 50; write one like 2%%", s)
	}
	return v / 100, nil
}

// readRuns reads result files.
func readRuns(names []string) ([]compare.Run, error) {
	var runs []compare.Run
	var errs []error
	for _, name := range names {
		r, err := readResult(name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		runs = append(runs, compare.Run{Name: name, Result: r})
	}
	return runs, errors.Join(errs...)
}

// showComparison writes the outputs and prints the comparison.
func showComparison(c *cli.Context, comparison *compare.Comparison, outputs []*output[*compare.Comparison]) error {
	var errs []error
	for _, out := range outputs {
		errs = append(errs, out.write(comparison))
	}
	addToStepSummary(c.App.ErrWriter, func(w io.Writer) error { return compare.Markdown(w, comparison) })
	errs = append(errs, compare.Text(c.App.Writer, comparison, compare.TextOptions{TextOptions: textOptions(c), All: c.Bool("all")}))
	return errors.Join(errs...)
}
