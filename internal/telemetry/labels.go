package telemetry

import "github.com/imbench/imbench/report"

const (
	mostValues   = 100 // of one label
	longestLabel = 200 // columns
	others       = "(others)"
)

// label makes a name of the scenario fit for a label.
func label(name string) string { return report.Plain(name, longestLabel) }

// boundGroups gives each group its label, and adds those beyond the bound, or
// of the same name, up.
func boundGroups(all []report.GroupStanding) []report.GroupStanding {
	return bound(all, func(g *report.GroupStanding) *string { return &g.Name }, func(to *report.GroupStanding, g report.GroupStanding) {
		to.Clients += g.Clients
		for c, n := range g.Counts {
			to.Counts[c] += n
		}
		for t := range g.Times {
			to.Times[t].Add(g.Times[t])
		}
	})
}

// boundFaults does the same for faults.
func boundFaults(all []report.FaultResult) []report.FaultResult {
	return bound(all, func(f *report.FaultResult) *string { return &f.Name }, func(to *report.FaultResult, f report.FaultResult) {
		to.Kind = f.Kind
		to.Clients += f.Clients
		to.NotApplied += f.NotApplied
		to.Skipped += f.Skipped
		to.Detected += f.Detected
		to.Unnoticed += f.Unnoticed
		to.Recovered += f.Recovered
		to.Ghosts += f.Ghosts
	})
}

// boundThresholds gives each threshold its label. Those beyond the bound have
// nothing that would add up: they are left out.
func boundThresholds(all []report.ThresholdResult) []report.ThresholdResult {
	kept := bound(all, func(t *report.ThresholdResult) *string { return &t.Text }, func(*report.ThresholdResult, report.ThresholdResult) {})
	if n := len(kept); n > 0 && kept[n-1].Text == others {
		kept = kept[:n-1]
	}
	return kept
}

// bound returns all with their names made labels, each name once and not more
// than the bound; add adds one to another.
func bound[T any](all []T, name func(*T) *string, add func(to *T, v T)) []T {
	var kept []T
	at := map[string]int{}
	for _, v := range all {
		text := label(*name(&v))
		if _, known := at[text]; !known && len(kept) >= mostValues-1 && len(all) > mostValues {
			text = others
		}
		if i, known := at[text]; known {
			add(&kept[i], v)
			continue
		}
		at[text] = len(kept)
		*name(&v) = text
		kept = append(kept, v)
	}
	return kept
}
