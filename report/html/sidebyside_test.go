package html_test

import (
	"strings"
	"testing"

	"github.com/imbench/imbench/report"
	"github.com/imbench/imbench/report/html"
)

func TestSeveralRunsStandSideBySideOnAPage(t *testing.T) {
	value := 12.0
	run := func(v report.Verdict) *report.Result {
		return &report.Result{Verdict: v, Counts: map[string]int64{"lost": 3}, Thresholds: []report.ThresholdResult{
			{Text: "lost == 0 <script>", Value: &value, Verdict: v}}}
	}
	var b strings.Builder
	s := report.NewSideBySide("storm <b>", []report.Column{
		{Name: "phoenix", Result: run(report.Passed)}, {Name: "<script>alert(1)</script>", Result: run(report.Failed)}, {Name: "nats", Err: "no server"},
	})
	if err := html.SideBySide(&b, s); err != nil {
		t.Fatal(err)
	}
	page := b.String()
	for _, want := range []string{"<title>1 of 3 could not be run: storm &lt;b&gt;</title>", `<header class="verdict bad">`, "<li>1 failed: &lt;script&gt;", "<li>1 passed: phoenix", "phoenix", "&lt;script&gt;alert(1)&lt;/script&gt;", "lost == 0 &lt;script&gt;", "✓", "✗", "no server"} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is missing in\n%s", want, page)
		}
	}
	if strings.Contains(page, "<script>alert") {
		t.Error("a name is not escaped")
	}
}
