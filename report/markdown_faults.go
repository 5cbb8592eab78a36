package report

import (
	"fmt"
	"strings"
)

// faults tells each fault's story in a sentence or two.
func (m *markdown) faults(faults []FaultResult) {
	if len(faults) == 0 {
		return
	}
	m.line("**Faults**\n")
	mdList(m, faults, mdMostFaults, "other", func(f FaultResult) string {
		parts := []string{mdSentence(f.story())}
		for _, p := range f.brief() {
			parts = append(parts, mdText(p))
		}
		return mdCode(shorten(clean(f.Name), mdName)) + " " + strings.Join(parts, "; ") + "."
	})
}

// brief is what came of a fault, in phrases.
func (f FaultResult) brief() (parts []string) {
	say := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	if f.NotApplied > 0 {
		say("could not be applied to %s", number(f.NotApplied))
	}
	touched := f.Detected + f.Unnoticed + f.NeverDetected
	if f.Detected > 0 {
		say("noticed by %s%s", of(f.Detected, touched), f.Detect.behind())
	}
	if f.Unnoticed > 0 {
		say("ridden out by %s", of(f.Unnoticed, touched))
	}
	if f.NeverDetected > 0 {
		say("never noticed by %s", number(f.NeverDetected))
	}
	if f.Recovered > 0 {
		say("%s back%s", of(f.Recovered, f.Recovered+f.NeverRecovered), f.Reconnect.behind())
	}
	if f.NeverRecovered > 0 {
		say("%s never came back", number(f.NeverRecovered))
	}
	if !f.Outage.none() {
		say("outage %s", f.Outage.inBrief())
	}
	if !f.Ghost.none() {
		say("held by the server for %s", f.Ghost.inBrief())
	}
	if f.Ghosts > 0 {
		say("%s at the end", plural(f.Ghosts, "ghost", "ghosts"))
	}
	if s := f.Storm; s != nil && s.PeakOffered > 0 {
		say("at most %s dials in a second", number(s.PeakOffered))
	}
	if b := f.Box; b != nil {
		say("%s of %s expired %s", number(b.Expired), plural(b.Connections, "connection", "connections"), b.when(clock))
	}
	for _, form := range f.Malformed {
		say("%s answered by %s", form.Form, byCount(form.Answers))
	}
	return parts
}

// behind is s as an afterthought.
func (s *Stats) behind() string {
	if s.none() {
		return ""
	}
	return " (" + s.inBrief() + ")"
}
