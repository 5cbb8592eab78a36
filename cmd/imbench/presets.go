package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v2"
	"go.yaml.in/yaml/v4"

	"github.com/imbench/imbench/scenario"
)

func presetsCommand() *cli.Command {
	return &cli.Command{
		Name:         "presets",
		Usage:        "list the presets (systems, reconnects), or print one as YAML",
		ArgsUsage:    "[NAME]",
		OnUsageError: func(_ *cli.Context, err error, _ bool) error { return usage(err) },
		Action: func(c *cli.Context) error {
			switch c.NArg() {
			case 0:
				return listPresets(c.App.Writer)
			case 1:
				return printPreset(c.App.Writer, c.Args().First())
			}
			return usage(errors.New("presets takes one name, or none for the list"))
		},
	}
}

func listPresets(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "Systems (target.preset)")
	for _, p := range scenario.Presets() {
		fmt.Fprintf(t, "  %s\t%s\n", p.Name, p.Doc)
	}
	fmt.Fprintln(t, "\nReconnects (clients.reconnect)")
	for _, p := range scenario.ReconnectPresets() {
		fmt.Fprintf(t, "  %s\t%s\n", p.Name, p.Doc)
	}
	return t.Flush()
}

// printPreset prints what a scenario would say to get the same without naming
// the preset.
func printPreset(w io.Writer, name string) error {
	if p, ok := scenario.PresetByName(name); ok {
		_, err := fmt.Fprintf(w, "# %s\ntarget:\n  preset: %s\nclients:\n  heartbeat: {every: %s, timeout: %s}\n  reconnect: %s\n",
			p.Doc, p.Name, p.Heartbeat.Every, p.Heartbeat.Timeout, p.Reconnect)
		return err
	}
	if r, ok := scenario.ReconnectByName(name); ok {
		r.Preset = ""
		if !r.Reconnects() {
			_, err := fmt.Fprintf(w, "clients:\n  reconnect: %s\n", name)
			return err
		}
		var policy yaml.Node
		if err := yaml.Unmarshal([]byte(r.String()), &policy); err != nil {
			return err
		}
		for i := range policy.Content {
			policy.Content[i].Style = 0
		}
		body, err := yaml.Marshal(&policy)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(w, "clients:\n  reconnect:\n    %s\n", strings.ReplaceAll(strings.TrimSpace(string(body)), "\n", "\n    "))
		return err
	}
	return usage(fmt.Errorf("there is no preset %q; imbench presets lists them", name))
}
