package report

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// What a Markdown report may take. A comment on GitHub may have 65,536
// characters.
const (
	mdMost        = 60_000 // bytes of the whole
	mdMostAbove   = 24_000 // bytes of what stands above the whole report
	mdMostReasons = 12
	mdMostRows    = 60 // thresholds
	mdMostFaults  = 20
	mdMostNotes   = 8   // warnings
	mdPhrase      = 300 // columns of a sentence
	mdName        = 80  // columns of a name
)

// Markdown writes r for a pull request's comment or a job's summary: verdict,
// thresholds, the key figures and a line for each fault, then the whole text
// report, folded. It takes at most 60,000 bytes. What servers and files call
// themselves shows as plain text or code: no markup, link, mention or HTML comes
// of it. r is not changed. The error is the writer's.
func Markdown(w io.Writer, r *Result) error {
	var m markdown
	m.headline(r)
	m.asked(r)
	m.thresholds(r.Thresholds)
	m.times(r.Metrics)
	m.delivery(r)
	m.faults(r.Faults)
	m.lookAt(r)
	m.warnings(r.Warnings)
	m.again(r)
	m.cutTo(mdMostAbove)
	m.whole(r)
	_, err := w.Write(m.buf.Bytes())
	return err
}

// markdown is a report under way. What it is given has been escaped.
type markdown struct{ buf bytes.Buffer }

func (m *markdown) line(pieces ...string) {
	for _, p := range pieces {
		m.buf.WriteString(p)
	}
	m.buf.WriteByte('\n')
}

// row is one row of a table.
func (m *markdown) row(cells ...string) { m.line("| ", strings.Join(cells, " | "), " |") }

// emoji is a verdict's sign where colour cannot be had otherwise.
func (v Verdict) emoji() string {
	switch v {
	case Passed:
		return "✅"
	case Failed:
		return "❌"
	case Interrupted:
		return "⏹️"
	}
	return "❔"
}

func (m *markdown) headline(r *Result) {
	verdict := mdText(shorten(clean(string(r.Verdict)), mdName))
	if verdict == "" {
		verdict = "no verdict"
	}
	name := shorten(clean(r.Scenario.Name), mdName)
	if name == "" {
		name = "a run without a name"
	}
	m.line("### ", r.Verdict.emoji(), " ", mdText(name), ": ", verdict)
	m.line()
	mdList(m, r.Reasons, mdMostReasons, "other reason", mdSentence)
}

func (m *markdown) asked(r *Result) {
	var parts []string
	if r.Scenario.Clients > 0 {
		parts = append(parts, plural(int64(r.Scenario.Clients), "client", "clients"))
	}
	if s := r.Scenario.Summary; s != "" {
		parts = append(parts, mdSentence(s))
	}
	if s := r.Scenario.Target; s != "" {
		parts = append(parts, mdCode(shorten(clean(s), mdPhrase)))
	}
	parts = append(parts, ran(r))
	if s := r.TimeScale; s > 0 && s != 1 {
		parts = append(parts, "time scale "+strconv.FormatFloat(s, 'g', 4, 64))
	}
	m.line(strings.Join(parts, " · "))
	m.line()
}

func (m *markdown) thresholds(ts []ThresholdResult) {
	if len(ts) == 0 {
		return
	}
	// Those that did not pass first: they are what the reader came for.
	ts = slices.Clone(ts)
	slices.SortStableFunc(ts, func(a, b ThresholdResult) int { return b.Verdict.gravity() - a.Verdict.gravity() })
	m.row("", "threshold", "measured", "")
	m.line("|:-:|---|--:|---|")
	for i, t := range ts {
		if i == mdMostRows {
			m.row("", plural(int64(len(ts)-i), "other", "others"), "", "")
			break
		}
		value, note := measured(t)
		m.row(t.Verdict.emoji(), mdCode(shorten(clean(t.Text), mdName)),
			mdText(shorten(clean(value), mdName)), mdSentence(note))
	}
	m.line()
}

// gravity orders verdicts by how much there is to look at.
func (v Verdict) gravity() int {
	switch v {
	case Passed:
		return 0
	case Failed:
		return 2
	}
	return 1
}

