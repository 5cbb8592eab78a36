package report

import (
	"encoding/xml"
	"io"
	"strings"
)

// What follows writes foreign text into Markdown and cases into JUnit as the
// report of a run does, for what is shown beside it.

// MarkdownText writes text from anywhere, cut to so many columns, so that
// Markdown shows it as it is: no markup, link, mention or HTML comes of it.
func MarkdownText(s string, columns int) string { return mdText(Plain(s, columns)) }

// MarkdownSentence is MarkdownText for a text with lines of its own, which stay
// lines.
func MarkdownSentence(s string, columns int) string {
	lines := cleanLines(s, columns)
	for i := range lines {
		lines[i] = mdText(lines[i])
	}
	return strings.Join(lines, "<br>")
}

// MarkdownCode writes text from anywhere, cut to so many columns, as code.
func MarkdownCode(s string, columns int) string { return mdCode(Plain(s, columns)) }

// Emoji is a verdict's sign where colour cannot be had otherwise.
func (v Verdict) Emoji() string { return v.emoji() }

// Case is one test case of a JUnit report. Failed is a failure, Passed none,
// any other verdict an error: readers of JUnit let a skipped case pass.
type Case struct {
	Name    string
	Verdict Verdict
	Message string // of a failure or an error; its lines are one in the attribute
	Output  string // what was measured
}

// WriteCases writes a JUnit report of one suite. All text is cleaned and cut.
// The error is the writer's.
func WriteCases(w io.Writer, suite string, cases []Case) error {
	suite = Plain(suite, longest)
	s := junitSuite{Name: suite, junitTotals: junitTotals{Tests: len(cases), Time: junitTime(0)}}
	for _, c := range cases {
		one := junitCase{Name: Plain(c.Name, longest), Classname: suite, Time: junitTime(0), SystemOut: PlainLines(c.Output, longest)}
		problem := &junitProblem{Message: oneLine(c.Message), Type: string(c.Verdict), Text: one.Name + ": " + PlainLines(c.Message, longest)}
		switch c.Verdict {
		case Passed:
		case Failed:
			one.Failure = problem
			s.Failures++
		default:
			one.Error = problem
			s.Errors++
		}
		s.Cases = append(s.Cases, one)
	}
	return writeJUnit(w, s)
}

// writeJUnit writes one suite as a file.
func writeJUnit(w io.Writer, suite junitSuite) error {
	all := junitSuites{Name: "imbench", junitTotals: suite.junitTotals, Suites: []junitSuite{suite}}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}
