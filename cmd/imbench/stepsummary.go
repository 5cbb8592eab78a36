package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
)

// stepSummaryMost is how much a step's summary may hold on GitHub, in bytes;
// one that is larger is not shown at all.
const stepSummaryMost = 1 << 20

// addToStepSummary appends Markdown to the summary of the GitHub Actions step
// that imbench runs in; elsewhere it does nothing. Nobody asked for it by a
// flag, so what goes wrong is a line on stderr, and does not change the exit
// code.
func addToStepSummary(stderr io.Writer, markdown func(io.Writer) error) {
	name := os.Getenv("GITHUB_STEP_SUMMARY")
	if name == "" {
		return
	}
	if err := appendWithin(name, stepSummaryMost, markdown); err != nil {
		fmt.Fprintf(stderr, "imbench: the step's summary stays as it is: %v\n", err)
	}
}

// appendWithin appends what markdown writes to a file, unless that would then
// hold more than so many bytes.
func appendWithin(name string, most int64, markdown func(io.Writer) error) error {
	var text bytes.Buffer
	if err := markdown(&text); err != nil {
		return err
	}
	text.WriteByte('\n') // what comes next begins a block of its own
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if info.Size()+int64(text.Len()) > most {
		return fmt.Errorf("%s has %d bytes, and may have %d; %d do not fit", name, info.Size(), most, text.Len())
	}
	if _, err := f.Write(text.Bytes()); err != nil {
		return err
	}
	return f.Close()
}
