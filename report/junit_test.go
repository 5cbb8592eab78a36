package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func renderJUnit(t testing.TB, r *Result) string {
	t.Helper()
	var b bytes.Buffer
	if err := JUnit(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestJUnitLooksAsItDid(t *testing.T) {
	for name, r := range samples() {
		t.Run(name, func(t *testing.T) {
			golden(t, filepath.Join("junit", name+".xml"), renderJUnit(t, r))
		})
	}
}

// junitForm is what readers of JUnit reports take: each element's children and
// attributes, as in Jenkins' schema junit-10.xsd, those required with a star.
var junitForm = map[string]struct{ children, attributes string }{
	"":           {"testsuites", ""},
	"testsuites": {"testsuite", "name time tests failures errors"},
	"testsuite":  {"testsuite properties testcase system-out system-err", "name* tests* failures* errors* group time skipped timestamp hostname id package file log url"},
	"properties": {"property", ""},
	"property":   {"", "name* value*"},
	"testcase":   {"skipped error failure system-out system-err", "name* time classname group"},
	"failure":    {"", "type message"},
	"error":      {"", "type message"},
	"system-out": {"", ""},
}

var junitSeconds = regexp.MustCompile(`^[0-9]+(\.[0-9]*)?$`)

func checkJUnit(t *testing.T, text string) {
	t.Helper()
	if !utf8.ValidString(text) {
		t.Error("not UTF-8")
	}
	open := []string{""}
	for d := xml.NewDecoder(strings.NewReader(text)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			parent, name := open[len(open)-1], e.Name.Local
			if !slices.Contains(strings.Fields(junitForm[parent].children), name) {
				t.Errorf("<%s> in <%s>", name, parent)
			}
			allowed := junitForm[name].attributes
			for _, a := range e.Attr {
				if !slices.Contains(strings.Fields(strings.ReplaceAll(allowed, "*", "")), a.Name.Local) {
					t.Errorf("%s is no attribute of <%s>", a.Name.Local, name)
				}
				if a.Name.Local == "time" && !junitSeconds.MatchString(a.Value) {
					t.Errorf("time=%q", a.Value)
				}
			}
			for _, must := range strings.Fields(allowed) {
				if must, required := strings.CutSuffix(must, "*"); required && !slices.ContainsFunc(e.Attr, func(a xml.Attr) bool { return a.Name.Local == must }) {
					t.Errorf("<%s> has no %s", name, must)
				}
			}
			open = append(open, name)
		case xml.EndElement:
			open = open[:len(open)-1]
		}
	}
}

func TestJUnitHasTheFormThatReadersExpect(t *testing.T) {
	all := samples()
	all["hostile"] = sampleHostile()
	all["poisoned"] = poisoned(t, "]]></failure><testcase name=\"x\"/>\x00\x0b\ufffe\xff & <!-- ")
	for name, r := range all {
		t.Run(name, func(t *testing.T) { checkJUnit(t, renderJUnit(t, r)) })
	}
}

func TestJUnitIsGreenOnlyWhenTheRunPassed(t *testing.T) {
	value := 5.0
	threshold := func(v Verdict) []ThresholdResult {
		return []ThresholdResult{{Text: "lost == 0", Value: &value, Verdict: v}}
	}
	for name, tt := range map[string]struct {
		result           Result
		failures, errors int
	}{
		"a run that passed":                              {Result{Verdict: Passed, Thresholds: threshold(Passed), Counts: online()}, 0, 0},
		"a run without thresholds":                       {Result{Verdict: Passed, Counts: online()}, 0, 0},
		"a threshold that failed":                        {Result{Verdict: Failed, Thresholds: threshold(Failed), Counts: online()}, 1, 0},
		"a threshold that cannot be told":                {Result{Verdict: Inconclusive, Thresholds: threshold(Inconclusive), Counts: online()}, 0, 1},
		"nobody online":                                  {Result{Verdict: Inconclusive, Counts: map[string]int64{}}, 0, 1},
		"nobody online, and a threshold without a value": {Result{Verdict: Inconclusive, Thresholds: threshold(Inconclusive), Counts: map[string]int64{}}, 0, 2},
		"a generator that was the bottleneck": {Result{
			Verdict: Inconclusive, Thresholds: threshold(Failed), Counts: online(),
			Generator: Generator{Limits: []string{"lag.p99 was 412 ms"}},
		}, 1, 1},
		"an interruption":         {Result{Verdict: Interrupted, Thresholds: threshold(Passed), Counts: online()}, 0, 1},
		"a server that died":      {Result{Verdict: Failed, Failure: "the server died", Thresholds: threshold(Passed), Counts: online()}, 0, 1},
		"a verdict from tomorrow": {Result{Verdict: "doubtful", Counts: online()}, 0, 1},
		"failed for nothing told": {Result{Verdict: Failed, Counts: online()}, 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := tt.result.junit()
			if s.Failures != tt.failures || s.Errors != tt.errors {
				t.Errorf("%d failures and %d errors, want %d and %d", s.Failures, s.Errors, tt.failures, tt.errors)
			}
			if s.Tests != 1+len(tt.result.Thresholds) {
				t.Errorf("%d cases", s.Tests)
			}
		})
	}
}

