package compare

import (
	"strings"

	"github.com/imbench/imbench/report"
)

// allowance is the limit, or the limits, of --fail-on within which a metric got
// worse; "" where it did not, or where one of them is not shown to hold.
func (c *Comparison) allowance(m *Change) string {
	if m.Outcome != Worse {
		return ""
	}
	var limits []string
	for _, g := range c.FailOn {
		if g.Metric != m.Metric {
			continue
		}
		if g.Verdict != report.Passed {
			return ""
		}
		limits = append(limits, strings.TrimSpace(strings.TrimPrefix(g.Text, g.Metric)))
	}
	return strings.Join(limits, " and ")
}

// shown is a metric's outcome as it is told: its mark, its word and how it is
// painted. What got worse and was allowed to does not look like what it was
// not, and what decides nothing not like what does.
func (c *Comparison) shown(m *Change) (o Outcome, word, note string) {
	if !m.Judged && (m.Outcome == Worse || m.Outcome == Improved) {
		return Differs, string(m.Outcome), m.Note
	}
	limit := c.allowance(m)
	if limit == "" {
		return m.Outcome, string(m.Outcome), m.Note
	}
	by := ""
	if change, _ := m.Shift(); !m.hidden() && change != "" {
		by = " by " + strings.TrimLeft(change, "+-")
	}
	note = "worse" + by + ", allowed " + limit
	if m.Note != "" {
		note += "; " + m.Note
	}
	return Differs, "within limit", note
}
