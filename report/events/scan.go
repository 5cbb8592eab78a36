package events

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"time"

	"github.com/imbench/imbench/protocol/jsonpath"
)

// Of no client, or of all of them.
const (
	Nobody   = -1 // an event's client: it concerns the run
	Everyone = -1 // Scan's: no matter whose events
)

// Event is one line of an events file.
type Event struct {
	At     time.Duration // from when the run was set up
	Client int           // its number; Nobody for what concerns the run
	Kind   string        // such as dial; see docs/result.md
	line   []byte        // valid until the next event
}

// Detail is a further key of an event, and what it says.
type Detail struct{ Name, Text string }

// Details returns the event's further keys, in the order of the file.
func (e Event) Details() (all []Detail) {
	d := json.NewDecoder(bytes.NewReader(e.line))
	d.UseNumber()
	_, _ = d.Token() // the line was checked
	for d.More() {
		key, _ := d.Token()
		var raw json.RawMessage
		if d.Decode(&raw) != nil {
			return all
		}
		switch name, _ := key.(string); name {
		case "t", "client", "event":
		default:
			all = append(all, Detail{name, string(jsonpath.Value(raw).Text())})
		}
	}
	return all
}

// Trouble is what was wrong with an events file.
type Trouble struct {
	Bad   int64     // lines that are no events
	First []BadLine // the first ten of them
	Cut   bool      // the last line has no end and is no event: the writer was stopped
}

// BadLine says what is wrong with a line.
type BadLine struct {
	Line int64 // from 1
	Why  string
}

// maxLine bounds a line, in bytes. imbench writes none longer than a few
// hundred.
const maxLine = 64 << 10

const maxBad = 10

func (t *Trouble) add(line int64, why string) {
	t.Bad++
	if len(t.First) < maxBad {
		t.First = append(t.First, BadLine{line, why})
	}
}

// Scan calls each with every event of in that concerns client, or the run, in
// the order of the file. Lines about other clients are skipped without being
// checked. The error is in's.
func Scan(in io.Reader, client int, each func(Event)) (Trouble, error) {
	var trouble Trouble
	lines := bufio.NewReaderSize(in, maxLine)
	find, name := newFinder(), []byte(nil)
	if client != Everyone {
		name = fmt.Appendf(nil, `"c%d"`, client)
	}
	for number := int64(1); ; number++ {
		line, err := lines.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			trouble.add(number, fmt.Sprintf("it is longer than %d bytes", maxLine))
			err = skipLine(lines)
			line = nil
		}
		ended := err == nil
		if line = bytes.TrimSpace(line); len(line) > 0 && concerns(line, name) {
			event, why := find.event(line)
			switch {
			case why == "":
				if name == nil || event.Client == client || event.Client == Nobody {
					each(event)
				}
			case !ended:
				trouble.Cut = true
			default:
				trouble.add(number, why)
			}
		}
		switch {
		case ended:
		case errors.Is(err, io.EOF):
			return trouble, nil
		default:
			return trouble, fmt.Errorf("read events: %w", err)
		}
	}
}

// concerns reports whether a line may be about the client of that name, in
// quotes, or the run; nil is everyone's.
func concerns(line, name []byte) bool {
	return name == nil || bytes.Contains(line, name) || !bytes.Contains(line, []byte(`"client"`))
}

// skipLine goes to the next line.
func skipLine(r *bufio.Reader) error {
	for {
		if _, err := r.ReadSlice('\n'); !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
	}
}

// finder takes lines apart.
type finder struct {
	paths  jsonpath.Set
	places [3]jsonpath.Span
	kinds  map[string]string // so that a kind is allocated once
}

// maxKinds bounds what is remembered of a file of nonsense.
const maxKinds = 256

func newFinder() *finder {
	f := &finder{kinds: map[string]string{}}
	for _, path := range []string{"$.t", "$.client", "$.event"} {
		if _, err := f.paths.Add(path); err != nil {
			panic("events: " + err.Error())
		}
	}
	return f
}

// event reads a line, or says why it is none.
func (f *finder) event(line []byte) (e Event, why string) {
	if line[0] != '{' || f.paths.Find(line, f.places[:]) != nil {
		return e, "it is not a JSON object"
	}
	t, client, kind := f.places[0].In(line), f.places[1].In(line), f.places[2].In(line)
	seconds, err := strconv.ParseFloat(string(t), 64)
	const most = float64(math.MaxInt64 / 2 / int64(time.Second))
	switch {
	case !t.IsNumber() || err != nil || math.Abs(seconds) > most:
		return e, `it has no time "t"`
	case !kind.IsString():
		return e, `it has no "event"`
	}
	e = Event{At: time.Duration(math.Round(seconds * 1e9)), Client: Nobody, Kind: f.kind(kind.Text()), line: line}
	if client == nil {
		return e, ""
	}
	number, ok := bytes.CutPrefix(client.Text(), []byte("c"))
	n, err := strconv.ParseUint(string(number), 10, 31)
	if !ok || err != nil || !client.IsString() {
		return e, `its "client" is none of imbench's`
	}
	e.Client = int(n)
	return e, ""
}

func (f *finder) kind(text []byte) string {
	if known, ok := f.kinds[string(text)]; ok {
		return known
	}
	kind := string(text)
	if len(f.kinds) < maxKinds {
		f.kinds[kind] = kind
	}
	return kind
}
