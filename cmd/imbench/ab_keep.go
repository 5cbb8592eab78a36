package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/imbench/imbench/report"
	"github.com/imbench/imbench/rounds"
)

// prepareKeep makes the directory for results, and finds out whether they can
// be written to it.
func (b *builds) prepareKeep() error {
	if b.keep == "" {
		return nil
	}
	_, err := os.Stat(b.keep)
	b.keepMade = errors.Is(err, fs.ErrNotExist)
	if err := os.MkdirAll(b.keep, 0o777); err != nil {
		return err
	}
	_, err = newDestination(b.kept(rounds.Turn{Round: 1}.Name()))
	return err
}

// endKeep removes a directory that was made and got nothing, and says what is
// not in it, and what is and should not be.
func (b *builds) endKeep() error {
	if b.keepMade {
		_ = os.Remove(b.keep) // it stays if there is something in it
	}
	if names := b.strangers(); b.keep != "" && len(names) > 0 {
		fmt.Fprintf(b.cli.App.ErrWriter, "warning: %s has results of other rounds, too: %s; do not compare them with these\n", b.keep, strings.Join(names, ", "))
	}
	if n := len(b.unkept); n > 0 {
		return fmt.Errorf("%s not kept: %w", report.Plural(int64(n), "result is", "results are"), b.unkept[0])
	}
	return nil
}

// kept is the file that the result of a run is kept in.
func (b *builds) kept(run string) string { return filepath.Join(b.keep, run+".json") }

func (b *builds) write(run string, r *report.Result) error {
	file, err := newDestination(b.kept(run))
	if err != nil {
		return err
	}
	if err := file.write(func(w io.Writer) error { return report.Write(w, r) }); err != nil {
		return err
	}
	b.written = append(b.written, filepath.Base(file.name))
	return nil
}

// keptRun is how the file of a run is called, see rounds.Turn.Name.
var keptRun = regexp.MustCompile(`^round-[0-9]{2,}-(base|new)\.json$`)

// strangers are the results of other rounds that the directory has.
func (b *builds) strangers() (names []string) {
	const most = 3
	entries, _ := os.ReadDir(b.keep) // what cannot be read misleads nobody
	for _, e := range entries {
		if keptRun.MatchString(e.Name()) && !slices.Contains(b.written, e.Name()) {
			names = append(names, e.Name())
		}
	}
	if n := len(names) - most; n > 0 {
		return append(names[:most-1], fmt.Sprintf("%s and %d more", names[most-1], n))
	}
	return names
}
