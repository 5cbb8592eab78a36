package main

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// flagsFirst moves the flags of a command before its arguments, so that
// `imbench run scenario.yaml -o out.json` means what it says: the library stops
// looking for flags at the first argument.
func flagsFirst(args []string, app *cli.App) []string {
	if len(args) < 3 {
		return args
	}
	i := slices.IndexFunc(app.Commands, func(c *cli.Command) bool { return c.HasName(args[1]) })
	if i < 0 {
		return args
	}
	flags, rest := []string{}, []string{}
	for todo := args[2:]; len(todo) > 0; todo = todo[1:] {
		arg := todo[0]
		if arg == "--" {
			rest = append(rest, todo...)
			break
		}
		if len(arg) < 2 || arg[0] != '-' {
			rest = append(rest, arg)
			continue
		}
		flags = append(flags, arg)
		if takesValue(app.Commands[i], arg) && len(todo) > 1 {
			todo = todo[1:]
			flags = append(flags, todo[0])
		}
	}
	return slices.Concat(args[:2], flags, rest)
}

// takesValue reports whether the next argument belongs to the flag arg.
func takesValue(c *cli.Command, arg string) bool {
	name := strings.TrimLeft(arg, "-")
	if strings.Contains(name, "=") {
		return false
	}
	for _, f := range c.Flags {
		if slices.Contains(f.Names(), name) {
			_, isBool := f.(*cli.BoolFlag)
			return !isBool
		}
	}
	return false
}
