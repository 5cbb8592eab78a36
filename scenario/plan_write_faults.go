package scenario

import (
	"fmt"
	"strings"

	"github.com/dustin/go-humanize"

	"github.com/imbench/imbench/faults"
	"github.com/imbench/imbench/internal/unit"
)

// strikesShown bounds the strikes of one flap that are printed one by one.
const strikesShown = 5

func (p *Plan) writeFaults(b *strings.Builder) {
	occurrences := p.Occurrences()
	if len(occurrences) == 0 {
		b.WriteString("\nNo faults\n")
		return
	}
	t := table(b, "Faults")
	struck := map[int]int{}
	for _, o := range occurrences {
		f := p.s.Faults[o.Fault]
		if f.Kind == faults.Flap {
			if struck[o.Fault]++; struck[o.Fault] > strikesShown {
				continue
			}
		}
		fmt.Fprintf(t, "  %s\t%s\t%s\t%s\t%s\n", p.time(o.At), f.Name, kindText(f), p.lasting(f, o), takes(o.Clients))
	}
	for i, f := range p.s.Faults {
		if more := struck[i] - strikesShown; more > 0 {
			fmt.Fprintf(t, "  …\t%s\t%s\t%s\t\n", f.Name, kindText(f), humanize.Comma(int64(more))+" strikes more")
		}
	}
	t.Flush()
	p.writeBoxes(b)
}

// kindText is what a fault does, with its settings.
func kindText(f faults.Config) string {
	inner := f.Inner()
	kind := string(inner.Kind)
	if inner.Direction != "" && inner.Direction != faults.Both {
		kind += " " + string(inner.Direction)
	}
	switch inner.Kind {
	case faults.Silence:
		if inner.Mechanism != "" {
			kind += " by " + string(inner.Mechanism)
		}
	case faults.Latency:
		kind += " of " + unit.Duration(inner.Delay)
		if inner.Jitter > 0 {
			kind += " ± " + unit.Duration(inner.Jitter)
		}
	case faults.Bandwidth:
		kind += " of " + inner.Rate.String()
	case faults.Slice:
		kind += " into " + inner.Size.String()
		if inner.Gap > 0 {
			kind += ", " + unit.Duration(inner.Gap) + " apart"
		}
	case faults.SlowConsumer:
		kind += " with a buffer of " + inner.Buffer.String()
	case faults.Malformed:
		kind += ": " + strings.Join(inner.Forms, ", ")
	case faults.IdleExpiry:
		if inner.Box != "" {
			kind += " of " + inner.Box
		}
	}
	if f.Kind == faults.Flap {
		kind += ", flapping"
	}
	return kind
}

func (p *Plan) lasting(f faults.Config, o Occurrence) string {
	switch {
	case o.For > 0:
		return "for " + p.time(o.For)
	case f.Kind == faults.IdleExpiry:
		return "to the end"
	case f.Kind != faults.Flap && f.Kind.Lasts() && !f.Kind.OnServer():
		return "for good"
	default:
		return ""
	}
}

// writeBoxes says what each middlebox does, and what the heartbeats mean for
// it.
func (p *Plan) writeBoxes(b *strings.Builder) {
	var boxes []faults.Config
	for _, f := range p.s.Faults {
		if f.Kind == faults.IdleExpiry {
			boxes = append(boxes, f)
		}
	}
	if len(boxes) == 0 {
		return
	}
	b.WriteString("\nMiddleboxes\n")
	for _, f := range boxes {
		fmt.Fprintf(b, "  %s: %s\n", f.Name, p.boxText(f))
		for i := range p.s.Clients {
			if f.Group == "" || f.Group == p.s.Clients[i].Name {
				fmt.Fprintf(b, "    group %s %s\n", p.s.Clients[i].Name, p.beatsThrough(p.s.Clients[i], f))
			}
		}
	}
}

func (p *Plan) boxText(f faults.Config) string {
	text := ""
	if f.Idle > 0 {
		text = "gives up after " + p.time(f.Idle) + " without " + map[faults.Counts]string{
			faults.CountPackets: "a packet", faults.CountData: "a byte", faults.CountServerData: "a byte from the server",
		}[f.Counts]
	}
	if f.Lifetime > 0 {
		if text != "" {
			text += ", and "
		}
		text += "ends every connection at " + p.time(f.Lifetime)
	}
	return text + "; then " + map[faults.Expiry]string{
		faults.ExpireSilent:      "packets vanish",
		faults.ExpireReset:       "whoever sends next is answered with RST",
		faults.ExpireResetClient: "the client's next packet is answered with RST, the server's vanish",
		faults.ExpireResetBoth:   "both get RST at once",
		faults.ExpireClose:       "both get FIN at once",
	}[f.Expiry]
}

// beatsThrough says what the heartbeat of a group means for a box.
func (p *Plan) beatsThrough(g Group, f faults.Config) string {
	every := g.Heartbeat.Every
	answered := g.Heartbeat.Timeout > 0
	switch {
	case f.Idle == 0:
		return "loses its connections to their age"
	case f.Counts == faults.CountServerData && every > 0 && !answered:
		return "beats every " + p.time(every) + ", which does not count: only what the server sends does"
	case every > 0 && every < f.Idle:
		return "beats every " + p.time(every) + ", which keeps its connections alive"
	case p.toldByServer(g) || g.Alive > 0:
		return "is kept alive if the server's pings come more often than every " + p.time(f.Idle)
	case every == 0:
		return "does not beat: what else is sent must keep its connections alive"
	}
	return "beats every " + p.time(every) + ", too seldom: what else is sent must keep its connections alive, or they expire"
}

// takes names the clients that a fault takes, the first of many.
func takes(clients []uint32) string {
	const named = 20
	if clients == nil {
		return "the server"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s clients:", humanize.Comma(int64(len(clients))))
	for i, c := range clients {
		if i == named {
			fmt.Fprintf(&b, " and %s more", humanize.Comma(int64(len(clients)-named)))
			break
		}
		fmt.Fprintf(&b, " c%d", c)
	}
	return b.String()
}
