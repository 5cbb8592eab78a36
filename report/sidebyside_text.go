package report

import (
	"io"
	"strings"
)

// Text writes the table for a terminal. Runs that do not fit beside the others
// stand beneath them. The error is the writer's.
func (s *SideBySide) Text(w io.Writer, o TextOptions) error {
	p := NewPage(o).page
	verdict, headline := s.Headline()
	p.verdict(verdict, headline, s.Title, s.Reasons())
	layout := s.layOut(p.width)
	for _, band := range layout.bands {
		for i, b := range s.Blocks {
			p.section(b.Title)
			if i == 0 {
				p.line(layout.head(&p, s, band))
			}
			for _, row := range b.Rows {
				if text, shown := layout.row(&p, row, band); shown {
					p.line(text)
				}
			}
		}
	}
	p.section("Notes")
	for _, n := range s.Notes {
		p.prose(" ", plain, n)
	}
	_, err := w.Write(p.buf.Bytes())
	return err
}

// sideLayout is how wide the columns are, and which runs stand side by side.
type sideLayout struct {
	label  int
	widths []int
	bands  [][2]int // first run and the one after the last
}

func (s *SideBySide) layOut(width int) sideLayout {
	l := sideLayout{label: labelWidth, widths: make([]int, len(s.Columns))}
	for i, c := range s.Columns {
		l.widths[i] = columns(clean(c.Name)) + gutter
	}
	for _, b := range s.Blocks {
		for _, row := range b.Rows {
			l.label = max(l.label, columns(clean(row.Label)))
			for i, c := range row.Cells {
				l.widths[i] = max(l.widths[i], columns(c.plain())+gutter)
			}
		}
	}
	l.label = min(l.label, width/2-gutter)
	used, first := 0, 0
	for i := range l.widths {
		l.widths[i] = min(l.widths[i], (width-gutter-l.label)-2)
		if used += l.widths[i] + 2; used > width-gutter-l.label && i > first {
			l.bands = append(l.bands, [2]int{first, i})
			used, first = l.widths[i]+2, i
		}
	}
	return sideLayout{l.label, l.widths, append(l.bands, [2]int{first, len(l.widths)})}
}

// plain is a cell without its mark.
func (c SideCell) plain() string {
	text := clean(c.Text)
	if c.Change != "" {
		text += " " + c.Change
	}
	return text
}

func (l sideLayout) head(p *page, s *SideBySide, band [2]int) string {
	var b strings.Builder
	b.WriteString(blank(gutter + l.label))
	for i := band[0]; i < band[1]; i++ {
		b.WriteString("  " + p.ink.paint(strong, flushed(shorten(clean(s.Columns[i].Name), l.widths[i]), l.widths[i])))
	}
	return b.String()
}

func (l sideLayout) row(p *page, row SideRow, band [2]int) (text string, shown bool) {
	var b strings.Builder
	b.WriteString(blank(gutter) + padded(shorten(clean(row.Label), l.label), l.label))
	for i := band[0]; i < band[1]; i++ {
		c := row.Cells[i]
		shown = shown || c.Text != ""
		sign, colour := " ", plain
		if c.Verdict != "" {
			sign, colour = c.Verdict.sign()
		}
		room := l.widths[i] - gutter
		full := shorten(c.plain(), room)
		b.WriteString("  " + blank(room-columns(full)) + p.ink.paint(colour, sign) + " " + p.ink.paint(colour, full))
	}
	return b.String(), shown
}