func online() map[string]int64 { return map[string]int64{"connects": 1} }

func TestWhatCannotBeToldSaysWhyInTheMessage(t *testing.T) {
	value := 0.0
	for name, tt := range map[string]struct {
		threshold ThresholdResult
		want      string
	}{
		"a value that says nothing": {
			ThresholdResult{Text: "lost == 0", Value: &value, Verdict: Inconclusive, Note: "nothing was expected"},
			"cannot be told: nothing was expected; was 0",
		},
		"no value at all": {
			ThresholdResult{Text: "detect.p99 < 5s", Verdict: Inconclusive, Note: "no samples"},
			"cannot be told: no samples",
		},
		"a value, and nobody says why": {
			ThresholdResult{Text: "lost == 0", Value: &value, Verdict: Inconclusive},
			"cannot be told: 0",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if c := tt.threshold.junit(); c.Error == nil || c.Error.Message != tt.want {
				t.Errorf("%+v, want the message %q", c.Error, tt.want)
			}
		})
	}
}

// What a server said last is read as it said it; a message is of one line.
func TestLastWordsAreLinesInJUnit(t *testing.T) {
	const died = "it ended unasked; its last words:\n\tpanic: <b>\r\n\n\x1b[31mred\n"
	r := &Result{Verdict: Failed, Failure: died, Reasons: []string{died, "more"}, Warnings: []string{died}, Counts: online()}
	var compared strings.Builder
	if err := WriteCases(&compared, "s", []Case{{Name: "c", Verdict: Failed, Message: died, Output: died}}); err != nil {
		t.Fatal(err)
	}
	read := strings.NewReplacer("&#xA;", "\n") // as every reader of XML does
	run := read.Replace(renderJUnit(t, r))
	for _, want := range []string{
		`<error message="it ended unasked; its last words: panic: &lt;b&gt; \x1b[31mred" type="could not run">it ended unasked; its last words:` + "\n" + `panic: &lt;b&gt;` + "\n" + `\x1b[31mred` + "\nmore</error>",
		"last words:\n" + `panic: &lt;b&gt;` + "\n" + `\x1b[31mred</system-out>`,
	} {
		if !strings.Contains(run, want) {
			t.Errorf("%s\nwant %s", run, want)
		}
	}
	for _, want := range []string{
		`<failure message="it ended unasked; its last words: panic: &lt;b&gt; \x1b[31mred" type="failed">c: it ended unasked; its last words:` + "\n" + `panic: &lt;b&gt;` + "\n" + `\x1b[31mred</failure>`,
		"last words:\n" + `panic: &lt;b&gt;` + "\n" + `\x1b[31mred</system-out>`,
	} {
		if got := read.Replace(compared.String()); !strings.Contains(got, want) {
			t.Errorf("%s\nwant %s", got, want)
		}
	}
}
