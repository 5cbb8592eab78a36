package report

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	gmhtml "github.com/yuin/goldmark/renderer/html"
	"golang.org/x/net/html"
)

func renderMarkdown(t testing.TB, r *Result) string {
	t.Helper()
	var b bytes.Buffer
	if err := Markdown(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestMarkdownLooksAsItDid(t *testing.T) {
	for name, r := range samples() {
		t.Run(name, func(t *testing.T) {
			above, whole, _ := strings.Cut(renderMarkdown(t, r), "```text\n")
			golden(t, filepath.Join("markdown", name+".md"), above+"…\n")
			if text := render(t, r, TextOptions{Width: 100}); !strings.HasPrefix(whole, text) {
				t.Error("below it does not stand the text report")
			}
		})
	}
}

// asForge renders Markdown as forges do, HTML included, and takes it apart.
func asForge(t testing.TB, text string) (tags map[string]int, prose string) {
	t.Helper()
	var out bytes.Buffer
	forge := goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithRendererOptions(gmhtml.WithUnsafe()))
	if err := forge.Convert([]byte(text), &out); err != nil {
		t.Fatal(err)
	}
	tags = map[string]int{}
	code := 0
	var b strings.Builder
	for z := html.NewTokenizer(&out); ; {
		switch z.Next() {
		case html.ErrorToken:
			return tags, b.String()
		case html.StartTagToken, html.SelfClosingTagToken:
			name, _ := z.TagName()
			tags[string(name)]++
			if s := string(name); s == "code" || s == "pre" {
				code++
			}
		case html.EndTagToken:
			if name, _ := z.TagName(); string(name) == "code" || string(name) == "pre" {
				code--
			}
		case html.TextToken:
			if code == 0 {
				b.Write(z.Text())
			}
		}
	}
}

// What a forge makes of text outside code without being asked.
var forgesOwn = regexp.MustCompile(`(?i)@[a-z0-9]|#[0-9]|\bgh-[0-9]|://|\bwww\.`)

// expectOnlyOurs fails if anything in the text is markup that Markdown did not
// write itself.
func expectOnlyOurs(t testing.TB, text string, tables int) {
	t.Helper()
	ours := "h3 p ul li table thead tbody tr th td code pre details summary strong br"
	tags, prose := asForge(t, text)
	for tag, n := range tags {
		if !strings.Contains(" "+ours+" ", " "+tag+" ") {
			t.Errorf("%d times <%s>", n, tag)
		}
	}
	for tag, n := range map[string]int{"h3": 1, "details": 1, "summary": 1, "pre": 1, "table": tables} {
		if tags[tag] != n {
			t.Errorf("%d times <%s>, want %d", tags[tag], tag, n)
		}
	}
	if tags["td"]+tags["th"] > 0 && tables > 0 {
		if cells, rows := tags["th"]+tags["td"], tags["tr"]; cells < 4*rows || cells > 6*rows {
			t.Errorf("%d cells in %d rows", cells, rows)
		}
	}
	if s := forgesOwn.FindString(prose); s != "" {
		t.Errorf("%q stands outside code", s)
	}
}

func TestMarkdownIsWhatAForgeTakesItFor(t *testing.T) {
	for name, r := range samples() {
		tables := 2
		switch name {
		case "nothing-expected":
			tables = 1 // no metric has samples
		case "empty":
			tables = 0
		}
		t.Run(name, func(t *testing.T) { expectOnlyOurs(t, renderMarkdown(t, r), tables) })
	}
}

func TestNothingAServerSaysIsMarkup(t *testing.T) {
	for name, evil := range map[string]string{
		"html":                   `</code></details><script>alert(1)</script><img src=x onerror=alert(1)><a href="//e.org">`,
		"a link":                 `[click](https://evil.example/) ![pic](https://evil.example/x.png) <https://evil.example>`,
		"links that are not":     `https://evil.example www.evil.example HTTP://EVIL.example evil@evil.example mailto:a@b.example`,
		"a mention":              `@octocat, @org/team and a @everybody`,
		"a reference":            `#1 GH-12 owner/repo#3 !4`,
		"the end of a cell":      `a | b || c \| d \\| e |`,
		"the end of a code span": "`` ` ``` </code> ` | `",
		"the end of a fence":     "```\n~~~\n``````\n</details>",
		"a heading":              "# h\n## h\n===\n---",
		"a list":                 "1. a\n- b\n+ c\n* d\n> e\n2) f",
		"emphasis":               "*a* **b** _c_ ~~d~~ ==e==",
		"entities":               "&lt;script&gt; &#60;img&#62; &amp;",
		"a footnote":             "[^1] [^1]: http://x",
		"controls":               "\x00\x1b[31m\u202e\u200b\u2028",
		"endless":                strings.Repeat("<b>|`@a#1*", 2000),
	} {
		t.Run(name, func(t *testing.T) {
			r := poisoned(t, evil)
			text := renderMarkdown(t, r)
			expectOnlyOurs(t, text, 2)
			if len(text) > mdMost {
				t.Errorf("%d bytes", len(text))
			}
		})
	}
}

// poisoned is a failing run in which every text is the one given.
func poisoned(t testing.TB, text string) *Result {
	t.Helper()
	r := sampleFailing()
	raw, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	keep := map[string]bool{"started": true, "schema": true, "histogram": true, "censored_histogram": true, "delivery_histogram": true}
	v = replaceStrings(v, text, keep)
	if raw, err = json.Marshal(v); err != nil {
		t.Fatal(err)
	}
	r = new(Result)
	if err := json.Unmarshal(raw, r); err != nil {
		t.Fatal(err)
	}
	return r
}

func replaceStrings(v any, text string, keep map[string]bool) any {
	switch v := v.(type) {
	case string:
		return text
	case []any:
		for i := range v {
			v[i] = replaceStrings(v[i], text, keep)
		}
	case map[string]any:
		for k := range v {
			if !keep[k] {
				v[k] = replaceStrings(v[k], text, keep)
			}
		}
	}
	return v
}

// However much there is to tell, it fits a comment, and stays whole.
func TestMarkdownFitsAComment(t *testing.T) {
	r := sampleFailing()
	for range 500 {
		r.Thresholds = append(r.Thresholds, r.Thresholds[0])
		r.Faults = append(r.Faults, r.Faults[0])
		r.Reasons = append(r.Reasons, strings.Repeat("名@|", 900))
		r.Warnings = append(r.Warnings, strings.Repeat("`|@*", 900))
	}
	for i := range r.Thresholds {
		r.Thresholds[i].Text = strings.Repeat("<|`", 50)
	}
	text := renderMarkdown(t, r)
	if len(text) > mdMost {
		t.Errorf("%d bytes", len(text))
	}
	tags, _ := asForge(t, text)
	if tags["details"] != 1 || tags["pre"] != 1 {
		t.Errorf("cut in the middle: %v", tags)
	}
}

func TestMarkdownChangesNothingInTheResult(t *testing.T) {
	for name, r := range samples() {
		before, _ := json.Marshal(r)
		renderMarkdown(t, r)
		if after, _ := json.Marshal(r); !bytes.Equal(before, after) {
			t.Errorf("%s was changed", name)
		}
	}
}

func FuzzMarkdownText(f *testing.F) {
	f.Add("a|b`c` @x <img> https://x ![](y)")
	f.Fuzz(func(t *testing.T, s string) {
		text := "### x\n\n| a | b |\n|---|---|\n| " + mdText(s) + " | " + mdCode(s) + " |\n"
		tags, prose := asForge(t, text)
		for tag := range tags {
			if !strings.Contains(" h3 table thead tbody tr th td code ", " "+tag+" ") {
				t.Errorf("<%s> of %q", tag, s)
			}
		}
		if tags["td"] != 2 {
			t.Errorf("%d cells of %q", tags["td"], s)
		}
		if m := forgesOwn.FindString(prose); m != "" {
			t.Errorf("%q outside code, of %q", m, s)
		}
	})
}
