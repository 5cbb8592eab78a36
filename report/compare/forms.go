package compare

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/imbench/imbench/report"
)

// What Markdown may take: a comment on GitHub may have 65,536 characters.
const (
	mostRows = 60
	phrase   = 300 // columns of a sentence
	name     = 80  // columns of a name
)

// JSON writes c with its schema; see docs/compare.md. The error is the
// writer's.
func JSON(w io.Writer, c *Comparison) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(c); err != nil {
		return fmt.Errorf("write comparison: %w", err)
	}
	return nil
}

// JUnit writes a case for the comparison and one for each change that decides:
// those asked for, or else each headline metric. A regression is a failure,
// what cannot be told an error only where it decides. The error is the
// writer's.
func JUnit(w io.Writer, c *Comparison) error {
	whole := report.Case{Name: "the comparison", Verdict: c.Verdict, Message: strings.Join(c.Reasons, " "), Output: c.Base.line() + " against " + c.New.line()}
	var cases []report.Case
	told := 0 // reasons that a metric's own case tells
	for _, g := range c.FailOn {
		cases = append(cases, report.Case{Name: g.Text, Verdict: g.Verdict, Message: g.Note, Output: g.Note})
		if g.Verdict == report.Failed {
			told++
		}
	}
	if len(c.FailOn) == 0 {
		for i := range c.Metrics {
			m := &c.Metrics[i]
			if !m.Judged {
				continue
			}
			verdict := report.Passed
			if m.Outcome == Worse {
				verdict = report.Failed
				told++
			}
			cases = append(cases, report.Case{Name: m.Metric, Verdict: verdict, Message: m.Sentence(), Output: m.Sentence()})
		}
	}
	if told == len(c.Reasons) && c.Verdict == report.Failed {
		whole.Verdict = report.Passed
	}
	return report.WriteCases(w, c.title(), append([]report.Case{whole}, cases...))
}

// Markdown writes c for a pull request's comment or a job's summary. What files
// and servers call themselves shows as plain text. The error is the writer's.
func Markdown(w io.Writer, c *Comparison) error {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("### %s %s: %s\n", c.Verdict.Emoji(), report.MarkdownText(c.title(), name), c.Verdict)
	for _, reason := range c.Reasons {
		line("- %s", report.MarkdownSentence(reason, phrase))
	}
	line("\nbase: %s  \nnew: %s", report.MarkdownText(c.Base.line(), phrase), report.MarkdownText(c.New.line(), phrase))
	if c.Rounds != nil {
		line("rounds: %s", report.MarkdownText(c.Rounds.line(), phrase))
	}
	line("")
	if len(c.FailOn) > 0 {
		line("| | fails on | measured |\n|:-:|---|---|")
		for _, g := range c.FailOn {
			line("| %s | %s | %s |", g.Verdict.Emoji(), report.MarkdownCode(g.Text, name), report.MarkdownText(g.Note, phrase))
		}
		line("")
	}
	s := c.sections(false)
	c.markdownTable(line, s.judged)
	if len(s.still) > 0 {
		line("The same in all runs: %s.\n", report.MarkdownText(strings.Join(s.still, ", "), phrase))
	}
	for _, warning := range c.Warnings {
		line("- ⚠️ %s", report.MarkdownSentence(warning, phrase))
	}
	if len(c.Warnings) > 0 {
		line("")
	}
	if len(s.others) > 0 {
		line("<details><summary>%s what else differs</summary>\n", report.Plural(int64(len(s.others)), "metric:", "metrics:"))
		c.markdownTable(line, s.others)
		line("%s\n\n</details>\n", report.MarkdownText(s.othersLegend(c), phrase))
	}
	if s.noteworthy() {
		line("<sub>%s</sub>", report.MarkdownText(c.legend(), 2*phrase))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (c *Comparison) markdownTable(line func(string, ...any), changes []*Change) {
	if len(changes) == 0 {
		return
	}
	line("| | metric | base | new | change | range | p | |\n|:-:|---|--:|--:|--:|--:|--:|---|")
	text := func(s string) string { return report.MarkdownText(s, name) }
	for i, m := range changes {
		if i == mostRows {
			line("| | and %d more | | | | | | |", len(changes)-i)
			break
		}
		base, baseSpread := m.Base.shown(m.Unit)
		now, newSpread := m.New.shown(m.Unit)
		change, interval := m.Shift()
		outcome, word, note := c.shown(m)
		if note != "" {
			word += ": " + note
		}
		line("| %s | %s | %s | %s | %s | %s | %s | %s |", outcome.emoji(), report.MarkdownCode(m.Metric, name),
			text(strings.TrimSpace(base+" "+baseSpread)), text(strings.TrimSpace(now+" "+newSpread)),
			text(m.shownChange(change)), text(interval), text(m.Chance()), text(word))
	}
	line("")
}

func (o Outcome) emoji() string {
	switch o {
	case Worse:
		return "❌"
	case Improved:
		return "✅"
	case Differs:
		return "≠"
	case Same:
		return "="
	}
	return "❔"
}

// notes gathers what is to be said about metrics, by what it is.
func (c *Comparison) notes(changes []*Change) []string {
	by := map[string][]string{}
	for _, m := range changes {
		if _, _, note := c.shown(m); note != "" {
			by[note] = append(by[note], m.Metric)
		}
	}
	var all []string
	for _, note := range slices.Sorted(maps.Keys(by)) {
		all = append(all, strings.Join(by[note], ", ")+": "+note+".")
	}
	return all
}
