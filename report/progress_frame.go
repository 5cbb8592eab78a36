package report

import (
	"strings"
	"time"
)

// piece is text of one ink.
type piece struct {
	ink  ink
	text string
}

// fit paints pieces side by side, cut to width columns, and returns the
// columns they take.
func (p palette) fit(pieces []piece, width int) (line string, used int) {
	var b strings.Builder
	for _, part := range pieces {
		text := shorten(clean(part.text), width-used)
		used += columns(text)
		b.WriteString(p.paint(part.ink, text))
		if used >= width {
			break
		}
	}
	return b.String(), used
}

// size is how much of a terminal a frame may take.
type size struct{ columns, rows int }

// The least terminal on which each part of a frame has a line of its own, with
// its name in front.
const (
	roomyColumns = 64
	roomyRows    = 16
)

// view is what a frame shows: a snapshot, and what goes with it.
type view struct {
	Snapshot
	online     []int             // clients online at each snapshot so far, the last ones
	thresholds []ThresholdResult // so far
	p50, p99   time.Duration     // of the deliveries since second 0; 0 when there were none
}

// line is one line of a frame.
type line = []piece

// frame is v as lines on a terminal: how far the run is, how many are online,
// how fast messages are, what is done to the clients, and how the thresholds
// stand. It takes at most all rows but one, so that nothing scrolls.
func (v view) frame(s size) []line {
	most := max(1, s.rows-1)
	if s.columns < roomyColumns || s.rows < roomyRows {
		return v.tight(s.columns-1, most)
	}
	return v.roomy(s.columns-1, most)
}

// nameColumns is the width of the names before the lines, and the gap.
const nameColumns = len(PhaseConnecting) + 2

// named puts a name before a line, "" before one that goes on.
func named(name string, rest ...piece) line {
	return append(line{{strong, padded(name, nameColumns)}}, rest...)
}

// roomy has a name before each line, in all at most so many.
func (v view) roomy(width, most int) []line {
	room := width - nameColumns
	lines := []line{v.head(width, nameColumns), named("clients", v.clientsLine(room)...)}
	if v.Phase != PhaseConnecting {
		lines = append(lines,
			named("messages", v.messages(room, flushed)...),
			named("delivery", v.deliveries("last second", v.DeliveryP50, v.DeliveryP99, v.DeliveryMax)...),
			named("", v.deliveries("since start", v.p50, v.p99, 0)...))
	}
	lines = append(lines, under("faults", v.faultLines(max(2, most/4)))...)
	tail := v.tail(room)
	lines = append(lines, under("thresholds", v.thresholdLines(room, most-len(lines)-len(tail)))...)
	return atMost(append(lines, tail...), most)
}

// tail is what the roomy frame ends with: who uses what, and the last warning.
func (v view) tail(room int) (lines []line) {
	if usage := v.usage(room); len(usage) > 0 {
		lines = append(lines, named("use", usage...))
	}
	return append(lines, v.warnings(nameColumns)...)
}

// under puts a name before the first of the lines.
func under(name string, lines []line) (all []line) {
	for _, l := range lines {
		all = append(all, named(name, l...))
		name = ""
	}
	return all
}

// tight says as much as fits into a small terminal, the more important first.
func (v view) tight(width, most int) []line {
	lines := []line{v.head(width, 0), v.clientsLine(width)}
	if v.Phase != PhaseConnecting {
		lines = append(lines, v.messages(width, asIs))
	}
	if v.DeliveryP99 > 0 {
		lines = append(lines, line{{plain, whole([]string{
			"p50 " + timeSpan(v.DeliveryP50), "p99 " + timeSpan(v.DeliveryP99), "max " + timeSpan(v.DeliveryMax),
		}, width)}})
	}
	lines = append(lines, v.faultLines(2)...)
	lines = append(lines, v.thresholdLines(width, 1)...)
	lines = append(lines, v.warnings(0)...)
	if usage := v.usage(width); len(usage) > 0 {
		lines = append(lines, usage)
	}
	return atMost(lines, most)
}

func atMost(lines []line, most int) []line { return lines[:min(len(lines), most)] }

// whole joins as many parts as fit into width columns; half a figure would be
// another figure.
func whole(parts []string, width int) string {
	line := ""
	for i, part := range parts {
		if i > 0 {
			part = "  " + part
		}
		if columns(line)+columns(part) > width {
			break
		}
		line += part
	}
	return line
}

