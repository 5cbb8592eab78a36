package report

import (
	"fmt"
	"strings"
)

// class is one line of the ledger.
type class struct {
	count   Count
	meaning string
	always  bool // printed even when none
	bad     bool
}

// classes are the exclusive classes that expected deliveries fall into.
func classes() []class {
	return []class{
		{Delivered, "live", true, false},
		{Recovered, "late, after the receiver's reconnect", false, false},
		{Missed, "receiver offline or silenced meanwhile", false, false},
		{Lost, "receiver connected and unfaulted throughout", true, true},
		{Indeterminate, "sender's connection died unconfirmed", false, false},
	}
}

// delivery is the ledger: where every expected delivery went.
func (p *page) delivery(r *Result) {
	n := func(c Count) int64 { return r.Counts[c.String()] }
	if n(Planned) == 0 && n(Sent) == 0 && n(Expected) == 0 {
		return
	}
	p.section("Delivery")
	sent := plural(n(Sent), "message", "messages")
	if n(Planned) > 0 {
		sent = number(n(Sent)) + " of " + plural(n(Planned), "planned message", "planned messages")
	}
	if n(Acked) > 0 {
		sent += ", " + number(n(Acked)) + " acknowledged"
	} else if n(Sent) > 0 {
		sent += ", none acknowledged"
	}
	p.row(Sent.String(), sent)
	if n(Unsent) > 0 {
		why := ": sender offline, or its connection not taking bytes"
		switch n(Overruns) {
		case 0:
		case n(Unsent):
			why = ": the connection's queue was full"
		default:
			why += " (queue full: " + number(n(Overruns)) + ")"
		}
		p.row(Unsent.String(), number(n(Unsent))+why)
	}
	if n(Expected) == 0 {
		p.alarm(Expected.String(), "nothing: no message had a receiver to judge it by")
	} else {
		p.ledger(n)
		p.worst(r.Worst)
	}
	p.marks(n)
}

// ledger is the sum: expected, and its classes beneath.
func (p *page) ledger(n func(Count) int64) {
	figures := columns(number(n(Expected)))
	p.line("  ", padded(Expected.String(), labelWidth), "  ", number(n(Expected)),
		shorten(" deliveries, one for each receiver of a message", p.width-textAt-figures))
	var sum int64
	for _, c := range classes() {
		sum += n(c.count)
		if n(c.count) == 0 && !c.always {
			continue
		}
		mark, i := " ", plain
		meaning := c.meaning
		if c.bad && n(c.count) > 0 {
			mark, i = "!", bad
		} else if c.bad {
			meaning = ""
		}
		p.line(p.ink.paint(i, mark), " ", padded(c.count.String(), labelWidth), "  ",
			flushed(number(n(c.count)), figures), "  ", flushed(share(n(c.count), n(Expected)), 8), "  ",
			shorten(meaning, min(p.width, proseMax)-textAt-figures-12))
	}
	if sum != n(Expected) {
		p.alarm("sum", "the classes add up to "+number(sum)+": this result is not to be trusted")
	}
}

// worst names the clients that lost most: where to look first.
func (p *page) worst(clients []ClientLoss) {
	const most = 3
	var parts []string
	for _, c := range clients[:min(most, len(clients))] {
		parts = append(parts, fmt.Sprintf("c%d (%s of %s)", c.Client, number(c.Lost), number(c.Expected)))
	}
	if len(parts) > 0 {
		p.row("", "most lost by "+inWords(parts))
	}
}

// marks are what may be wrong with deliveries that came.
func (p *page) marks(n func(Count) int64) {
	if n(AckedLost) > 0 {
		p.alarm(AckedLost.String(), plural(n(AckedLost), "message was", "messages were")+
			" acknowledged and then received by nobody")
	}
	var none []string
	for _, m := range []struct {
		count           Count
		none, one, many string
	}{
		{Duplicated, "no duplicates", "receipt of what had come before", "receipts of what had come before"},
		{Reordered, "no reordering", "receipt after a later message of the same sender", "receipts after a later message of the same sender"},
		{Unexpected, "nothing unexpected", "receipt that no message was sent for", "receipts that no message was sent for"},
	} {
		if n(m.count) > 0 {
			p.alarm(m.count.String(), plural(n(m.count), m.one, m.many))
		} else {
			none = append(none, m.none)
		}
	}
	if n(Delivered)+n(Recovered) > 0 {
		p.row("", strings.Join(none, ", "))
	}
}
