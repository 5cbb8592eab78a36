package agent

import (
	"bufio"
	"encoding/json"
	"io"
	"sync"
	"time"
)

// eventLog writes one JSON line for each connection event. A nil eventLog
// writes nothing. Safe for concurrent use.
type eventLog struct {
	mu   sync.Mutex
	w    *bufio.Writer
	line []byte
	err  error
}

func newEventLog(w io.Writer) *eventLog {
	if w == nil {
		return nil
	}
	return &eventLog{w: bufio.NewWriterSize(w, 64<<10)}
}

// log writes that kind happened to c; extra are further keys and values. Times
// are seconds on the run's clock, from the moment it was set up; the line
// "begin" says when second 0 was.
func (e *eventLog) log(at time.Duration, c *client, kind string, extra ...string) {
	if e == nil {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.line = append(e.line[:0], `{"t":`...)
	e.line = appendSeconds(e.line, at)
	if c != nil {
		e.line = append(e.line, `,"client":"`...)
		e.line = append(c.appendName(e.line), '"')
	}
	e.line = append(e.line, `,"event":"`...)
	e.line = append(append(e.line, kind...), '"')
	for i := 0; i+1 < len(extra); i += 2 {
		if extra[i+1] == "" {
			continue
		}
		e.line = append(append(append(e.line, `,"`...), extra[i]...), `":`...)
		quoted, _ := json.Marshal(extra[i+1]) // a string always marshals
		e.line = append(e.line, quoted...)
	}
	e.line = append(e.line, '}', '\n')
	if _, err := e.w.Write(e.line); err != nil && e.err == nil {
		e.err = err
	}
}

// appendSeconds writes at in seconds with six places.
func appendSeconds(dst []byte, at time.Duration) []byte {
	micros := at.Microseconds()
	dst = appendUint(dst, uint64(micros/1e6), 1)
	return appendUint(append(dst, '.'), uint64(micros%1e6), 6)
}

// appendUint writes v with at least width digits.
func appendUint(dst []byte, v uint64, width int) []byte {
	var b [20]byte
	i := len(b)
	for v > 0 || width > 0 {
		i--
		b[i] = byte('0' + v%10)
		v /= 10
		width--
	}
	return append(dst, b[i:]...)
}

// close writes out what is buffered. It returns the first error of all writes.
func (e *eventLog) close() error {
	if e == nil {
		return nil
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.w.Flush(); e.err == nil {
		e.err = err
	}
	return e.err
}
