package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v2"
	"go.yaml.in/yaml/v4"

	"github.com/imbench/imbench/protocol"
	"github.com/imbench/imbench/scenario"
)

func presetsCommand() *cli.Command {
	return &cli.Command{
		Name:      "presets",
		Usage:     "list the presets (systems, reconnects), or print one as YAML",
		ArgsUsage: "[NAME]",
		Description: "A system prints as a protocol's description, to be copied into a file and changed:\n" +
			"  imbench presets browser-ws >mine.yaml, then target: {url: …, protocol: mine.yaml}\n" +
			"A reconnect policy prints as a scenario says it. Where both have the name, it is the system;\n" +
			"reconnect/NAME is the policy.",
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

// printPreset prints a system, or else a reconnect policy.
func printPreset(w io.Writer, name string) error {
	policy, onlyPolicy := strings.CutPrefix(name, "reconnect/")
	if s, ok := protocol.SystemByName(name); ok && !onlyPolicy {
		_, err := fmt.Fprintf(w, "# imbench presets %s\n# A copy in a file is used by target: {protocol: FILE.yaml} in a scenario.\n\n%s", s.Name, s.Source)
		return err
	}
	if r, ok := scenario.ReconnectByName(policy); ok {
		return printReconnect(w, policy, r)
	}
	return usage(fmt.Errorf("there is no preset %q; imbench presets lists them", name))
}

// printReconnect prints what a scenario would say to get the same without
// naming the policy.
func printReconnect(w io.Writer, name string, r scenario.Reconnect) error {
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
