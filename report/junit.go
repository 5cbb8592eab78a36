package report

import (
	"encoding/xml"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
)

// The elements of a JUnit report, as Jenkins' schema junit-10.xsd has them.
type (
	junitSuites struct {
		XMLName xml.Name `xml:"testsuites"`
		Name    string   `xml:"name,attr"`
		junitTotals
		Suites []junitSuite `xml:"testsuite"`
	}
	junitTotals struct {
		Tests    int    `xml:"tests,attr"`
		Failures int    `xml:"failures,attr"`
		Errors   int    `xml:"errors,attr"`
		Time     string `xml:"time,attr"`
	}
	junitSuite struct {
		Name string `xml:"name,attr"`
		junitTotals
		Skipped    int             `xml:"skipped,attr"`
		Timestamp  string          `xml:"timestamp,attr,omitempty"`
		Properties []junitProperty `xml:"properties>property,omitempty"`
		Cases      []junitCase     `xml:"testcase"`
	}
	junitProperty struct {
		Name  string `xml:"name,attr"`
		Value string `xml:"value,attr"`
	}
	junitCase struct {
		Name      string        `xml:"name,attr"`
		Classname string        `xml:"classname,attr"`
		Time      string        `xml:"time,attr"`
		Failure   *junitProblem `xml:"failure"`
		Error     *junitProblem `xml:"error"`
		SystemOut string        `xml:"system-out,omitempty"`
	}
	junitProblem struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr"`
		Text    string `xml:",chardata"`
	}
)

// JUnit writes r as a JUnit report: a suite of the scenario's name with one
// case for the run itself and one for each threshold, its text for a name, with
// the measured value on system-out. A failed threshold is a failure; what is
// inconclusive, interrupted or could not be run is an error, since readers of
// JUnit let a skipped case pass. The error is the writer's.
func JUnit(w io.Writer, r *Result) error {
	return writeJUnit(w, r.junit())
}

func (r *Result) junit() junitSuite {
	name := shorten(clean(r.Scenario.Name), longest)
	if name == "" {
		name = "imbench"
	}
	took := junitTime(r.ConnectS + r.DurationS)
	suite := junitSuite{Name: name, Properties: r.junitProperties()}
	if !r.Started.IsZero() {
		suite.Timestamp = r.Started.UTC().Format("2006-01-02T15:04:05")
	}
	run := r.junitRun()
	run.Time = took
	suite.Cases = append(suite.Cases, run)
	for _, t := range r.Thresholds {
		suite.Cases = append(suite.Cases, t.junit())
	}
	for i := range suite.Cases {
		c := &suite.Cases[i]
		c.Classname = name
		switch {
		case c.Failure != nil:
			suite.Failures++
		case c.Error != nil:
			suite.Errors++
		}
	}
	suite.Tests, suite.Time = len(suite.Cases), took
	return suite
}

func (r *Result) junitProperties() (all []junitProperty) {
	add := func(name, value string) {
		if value != "" {
			all = append(all, junitProperty{name, shorten(clean(value), longest)})
		}
	}
	add("verdict", string(r.Verdict))
	add("version", r.Version)
	add("seed", strconv.FormatUint(r.Scenario.Seed, 10))
	add("file", r.Scenario.File)
	add("hash", r.Scenario.Hash)
	add("target", r.Scenario.Target)
	if s := r.TimeScale; s > 0 && s != 1 {
		add("time_scale", strconv.FormatFloat(s, 'g', -1, 64))
	}
	return all
}

// junitRun is the case of the run itself: what is wrong with it beyond its
// thresholds.
func (r *Result) junitRun() junitCase {
	c := junitCase{Name: "the run", SystemOut: lines(append([]string{ran(r)}, r.Warnings...))}
	problem := func(kind string) *junitProblem {
		message := string(r.Verdict)
		if len(r.Reasons) > 0 {
			message = r.Reasons[0]
		}
		return &junitProblem{oneLine(message), kind, lines(r.Reasons)}
	}
	told := false // a threshold's own case tells of the verdict
	for _, t := range r.Thresholds {
		told = told || t.Verdict == r.Verdict
	}
	switch {
	case r.Failure != "":
		c.Error = problem("could not run")
		c.Error.Message = oneLine(r.Failure)
	case r.Verdict == Interrupted:
		c.Error = problem(string(Interrupted))
	case r.Verdict == Passed || told && r.Verdict == Failed:
	case r.Verdict == Failed:
		c.Failure = problem(string(Failed))
	case len(r.doubts()) > 0 || !told:
		c.Error = problem(string(Inconclusive))
	}
	return c
}

func (t ThresholdResult) junit() junitCase {
	value, note := measured(t)
	value, note = shorten(clean(value), longest), shorten(clean(note), longest)
	c := junitCase{Name: shorten(clean(t.Text), longest), Time: junitTime(0), SystemOut: value}
	if t.Value != nil && t.Unit != "" {
		c.SystemOut += " (" + strconv.FormatFloat(*t.Value, 'g', -1, 64) + " " + shorten(clean(t.Unit), longest) + ")"
	}
	problem := &junitProblem{Message: "was " + value, Type: string(t.Verdict)}
	if t.Verdict != Failed {
		problem = &junitProblem{Message: "cannot be told: " + value, Type: string(Inconclusive)}
	}
	switch {
	case note == "":
	case t.Verdict == Failed:
		problem.Message += "; " + note
	default: // the reason is what cannot be told, not the value
		problem.Message = "cannot be told: " + note + "; was " + value
	}
	problem.Text = c.Name + ": " + problem.Message // some readers show nothing else
	switch t.Verdict {
	case Passed:
	case Failed:
		c.Failure = problem
	default:
		c.Error = problem
	}
	return c
}

// lines puts sentences on lines of their own, and what has lines on several.
func lines(sentences []string) string {
	var all []string
	for _, s := range sentences {
		all = append(all, cleanLines(s, longest)...)
	}
	return strings.Join(all, "\n")
}

// oneLine is a text that may have lines of its own as an attribute's value.
func oneLine(s string) string { return strings.Join(cleanLines(s, longest), " ") }

// junitTime writes seconds as JUnit's schema has them: three decimals at most,
// and no exponent.
func junitTime(s float64) string {
	const most = float64(365 * 24 * time.Hour / time.Second)
	if math.IsNaN(s) || s < 0 {
		s = 0
	}
	return strconv.FormatFloat(math.Min(s, most), 'f', 3, 64)
}
