package report

import "io"

// Markdown writes the table for a comment or a job's summary. The error is the
// writer's.
func (s *SideBySide) Markdown(w io.Writer) error {
	var m markdown
	verdict, headline := s.Headline()
	m.line("### ", verdict.emoji(), " ", mdSentence(s.Title), ": ", headline)
	m.line()
	reasons := s.Reasons()
	for _, reason := range reasons {
		m.line("- ", mdText(reason))
	}
	if len(reasons) > 0 {
		m.line()
	}
	head, rule := []string{""}, "|---|"
	for _, c := range s.Columns {
		head, rule = append(head, mdText(shorten(clean(c.Name), mdName))), rule+"--:|"
	}
	m.row(head...)
	m.line(rule)
	for _, b := range s.Blocks {
		m.row(append([]string{"**" + mdText(clean(b.Title)) + "**"}, make([]string, len(s.Columns))...)...)
		for _, row := range b.Rows {
			cells := []string{mdText(shorten(clean(row.Label), mdName))}
			for _, c := range row.Cells {
				cells = append(cells, c.markdown())
			}
			m.row(cells...)
		}
	}
	m.line()
	for _, n := range s.Notes {
		m.line(mdText(n))
		m.line()
	}
	m.cutTo(mdMost)
	_, err := w.Write(m.buf.Bytes())
	return err
}

func (c SideCell) markdown() string {
	text := mdText(shorten(clean(c.Text), mdName))
	if c.Change != "" {
		text += " *(" + mdText(c.Change) + ")*"
	}
	if c.Verdict != "" {
		sign, _ := c.Verdict.sign()
		text = sign + " " + text
	}
	return text
}
