package html

import (
	"fmt"
	"html/template"
	"io"
	"strconv"

	"github.com/imbench/imbench/report"
)

// Render writes r as one self-contained HTML file. r is not changed. Whatever
// came from a server or a file is shown as text. The error is the writer's.
func Render(w io.Writer, r *report.Result) error {
	t, err := template.New("report.html").Funcs(template.FuncMap{
		"percent": func(v float64) string { return coordinate(v, 2) + "%" },
		"box":     viewBox,
		"lanebox": laneBox,
		"ends":    ends,
		"in":      func(y axis, b band) shade { return shade{b, y.Lo, y.Hi} },
		"x":       func(v float64) string { return coordinate(v, 2) },
		"y":       significant,
		"sub":     func(a, b float64) float64 { return a - b },
		"number":  report.Number,
		"grid":    grid,
	}).ParseFS(files, "report.html")
	if err != nil {
		return err
	}
	v := look(r)
	return Page(w, v.Verdict.Word+": "+v.Name+" – imbench", func(w io.Writer) error {
		if err := t.Execute(w, v); err != nil {
			return fmt.Errorf("write report: %w", err)
		}
		return nil
	})
}

// shade is a band over the whole height of a chart.
type shade struct {
	band
	Lo, Hi float64
}

// viewBox is a chart's coordinate system. SVG's y grows downward, so values are
// drawn in one that is turned over.
func viewBox(c chart) string {
	return coordinate(c.X.Lo, 2) + " " + significant(-c.Y.Hi) + " " + coordinate(c.X.span(), 2) + " " + significant(c.Y.span())
}

// laneBox is the coordinate system of the strip above a chart, a row being 1
// high.
func laneBox(c chart) string {
	return coordinate(c.X.Lo, 2) + " 0 " + coordinate(c.X.span(), 2) + " " + strconv.Itoa(c.Lane.Rows)
}

// grid are the lines at an axis's ticks, in the drawing's units.
func grid(c chart) string {
	path := ""
	for _, t := range c.Y.Ticks {
		y := significant(c.Y.Lo + t.At/100*c.Y.span())
		path += "M" + coordinate(c.X.Lo, 2) + " " + y + "L" + coordinate(c.X.Hi, 2) + " " + y
	}
	return path
}
