package html

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
)

//go:embed page.html report.html sidebyside.html style.css script.js
var files embed.FS

// Page writes a self-contained page: the head with style, script and theme,
// and what body writes, which is HTML and has been escaped. Nothing in it can
// make a request or run another script: its policy says so to the browser. The
// error is body's or the writer's.
//
// A table inside of <div class="scroll"> and a chart of this package behave on
// a phone and in print as the report's do.
func Page(w io.Writer, title string, body func(io.Writer) error) error {
	style, err := files.ReadFile("style.css")
	if err != nil {
		return err
	}
	script, err := files.ReadFile("script.js")
	if err != nil {
		return err
	}
	t, err := template.ParseFS(files, "page.html")
	if err != nil {
		return err
	}
	var content bytes.Buffer
	if err := body(&content); err != nil {
		return err
	}
	hash := sha256.Sum256(script)
	var page bytes.Buffer
	err = t.Execute(&page, struct {
		Title, Policy string
		Style         template.CSS
		Script        template.JS
		Body          template.HTML
	}{
		title,
		"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-" +
			base64.StdEncoding.EncodeToString(hash[:]) + "'; base-uri 'none'; form-action 'none'",
		template.CSS(style), template.JS(script), template.HTML(content.Bytes()), //nolint:gosec // ours, and body's word
	})
	if err != nil {
		return fmt.Errorf("write page: %w", err)
	}
	_, err = w.Write(page.Bytes())
	return err
}
