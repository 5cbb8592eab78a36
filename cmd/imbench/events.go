package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/imbench/imbench/report/events"
)

func eventsCommand() *cli.Command {
	return &cli.Command{
		Name:      "events",
		Usage:     "tell what an events file has in it, or one client's story",
		ArgsUsage: "EVENTS.jsonl",
		Description: "The file is what `imbench run --events FILE` writes; - is standard input.\n" +
			"Without --client: how often what happened, and the clients that are worth looking at.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "client", Usage: "tell the story of client `N`, by its number, like 17 or c17"},
			&cli.BoolFlag{DisableDefaultText: true, Name: "no-color", Usage: "no colours (also NO_COLOR, TERM=dumb)"},
		},
		OnUsageError: func(_ *cli.Context, err error, _ bool) error { return usage(err) },
		Action:       eventsAction,
	}
}

func eventsAction(c *cli.Context) error {
	if c.NArg() != 1 {
		return usage(errors.New("events takes one file, as `imbench run --events FILE` writes it"))
	}
	name := c.Args().First()
	client := events.Everyone
	if text := c.String("client"); c.IsSet("client") {
		n, err := strconv.ParseUint(strings.TrimPrefix(text, "c"), 10, 31)
		if err != nil {
			return usage(fmt.Errorf("--client %s: write a client's number, like 17 or c17", text))
		}
		client = int(n)
	}
	in := c.App.Reader
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return usage(err)
		}
		defer f.Close()
		in = f
	}
	options := events.Options{Color: wantsColor(c, c.App.Writer)}
	if client != events.Everyone {
		found, trouble, err := events.Tell(c.App.Writer, in, client, options)
		return afterReading(c.App.ErrWriter, name, trouble, err, found, fmt.Sprintf("nothing in it is about client %d", client))
	}
	sum, trouble, err := events.Summarize(in)
	if err == nil && sum.Events > 0 {
		err = sum.Write(c.App.Writer, name, options)
	}
	return afterReading(c.App.ErrWriter, name, trouble, err, sum.Events > 0, "no line of it is an event")
}

// afterReading tells what was wrong with the file.
func afterReading(stderr io.Writer, name string, t events.Trouble, err error, found bool, nothing string) error {
	for _, b := range t.First {
		fmt.Fprintf(stderr, "%s:%d: no event: %s\n", name, b.Line, b.Why)
	}
	if more := t.Bad - int64(len(t.First)); more > 0 {
		fmt.Fprintf(stderr, "%s: %d other lines are no events\n", name, more)
	}
	if t.Cut {
		fmt.Fprintf(stderr, "%s: the last line is cut off; whatever wrote it was stopped\n", name)
	}
	var path *os.PathError
	switch {
	case errors.As(err, &path) && path.Op == "read": // a directory, say
		return usage(fmt.Errorf("%s: %w", name, err))
	case err != nil:
		return fmt.Errorf("%s: %w", name, err)
	case !found:
		return usage(fmt.Errorf("%s: %s", name, nothing))
	}
	return nil
}