// head is the first line: phase, time, and a bar.
func (v view) head(width, nameColumns int) line {
	phase := padded(shorten(clean(v.Phase), len(PhaseConnecting)), nameColumns)
	when := v.when()
	if nameColumns == 0 {
		when = "  " + when
	}
	const longestBar = 60
	head := line{{strong, phase}, {plain, when}}
	if full, empty, ok := v.bar(min(longestBar, width-columns(phase+when)-2)); ok {
		head = append(head, piece{plain, "  " + full}, piece{faint, empty})
	}
	return head
}

// bar is how far the phase is, over width columns: of the time, or while
// connecting of the clients.
func (s Snapshot) bar(width int) (full, empty string, ok bool) {
	const least = 8
	done, whole := float64(s.Elapsed), float64(s.Total)
	if s.Phase == PhaseConnecting {
		done, whole = float64(s.Connected), float64(s.Clients)
	}
	if width < least || whole <= 0 {
		return "", "", false
	}
	n := int(min(max(done/whole, 0), 1) * float64(width))
	return strings.Repeat("━", n), strings.Repeat("─", width-n), true
}

// clientsLine says how many are online, now and in the seconds before.
func (v view) clientsLine(width int) line {
	parts := v.clients()
	text := whole(parts[:1], width)
	rest := ""
	if more := whole(parts[1:], width-columns(text)-2); more != "" {
		rest = "  " + more
	}
	const longestTrend = 30
	trend := v.trend(min(longestTrend, width-columns(text+rest)-2))
	if trend != "" {
		trend = "  " + trend
	}
	return line{{plain, text}, {faint, trend}, {plain, rest}}
}

// trend shows how many were online, one character a second: a full block is
// everybody.
func (v view) trend(width int) string {
	const least = 5
	if width < least || len(v.online) < 2 || v.Clients <= 0 {
		return ""
	}
	var b strings.Builder
	blocks := []rune("▁▂▃▄▅▆▇█")
	for _, n := range v.online[max(0, len(v.online)-width):] {
		level := n * (len(blocks) - 1) / v.Clients
		b.WriteRune(blocks[min(max(level, 0), len(blocks)-1)])
	}
	return b.String()
}

// messages are the rates of the last second and the generator's own lateness,
// each set in a field of its own so that they stand still.
func (v view) messages(width int, field func(s string, width int) string) line {
	text := whole([]string{"sent " + field(perSecond(v.SentPerS), 8), "delivered " + field(perSecond(v.DeliveredPerS), 9)}, width)
	if v.LagP99 == 0 {
		return line{{plain, text}}
	}
	lag, how := "  lag p99 "+field(timeSpan(v.LagP99), 7), plain
	if v.Late {
		lag, how = lag+" !", doubt
	}
	if columns(text+lag) > width {
		return line{{plain, text}}
	}
	return line{{plain, text}, {how, lag}}
}

// deliveries are delivery times, of when; a longest of 0 is not shown.
func (v view) deliveries(when string, p50, p99, longest time.Duration) line {
	if p99 == 0 {
		return line{{faint, when + "  none"}}
	}
	const widest = 7
	text := when + "  p50 " + flushed(timeSpan(p50), widest) + "  p99 " + flushed(timeSpan(p99), widest)
	if longest > 0 {
		text += "  max " + flushed(timeSpan(longest), widest)
	}
	return line{{plain, text}}
}

// usage is what the server, if it is watched, and imbench use.
func (v view) usage(width int) line {
	var parts []string
	for _, p := range []struct {
		name string
		of   Usage
	}{{"server", v.Server}, {"imbench", v.Generator}} {
		if p.of.RSS > 0 {
			parts = append(parts, p.name+" "+cores(p.of.Cores)+", "+memory(p.of.RSS))
		}
	}
	if text := whole(parts, width); text != "" {
		return line{{faint, text}}
	}
	return nil
}

// warnings is the last one, and how many came before it.
func (v view) warnings(nameColumns int) []line {
	n := len(v.Warnings)
	if n == 0 {
		return nil
	}
	text := clean(v.Warnings[n-1])
	if n > 1 {
		text = "(" + number(int64(n)) + ") " + text
	}
	return []line{{{doubt, padded("!", max(2, nameColumns))}, {plain, text}}}
}
