package html

import (
	"html/template"
	"io"

	"github.com/imbench/imbench/report"
)

// SideBySide writes several runs as a table on a page of its own. The error is
// the writer's.
func SideBySide(w io.Writer, s *report.SideBySide) error {
	t, err := template.New("sidebyside.html").ParseFS(files, "sidebyside.html")
	if err != nil {
		return err
	}
	worst, headline := s.Headline()
	v := sideView{s, verdictOf(worst)}
	v.Verdict.Word = headline
	return Page(w, headline+": "+s.Title, func(w io.Writer) error { return t.Execute(w, v) })
}

// sideView is what the page shows.
type sideView struct {
	*report.SideBySide
	Verdict verdict
}
