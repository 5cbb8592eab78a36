package main

import (
	"fmt"
	"io"
	"maps"
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
	at     *destination
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

// open finds out whether the file can be written.
func (o *output[T]) open() (err error) {
	o.at, err = newDestination(o.name)
	return err
}

// write writes v as the whole of the file.
func (o *output[T]) write(v T) error {
	return o.at.write(func(w io.Writer) error { return o.render(w, v) })
}
