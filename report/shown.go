package report

import (
	"strconv"
	"strings"
)

// What follows shows figures and foreign text as Text does, for the renderers
// in packages of their own.

// Plain makes text that may come from a server, a file or a result fit to show:
// control characters, line breaks and what turns the reading order around are
// escaped, and it is cut to so many columns. It is not escaped for HTML.
func Plain(s string, columns int) string { return shorten(clean(s), columns) }

// PlainLines is Plain for a text with lines of its own, which stay lines. Empty
// ones go.
func PlainLines(s string, columns int) string { return strings.Join(cleanLines(s, columns), "\n") }

// FirstLine is Plain for the first line of a text, without the words that
// announce a server's last ones: where there is room for one line, they are told
// elsewhere.
func FirstLine(s string, columns int) string {
	first, _, more := strings.Cut(s, "\n")
	if more {
		first = strings.TrimSuffix(first, "; its last words:")
	}
	return Plain(first, columns)
}

// Millis shows a time in milliseconds with three significant digits and its
// unit, from µs to h.
func Millis(ms float64) string { return millis(ms) }

// Clock shows seconds of the run's clock: 5 s, 12.5 s, 20 min.
func Clock(s float64) string { return clock(s) }

// Number shows a count: 12,345.
func Number(n int64) string { return number(n) }

// Memory shows bytes in decimal units: 12.3 MB.
func Memory(bytes int64) string { return memory(bytes) }

// Plural is a number and its noun: 1 client, 2 clients.
func Plural(n int64, one, many string) string { return plural(n, one, many) }

// Share shows part of whole in percent; never 0 or 100 % for what is not
// nothing or all. It is "" when the whole is 0.
func Share(part, whole int64) string { return share(part, whole) }

// Change shows by what part something differs, in percent with its sign and as
// many decimals: +11.2 %; more of them for what is nearly gone, and -100 % only
// for what is.
func Change(part float64, decimals int) string {
	const most = 3
	show := func(part float64) string { return strconv.FormatFloat(100*part, 'f', decimals, 64) }
	for part > -1 && decimals < most && show(part) == show(-1) {
		decimals++
	}
	text := show(part)
	switch {
	case part > -1 && text == show(-1):
		text = "-99.999"
	case text == "-"+show(0):
		text = show(0)
	case part > 0 && text != show(0):
		text = "+" + text
	}
	return text + " %"
}

// Mark is a verdict's sign: ✓ ✗ ? ■.
func (v Verdict) Mark() string {
	mark, _ := v.sign()
	return mark
}

// Show is one statistic of s, by the name that thresholds use, as text; a lower
// bound is marked. Without samples it is "".
func (s *Stats) Show(stat string) string {
	if s.none() {
		return ""
	}
	return s.stat(stat)
}

// Brief is s in a phrase, with the statistics that so many samples bear.
func (s *Stats) Brief() string { return s.inBrief() }

// Measured is the threshold's value as text, and what is to be said about it.
// The note may be foreign text: it goes through Plain.
func (t ThresholdResult) Measured() (value, note string) { return measured(t) }

// Story is what was done to whom, when and how, in a sentence that goes through
// Plain.
func (f FaultResult) Story() string { return f.story() }

// Lasted is for how many seconds f was under way each time it was applied; 0
// where it was over at once or had no end of its own.
func (f FaultResult) Lasted() float64 { return f.lasted() }

// Bound is what the clients' own timers imply for detection, in milliseconds;
// ok when the result tells.
func (f FaultResult) Bound() (from, to float64, ok bool) { return f.bound() }

// Late reports whether the slowest detection was later than the clients' own
// timers imply, by more than a busy machine explains.
func (f FaultResult) Late() bool {
	_, to, ok := f.bound()
	return ok && !f.Detect.none() && f.Detect.Max > lateAfter(to)
}

// MetricNames are the names in metrics: first those that this version knows, in
// the order of the Metric constants.
func MetricNames(metrics map[string]*Stats) []string {
	var names []string
	for _, name := range metricOrder(metrics) {
		if !metrics[name].none() {
			names = append(names, name)
		}
	}
	return names
}

// Ran says when, how long and from which seed r was run.
func (r *Result) Ran() string { return ran(r) }

// Command is the command line that makes the run again, with the file and the
// seed that it was made with.
func (r *Result) Command() string { return r.command() }

// HowToLook are the commands that tell the story of the first client worth
// looking at; none when there is none.
func (r *Result) HowToLook() []string { return r.howToLook() }

// Class is one of the exclusive classes that expected deliveries fall into.
type Class struct {
	Name    string
	Meaning string
	Count   int64
	Bad     bool // the server's doing
}

// Classes are the classes of the delivery ledger, with r's counts.
func (r *Result) Classes() []Class {
	var all []Class
	for _, c := range classes() {
		all = append(all, Class{Name: c.count.String(), Meaning: c.meaning, Count: r.Counts[c.count.String()], Bad: c.bad})
	}
	return all
}
