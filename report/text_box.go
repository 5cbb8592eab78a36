package report

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
	p.row("middlebox", name+" gives up "+b.when(p.bothClocks)+": "+b.whatThen())
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

// when says what a connection expires of, its times as told tells them.
func (b *Box) when(told func(seconds float64) string) string {
	idle, age := "after "+told(b.IdleS)+" without "+b.signOfLife(), "at an age of "+told(b.LifetimeS)
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
