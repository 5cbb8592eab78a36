package report

import (
	"fmt"
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

// frame is s as lines on a terminal: how far it is, how fast, and what is
// going on.
func (s Snapshot) frame(width int) [][]piece {
	lines := [][]piece{s.head(width)}
	if figures := whole(s.figures(flushed), width-1); figures != "" {
		lines = append(lines, []piece{{plain, figures}})
	}
	if events := s.events(width); len(events) > 0 {
		lines = append(lines, events)
	}
	return lines
}

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

// events is the line of the last warning and of the faults; the warning is cut
// to leave the faults their room, but not below half the width.
func (s Snapshot) events(width int) []piece {
	going := s.faults()
	n := len(s.Warnings)
	switch {
	case n == 0 && going == "":
		return nil
	case n == 0:
		return []piece{{plain, going}}
	}
	warning := clean(s.Warnings[n-1])
	if going != "" {
		warning = shorten(warning, max(width/2, width-columns(going)-5))
		going = "  " + going
	}
	return []piece{{doubt, "! "}, {plain, warning}, {plain, going}}
}

// head is the first line: phase, time, a bar, clients.
func (s Snapshot) head(width int) []piece {
	start := padded(clean(s.Phase), len(PhaseConnecting)) + "  " + s.when()
	room := width - 1 - columns(start) - 2
	clients := whole(s.clients(), room)
	line := []piece{{strong, start}}
	if full, empty, ok := s.bar(min(40, room-columns(clients)-2)); ok {
		line = append(line, piece{plain, "  " + full}, piece{faint, empty})
	}
	if clients != "" {
		line = append(line, piece{plain, "  " + clients})
	}
	return line
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

func (s Snapshot) when() string {
	elapsed := stopwatch(s.Elapsed)
	if s.Total > 0 && s.Elapsed <= s.Total && s.Phase != PhaseConnecting {
		return elapsed + " of " + stopwatch(s.Total)
	}
	return elapsed
}

// stopwatch shows whole seconds gone by.
func stopwatch(d time.Duration) string {
	switch {
	case d >= time.Hour:
		return fmt.Sprintf("%d h %02d min", d/time.Hour, d%time.Hour/time.Minute)
	case d >= 2*time.Minute:
		return fmt.Sprintf("%d min %02d s", d/time.Minute, d%time.Minute/time.Second)
	}
	return fmt.Sprintf("%d s", d/time.Second)
}

func (s Snapshot) clients() []string {
	parts := []string{number(int64(s.Connected)) + " of " + number(int64(s.Clients)) + " connected"}
	if s.Disconnected > 0 {
		parts = append(parts, plural(int64(s.Disconnected), "disconnect", "disconnects"))
	}
	return parts
}

// figures are the rates and times of the last second, each set in a field of
// its own so that they stand still on a terminal.
func (s Snapshot) figures(field func(s string, width int) string) []string {
	var parts []string
	if s.SentPerS > 0 || s.DeliveredPerS > 0 || s.Phase == PhaseRunning {
		parts = append(parts, "sent "+field(perSecond(s.SentPerS), 7), "delivered "+field(perSecond(s.DeliveredPerS), 8))
	}
	if s.DeliveryP99 > 0 {
		parts = append(parts, "p50 "+field(timeSpan(s.DeliveryP50), 7)+" p99 "+field(timeSpan(s.DeliveryP99), 7))
	}
	if s.LagP99 > 0 {
		parts = append(parts, "lag p99 "+field(timeSpan(s.LagP99), 7))
	}
	return parts
}

// faults are those under way, and the next one.
func (s Snapshot) faults() string {
	const most = 3
	var parts []string
	if names := s.FaultsUnderWay; len(names) > 0 {
		var shown []string
		for _, name := range names[:min(most, len(names))] {
			shown = append(shown, shorten(clean(name), 30))
		}
		text := inWords(shown)
		if more := len(names) - most; more > 0 {
			text = strings.Join(shown, ", ") + " and " + plural(int64(more), "other fault", "other faults")
		}
		parts = append(parts, text+" under way")
	}
	if s.NextFault != "" {
		in := max(0, s.NextFaultIn.Round(time.Second))
		parts = append(parts, "next: "+shorten(clean(s.NextFault), 30)+" in "+stopwatch(in))
	}
	return strings.Join(parts, ", ")
}

// line is s as one plain line.
func (s Snapshot) line() string {
	asIs := func(text string, _ int) string { return text }
	parts := append(s.clients(), s.figures(asIs)...)
	text := shorten(clean(s.Phase), 20) + " " + s.when() + ": " + strings.Join(parts, ", ")
	if going := s.faults(); going != "" {
		text += "; " + going
	}
	return text
}
