package report

import (
	"math"
	"slices"
)

// storm tells how everybody dialled and came back.
func (p *page) storm(f FaultResult) {
	s := f.Storm
	if s == nil || s.Clients < 2 {
		return
	}
	back := func(share string, at *float64) string {
		if at == nil {
			return share + " not by the end"
		}
		return share + " after " + p.bothTimes(*at*1000)
	}
	p.row("all back", inWords([]string{back("50 %", s.Back50S), back("99 %", s.Back99S), back("100 %", s.Back100S)}))
	dials := "peak of " + number(s.PeakOffered) + " offered and " + number(s.PeakAccepted) + " accepted in a second"
	if s.BurstOffered > 0 {
		dials += ", " + number(s.BurstOffered) + " and " + number(s.BurstAccepted) + " in a tenth of one"
	}
	p.row("dials", dials)
	if len(s.Offered) > 1 {
		p.chart("offered", seconds(s.Offered, p.width/2), "dials in each second since the fault")
		p.chart("accepted", seconds(s.Accepted, p.width/2), "ready")
	}
}

// seconds draws counts, in at most so many columns: seconds that share one are
// added up, and none is a blank.
func seconds(counts []int64, columns int) string {
	per := (len(counts) + columns - 1) / max(1, columns)
	var cells []float64
	for some := range slices.Chunk(counts, max(1, per)) {
		sum := math.NaN()
		for _, n := range some {
			if n > 0 {
				if math.IsNaN(sum) {
					sum = 0
				}
				sum += float64(n)
			}
		}
		cells = append(cells, sum)
	}
	line, _, _, _ := spark(cells)
	return line
}

// box tells whether the clients' heartbeats suit a middlebox.
func (p *page) box(f FaultResult) {
	b := f.Box
	if b == nil {
		return
	}
	name := b.Preset
	if name == "" {
		name = "the box"
	}
	p.row("middlebox", name+" gives up "+b.when(p)+": "+b.whatThen())
	through := plural(b.Connections, "connection", "connections")
	switch {
	case b.Expired == 0:
		p.row("expired", "none of "+through+"; the longest gap was "+p.bothClocks(b.LongestGapS))
	case b.Aged > 0:
		p.alarm("expired", number(b.Expired)+" of "+through+", of which "+number(b.Aged)+" for their age")
	default:
		p.alarm("expired", number(b.Expired)+" of "+through)
	}
	switch {
	case b.IdleS == 0: // no heartbeat makes a difference
	case b.HeartbeatS == 0:
		p.row("heartbeat", "none; "+b.safe(p))
	case b.HeartbeatKept && b.HeartbeatS > b.SafeHeartbeatS:
		p.alarm("heartbeat", "every "+p.bothClocks(b.HeartbeatS)+" would not keep them alive by itself; "+b.safe(p))
	case b.HeartbeatKept:
		p.row("heartbeat", "every "+p.bothClocks(b.HeartbeatS)+" kept every connection alive; "+b.safe(p))
	default:
		p.alarm("heartbeat", "every "+p.bothClocks(b.HeartbeatS)+" did not keep them alive; "+b.safe(p))
	}
}

// when says what a connection expires of.
func (b *Box) when(p *page) string {
	idle, age := "after "+p.bothClocks(b.IdleS)+" without "+b.signOfLife(), "at an age of "+p.bothClocks(b.LifetimeS)
	switch {
	case b.LifetimeS == 0:
		return idle
	case b.IdleS == 0:
		return age
	}
	return idle + ", or " + age
}

func (b *Box) safe(p *page) string {
	if b.SafeHeartbeatS == 0 {
		return "none would keep a connection alive"
	}
	return "the longest safe interval is " + p.bothClocks(b.SafeHeartbeatS)
}

func (b *Box) signOfLife() string {
	switch b.Counts {
	case "data":
		return "a byte either way"
	case "server-data":
		return "a byte from the server"
	}
	return "a packet either way"
}

func (b *Box) whatThen() string {
	switch b.Expiry {
	case "reset":
		return "silent, and who sends next is answered with RST"
	case "reset-client":
		return "silent, and the client's next packet is answered with RST"
	case "reset-both":
		return "RST to both"
	case "close":
		return "FIN to both"
	}
	return "silent"
}

// malformed tells what the server answered to each way of being wrong.
func (p *page) malformed(f FaultResult) {
	for _, m := range f.Malformed {
		tell := p.row
		if m.Answers["crash"] > 0 {
			tell = p.alarm
		}
		tell(shorten(clean(m.Form), labelWidth), plural(m.Sent, "time", "times")+": "+byCount(m.Answers))
	}
}
