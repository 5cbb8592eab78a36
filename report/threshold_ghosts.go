package report

import "fmt"

// doubtGhosts takes back a verdict on the number of ghosts where it is known
// only to be that many or more.
func (t Threshold) doubtGhosts(out *ThresholdResult, r *Result, fault *FaultResult) {
	if t.metric != Ghosts.String() || out.Value == nil {
		return
	}
	faults := r.Faults
	if fault != nil {
		faults = []FaultResult{*fault}
	}
	untold := int64(0)
	for _, f := range faults {
		untold += f.untoldGhosts()
	}
	if untold > 0 {
		out.Verdict = t.bound(*out.Value)
		out.Note = fmt.Sprintf("at least; of %s it is not known whether the server still held them at the end",
			plural(untold, "connection", "connections"))
	}
}

// untoldGhosts is of how many silenced connections nothing can tell whether the
// server still believed in them at the end: a probe that found one held has
// ended its story.
func (f *FaultResult) untoldGhosts() int64 {
	untold := map[string]int64{}
	for _, s := range f.GhostSurvival {
		untold[s.Method] += s.Unknown
		if s.Method == "probe" {
			untold[s.Method] += s.Held
		}
	}
	least := int64(-1)
	for _, n := range untold {
		if least < 0 || n < least {
			least = n
		}
	}
	return max(least, 0)
}
