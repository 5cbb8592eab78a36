package scenario

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/imbench/imbench/internal/unit"
)

// WritePlan prints the plan for a person: who there is, every stage of the
// traffic and every occurrence of a fault with the clients it takes, what the
// run needs, and warnings.
func WritePlan(w io.Writer, p *Plan) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Plan of %s, seed %d: %s and %s of drain\n", p.s.Name, p.s.Seed, p.time(p.s.Duration), unit.Duration(p.s.Drain))
	if p.s.scaled() {
		fmt.Fprintf(&b, "time_scale %s: 1s of the run is %s of the story\n",
			strconv.FormatFloat(p.s.TimeScale, 'g', 4, 64), unit.Duration(p.s.Story(time.Second)))
	}
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
			seconds(float64(g.Count)/float64(g.ConnectRate)), g.ConnectRate, p.beating(i), p.noticing(g), g.Reconnect, p.particulars(g))
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

// beating is a group's heartbeat, on both clocks.
func (p *Plan) beating(group int) string {
	text := strings.Trim(p.s.Clients[group].Heartbeat.String(), "{}")
	if story := strings.Trim(p.s.asWritten().Clients[group].Heartbeat.String(), "{}"); story != text {
		text += " (story " + story + ")"
	}
	return text
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
		fmt.Fprintf(t, "  %s\t%s\t%s sends expected\n", p.span(g.begin, g.begin+g.length),
			p.s.Traffic.Stages[i].Rate, count(g.within))
	}
	t.Flush()
	sends := p.PlannedSends()
	fmt.Fprintf(b, "  in all %s sends, %s deliveries\n", count(sends), count(p.PlannedDeliveries(sends)))
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
	return unit.Duration(time.Duration(s * float64(time.Second)).Round(100 * time.Millisecond))
}
