package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/urfave/cli/v2"
	"golang.org/x/term"

	"github.com/imbench/imbench/report"
)

// plainEvery is how often progress prints a line where there is no terminal.
const plainEvery = 5 * time.Second

// isTerminal reports whether w is a terminal that can move its cursor.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && isatty.IsTerminal(f.Fd()) && os.Getenv("TERM") != "dumb"
}

func wantsColor(c *cli.Context, w io.Writer) bool {
	return isTerminal(w) && !c.Bool("no-color") && os.Getenv("NO_COLOR") == ""
}

// sizeOf returns the columns and rows of the terminal that w is; 0 when it is
// none.
func sizeOf(w io.Writer) (columns, rows int) {
	f, ok := w.(*os.File)
	if !ok {
		return 0, 0
	}
	columns, rows, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0, 0
	}
	return columns, rows
}

func textOptions(c *cli.Context) report.TextOptions {
	w := c.App.Writer
	width, _ := sizeOf(w)
	return report.TextOptions{Width: width, Color: wantsColor(c, w)}
}

// progress shows how a run is going on stderr, unless that is not wanted.
type progress struct{ shown *report.Progress }

func newProgress(c *cli.Context) progress {
	if c.Bool("quiet") {
		return progress{}
	}
	w := c.App.ErrWriter
	return progress{report.NewProgress(w, report.ProgressOptions{
		TTY: isTerminal(w), Color: wantsColor(c, w), Size: func() (int, int) { return sizeOf(w) }, Every: plainEvery,
	})}
}

func (p progress) update(s report.Snapshot) {
	if p.shown != nil {
		p.shown.Update(s)
	}
}

func (p progress) done() {
	if p.shown != nil {
		p.shown.Done()
	}
}

// say prints a line without disturbing what is drawn.
func (p progress) say(line string) {
	if p.shown != nil {
		fmt.Fprintln(p.shown, line)
	}
}
