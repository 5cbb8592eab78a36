package main

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/imbench/imbench/scenario"
)

func checkCommand() *cli.Command {
	return &cli.Command{
		Name:      "check",
		Usage:     "validate a scenario and print it with all defaults; connects to nothing",
		ArgsUsage: "SCENARIO.yaml",
		Flags: append(scenarioFlags(),
			&cli.BoolFlag{DisableDefaultText: true, Name: "plan", Usage: "print every stage, fault and choice of clients of the run"}),
		OnUsageError: func(_ *cli.Context, err error, _ bool) error { return usage(err) },
		Action: func(c *cli.Context) error {
			cells, err := loadCells(c)
			if err != nil {
				return err
			}
			for i, cell := range cells {
				if err := writeCheck(c, cell, i, len(cells)); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

// writeCheck prints one run of a scenario: as YAML, or its plan. Those of a
// matrix are parted by what is different about them.
func writeCheck(c *cli.Context, cell scenario.Cell, i, of int) error {
	w := c.App.Writer
	if of > 1 {
		if i > 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintf(w, "# run %d of %d: %s\n", i+1, of, cell.Name)
	}
	if c.Bool("plan") {
		return scenario.WritePlan(w, scenario.NewPlan(cell.Scenario))
	}
	text, err := scenario.Marshal(cell.Scenario)
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}
