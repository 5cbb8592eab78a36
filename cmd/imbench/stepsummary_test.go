package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func saying(text string) func(io.Writer) error {
	return func(w io.Writer) error { _, err := io.WriteString(w, text); return err }
}

func TestTheStepsSummaryIsAddedToAndNotOverfilled(t *testing.T) {
	name := filepath.Join(t.TempDir(), "summary.md")
	t.Setenv("GITHUB_STEP_SUMMARY", name)
	var stderr bytes.Buffer
	holds := func(want string) {
		t.Helper()
		got, err := os.ReadFile(name)
		if err != nil || string(got) != want {
			t.Errorf("it holds %.80q (%d bytes), %v; want %.80q", got, len(got), err, want)
		}
	}
	addToStepSummary(&stderr, saying("one\n"))
	addToStepSummary(&stderr, saying("two\n"))
	holds("one\n\ntwo\n\n")
	if stderr.Len() > 0 {
		t.Error(stderr.String())
	}
	addToStepSummary(&stderr, saying(strings.Repeat("x", stepSummaryMost-len("one\n\ntwo\n\n"))))
	holds("one\n\ntwo\n\n")
	if !strings.Contains(stderr.String(), "do not fit") {
		t.Errorf("stderr: %s", stderr.String())
	}
	stderr.Reset()
	addToStepSummary(&stderr, func(io.Writer) error { return errors.New("no ink") })
	holds("one\n\ntwo\n\n")
	if !strings.Contains(stderr.String(), "no ink") {
		t.Errorf("stderr: %s", stderr.String())
	}
}

func TestASummaryThatCannotBeWrittenIsALineOnStderr(t *testing.T) {
	t.Setenv("GITHUB_STEP_SUMMARY", filepath.Join(t.TempDir(), "no", "such", "directory"))
	var stderr bytes.Buffer
	addToStepSummary(&stderr, saying("one"))
	if !strings.HasPrefix(stderr.String(), "imbench: the step's summary stays as it is: ") {
		t.Errorf("stderr: %q", stderr.String())
	}
}

func TestWithoutAStepThereIsNoSummary(t *testing.T) {
	t.Setenv("GITHUB_STEP_SUMMARY", "")
	addToStepSummary(io.Discard, func(io.Writer) error { t.Error("it was rendered"); return nil })
}
