package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/imbench/imbench/agent"
	"github.com/imbench/imbench/report"
	"github.com/imbench/imbench/report/html"
	"github.com/imbench/imbench/scenario"
)

// tableForms are the forms of runs set side by side. A .json has none: each run
// has a result file of its own.
func tableForms() forms[*report.SideBySide] {
	return forms[*report.SideBySide]{
		".html": html.SideBySide,
		".md":   func(w io.Writer, s *report.SideBySide) error { return s.Markdown(w) },
		".txt": func(w io.Writer, s *report.SideBySide) error {
			return s.Text(w, report.TextOptions{})
		},
	}
}

// runMatrix makes the runs of a matrix one after the other and sets them side
// by side.
func runMatrix(c *cli.Context, cells []scenario.Cell, o agent.Options, m *monitors) error {
	jobs, tables, err := openMatrix(cells, c.StringSlice("output"), c.String("events"))
	if err != nil {
		return err
	}
	columns := make([]report.Column, len(cells))
	var errs []error
	code := 0
	for i, cell := range cells {
		columns[i].Name = cell.Name
		if c.Context.Err() != nil {
			continue
		}
		sayTo(c, fmt.Sprintf("run %d of %d: %s", i+1, len(cells), cell.Name))
		result, err := jobs[i].run(c, o, m)
		columns[i].Result = result
		if err != nil {
			columns[i].Err = err.Error()
			errs = append(errs, fmt.Errorf("%s: %w", cell.Name, err))
			code = worse(code, exitCouldNotRun)
		}
		if result != nil {
			code = worse(code, report.ExitCode(result.Verdict))
			errs = append(errs, writeVerdict(c, cell.Name, result))
		}
		debug.FreeOSMemory() // the next run shall begin as this one did
	}
	table := report.NewSideBySide(tableTitle(cells), columns)
	for _, t := range tables {
		errs = append(errs, t.write(table))
	}
	addToStepSummary(c.App.ErrWriter, table.Markdown)
	if !c.Bool("quiet") || code != 0 {
		fmt.Fprintln(c.App.Writer)
		errs = append(errs, table.Text(c.App.Writer, textOptions(c)))
	}
	if errors.Is(c.Context.Err(), context.Canceled) {
		code = exitInterrupted
	}
	err = errors.Join(errs...)
	if err != nil {
		code = worse(code, exitCouldNotRun)
	}
	return exitWith(code, err)
}

// openMatrix finds out whether the files of every run, and those of the table,
// can be written, before the first one begins.
func openMatrix(cells []scenario.Cell, outputs []string, events string) (jobs []*job, tables []*output[*report.SideBySide], err error) {
	names := fileNames(cells)
	for i, cell := range cells {
		var own []string
		for _, name := range outputs {
			own = append(own, beside(name, names[i]))
		}
		j, err := newJob(cell.Scenario, own, beside(events, names[i]))
		if err != nil {
			return nil, nil, err
		}
		jobs = append(jobs, j)
	}
	var ofTables []string
	for _, name := range outputs {
		if _, ok := tableForms()[strings.ToLower(filepath.Ext(name))]; ok {
			ofTables = append(ofTables, name)
		}
	}
	if tables, err = parseOutputs(ofTables, tableForms()); err != nil {
		return nil, nil, usage(err)
	}
	for _, t := range tables {
		if err := t.open(); err != nil {
			return nil, nil, err
		}
	}
	return jobs, tables, nil
}

// beside is a file's name with a run's put before the extension:
// result-phoenix.json.
func beside(name, run string) string {
	if name == "" {
		return ""
	}
	ext := filepath.Ext(name)
	return strings.TrimSuffix(name, ext) + "-" + run + ext
}

// fileNames are the cells' names as parts of files' names, each its own.
func fileNames(cells []scenario.Cell) []string {
	var names []string
	for i, c := range cells {
		name := strings.Map(func(r rune) rune {
			if r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || strings.ContainsRune("._=%+", r) {
				return r
			}
			return '-'
		}, c.Name)
		name = strings.Trim(strings.Join(strings.FieldsFunc(name, func(r rune) bool { return r == '-' }), "-"), ".")
		same := func(o string) bool { return strings.EqualFold(o, name) } // as some file systems see it
		if name == "" || slices.ContainsFunc(names, same) {
			name = fmt.Sprintf("%s-%d", cmp.Or(name, "run"), i+1)
		}
		names = append(names, name)
	}
	return names
}

// tableTitle names the scenario and what its runs differ in.
func tableTitle(cells []scenario.Cell) string {
	var paths []string
	for _, set := range cells[0].Set {
		path, _, _ := strings.Cut(set, "=")
		paths = append(paths, path)
	}
	return cells[0].Scenario.Name + ", by " + strings.Join(paths, " and ")
}

// writeVerdict prints what a run came to, in short.
func writeVerdict(c *cli.Context, name string, r *report.Result) error {
	if c.Bool("quiet") && r.Verdict == report.Passed {
		return nil
	}
	p := report.NewPage(textOptions(c))
	p.Headline(r.Verdict, name, r.Reasons)
	_, err := p.WriteTo(c.App.Writer)
	return err
}

// sayTo prints a line of progress.
func sayTo(c *cli.Context, line string) {
	if !c.Bool("quiet") {
		fmt.Fprintln(c.App.ErrWriter, line)
	}
}

// worse is the graver of two exit codes: interrupted, could not be run, failed,
// inconclusive, passed.
func worse(a, b int) int {
	order := []int{0, report.ExitCode(report.Inconclusive), report.ExitCode(report.Failed), exitCouldNotRun, exitInterrupted}
	return order[max(slices.Index(order, a), slices.Index(order, b), 0)]
}
