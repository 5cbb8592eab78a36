package report

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Result files of earlier versions, and of this one.
func TestResultsOfEveryVersionAreRead(t *testing.T) {
	files, err := filepath.Glob("testdata/results/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal("there are none:", err)
	}
	for _, name := range files {
		t.Run(filepath.Base(name), func(t *testing.T) {
			f, err := os.Open(name)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			r, err := Read(f)
			if err != nil {
				t.Fatal(err)
			}
			if r.Verdict != Passed || len(r.Thresholds) != 3 || len(r.Faults) != 2 || r.Metrics["detect"].none() || r.Counts["sent"] == 0 {
				t.Errorf("not all of it was read: %+v", r)
			}
			if _, err := r.Metrics["delivery"].Decode(); err != nil {
				t.Error(err)
			}
			renderAll(t, r)
			if _, err := Merge(r, r); err != nil {
				t.Errorf("it does not merge: %v", err)
			}
		})
	}
}

// renderAll renders r in every form of this package.
func renderAll(t testing.TB, r *Result) {
	t.Helper()
	for name, render := range map[string]func(io.Writer, *Result) error{
		"text":     func(w io.Writer, r *Result) error { return Text(w, r, TextOptions{}) },
		"markdown": Markdown,
		"junit":    JUnit,
		"json":     Write,
	} {
		if err := render(io.Discard, r); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReadTakesWhatHasTheFormOfAResult(t *testing.T) {
	for name, text := range map[string]string{
		"nothing but what it must have": `{"schema":"imbench.result/1","scenario":{},"verdict":"passed","counts":{},"metrics":{}}`,
		"fields from tomorrow":          `{"schema":"imbench.result/1","scenario":{},"verdict":"passed","counts":{},"metrics":{},"weather":{"rain":true},"faults":[{"name":"nat","moon":3}]}`,
		"nothing in any field":          `{"schema":"imbench.result/1","scenario":{},"verdict":"passed","metrics":{"delivery":null},"counts":{},"faults":[{}],"groups":{"a":null},"timeline":[{}],"server":null,"generator":{},"thresholds":[{"verdict":"passed"}],"worst":[{}],"look_at":[{}]}`,
		"white space around it":         "\n\t {\"schema\":\"imbench.result/1\",\"scenario\":{},\"verdict\":\"passed\",\"counts\":{},\"metrics\":{}}\r\n ",
		"a fault without its numbers":   `{"schema":"imbench.result/1","scenario":{},"verdict":"passed","counts":{},"metrics":{},"faults":[{"kind":"storm","storm":{},"box":{},"ghost_survival":[{}],"malformed":[{}]}]}`,
		"figures beyond all reason":     `{"schema":"imbench.result/1","scenario":{},"verdict":"failed","metrics":{},"duration_s":-1e300,"counts":{"sent":-9},"faults":[{"at_s":[1e300],"for_s":-5}],"timeline":[{"t_s":1e300}]}`,
		"a metric nobody knows":         `{"schema":"imbench.result/1","scenario":{},"verdict":"passed","counts":{},"metrics":{"joy":{"unit":"ms","count":3,"p50":1}}}`,
		"a histogram that is no such":   `{"schema":"imbench.result/1","scenario":{},"verdict":"passed","counts":{},"metrics":{"delivery":{"unit":"ms","count":3,"histogram":"!"}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			r, err := Read(strings.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			renderAll(t, r)
		})
	}
}

func TestReadSaysWhatIsWrongWithAFile(t *testing.T) {
	for name, tt := range map[string]struct {
		text, want string
		notResult  bool
	}{
		"empty":                    {"", "the file is empty", true},
		"blank":                    {" \n ", "the file is empty", true},
		"cut in the middle":        {`{"schema":"imbench.result/1","counts":{"sent":5`, "the file is truncated", false},
		"cut within a word":        {`{"schema":"imbench.result/1","verdict":"pas`, "the file is truncated", false},
		"of a newer schema":        {`{"schema":"imbench.result/2","counts":[]}`, "written by a newer imbench (imbench.result/2); this one reads imbench.result/1", false},
		"a comparison":             {`{"schema":"imbench.compare/1"}`, "it is a comparison of several", true},
		"somebody else's":          {`{"schema":"someone.else/7"}`, "its schema is someone.else/7", true},
		"a schema of no number":    {`{"schema":"imbench.result/one"}`, "its schema is imbench.result/one", true},
		"a schema that is hostile": {`{"schema":"\u001b[2J` + strings.Repeat("x", 9000) + `"}`, `its schema is \x1b[2Jxxx`, true},
		"nothing but the schema":   {`{"schema":"imbench.result/1"}`, "it has no scenario, no verdict, no counts, no metrics", true},
		"no verdict":               {`{"schema":"imbench.result/1","scenario":{},"counts":{},"metrics":{}}`, "it has no verdict", true},
		"null for its counts":      {`{"schema":"imbench.result/1","scenario":{},"verdict":"passed","counts":null,"metrics":{}}`, "it has no counts", true},
		"a verdict that is none":   {`{"schema":"imbench.result/1","scenario":{},"verdict":"bo\u001bgus","counts":{},"metrics":{}}`, `verdict: there is no "bo\x1bgus"; there are passed, failed, inconclusive and interrupted`, false},
		"a threshold's likewise":   {`{"schema":"imbench.result/1","scenario":{},"verdict":"passed","counts":{},"metrics":{},"thresholds":[{"verdict":"passed"},{}]}`, `thresholds[1].verdict: there is no ""`, false},
		"without a schema":         {`{"counts":{}}`, "it states no schema", true},
		"a list":                   {`[1,2]`, "it states no schema", true},
		"YAML":                     {"clients: 5\n", "no JSON at byte 1", true},
		"an event file":            {"{\"t\":0.1,\"event\":\"dial\"}\n{\"t\":0.2}\n", "it states no schema", true},
		"two results":              {`{"schema":"imbench.result/1","scenario":{},"verdict":"passed","counts":{},"metrics":{}}{"schema":"imbench.result/1"}`, "more follows after the result", false},
		"a number for a text":      {`{"schema":"imbench.result/1","version":5}`, "version", false},
		"a text for a number":      {`{"schema":"imbench.result/1","faults":[{"clients":"many"}]}`, "clients", false},
		"nested without end":       {strings.Repeat("[", 20_000), "", true},
		"binary":                   {"\x1f\x8b\x08\x00", "no JSON", true},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Read(strings.NewReader(tt.text))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("got %v, want %q", err, tt.want)
			}
			if len(err.Error()) > 600 {
				t.Errorf("%d bytes of error", len(err.Error()))
			}
			if errors.Is(err, ErrNotResult) != tt.notResult {
				t.Errorf("ErrNotResult: %v", err)
			}
		})
	}
}

func TestReadIsBounded(t *testing.T) {
	text := `{"schema":"imbench.result/1","scenario":{},"verdict":"passed","counts":{},"metrics":{}}`
	if _, err := read(strings.NewReader(text), int64(len(text))); err != nil {
		t.Error(err)
	}
	_, err := read(strings.NewReader(text+strings.Repeat(" ", 100)), int64(len(text))+10)
	if err == nil || !strings.Contains(err.Error(), "larger than") {
		t.Errorf("got %v", err)
	}
}

type broken struct{ err error }

func (b broken) Read([]byte) (int, error) { return 0, b.err }

func TestReadReportsTheReadersError(t *testing.T) {
	if _, err := Read(broken{os.ErrPermission}); !errors.Is(err, os.ErrPermission) {
		t.Errorf("got %v", err)
	}
}

// FuzzRead reads anything; what it takes for a result renders, and is the same
// after being written and read again.
func FuzzRead(f *testing.F) {
	for _, r := range samples() {
		r.Timeline = r.Timeline[:min(len(r.Timeline), 5)]
		var b bytes.Buffer
		if err := Write(&b, r); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
	f.Add([]byte(`{"schema":"imbench.result/1","faults":[{"at_s":[1e300],"storm":{"offered":[-1]},"box":{}}]}`))
	f.Fuzz(func(t *testing.T, file []byte) {
		r, err := Read(bytes.NewReader(file))
		if err != nil {
			return
		}
		renderAll(t, r)
		_, _ = Merge(r, r) // may refuse, must not panic
		var b bytes.Buffer
		if err := Write(&b, r); err != nil {
			t.Skip(err) // a year beyond 9999
		}
		again, err := Read(&b)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(r, again, cmp.Comparer(func(a, b time.Time) bool { return a.Equal(b) })); d != "" {
			t.Error(d)
		}
	})
}
