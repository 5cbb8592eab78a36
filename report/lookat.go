package report

import (
	"strconv"
	"time"

	"github.com/imbench/imbench/internal/unit"
)

// maxLookAt is how many clients a report names.
const maxLookAt = 10

// lookAt names the clients whose stories are worth reading.
func (p *page) lookAt(r *Result) {
	p.section("Worth looking at")
	for _, c := range r.LookAt[:min(len(r.LookAt), maxLookAt)] {
		p.row("client "+strconv.Itoa(c.Client), c.Why)
	}
	for _, command := range r.howToLook() {
		p.line("  ", p.ink.paint(faint, command))
	}
}

// PickNotes picks clients worth looking at out of lists that each begin with
// their best, so that every list has its turn: the first of each, then the
// second of each. Of a client that stands in several, all is said. It returns at
// most ten.
func PickNotes(lists ...[]ClientNote) (picked []ClientNote) {
	index := map[int]int{} // by client, into picked
	for rank, more := 0, true; more && len(picked) < maxLookAt; rank++ {
		more = false
		for _, list := range lists {
			if rank >= len(list) {
				continue
			}
			more = true
			if _, known := index[list[rank].Client]; !known && len(picked) < maxLookAt {
				index[list[rank].Client] = len(picked)
				picked = append(picked, ClientNote{Client: list[rank].Client})
			}
		}
	}
	for _, list := range lists {
		for _, note := range list {
			if i, ok := index[note.Client]; ok {
				if picked[i].Why != "" {
					note.Why = picked[i].Why + "; " + note.Why
				}
				picked[i].Why = note.Why
			}
		}
	}
	return picked
}

// Exceeded reports whether one sample of d, on the run's clock, is longer than
// a threshold that bounds a time from above allows. Of other thresholds it is
// false.
func (t Threshold) Exceeded(d time.Duration, scale float64) bool {
	if kindOf(t.metric) != timeMetric || t.stat == "count" || t.op != "<" && t.op != "<=" {
		return false
	}
	return !t.onRunClock(scale).holds(unit.Millis(d))
}

// howToLook are the commands that tell the story of the first client named.
func (r *Result) howToLook() []string {
	if len(r.LookAt) == 0 {
		return nil
	}
	client := " --client " + strconv.Itoa(r.LookAt[0].Client)
	if r.Events != "" {
		return []string{"imbench events " + shellWord(r.Events) + client}
	}
	const file = "events.jsonl"
	return []string{r.command() + " --events " + file, "imbench events " + file + client}
}

// command is the command line that makes the run once more.
func (r *Result) command() string {
	file := r.Scenario.File
	if file == "" {
		file = "SCENARIO.yaml"
	}
	line := "imbench run " + shellWord(file)
	for _, set := range r.Scenario.Set {
		line += " --set " + shellWord(set)
	}
	return line + " --seed " + strconv.FormatUint(r.Scenario.Seed, 10)
}
