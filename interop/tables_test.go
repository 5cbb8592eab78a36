package interop_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/imbench/imbench/report"
	"github.com/imbench/imbench/report/compare"
	"github.com/imbench/imbench/report/html"
)

// phone is the width of the narrowest one that is still in use, in pixels.
const phone = 320

// writtenPage is where a page is that render wrote.
func writtenPage(t *testing.T, render func(io.Writer) error) (url string) {
	t.Helper()
	var page bytes.Buffer
	name := filepath.Join(t.TempDir(), "page.html")
	if err := errors.Join(render(&page), os.WriteFile(name, page.Bytes(), 0o600)); err != nil {
		t.Fatal(err)
	}
	return "file://" + name
}

func TestATableOfRunsOnAPhone(t *testing.T) {
	var columns []report.Column
	for _, name := range []string{"phoenix", "socketio", "aws-full-jitter"} {
		p99 := float64(40 + 10*len(columns))
		columns = append(columns, report.Column{Name: name, Result: &report.Result{
			Verdict: report.Passed, Metrics: map[string]*report.Stats{"delivery": {Unit: "ms", Count: 9, P50: 1, P99: p99, Max: 2 * p99}},
		}})
	}
	columns[1].Result.Verdict = report.Failed
	page, heard := shown(t, writtenPage(t, func(w io.Writer) error {
		return html.SideBySide(w, report.NewSideBySide("policies", columns))
	}))
	do(page, t, chromedp.EmulateViewport(phone, 800))

	if got := evaluate[string](page, t, `document.querySelector(".verdict").innerText`); !strings.Contains(strings.ToLower(got), "1 of 3 failed") || !strings.Contains(got, "1 failed: socketio") {
		t.Errorf("the page begins with %q", got)
	}
	if got := evaluate[int64](page, t, `document.documentElement.scrollWidth`); got > phone {
		t.Errorf("%d pixels wide", got)
	}
	left := evaluate[[]float64](page, t, `[...document.querySelectorAll(".scroll")].map(s => {
		s.scrollLeft = 1000;
		return s.scrollLeft > 0 ? s.querySelector("tbody th").getBoundingClientRect().left - s.getBoundingClientRect().left : 0;
	})`)
	for i, off := range left {
		if off != 0 {
			t.Errorf("table %d: the names of the rows are %v pixels from where they were", i, off)
		}
	}
	for _, scheme := range []string{"light", "dark"} {
		do(page, t, preferring(scheme))
		if weak := evaluate[[]string](page, t, faint); len(weak) > 0 {
			t.Errorf("%s: %q", scheme, weak)
		}
	}
	if len(heard.all) > 0 {
		t.Errorf("the page said, or asked for: %q", heard.all)
	}
}

func TestAComparisonOnAPhone(t *testing.T) {
	text, err := os.ReadFile("../report/compare/testdata/regression.json")
	if err != nil {
		t.Fatal(err)
	}
	c := new(compare.Comparison)
	if err := json.Unmarshal(text, c); err != nil {
		t.Fatal(err)
	}
	page, heard := shown(t, writtenPage(t, func(w io.Writer) error { return compare.HTML(w, c) }))
	do(page, t, chromedp.EmulateViewport(phone, 800))

	if got := evaluate[int64](page, t, `Math.max(document.documentElement.scrollWidth, ...[...document.querySelectorAll(".scroll")].map(s => s.scrollWidth))`); got > phone {
		t.Errorf("%d pixels wide: something is out of sight", got)
	}
	seen := evaluate[string](page, t, `document.querySelector("tr.worse").innerText.replace(/\s+/g, " ")`)
	for _, want := range []string{"delivery.p50", "worse", "+12.5 %", "0.006"} {
		if !strings.Contains(seen, want) {
			t.Errorf("%q is not in %q", want, seen)
		}
	}
	if len(heard.all) > 0 {
		t.Errorf("the page said, or asked for: %q", heard.all)
	}
}
