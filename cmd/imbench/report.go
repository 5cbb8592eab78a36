package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/urfave/cli/v2"

	"github.com/imbench/imbench/report"
)

func reportCommand() *cli.Command {
	return &cli.Command{
		Name:      "report",
		Usage:     "render a result file again",
		ArgsUsage: "RESULT.json",
		Flags: []cli.Flag{
			&cli.StringSliceFlag{Name: "output", Aliases: []string{"o"}, Usage: "write it to `FILE` as " + resultForms().extensions() + " (repeatable)"},
			&cli.BoolFlag{DisableDefaultText: true, Name: "no-color", Usage: "no colours (also NO_COLOR, TERM=dumb)"},
		},
		OnUsageError: func(_ *cli.Context, err error, _ bool) error { return usage(err) },
		Action: func(c *cli.Context) error {
			if c.NArg() != 1 {
				return usage(errors.New("report takes one result file, as `imbench run -o result.json` writes it"))
			}
			r, err := readResult(c.Args().First())
			if err != nil {
				return usage(err)
			}
			return renderAgain(c, r)
		},
	}
}

// readResult reads a result file.
func readResult(name string) (*report.Result, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r, err := report.Read(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return r, nil
}

// renderAgain writes the outputs asked for, or else the report.
func renderAgain(c *cli.Context, r *report.Result) error {
	outputs, err := parseOutputs(c.StringSlice("output"), resultForms())
	if err != nil {
		return usage(err)
	}
	if len(outputs) == 0 {
		return report.Text(c.App.Writer, r, textOptions(c))
	}
	for _, o := range outputs {
		if err := o.open(); err != nil {
			return err
		}
		if err := o.write(r); err != nil {
			return err
		}
	}
	return nil
}
