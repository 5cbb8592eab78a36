package report

import (
	"bytes"
	"cmp"
	"strings"
)

// page lays out a report of sections. A section's lines start with a gutter of
// two columns that holds a mark (✓ ✗ ? !) or nothing; most have a label and a
// text that wraps beneath itself:
//
//	Section
//	  label          text text text
//	                 text
//	! label          something to look at
//
// Everything given to a page is cleaned before it is printed, so no server can
// write on the reader's terminal.
type page struct {
	buf     bytes.Buffer
	width   int     // in columns
	wraps   int     // columns of what wraps: fewer where the terminal is too narrow for figures
	scale   float64 // Result.TimeScale
	ink     palette
	pending string // the section's heading, printed with its first line
	rows    *[]Row // where rows go instead, when they are to be laid out elsewhere
}

const (
	gutter     = 2
	labelWidth = 13
	textAt     = gutter + labelWidth + 2 // where texts start
	proseMax   = 100                     // columns; longer lines are hard to read
	longest    = 600                     // columns of one text, whoever wrote it
)

// newPage starts a page of the options' width.
func newPage(o TextOptions) *page {
	width := min(cmp.Or(max(o.Width, 0), defaultWidth), mostWidth)
	return &page{width: max(width, leastWidth), wraps: min(max(width, leastSentence), proseMax), ink: palette(o.Color)}
}

// narrow reports whether a text does not fit beside its label.
func (p *page) narrow() bool { return p.wraps < leastWidth }

// section starts a section; one that gets no line is not printed.
func (p *page) section(name string) { p.pending = name }

// line prints one line of pieces that have been cleaned and painted.
func (p *page) line(pieces ...string) {
	if p.pending != "" {
		p.buf.WriteString("\n" + p.ink.paint(strong, p.pending) + "\n")
		p.pending = ""
	}
	p.buf.WriteString(strings.TrimRight(strings.Join(pieces, ""), " ") + "\n")
}

// row prints a label and its text.
func (p *page) row(label, text string) { p.marked(" ", plain, label, text) }

// alarm prints a label and a text that the reader should look at.
func (p *page) alarm(label, text string) { p.marked("!", doubt, label, text) }

func (p *page) marked(mark string, i ink, label, text string) {
	if p.rows != nil {
		*p.rows = append(*p.rows, Row{shorten(clean(label), longest), shorten(clean(text), longest), mark == "!"})
		return
	}
	label, at := shorten(clean(label), labelWidth), textAt
	head := p.ink.paint(i, mark) + " " + padded(label, labelWidth) + "  "
	if p.narrow() {
		at = 2 * gutter
		if label != "" {
			p.line(head)
			mark = " "
		}
		head = p.ink.paint(i, mark) + blank(at-1)
	}
	for _, l := range wrapped(shorten(clean(text), longest), p.wraps-at) {
		p.line(head, l)
		head = blank(at)
	}
}

// prose prints a mark and a text of the line's whole width. Where the text has
// lines of its own, those after the first are set in.
func (p *page) prose(mark string, i ink, text string) {
	head, in := p.ink.paint(i, mark)+" ", gutter
	for _, own := range cleanLines(text, longest) {
		for _, l := range wrapped(own, p.wraps-in) {
			p.line(head, l)
			head = blank(in)
		}
		in = 2 * gutter
		head = blank(in)
	}
}

// table prints rows beneath headings: the first column as text, the others as
// figures. When it is too wide, columns go in the order given by spare;
// columns without any figure go anyway.
func (p *page) table(head []string, rows [][]string, spare ...int) {
	p.markedTable(head, rows, nil, spare...)
}

// mark is what stands in a row's gutter.
type mark struct {
	sign string
	ink  ink
}

// markedTable is a table with a mark for each row; nil: none.
func (p *page) markedTable(head []string, rows [][]string, marks []mark, spare ...int) {
	widths := make([]int, len(head))
	total := gutter
	for c, h := range head {
		for _, r := range rows {
			r[c] = shorten(clean(r[c]), p.width/3)
			widths[c] = max(widths[c], columns(r[c]))
		}
		if widths[c] > 0 {
			widths[c] = max(widths[c], columns(h))
		}
		if widths[c] > 0 {
			total += widths[c] + 2
		}
	}
	for _, c := range spare {
		if total-2 > p.width && widths[c] > 0 {
			total -= widths[c] + 2
			widths[c] = 0
		}
	}
	if room := p.width - (total - 2); room > 0 { // figures stand beneath the texts of other sections
		widths[0] += max(0, min(room, labelWidth-widths[0]))
	}
	format := func(cells []string) string {
		var b strings.Builder
		b.WriteString(padded(cells[0], widths[0]))
		for c, cell := range cells[1:] {
			if w := widths[c+1]; w > 0 {
				b.WriteString("  " + flushed(cell, w))
			}
		}
		return b.String()
	}
	if len(rows) == 0 {
		return
	}
	p.line(p.ink.paint(faint, strings.TrimRight(blank(gutter)+format(head), " ")))
	for i, r := range rows {
		m := mark{sign: " "}
		if i < len(marks) {
			m = marks[i]
		}
		p.line(p.ink.paint(m.ink, m.sign), " ", format(r))
	}
}
