package report

import "strconv"

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
	return "imbench run " + shellWord(file) + " --seed " + strconv.FormatUint(r.Scenario.Seed, 10)
}
