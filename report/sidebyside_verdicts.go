package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// SideStanding is what some of several runs came to.
type SideStanding struct {
	Verdict Verdict // Failed, too, for runs that could not be made to their end
	What    string  // "failed", "could not be run"
	Runs    []string
}

// gravest is the order of standings, as that of the exit codes.
var gravest = [...]SideStanding{
	{Verdict: Interrupted, What: "interrupted"},
	{Verdict: Interrupted, What: "not begun"},
	{Verdict: Failed, What: "could not be run"},
	{Verdict: Failed, What: "failed"},
	{Verdict: Inconclusive, What: "inconclusive"},
	{Verdict: Passed, What: "passed"},
}

// standings sorts the runs by what they came to, the gravest first.
func standings(columns []Column) (all []SideStanding) {
	for _, s := range gravest {
		for _, c := range columns {
			if c.standing() == s.What {
				s.Runs = append(s.Runs, c.Name)
			}
		}
		if len(s.Runs) > 0 {
			all = append(all, s)
		}
	}
	return all
}

// standing is What of a SideStanding.
func (c Column) standing() string {
	switch r := c.Result; {
	case r == nil && c.Err == "":
		return "not begun"
	case r == nil || r.Failure != "":
		return "could not be run"
	case r.Verdict == Interrupted, r.Verdict == Failed, r.Verdict == Passed:
		return string(r.Verdict)
	}
	return "inconclusive"
}

// verdict is the one that a run's standing has.
func (c Column) verdict() Verdict {
	what := c.standing()
	return gravest[slices.IndexFunc(gravest[:], func(s SideStanding) bool { return s.What == what })].Verdict
}

// Headline is what the runs came to as a whole: the gravest of their verdicts,
// and how many of them it is of.
func (s *SideBySide) Headline() (Verdict, string) {
	if len(s.Standings) == 0 {
		return Inconclusive, "no runs"
	}
	worst := s.Standings[0]
	switch n, of := len(worst.Runs), len(s.Columns); {
	case of == 1:
		return worst.Verdict, worst.What
	case n == of:
		return worst.Verdict, fmt.Sprintf("all %d %s", n, worst.What)
	default:
		return worst.Verdict, fmt.Sprintf("%d of %d %s", n, of, worst.What)
	}
}

// Reasons say which runs came to what; none where all came to the same.
func (s *SideBySide) Reasons() (all []string) {
	const most = 12 // names
	if len(s.Standings) < 2 {
		return nil
	}
	for _, st := range s.Standings {
		var names []string
		for _, name := range st.Runs[:min(len(st.Runs), most)] {
			names = append(names, shorten(clean(name), mdName))
		}
		text := fmt.Sprintf("%d %s: %s", len(st.Runs), st.What, strings.Join(names, ", "))
		if more := len(st.Runs) - most; more > 0 {
			text += fmt.Sprintf(" and %d more", more)
		}
		all = append(all, text)
	}
	return all
}

func (s *SideBySide) verdicts() []SideRow {
	verdict := s.row("verdict", func(r *Result) SideCell { return SideCell{Text: string(r.Verdict), Verdict: r.Verdict} })
	for i, c := range s.Columns {
		if c.Result == nil {
			verdict.Cells[i] = SideCell{Text: cmp.Or(FirstLine(c.Err, longest), "not run"), Verdict: c.verdict()}
		}
	}
	return []SideRow{verdict}
}
