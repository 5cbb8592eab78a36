package report

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// cleanMax bounds the text that is cleaned at once, in bytes: a server may
// call itself anything, at any length.
const cleanMax = 8 << 10

// maxMarks is how many combining marks in a row are printed as such; a stack
// of hundreds would cover the lines around it.
const maxMarks = 4

// clean makes text that may come from a server, a file or a result fit to
// print: what could move the cursor, break the line, turn the reading order
// around or hide is written as an escape.
func clean(s string) string {
	if len(s) > cleanMax {
		s = s[:cleanMax] + "…"
	}
	if isPlainASCII(s) {
		return s
	}
	var b strings.Builder
	marks := 0
	for i, r := range s {
		if unicode.In(r, unicode.Mn, unicode.Me) {
			marks++
		} else {
			marks = 0
		}
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD"):
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case marks > maxMarks, !unicode.IsPrint(r) && !unicode.Is(unicode.Zs, r):
			q := fmt.Sprintf("%+q", r)
			b.WriteString(q[1 : len(q)-1])
		case unicode.Is(unicode.Zs, r):
			b.WriteByte(' ')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// mostLines is how many lines of one foreign text are shown.
const mostLines = 16

// cleanLines is clean for a text that may be of several lines, like one with a
// server's last words in it: they stay lines, tabs become spaces, and empty ones
// go. All of them together are cut to so many columns.
func cleanLines(s string, room int) []string {
	var lines []string
	for line := range strings.Lines(s) {
		line = clean(strings.TrimSpace(strings.ReplaceAll(line, "\t", " ")))
		switch {
		case line == "":
		case room < 1 || len(lines) == mostLines:
			lines[len(lines)-1] += " …"
			return lines
		default:
			line = shorten(line, room)
			lines = append(lines, line)
			room -= columns(line)
		}
	}
	return lines
}

func isPlainASCII(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// columns is how many columns of a terminal s takes. Characters of ambiguous
// width count one, whatever the locale, so that a report is the same anywhere.
func columns(s string) int { return uniseg.StringWidth(s) }

// shorten cuts s to at most width columns and marks the cut.
func shorten(s string, width int) string {
	if columns(s) <= width {
		return s
	}
	if width < 1 {
		return ""
	}
	head, _ := splitAt(s, width-1)
	return strings.TrimRight(head, " ") + "…"
}

// splitAt splits s, between characters as a reader sees them, after at most
// width columns.
func splitAt(s string, width int) (head, rest string) {
	state, used := -1, 0
	for rest = s; rest != ""; {
		cluster, after, w, next := uniseg.FirstGraphemeClusterInString(rest, state)
		if used+w > width {
			break
		}
		used += w
		head, rest, state = s[:len(head)+len(cluster)], after, next
	}
	return head, rest
}

// quantity is where a figure meets its unit.
var quantity = regexp.MustCompile(`(\d) (µs|ms|s|min|h)\b`)

// words splits clean text at spaces, but for those within a quantity.
func words(s string) []string {
	const glue = "\u00a0" // clean text has none
	s = quantity.ReplaceAllString(strings.ReplaceAll(s, "≥ ", "≥"+glue), "$1"+glue+"$2")
	all := strings.FieldsFunc(s, func(r rune) bool { return r == ' ' })
	for i := range all {
		all[i] = strings.ReplaceAll(all[i], glue, " ")
	}
	return all
}

// wrapped breaks clean text into lines of at most width columns, at spaces
// where there are any.
func wrapped(s string, width int) []string {
	var lines []string
	line, used := "", 0
	for _, word := range words(s) {
		w := columns(word)
		if used > 0 && used+1+w <= width {
			line, used = line+" "+word, used+1+w
			continue
		}
		if used > 0 {
			lines = append(lines, line)
		}
		for w > width {
			head, rest := splitAt(word, width)
			if head == "" { // one character wider than the line
				break
			}
			lines = append(lines, head)
			word, w = rest, columns(rest)
		}
		line, used = word, w
	}
	if used > 0 {
		lines = append(lines, line)
	}
	return lines
}

// padded fills s up to width columns, on the right or, for figures, on the
// left.
func padded(s string, width int) string { return s + blank(width-columns(s)) }

func flushed(s string, width int) string { return blank(width-columns(s)) + s }

func blank(n int) string { return strings.Repeat(" ", max(0, n)) }
