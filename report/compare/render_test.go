package compare_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	unsafe "github.com/yuin/goldmark/renderer/html"
	"golang.org/x/net/html"

	"github.com/imbench/imbench/report"
	"github.com/imbench/imbench/report/compare"
)

var updateGolden = flag.Bool("update", false, "write the golden files anew")

// renderers are all the forms of a comparison, by extension.
func renderers() map[string]func(io.Writer, *compare.Comparison) error {
	text := func(o report.TextOptions) func(io.Writer, *compare.Comparison) error {
		return func(w io.Writer, c *compare.Comparison) error {
			return compare.Text(w, c, compare.TextOptions{TextOptions: o})
		}
	}
	return map[string]func(io.Writer, *compare.Comparison) error{
		".txt": text(report.TextOptions{}), ".120.txt": text(report.TextOptions{Width: 120}), ".color.txt": text(report.TextOptions{Width: 100, Color: true}),
		".all.txt": func(w io.Writer, c *compare.Comparison) error {
			return compare.Text(w, c, compare.TextOptions{TextOptions: report.TextOptions{Width: 120}, All: true})
		},
		".md": compare.Markdown, ".json": compare.JSON, ".xml": compare.JUnit, ".html": compare.HTML,
	}
}

func comparisons(t testing.TB) map[string]*compare.Comparison {
	return map[string]*compare.Comparison{
		"regression": mustCompare(t, runs("base", 6, 1), runs("new", 6, 1.12, func(i int, r *report.Result) {
			r.Counts["lost"] = int64(i)
			r.Generator.CPUS += float64(i) / 10
		}), compare.Options{Version: "1.2.3", Rounds: &compare.Rounds{Planned: 8, Done: 6, Repeated: 1, Looks: []int{4, 6}, Alpha: 0.05}}),
		"same":         mustCompare(t, runs("base", 6, 1), runs("new", 6, 1.001), compare.Options{Version: "1.2.3"}),
		"too-few-runs": mustCompare(t, runs("base", 3, 1), runs("new", 2, 1.4), compare.Options{Version: "1.2.3"}),
		"fail-on": mustCompare(t, runs("base", 5, 1), runs("new", 5, 1.3), compare.Options{
			Version: "1.2.3", FailOn: failOn("delivery.p99 +5%", "lost +0", "detect.p99 +5%"),
		}),
		"allowed": mustCompare(t, runs("base", 5, 1), runs("new", 5, 1.3), compare.Options{
			Version: "1.2.3", FailOn: failOn("delivery.p50 +50%", "delivery.p50 +2ms", "lost +0"),
		}),
		"itself": mustCompare(t, runs("base", 5, 1), runs("base", 5, 1), compare.Options{Version: "1.2.3"}),
	}
}

