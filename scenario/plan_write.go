package scenario

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/imbench/imbench/faults"
)

// WritePlan prints the plan for a person: who there is, every stage of the
// traffic and every occurrence of a fault with the clients it takes, what the
// run needs, and warnings.
func WritePlan(w io.Writer, p *Plan) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Plan of %s, seed %d: %s and %s of drain\n", p.s.Name, p.s.Seed, durationText(p.s.Duration), durationText(p.s.Drain))
	p.writeProtocol(&b)
	p.writeClients(&b)
	p.writeTraffic(&b)
	p.writeFaults(&b)
	p.writeNeeds(&b)
	if warnings := p.Warnings(); len(warnings) > 0 {
		b.WriteString("\nWarnings\n")
		for _, s := range warnings {
			fmt.Fprintf(&b, "  ! %s\n", s)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// table starts a block of aligned columns, cells separated by \t.
func table(w io.Writer, title string) *tabwriter.Writer {
	fmt.Fprintf(w, "\n%s\n", title)
	return tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
}

func (p *Plan) writeClients(b *strings.Builder) {
	t := table(b, "Clients")
	for i, g := range p.s.Clients {
		fmt.Fprintf(t, "  %s\tc%d to c%d\tconnecting for %s at %s\theartbeat %s\t%s\treconnect %s%s\n", g.Name, p.starts[i], p.starts[i+1]-1,
			seconds(float64(g.Count)/float64(g.ConnectRate)), g.ConnectRate, strings.Trim(g.Heartbeat.String(), "{}"), p.noticing(g), g.Reconnect, p.particulars(g))
	}
	t.Flush()
	if p.rooms == 0 {
		return
	}
	size := fmt.Sprint(p.RoomSize(0))
	if least, most := p.roomSizes(); least != most {
		size = fmt.Sprintf("%d to %d", least, most)
	}
	rooms := humanize.Comma(int64(p.rooms)) + " rooms"
	if p.rooms == 1 {
		rooms = "1 room"
	}
	fmt.Fprintf(b, "  in %s of %s\n", rooms, size)
}

func (p *Plan) roomSizes() (least, most int) {
	least = p.Clients()
	for room := range p.rooms {
		least, most = min(least, p.RoomSize(room)), max(most, p.RoomSize(room))
	}
	return least, most
}

func (p *Plan) writeTraffic(b *strings.Builder) {
	if len(p.load) == 0 {
		b.WriteString("\nNo traffic\n")
		return
	}
	t := table(b, "Traffic: "+p.s.Summary())
	for i, g := range p.load {
		fmt.Fprintf(t, "  %s to %s\t%s\t%s sends expected\n", durationText(g.begin), durationText(g.begin+g.length),
			p.s.Traffic.Stages[i].Rate, count(g.within))
	}
	t.Flush()
	sends := p.PlannedSends()
	fmt.Fprintf(b, "  in all %s sends, %s deliveries\n", count(sends), count(p.PlannedDeliveries(sends)))
}

func (p *Plan) writeFaults(b *strings.Builder) {
	occurrences := p.Occurrences()
	if len(occurrences) == 0 {
		b.WriteString("\nNo faults\n")
		return
	}
	t := table(b, "Faults")
	for _, o := range occurrences {
		f := p.s.Faults[o.Fault]
		kind := string(f.Kind)
		if f.Kind == faults.Silence && f.Direction != faults.Both {
			kind += " " + string(f.Direction)
		}
		fmt.Fprintf(t, "  %s\t%s\t%s\t%s\t%s\n", durationText(o.At), f.Name, kind, lasting(f), takes(o.Clients))
	}
	t.Flush()
}

func lasting(f faults.Config) string {
	switch {
	case f.For > 0:
		return "for " + durationText(f.For)
	case f.Kind == faults.Silence:
		return "for good"
	default:
		return ""
	}
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

func (p *Plan) writeNeeds(b *strings.Builder) {
	parked := p.Parked()
	b.WriteString("\nNeeds\n")
	fmt.Fprintf(b, "  descriptors  %s for clients", humanize.Comma(int64(p.Clients())))
	if parked > 0 {
		fmt.Fprintf(b, ", up to %s for silenced connections that they leave behind", humanize.Comma(int64(parked)))
	}
	b.WriteByte('\n')
	fmt.Fprintf(b, "  memory       about %s to account for every message\n", humanize.IBytes(uint64(p.LedgerBytes())))
	fmt.Fprintf(b, "  addresses    %d of %s connections each\n", (p.Clients()+parked+PerAddress-1)/PerAddress, humanize.Comma(PerAddress))
}

func count(v float64) string { return humanize.Comma(int64(v + 0.5)) }

func seconds(s float64) string {
	return durationText(time.Duration(s * float64(time.Second)).Round(100 * time.Millisecond))
}
