package faults

import (
	"bytes"
	"io"
	"sync"
)

const (
	tailBytes = 4 << 10
	lineBytes = 64 << 10 // a longer line is handed on in pieces
)

// output takes what a server writes: keeps the end of it, copies it, and cuts
// stdout into lines. It is safe for concurrent use, never fails, and so never
// stops the server.
type output struct {
	mu     sync.Mutex
	last   []byte
	line   []byte
	copyTo io.Writer
	onLine func(string)
}

func newOutput(copyTo io.Writer, onLine func(string)) *output {
	return &output{copyTo: copyTo, onLine: onLine}
}

func (o *output) stdout() io.Writer { return writerFunc(func(p []byte) { o.take(p, true) }) }
func (o *output) stderr() io.Writer { return writerFunc(func(p []byte) { o.take(p, false) }) }

type writerFunc func(p []byte)

func (f writerFunc) Write(p []byte) (int, error) { f(p); return len(p), nil }

func (o *output) take(p []byte, stdout bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.last = append(o.last, p...)
	o.last = o.last[max(0, len(o.last)-tailBytes):]
	if o.copyTo != nil {
		_, _ = o.copyTo.Write(p) // the server is not to suffer for it
	}
	if stdout && o.onLine != nil {
		o.cut(p)
	}
}

// cut hands on the lines that p completes.
func (o *output) cut(p []byte) {
	for len(p) > 0 {
		part, rest, complete := bytes.Cut(p, []byte("\n"))
		room := lineBytes - len(o.line)
		if len(part) > room {
			part, rest, complete = p[:room], p[room:], true
		}
		o.line = append(o.line, part...)
		p = rest
		if complete {
			o.onLine(string(bytes.TrimSuffix(o.line, []byte("\r"))))
			o.line = o.line[:0]
		}
	}
}

// flush hands on a last line without an end.
func (o *output) flush() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.line) > 0 && o.onLine != nil {
		o.onLine(string(o.line))
	}
	o.line = nil
}

func (o *output) tail() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return string(o.last)
}
