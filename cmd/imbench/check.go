package main

import (
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
			s, err := loadScenario(c)
			if err != nil {
				return err
			}
			if c.Bool("plan") {
				return scenario.WritePlan(c.App.Writer, scenario.NewPlan(s))
			}
			text, err := scenario.Marshal(s)
			if err != nil {
				return err
			}
			_, err = c.App.Writer.Write(text)
			return err
		},
	}
}
