package faults

import (
	"io"
	"strings"
	"testing"
)

func TestOutputKeepsOnlyItsEnd(t *testing.T) {
	var lines []string
	o := newOutput(nil, func(l string) { lines = append(lines, l) })
	long := strings.Repeat("x", lineBytes+1)
	for _, p := range []string{"on", "e\r\ntw", "o\n\n", long, "\nlast"} {
		_, _ = io.WriteString(o.stdout(), p)
	}
	o.flush()
	want := []string{"one", "two", "", long[:lineBytes], "x", "last"}
	if len(lines) != len(want) {
		t.Fatalf("%d lines, want %d", len(lines), len(want))
	}
	for i := range want {
		if lines[i] != want[i] {
			t.Errorf("line %d has %d bytes, want %d", i, len(lines[i]), len(want[i]))
		}
	}
	if tail := o.tail(); len(tail) != tailBytes || !strings.HasSuffix(tail, "x\nlast") {
		t.Errorf("kept %d bytes, want %d", len(tail), tailBytes)
	}
}