// times are the figures that runs are compared by; the whole report has the
// others.
func (m *markdown) times(metrics map[string]*Stats) {
	begun := false
	for _, metric := range []Metric{Connect, Delivery, Recovery, Detect, Reconnect, Outage, Ghost, Lag} {
		s := metrics[metric.String()]
		if s.none() {
			continue
		}
		if !begun {
			m.row("", "count", "p50", "p90", "p99", "max")
			m.line("|---|--:|--:|--:|--:|--:|")
			begun = true
		}
		m.row(metric.String(), number(s.Count), s.stat("p50"), s.stat("p90"), s.stat("p99"), s.stat("max"))
	}
	if begun {
		m.line()
	}
}

// delivery is the ledger in a sentence.
func (m *markdown) delivery(r *Result) {
	n := func(c Count) int64 { return r.Counts[c.String()] }
	if n(Expected) == 0 {
		if n(Planned) > 0 {
			m.line("**Delivery** nothing was expected.\n")
		}
		return
	}
	var parts []string
	for _, c := range classes() {
		if n(c.count) == 0 && !c.always {
			continue
		}
		part := fmt.Sprintf("%s %s (%s)", number(n(c.count)), c.count, share(n(c.count), n(Expected)))
		if c.bad && n(c.count) > 0 {
			part = "**" + part + "**"
		}
		parts = append(parts, part)
	}
	for _, c := range []Count{AckedLost, Duplicated, Reordered, Unexpected, ProtocolErrors, FalseDisconnects, NeverDetected, NeverRecovered, Ghosts} {
		if n(c) > 0 {
			parts = append(parts, fmt.Sprintf("**%s %s**", number(n(c)), mdText(c.String())))
		}
	}
	m.line("**Delivery** ", number(n(Expected)), " expected: ", strings.Join(parts, ", "), ".\n")
}

// lookAt names the clients whose stories are worth reading, and how to read
// them.
func (m *markdown) lookAt(r *Result) {
	if len(r.LookAt) == 0 {
		return
	}
	m.line("**Worth looking at**\n")
	for _, c := range r.LookAt[:min(len(r.LookAt), maxLookAt)] {
		m.line("- client ", strconv.Itoa(c.Client), ": ", mdSentence(c.Why))
	}
	m.line()
	for _, command := range r.howToLook() {
		m.line(mdCode(shorten(command, mdPhrase)), "\n")
	}
}

func (m *markdown) warnings(warnings []string) {
	if len(warnings) == 0 {
		return
	}
	m.line("**Warnings**\n")
	mdList(m, warnings, mdMostNotes, "other", mdSentence)
}

// mdSentence is text of any length, of which a phrase is shown. Its lines stay
// lines.
func mdSentence(s string) string { return MarkdownSentence(s, mdPhrase) }

// mdList writes a list of items, at most so many, and how many others there
// are; nothing for none.
func mdList[T any](m *markdown, items []T, most int, other string, shown func(T) string) {
	for i, item := range items {
		if i == most {
			m.line("- and ", plural(int64(len(items)-i), other, other+"s"))
			break
		}
		m.line("- ", shown(item))
	}
	if len(items) > 0 {
		m.line()
	}
}

func (m *markdown) again(r *Result) {
	if r.Scenario.File == "" {
		return
	}
	m.line("Run it again: ", mdCode(shorten(r.command(), mdPhrase)), "\n")
}

// cutTo drops whole lines from the end, so that most bytes are left.
func (m *markdown) cutTo(most int) {
	text := m.buf.Bytes()
	if len(text) <= most {
		return
	}
	m.buf.Truncate(bytes.LastIndexByte(text[:most], '\n') + 1)
	m.line("\nMore did not fit here.\n")
}

// whole is the text report, folded, as far as there is room.
func (m *markdown) whole(r *Result) {
	const frame = 400 // bytes around it
	var text bytes.Buffer
	_ = Text(&text, r, TextOptions{Width: 100}) // a buffer takes it
	body := text.Bytes()
	note := ""
	if room := mdMost - m.buf.Len() - frame; len(body) > room {
		body = body[:bytes.LastIndexByte(body[:room], '\n')+1]
		note = "\nThe rest did not fit here; `imbench report` prints it from the result file.\n"
	}
	m.line("<details><summary>The whole report</summary>\n")
	m.buf.WriteString(fenced("text", string(body)))
	m.line(note, "\n</details>")
}
