package main

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/imbench/imbench/report"
)

// finding is what a client did: against a server that reaps, and one that does
// not.
type finding struct {
	client
	results [2]*report.Result
}

// outcome is what the silenced clients of one run did.
type outcome struct {
	clients, noticed, back int64
	fault                  report.FaultResult
	missed, caughtUp       float64 // messages of others that a client did not get, or only after it was back
	unheard                float64 // messages that a client sent to nobody
}

const silenced = "silenced" // the group

// outcomeOf reads a result. Every client but the sender is expected to get a
// message; what a silenced client sends, nobody gets.
func outcomeOf(r *report.Result) (o outcome, err error) {
	g := r.Groups[silenced]
	if len(r.Faults) != 1 || g == nil || g.Clients == 0 || r.Faults[0].Clients != int64(g.Clients) {
		return o, fmt.Errorf("%s: the result is not one of a silence", r.Scenario.Name)
	}
	f := r.Faults[0]
	o = outcome{clients: f.Clients, noticed: f.Detected, back: f.Recovered, fault: f}
	o.missed = float64(g.Counts["missed"]) / float64(g.Clients)
	o.caughtUp = float64(g.Counts["recovered"]) / float64(g.Clients)
	o.unheard = float64(r.Counts["indeterminate"]) / float64(r.Scenario.Clients-1) / float64(g.Clients)
	return o, nil
}

// row is the outcome as cells of a table.
func (o outcome) row() []string {
	return []string{
		o.of(o.noticed, "no"), span(o.fault.Detect, o.noticed), strings.Join(o.causes(), ", "),
		o.comesBack(), span(o.fault.Outage, o.back),
		fmt.Sprintf("%.0f", o.missed), fmt.Sprintf("%.0f", o.caughtUp), fmt.Sprintf("%.0f", o.unheard),
	}
}

func (o outcome) of(n int64, none string) string {
	switch n {
	case 0:
		return none
	case o.clients:
		return "yes"
	}
	return fmt.Sprintf("%d of %d", n, o.clients)
}

func (o outcome) comesBack() string {
	if o.noticed == 0 {
		return "no"
	}
	return o.of(o.back, "**stays offline**")
}

func (o outcome) causes() (names []string) {
	for name := range o.fault.Causes {
		names = append(names, "`"+name+"`")
	}
	if len(names) == 0 {
		return []string{"–"}
	}
	slices.Sort(names)
	return names
}

// span is from the least to the most, where all was measured.
func span(s *report.Stats, n int64) string {
	if n == 0 || s == nil || s.Count == 0 {
		return "–"
	}
	if s.Censored > 0 {
		return fmt.Sprintf("from %.1f s", s.Min/1000)
	}
	return fmt.Sprintf("%.1f to %.1f s", s.Min/1000, s.Max/1000)
}

// write writes the page.
func write(w io.Writer, found []finding, host string) error {
	var outcomes [2][]outcome
	for _, f := range found {
		for i, r := range f.results {
			o, err := outcomeOf(r)
			if err != nil {
				return err
			}
			outcomes[i] = append(outcomes[i], o)
		}
	}
	first := found[0].results[0]
	after := first.Scenario.DurationS - first.Faults[0].AtS[0]
	p := &page{}
	p.head(first, host, after)
	p.table("A server that ends silent clients",
		"The real server of each system, with what it does about clients that fall silent: Socket.IO's pings, `ws` with pings every 30 s, a counter of silent seconds in `heart-class`.",
		found, outcomes[0])
	p.table("A server that never does", "The same servers, with that taken out.", found, outcomes[1])
	p.lessons(found, outcomes, after)
	p.how(found)
	_, err := w.Write(p.Bytes())
	return err
}

// page is the page as far as it is written.
type page struct{ bytes.Buffer }