func TestComparisonsLookAsTheyDid(t *testing.T) {
	for name, c := range comparisons(t) {
		for extension, render := range renderers() {
			special := name == "allowed" || name == "itself" // only their words are
			if extension == ".html" && name != "regression" || special && extension != ".txt" && extension != ".md" {
				continue
			}
			t.Run(name+extension, func(t *testing.T) {
				var b bytes.Buffer
				if err := render(&b, c); err != nil {
					t.Fatal(err)
				}
				got := b.String()
				if extension == ".html" { // the frame is the report's own
					_, got, _ = strings.Cut(got[strings.Index(got, "<main>"):], "</style>")
					got, _, _ = strings.Cut(got, "</main>")
				}
				golden(t, name+extension, got)
			})
		}
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *updateGolden {
		if err := errors.Join(os.MkdirAll("testdata", 0o755), os.WriteFile(path, []byte(got), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("(-golden +got; -update writes it anew)\n%s", d)
	}
}

const evil = "x\x1b[2J\n<script>alert(1)</script> @all [a](http://e) ![i](http://e) | `c` \u202e"

// everyString sets all the strings in v, but those of known sets.
func everyString(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			everyString(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			everyString(v.Field(i))
		}
	case reflect.Slice:
		for i := range v.Len() {
			everyString(v.Index(i))
		}
	case reflect.String:
		if v.Type() == reflect.TypeFor[string]() {
			v.SetString(evil)
		}
	}
}

func TestWhatFilesSayStaysText(t *testing.T) {
	c := comparisons(t)["fail-on"]
	c.Warnings = []string{""}
	c.Base.LeftOut = []compare.LeftOut{{}}
	everyString(reflect.ValueOf(c))
	for form, render := range renderers() {
		var b bytes.Buffer
		if err := render(&b, c); err != nil {
			t.Fatal(err)
		}
		text := b.String()
		switch form {
		case ".json":
			if !json.Valid(b.Bytes()) {
				t.Error("it is no JSON")
			}
		case ".html":
			scripts := 0
			for z := html.NewTokenizer(&b); z.Next() != html.ErrorToken; {
				if tag, _ := z.TagName(); string(tag) == "script" {
					scripts++
				}
			}
			if scripts != 2 { // the page's own, opened and closed
				t.Errorf("%d tags of scripts", scripts)
			}
		case ".xml":
			for d := xml.NewDecoder(&b); ; {
				if _, err := d.Token(); err == io.EOF {
					break
				} else if err != nil {
					t.Fatal(err)
				}
			}
		case ".md":
			var shown bytes.Buffer
			if err := goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithRendererOptions(unsafe.WithUnsafe())).Convert(b.Bytes(), &shown); err != nil {
				t.Fatal(err)
			}
			for z := html.NewTokenizer(&shown); z.Next() != html.ErrorToken; {
				if tag, _ := z.TagName(); slices.Contains([]string{"script", "a", "img"}, string(tag)) {
					t.Errorf("<%s> comes of the Markdown", tag)
				}
			}
			if strings.Contains(text, " @all") {
				t.Error("it mentions everybody")
			}
		case ".color.txt":
		default:
			for _, r := range text {
				if r != '\n' && !unicode.IsPrint(r) {
					t.Fatalf("%s: %+q got through", form, r)
				}
			}
		}
	}
}

func TestNoLineIsWiderThanThePage(t *testing.T) {
	for name, c := range comparisons(t) {
		for width := 40; width <= 120; width += 16 {
			var b bytes.Buffer
			if err := compare.Text(&b, c, compare.TextOptions{TextOptions: report.TextOptions{Width: width}, All: true}); err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(b.String()) {
				if w := len([]rune(strings.TrimSuffix(line, "\n"))); w > width {
					t.Errorf("%s: %d columns on a page of %d: %s", name, w, width, line)
				}
			}
		}
	}
}

func TestTheDocsNameEveryField(t *testing.T) {
	page, err := os.ReadFile("../../docs/compare.md")
	if err != nil {
		t.Fatal(err)
	}
	var fields func(t reflect.Type) []string
	fields = func(t reflect.Type) (names []string) {
		switch t.Kind() {
		case reflect.Pointer, reflect.Slice:
			return fields(t.Elem())
		case reflect.Struct:
			for i := range t.NumField() {
				name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
				names = append(append(names, name), fields(t.Field(i).Type)...)
			}
		}
		return names
	}
	for _, name := range append(fields(reflect.TypeFor[compare.Comparison]()), compare.Headline()...) {
		if !strings.Contains(string(page), "`"+name+"`") {
			t.Errorf("docs/compare.md does not have `%s`", name)
		}
	}
	if !strings.Contains(string(page), compare.Schema) {
		t.Errorf("docs/compare.md does not name the schema %s", compare.Schema)
	}
}

func TestWhatIsAllowedDoesNotLookLikeARegression(t *testing.T) {
	for form, render := range renderers() {
		var b bytes.Buffer
		if err := render(&b, comparisons(t)["allowed"]); err != nil {
			t.Fatal(err)
		}
		decides, _, _ := strings.Cut(strings.ReplaceAll(b.String(), "All the others", "What else differs"), "hat else differs") // which decides nothing
		for _, wrong := range []string{"✗", "❌", "\x1b[31", `class="worse"`, "<failure"} {
			if strings.Contains(decides, wrong) {
				t.Errorf("%s: %q is in\n%s", form, wrong, decides)
			}
		}
		if want := "worse by 30.1 %, allowed +50% and +2ms"; form != ".json" && form != ".xml" && !strings.Contains(strings.ReplaceAll(decides, `\+`, "+"), want) && !strings.Contains(decides, strings.ReplaceAll(want, "+", "&#43;")) {
			t.Errorf("%s: %q is missing in\n%s", form, want, decides)
		}
	}
}

func TestARunLeftOutAtAnInterruptionIsTold(t *testing.T) {
	c := mustCompare(t, runs("base", 1, 1), runs("new", 1, 1), compare.Options{
		Rounds: &compare.Rounds{Planned: 3, Done: 1, Dropped: "round-02-new", Alpha: 0.05},
	})
	var b bytes.Buffer
	if err := compare.Text(&b, c, compare.TextOptions{TextOptions: report.TextOptions{Width: 120}}); err != nil {
		t.Fatal(err)
	}
	if want := "1 of 3, both builds in turn; interrupted in round-02-new, which was left out"; !strings.Contains(b.String(), want) {
		t.Errorf("%q is missing in\n%s", want, b.String())
	}
}

// What no metric's case tells of stays with the comparison's own.
func TestAServerThatDiedIsAFailureInJUnitBesideAMetricThatFailed(t *testing.T) {
	candidate := runs("new", 7, 1, func(i int, r *report.Result) {
		if r.Counts["lost"] = 9; i == 6 {
			r.Server.Exit, r.Failure, r.Verdict = "exit status 2", "it ended unasked", report.Failed
		}
	})
	var b bytes.Buffer
	if err := compare.JUnit(&b, mustCompare(t, runs("base", 7, 1), candidate, compare.Options{FailOn: failOn("lost +0")})); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`failures="2"`, `<failure message="The server of new ended unasked in 1 of 7 runs`} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%s\nwant %s", b.String(), want)
		}
	}
}
