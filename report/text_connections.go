package report

import (
	"fmt"
	"strconv"
	"strings"
)

// connections tells who came online, who fell off and who came back.
func (p *page) connections(r *Result) {
	n := func(c Count) int64 { return r.Counts[c.String()] }
	if n(Attempts) == 0 && n(Connects) == 0 && n(ConnectFailures) == 0 && n(NeverReady) == 0 {
		return
	}
	p.section("Connections")
	connects := number(n(Connects)) + " ready"
	if n(Attempts) > 0 {
		connects += " of " + plural(n(Attempts), "dial", "dials")
	}
	p.row(Connects.String(), connects)
	if f := n(ConnectFailures); f > 0 {
		p.alarm("failures", plural(f, "dial did not become ready", "dials did not become ready"))
	}
	if nr := n(NeverReady); nr > 0 {
		p.alarm("never ready", fmt.Sprintf("%s of %s never online at all", number(nr),
			plural(int64(r.Scenario.Clients), "client was", "clients were")))
	}
	if d := n(Disconnects); d > 0 {
		text := number(d)
		if len(r.Closes) > 0 {
			text += ", by " + byCount(r.Closes)
		}
		p.row(Disconnects.String(), text)
		p.row(Reconnects.String(), number(n(Reconnects)))
	} else if n(Connects) > 0 {
		p.row(Disconnects.String(), "none")
	}
	if f := n(FalseDisconnects); f > 0 {
		p.alarm("false", plural(f, "disconnect of a connection", "disconnects of connections")+" that no fault had touched")
	}
	p.leftOver(n, r.Faults)
}

// leftOver tells of clients that did not notice or come back, and of ghosts,
// where the faults' own stories do not account for all of them.
func (p *page) leftOver(n func(Count) int64, faults []FaultResult) {
	var unnoticed, gone, ghosts int64
	for _, f := range faults {
		unnoticed, gone, ghosts = unnoticed+f.NeverDetected, gone+f.NeverRecovered, ghosts+f.Ghosts
	}
	if d := n(NeverDetected); d > unnoticed {
		p.alarm("not noticed", plural(d, "faulted connection's end was", "faulted connections' ends were")+" never noticed by the client")
	}
	if d := n(NeverRecovered); d > gone {
		p.alarm("gone", plural(d, "client", "clients")+" lost the connection and never came back")
	}
	if g := n(Ghosts); g > ghosts {
		p.alarm("ghosts", plural(g, "silenced connection", "silenced connections")+" still online for the server at the end")
	}
}

// processes tells how the server and the generator fared as processes.
func (p *page) processes(r *Result) {
	var serverCPU, generatorCPU float64 // the most in a second, in cores
	for _, s := range r.Timeline {
		serverCPU, generatorCPU = max(serverCPU, s.ServerCPU), max(generatorCPU, s.GeneratorCPU)
	}
	p.section("Processes")
	if s := r.Server; s != nil {
		p.row("server", used(s.CPUS, serverCPU, 0, s.RSSMaxBytes, s.FDsMax))
		if s.Restarts > 0 {
			p.row("", plural(s.Restarts, "restart", "restarts"))
		}
		if s.Exit != "" {
			p.alarm("", "the server ended unasked: "+s.Exit)
		}
	}
	g := r.Generator
	if g.CPUS == 0 && g.RSSMaxBytes == 0 && len(g.Limits) == 0 {
		return
	}
	p.row("imbench", used(g.CPUS, generatorCPU, g.Cores, g.RSSMaxBytes, g.FDsMax))
	verdict := []string{"kept up"}
	if len(g.Limits) > 0 {
		verdict[0] = "did not keep up"
	}
	if g.LagP99Ms > 0 {
		verdict = append(verdict, "lag p99 "+millis(g.LagP99Ms))
	}
	if g.GCPauseMs > 0 {
		verdict = append(verdict, "longest GC pause "+millis(g.GCPauseMs))
	}
	if len(g.Limits) == 0 {
		p.row("", strings.Join(verdict, ", "))
		return
	}
	p.alarm("", strings.Join(verdict, ", "))
	for _, l := range g.Limits {
		p.row("", "· "+l)
	}
}

// used is what a process took of the machine; cores 0 is not known.
func used(cpuS, most float64, cores int, rss, fds int64) string {
	text := "CPU " + millis(cpuS*1000)
	if most > 0 {
		text += ", peak " + strconv.FormatFloat(most, 'f', 2, 64)
		if cores > 0 {
			text += " of " + plural(int64(cores), "core", "cores")
		} else {
			text += " cores"
		}
	}
	return text + "; memory " + memory(rss) + "; " + number(fds) + " fds"
}

// quotes shows kinds of error with the first of each, as the server wrote it.
func (p *page) quotes(title string, quotes []Quote) {
	const most = 8
	p.section(title)
	for i, q := range quotes {
		if i == most {
			p.row("", plural(int64(len(quotes)-most), "other kind", "other kinds")+"; the result file has them all")
			return
		}
		label := shorten(clean(q.Kind), 60)
		p.prose("!", doubt, label+" ×"+number(q.Count))
		if q.First != "" {
			p.line("    ", shorten(clean(q.First), min(2*proseMax, p.width-4)))
		}
	}
}

// warnings lists what to keep in mind when reading the figures.
func (p *page) warnings(warnings []string) {
	p.section("Warnings")
	for _, w := range warnings {
		p.prose("!", doubt, w)
	}
}
