package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// flagsFirst moves the flags of a command before its arguments, so that
// `imbench run scenario.yaml -o out.json` means what it says: the library stops
// looking for flags at the first argument.
func flagsFirst(args []string, app *cli.App) ([]string, error) {
	if len(args) < 3 {
		return args, nil
	}
	i := slices.IndexFunc(app.Commands, func(c *cli.Command) bool { return c.HasName(args[1]) })
	if i < 0 {
		return args, nil
	}
	flags, rest := []string{}, []string{}
	for todo := args[2:]; len(todo) > 0; todo = todo[1:] {
		arg := todo[0]
		if arg == "--" {
			rest = append(rest, todo...)
			break
		}
		if !isFlag(arg) {
			rest = append(rest, arg)
			continue
		}
		flags = append(flags, arg)
		if !takesValue(app.Commands[i], arg) {
			continue
		}
		if len(todo) == 1 {
			return nil, usage(fmt.Errorf("%s needs a value; see imbench %s --help", arg, args[1]))
		}
		todo = todo[1:]
		flags = append(flags, todo[0])
		for takesMany(app.Commands[i], arg) && len(todo) > 1 && !isFlag(todo[1]) {
			todo = todo[1:]
			flags = append(flags, arg, todo[0])
		}
	}
	return slices.Concat(args[:2], flags, rest), nil
}

func isFlag(arg string) bool { return len(arg) > 1 && arg[0] == '-' }

// takesMany reports whether all the arguments up to the next flag belong to the
// flag arg.
func takesMany(c *cli.Command, arg string) bool {
	return slices.ContainsFunc(c.Flags, func(f cli.Flag) bool {
		_, many := f.(manyFlag)
		return many && slices.Contains(f.Names(), strings.TrimLeft(arg, "-"))
	})
}

// takesValue reports whether the next argument belongs to the flag arg. Of
// short flags written as one, like -qo, it is the last that may take it.
func takesValue(c *cli.Command, arg string) bool {
	name := strings.TrimLeft(arg, "-")
	if strings.Contains(name, "=") {
		return false
	}
	if len(name) > 1 && !strings.HasPrefix(arg, "--") && !slices.ContainsFunc(c.Flags, func(f cli.Flag) bool { return slices.Contains(f.Names(), name) }) {
		name = name[len(name)-1:]
	}
	for _, f := range c.Flags {
		if slices.Contains(f.Names(), name) {
			_, isBool := f.(*cli.BoolFlag)
			return !isBool
		}
	}
	return false
}
