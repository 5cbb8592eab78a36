package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v2"
	"go.yaml.in/yaml/v4"

	"github.com/imbench/imbench/faults"
	"github.com/imbench/imbench/internal/unit"
	"github.com/imbench/imbench/protocol"
	"github.com/imbench/imbench/scenario"
)

func presetsCommand() *cli.Command {
	return &cli.Command{
		Name:      "presets",
		Usage:     "list the presets (systems, middleboxes, reconnects), or print one as YAML",
		ArgsUsage: "[NAME]",
		Description: "A system prints as a protocol's description, to be copied into a file and changed:\n" +
			"  imbench presets browser-ws >mine.yaml, then target: {url: …, protocol: mine.yaml}\n" +
			"A middlebox prints as the fault it is, a reconnect policy as a scenario says it. Where a system\n" +
			"and a policy both have the name, it is the system; reconnect/NAME is the policy.",
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
	fmt.Fprintln(t, "\nMiddleboxes (box, of an idle_expiry)")
	for _, b := range faults.Boxes() {
		fmt.Fprintf(t, "  %s\t%s; %s\n", b.Name, b, b.Source)
	}
	fmt.Fprintln(t, "\nReconnects (clients.reconnect)")
	for _, p := range scenario.ReconnectPresets() {
		fmt.Fprintf(t, "  %s\t%s\n", p.Name, p.Doc)
	}
	return t.Flush()
}

// printPreset prints a system, or else a middlebox, or else a reconnect
// policy.
func printPreset(w io.Writer, name string) error {
	policy, onlyPolicy := strings.CutPrefix(name, "reconnect/")
	if s, ok := protocol.SystemByName(name); ok && !onlyPolicy {
		_, err := fmt.Fprintf(w, "# imbench presets %s\n# A copy in a file is used by target: {protocol: FILE.yaml} in a scenario.\n\n%s", s.Name, s.Source)
		return err
	}
	if b, ok := faults.BoxByName(name); ok {
		return printBox(w, b)
	}
	if r, ok := scenario.ReconnectByName(policy); ok {
		return printReconnect(w, policy, r)
	}
	return usage(fmt.Errorf("there is no preset %q; imbench presets lists them", name))
}

// printBox prints the box as a fault of a scenario, a line a key.
func printBox(w io.Writer, b faults.MiddleBox) error {
	fault := b.Fault()
	fault.Clients = unit.Share{Percent: 100}
	body, err := unfolded(fault.String())
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "# %s\nfaults:\n  - %s\n", b.Source, strings.ReplaceAll(body, "\n", "\n    "))
	return err
}

// unfolded writes a map on one line as one with a line a key.
func unfolded(flow string) (string, error) {
	var n yaml.Node
	if err := yaml.Unmarshal([]byte(flow), &n); err != nil {
		return "", err
	}
	for i := range n.Content {
		n.Content[i].Style = 0
	}
	body, err := yaml.Marshal(&n)
	return strings.TrimSpace(string(body)), err
}

// printReconnect prints what a scenario would say to get the same without
// naming the policy.
func printReconnect(w io.Writer, name string, r scenario.Reconnect) error {
	r.Preset = ""
	if !r.Reconnects() {
		_, err := fmt.Fprintf(w, "clients:\n  reconnect: %s\n", name)
		return err
	}
	body, err := unfolded(r.String())
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "clients:\n  reconnect:\n    %s\n", strings.ReplaceAll(body, "\n", "\n    "))
	return err
}
