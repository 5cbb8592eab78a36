package main

import (
	"errors"

	"github.com/urfave/cli/v2"

	"github.com/imbench/imbench/scenario"
)

func schemaCommand() *cli.Command {
	return &cli.Command{
		Name:         "schema",
		Usage:        "print the JSON Schema of scenarios, for editors",
		OnUsageError: func(_ *cli.Context, err error, _ bool) error { return usage(err) },
		Action: func(c *cli.Context) error {
			if c.NArg() > 0 {
				return usage(errors.New("schema takes no arguments; it prints the schema: imbench schema > scenario.schema.json"))
			}
			text, err := scenario.Schema()
			if err != nil {
				return err
			}
			_, err = c.App.Writer.Write(text)
			return err
		},
	}
}
