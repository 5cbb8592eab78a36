package report

import (
	"cmp"
	"io"
	"strconv"
	"strings"
	"time"
)

// TextOptions say how Text lays out a report.
type TextOptions struct {
	Width int  // of the terminal in columns; 0 is 80; from 20 to 120 are used, of which figures need 40
	Color bool // paint verdicts, failures and warnings
}

// The widths of a page, in columns.
const (
	defaultWidth  = 80
	leastWidth    = 40
	leastSentence = 20 // of what wraps
	mostWidth     = 120
)

// Text writes r as a report for people: the verdict and its reasons first,
// then the figures, each fault's story and what to look at. A section with
// nothing to tell is left out. What servers and files call themselves is
// printed with control characters, line breaks and bidirectional overrides
// escaped. No line is wider than the page, but for figures on one of less than
// 40 columns, and for the command at the end, so that it can be copied. r is not changed. The error is the writer's.
func Text(w io.Writer, r *Result, o TextOptions) error {
	p := newPage(o)
	p.scale = r.TimeScale
	p.headline(r)
	p.asked(r)
	p.thresholds(r.Thresholds)
	p.times(r.Metrics)
	p.delivery(r)
	p.connections(r)
	p.groups(r.Groups)
	p.faults(r.Faults)
	p.timeline(r.Timeline, r.Faults)
	p.processes(r)
	p.quotes("Connect errors", r.ConnectErrors)
	p.quotes("Protocol errors", r.ProtocolErrors)
	p.warnings(r.Warnings)
	p.lookAt(r)
	p.again(r)

	_, err := w.Write(p.buf.Bytes())
	return err
}

// headline is the verdict and why.
func (p *page) headline(r *Result) {
	p.conclusion(r.Verdict, cmp.Or(r.Scenario.Name, "a run without a name"), r.Reasons)
}

// asked is what the run was to do.
func (p *page) asked(r *Result) {
	s := r.Scenario
	p.line()
	if s.Target != "" {
		protocol := ""
		if s.Protocol != "" {
			protocol = " (" + s.Protocol + ")"
		}
		p.row("target", shorten(clean(s.Target), 2*proseMax)+protocol)
	}
	var load []string
	if s.Clients > 0 {
		load = append(load, plural(int64(s.Clients), "client", "clients"))
	}
	if s.Summary != "" {
		load = append(load, s.Summary)
	}
	p.row("load", strings.Join(load, ", "))
	p.row("run", ran(r))
	if r.otherClock() {
		p.row("clock", "time_scale "+strconv.FormatFloat(r.TimeScale, 'g', 4, 64)+": 1 s here is "+clock(1/r.TimeScale)+" of the story")
	}
}

// ran says when, how long and from which seed.
func ran(r *Result) string {
	var parts []string
	if !r.Started.IsZero() {
		parts = append(parts, r.Started.Format("2006-01-02 15:04:05 ")+zone(r.Started))
	}
	asked, took := r.Scenario.DurationS, r.DurationS
	switch {
	case asked > 0 && took > 0 && took < asked:
		parts = append(parts, clock(tenth(took))+" of the "+clock(asked)+" asked for")
	case asked > 0 && took > asked:
		parts = append(parts, clock(asked)+" + "+clock(tenth(took-asked))+" drain")
	case took > 0:
		parts = append(parts, clock(tenth(took)))
	case asked > 0:
		parts = append(parts, clock(asked)+" asked for")
	}
	parts = append(parts, "seed "+strconv.FormatUint(r.Scenario.Seed, 10))
	return strings.Join(parts, ", ")
}

// zone names a time's offset in a way that survives the result file, which
// keeps the offset and not the name.
func zone(t time.Time) string {
	if _, offset := t.Zone(); offset == 0 {
		return "UTC"
	}
	return t.Format("-07:00")
}

func tenth(s float64) float64 { return float64(int64(s*10+0.5)) / 10 }

// again says how to make the run once more, and with what.
func (p *page) again(r *Result) {
	s := r.Scenario
	p.section("Run it again")
	if s.File != "" {
		p.line("  " + r.command())
	}
	var with []string
	if r.Version != "" {
		with = append(with, "imbench "+r.Version)
	}
	if hash, _ := splitAt(clean(s.Hash), 12); hash != "" {
		with = append(with, "scenario "+hash)
	}
	if len(with) > 0 {
		p.line("  ", p.ink.paint(faint, shorten(clean(strings.Join(with, ", ")), p.width-gutter)))
	}
}

// shellWord writes a file's name so that a shell reads it as one word, and
// imbench as a file.
func shellWord(s string) string {
	const safe = "-_./:@%+,="
	if strings.HasPrefix(s, "-") {
		s = "./" + s
	}
	plain := func(r rune) bool {
		return r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || strings.ContainsRune(safe, r)
	}
	if strings.ContainsFunc(s, func(r rune) bool { return !plain(r) }) {
		return "'" + strings.ReplaceAll(clean(s), "'", `'\''`) + "'"
	}
	return clean(s)
}
