package html

import (
	"html/template"
	"io"

	"github.com/imbench/imbench/report"
)

// SideBySide writes several runs as a table on a page of its own. The error is
// the writer's.
func SideBySide(w io.Writer, s *report.SideBySide) error {
	t, err := template.New("sidebyside").Parse(sideBySide)
	if err != nil {
		return err
	}
	return Page(w, s.Title, func(w io.Writer) error { return t.Execute(w, s) })
}

const sideBySide = `<h1>{{.Title}}</h1>
{{range .Blocks}}<h2>{{.Title}}</h2>
<div class="card"><div class="scroll"><table>
<thead><tr><th></th>{{range $.Columns}}<th scope="col">{{.Name}}</th>{{end}}</tr></thead>
<tbody>
{{range .Rows}}<tr><th scope="row">{{.Label}}</th>{{range .Cells}}<td>{{template "cell" .}}</td>{{end}}</tr>
{{end}}</tbody></table></div></div>
{{end}}{{range .Notes}}<p class="note">{{.}}</p>
{{end}}{{define "cell"}}{{if eq .Verdict "passed"}}<b style="color: var(--good)">✓</b> {{else if eq .Verdict "failed"}}<b style="color: var(--bad)">✗</b> {{else if .Verdict}}<b style="color: var(--doubt)">?</b> {{end}}{{.Text}}{{with .Change}} <span class="note">{{.}}</span>{{end}}{{end}}`