func (p *page) head(r *report.Result, host string, after float64) {
	fmt.Fprintf(p, `# Silence in the wild

What eight published clients do when their connection goes dark: no FIN, no RST, no ACK, in neither
direction, for good ([silence.md](silence.md)). imbench plays each client with its timers and its
defects, against the real server of its system. This page is made by running it:

    scripts/setup-interop.sh && go run ./interop/wild

In each run, %d clients chat, %s; %d of them fall silent at second %g, and the
run goes on for %g s. Times count from the moment of silence. Measured on %s, %s.

`, r.Scenario.Clients, r.Scenario.Summary, r.Faults[0].Clients, r.Faults[0].AtS[0], after, host, r.Started.Format("2 January 2006"))
}

func (p *page) table(title, intro string, found []finding, outcomes []outcome) {
	fmt.Fprintf(p, "## %s\n\n%s\n\n", title, intro)
	p.line("client", "notices", "after", "by", "comes back", "out of touch for", "missed", "caught up", "unheard")
	p.line(slices.Repeat([]string{"---"}, 9)...)
	for i, o := range outcomes {
		p.line(append([]string{"`" + found[i].preset + "`"}, o.row()...)...)
	}
	p.WriteString("\nMessages a client, on average: *missed* are those of others that it never got, *caught up* those that it got once it was back, *unheard* those that it sent and nobody got.\n\n")
}

func (p *page) line(cells ...string) { fmt.Fprintf(p, "| %s |\n", strings.Join(cells, " | ")) }

// lessons say what the tables show, and no more than they do.
func (p *page) lessons(found []finding, outcomes [2][]outcome, after float64) {
	p.WriteString("## What to read from it\n\n")
	var well, offline, unaware []string
	alike := true
	for i, f := range found {
		o, other := outcomes[0][i], outcomes[1][i]
		alike = alike && o.noticed == other.noticed && o.back == other.back
		name := "`" + f.preset + "`"
		switch {
		case o.noticed == 0:
			unaware = append(unaware, name)
		case o.back == 0:
			offline = append(offline, name)
		default:
			well = append(well, name)
		}
	}
	list := func(names []string) string {
		if len(names) == 0 {
			return "none"
		}
		return strings.Join(names, ", ")
	}
	fmt.Fprintf(p, `- Notice and come back: %s.
- Notice and stay offline: %s.
- Do not notice within %g s: %s. They look connected, to themselves and to their user, and miss everything.
  What they write goes into the kernel's buffer without an error, until the kernel gives up after some
  15 minutes (tcp_retries2).
`, list(well), list(offline), after, list(unaware))
	if alike {
		p.WriteString(`- Whether the server ends silent clients changed nothing for any client: its FIN and RST vanish with the
  rest. Only a client that looks for itself gets back.
`)
	} else {
		p.WriteString("- The two servers did not lead to the same outcomes: compare the tables.\n")
	}
	p.ghosts(outcomes)
	p.WriteString("- A heartbeat is worth what is done when its answer stays away. One that nobody answers, or whose answer nobody misses, detects nothing.\n\n")
}

// ghosts tells of the servers that tell who is online.
func (p *page) ghosts(outcomes [2][]outcome) {
	for i := range outcomes[0] {
		reaping, never := outcomes[0][i].fault, outcomes[1][i].fault
		if never.Ghosts == 0 || reaping.Ghost == nil || reaping.Ghost.Count == 0 {
			continue
		}
		fmt.Fprintf(p, "- What ending them is for: the reference server, which tells who is online, believed in the silenced connections for\n  %s, until their clients came back under the same name or it ended them; the one that never does, in %d of %d to the end.\n",
			span(reaping.Ghost, reaping.Ghost.Count), never.Ghosts, never.Clients)
	}
}

// how says why each client does so, and which scenario shows it.
func (p *page) how(found []finding) {
	p.WriteString("## The clients\n\n")
	p.line("client", "server", "looks at", "then", "scenario")
	p.line(slices.Repeat([]string{"---"}, 5)...)
	for _, f := range found {
		p.line("`"+f.preset+"`", f.server, f.looks, f.then, fmt.Sprintf("[%s.yaml](../%s)", f.preset, f.file()))
	}
	p.WriteString("\n`imbench presets NAME` prints a client with its timers and defects, to be copied and cured.\n")
}
