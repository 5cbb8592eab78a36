package report

import (
	"io"
	"strings"
)

// Page lays out text as Text does, for renderers in packages of their own. All
// it is given is cleaned, wrapped and cut, so that foreign text cannot touch
// the terminal. It is not safe for concurrent use.
type Page struct{ page page }

// NewPage starts a page.
func NewPage(o TextOptions) *Page { return &Page{*newPage(o)} }

// Headline prints a verdict, what it is about, and the reasons.
func (p *Page) Headline(v Verdict, about string, reasons []string) {
	p.page.conclusion(v, about, reasons)
}

// Section starts a section; one that gets no line is not printed.
func (p *Page) Section(name string) { p.page.section(name) }

// Row prints a label and its text.
func (p *Page) Row(label, text string) { p.page.row(label, text) }

// Prose prints a text of the page's width.
func (p *Page) Prose(text string) { p.page.prose(" ", plain, text) }

// Warnings is the section of what to keep in mind.
func (p *Page) Warnings(warnings []string) { p.page.warnings(warnings) }

// Table prints rows beneath headings: the first column as text, the others as
// figures. Each row begins with its mark, painted as the verdict of marks would
// be. When it is too wide, columns go in the order given by spare.
func (p *Page) Table(head []string, rows []TableRow, spare ...int) {
	var cells [][]string
	var marks []mark
	for _, r := range rows {
		cells = append(cells, r.Cells)
		_, i := r.Verdict.sign()
		if r.Verdict == "" {
			i = plain
		}
		marks = append(marks, mark{Plain(r.Mark, 1), i})
	}
	p.page.markedTable(head, cells, marks, spare...)
}

// TableRow is a row of a Page's table. Mark is one column wide, painted as the
// Verdict is; without one it is plain.
type TableRow struct {
	Cells   []string
	Mark    string
	Verdict Verdict
}

// WriteTo writes the page. The error is the writer's.
func (p *Page) WriteTo(w io.Writer) (int64, error) { return p.page.buf.WriteTo(w) }

// conclusion is the verdict on something, and why.
func (p *page) conclusion(v Verdict, about string, reasons []string) {
	word := string(v)
	if clean(word) == "" {
		word = "no verdict"
	}
	p.verdict(v, word, about, reasons)
}

// verdict prints a verdict in words, what it is about, and why.
func (p *page) verdict(v Verdict, word, about string, reasons []string) {
	mark, i := v.sign()
	word = shorten(strings.ToUpper(clean(word)), p.width/3)
	about = shorten(clean(about), p.width-gutter-columns(word)-2)
	if p.narrow() {
		p.line(p.ink.paint(i, mark+" "+word))
		p.prose(" ", plain, about)
	} else {
		p.line(p.ink.paint(i, mark+" "+word), "  ", p.ink.paint(strong, about))
	}
	for _, reason := range reasons {
		p.prose(" ", plain, reason)
	}
}
