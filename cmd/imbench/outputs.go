package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/imbench/imbench/report"
	"github.com/imbench/imbench/report/html"
)

// forms are the ways in which a T can be written to a file, each by the
// extension that picks it.
type forms[T any] map[string]func(io.Writer, T) error

// resultForms are the forms of a result.
func resultForms() forms[*report.Result] {
	return forms[*report.Result]{
		".html": html.Render,
		".json": report.Write,
		".md":   report.Markdown,
		".xml":  report.JUnit,
		".txt": func(w io.Writer, r *report.Result) error {
			return report.Text(w, r, report.TextOptions{})
		},
	}
}

// extensions lists them as a sentence does: ".html, .json or .txt".
func (f forms[T]) extensions() string {
	all := slices.Sorted(maps.Keys(f))
	if n := len(all); n > 1 {
		return strings.Join(all[:n-1], ", ") + " or " + all[n-1]
	}
	return strings.Join(all, "")
}

// output is one file that something is written to, in the form that its
// extension names.
type output[T any] struct {
	name   string
	render func(io.Writer, T) error
	file   *os.File
}

// parseOutputs reads the values of -o.
func parseOutputs[T any](names []string, f forms[T]) ([]*output[T], error) {
	var outputs []*output[T]
	for _, name := range names {
		render, ok := f[strings.ToLower(filepath.Ext(name))]
		if !ok {
			return nil, fmt.Errorf("-o %s: the extension picks the form; write %s", name, f.extensions())
		}
		outputs = append(outputs, &output[T]{name: name, render: render})
	}
	return outputs, nil
}

// open creates the file, but leaves an earlier result in it until there is a
// new one.
func (o *output[T]) open() (err error) {
	o.file, err = os.OpenFile(o.name, os.O_WRONLY|os.O_CREATE, 0o666)
	return err
}

// write writes v in place of what the open file held, and closes it.
func (o *output[T]) write(v T) error {
	if err := o.file.Truncate(0); err != nil && !errors.Is(err, os.ErrInvalid) {
		// A pipe or a device cannot be cut, and need not be.
		if info, statErr := o.file.Stat(); statErr != nil || info.Mode().IsRegular() {
			return err
		}
	}
	if err := o.render(o.file, v); err != nil {
		_ = o.file.Close()
		return fmt.Errorf("write %s: %w", o.name, err)
	}
	return o.file.Close()
}
