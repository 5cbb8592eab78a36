package html_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	nethtml "golang.org/x/net/html"

	"github.com/imbench/imbench/report"
	"github.com/imbench/imbench/report/html"
)

var (
	update = flag.Bool("update", false, "write the golden files")
	page   = flag.String("page", "", "write the sample's page to this file, to look at it")
)

// rendered is r's page.
func rendered(t testing.TB, r *report.Result) string {
	t.Helper()
	var b bytes.Buffer
	if err := html.Render(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// elements reads a page as a browser does, in the order of the document.
func elements(t testing.TB, page string) []*nethtml.Node {
	t.Helper()
	root, err := nethtml.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var all []*nethtml.Node
	for n := range root.Descendants() {
		if n.Type == nethtml.ElementNode {
			all = append(all, n)
		}
	}
	return all
}

func attribute(n *nethtml.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// told is what a reader without the script, and one who cannot see, is told: a
// line for each element with text of its own, with its class.
func told(t testing.TB, page string) string {
	var b strings.Builder
	for _, n := range elements(t, page) {
		if n.Data == "style" || n.Data == "script" {
			continue
		}
		text := ""
		for c := range n.ChildNodes() {
			if c.Type == nethtml.TextNode {
				text += c.Data
			}
		}
		if text = strings.Join(strings.Fields(text), " "); text == "" {
			text = attribute(n, "aria-label")
		}
		if text != "" {
			fmt.Fprintf(&b, "%-11s %s\n", strings.TrimSuffix(n.Data+"."+strings.ReplaceAll(attribute(n, "class"), " ", "."), "."), text)
		}
	}
	return b.String()
}

func TestThePageTellsEverythingOfTheResult(t *testing.T) {
	r := sample(60)
	before := copied(t, r)
	got := rendered(t, r)
	if *page != "" {
		write(t, *page, []byte(got))
	}
	if d := cmp.Diff(before, copied(t, r)); d != "" {
		t.Error("rendering changed the result:\n", d)
	}
	text := told(t, got)
	if *update {
		var result bytes.Buffer
		if err := report.Write(&result, r); err != nil {
			t.Fatal(err)
		}
		write(t, "testdata/full.json", result.Bytes()) // which the tests in a browser open
		write(t, "testdata/full.txt", []byte(text))
	}
	want, err := os.ReadFile("testdata/full.txt")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(text, "\n")); d != "" {
		t.Error(d)
	}
}

func TestAResultReadAgainHasTheSamePage(t *testing.T) {
	f, err := os.Open("testdata/full.json")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := report.Read(f)
	if err != nil {
		t.Fatal(err)
	}
	if rendered(t, r) != rendered(t, sample(60)) {
		t.Error("testdata/full.json is not the sample: go test ./report/html -update")
	}
}

func write(t *testing.T, name string, content []byte) {
	t.Helper()
	if err := os.WriteFile(name, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestThePageStandsForItself(t *testing.T) {
	page := rendered(t, sample(60))
	for _, n := range elements(t, page) {
		for _, a := range n.Attr {
			asks := a.Key == "src" || a.Key == "srcset" || a.Key == "action" || a.Key == "data" || a.Key == "poster" ||
				a.Key == "href" && a.Val != "data:,"
			if asks || strings.HasPrefix(a.Key, "on") {
				t.Errorf("<%s %s=%q> asks for something, or runs it", n.Data, a.Key, a.Val)
			}
		}
	}
	for _, never := range []string{"@import", "url(", "http://", "https://", "ZgotmplZ"} {
		if strings.Contains(strings.ReplaceAll(page, "ws://", ""), never) {
			t.Errorf("the page has %q in it", never)
		}
	}
}

// An hour's page opens at once, from a CI artifact and on a phone.
func TestAnHoursPageIsSmall(t *testing.T) {
	if n := len(rendered(t, sample(3600))); n > 1<<20 {
		t.Errorf("an hour's page takes %d bytes", n)
	}
}

func TestNoResultIsTooPoorOrTooStrange(t *testing.T) {
	tests := map[string]*report.Result{
		"nothing at all": {},
		"a run that could not be made": {Verdict: report.Failed, Failure: "the server never answered",
			Reasons: []string{"The run could not be made to its end: the server never answered"}},
		"one second":             {Timeline: []report.Second{{TS: 0}}},
		"seconds without anyone": {Timeline: []report.Second{{TS: 0}, {TS: 1}, {TS: 2}}},
		"seconds far apart":      {Timeline: []report.Second{{TS: -1e300}, {TS: 1e300, Connected: 1 << 62}}},
		"seconds in no order":    {Timeline: []report.Second{{TS: 5}, {TS: 1, Sent: -4}, {TS: 5}}},
		"a fault never applied":  {Faults: []report.FaultResult{{Name: "x", Kind: "silence"}}},
		"statistics that lie":    {Metrics: map[string]*report.Stats{"detect": {Count: 3, Max: 1e300}, "lag": nil}},
		"nil where it may be":    {Groups: map[string]*report.Group{"a": nil, "b": {}}},
		"a curve of no time":     {Faults: []report.FaultResult{{GhostSurvival: []report.Survival{{Curve: []report.SurvivalPoint{{}, {}}}}, Storm: &report.Storm{}}}},
	}
	for name, r := range tests {
		t.Run(name, func(t *testing.T) {
			page := rendered(t, r)
			for _, never := range []string{"NaN", "Inf", "ZgotmplZ"} {
				if strings.Contains(strings.ReplaceAll(page, "Infinity", ""), never) {
					t.Errorf("the page has %q in it", never)
				}
			}
		})
	}
}

// A result may hold any number of anything; its page does not.
func TestAPageHasAnEnd(t *testing.T) {
	r := sample(60)
	long := strings.Repeat("<long> ", 20_000)
	for range 9 { // 512 times
		r.Faults = append(r.Faults, r.Faults...)
		r.Thresholds = append(r.Thresholds, r.Thresholds...)
		r.Warnings = append(r.Warnings, long)
		r.ConnectErrors = append(r.ConnectErrors, append(r.ConnectErrors, report.Quote{Kind: long, First: long})...)
		r.LookAt = append(r.LookAt, append(r.LookAt, report.ClientNote{Why: long})...)
	}
	for i := range 5000 {
		name := fmt.Sprint(i, long[:200])
		r.Closes[name], r.Groups[name], r.Metrics[name] = 1, &report.Group{}, &report.Stats{Count: 1}
	}
	r.Scenario.YAML = strings.Repeat(long, 20)
	r.Faults[0].AtS = make([]float64, 100_000)
	if n := len(rendered(t, r)); n > 4<<20 {
		t.Errorf("the page takes %d bytes", n)
	}
}

const script = `"><script>document.title = "executed"</script><img src=x onerror='document.title="executed"'>` + "\x00\u202e</style></title></textarea>'`${document.title=1}"

// poison writes script into every string of v, names in maps included.
func poison(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			poison(v.Elem())
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return
		}
		for i := range v.NumField() {
			if v.Type().Field(i).Name != "Histogram" && v.Type().Field(i).Name != "CensoredHistogram" {
				poison(v.Field(i))
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			poison(v.Index(i))
		}
	case reflect.Map:
		for _, k := range v.MapKeys() {
			value := reflect.New(v.Type().Elem()).Elem()
			value.Set(v.MapIndex(k))
			poison(value)
			v.SetMapIndex(k, value)
			bad := reflect.New(v.Type().Key()).Elem()
			bad.SetString(k.String() + script)
			v.SetMapIndex(bad, value)
		}
	case reflect.String:
		v.SetString(v.String() + script)
	default:
	}
}

func TestWhatAServerSaysStaysText(t *testing.T) {
	count := func(page string) map[string]int {
		n := map[string]int{}
		for _, e := range elements(t, page) {
			n[e.Data]++
			for _, a := range e.Attr {
				if strings.HasPrefix(a.Key, "on") || a.Key == "src" {
					t.Errorf("<%s> has %s=%q", e.Data, a.Key, a.Val)
				}
			}
		}
		return n
	}
	r := sample(60)
	poison(reflect.ValueOf(r))
	poisoned := rendered(t, r)
	got := count(poisoned)
	if got["script"] != 1 || got["style"] != 1 || got["img"] != 0 || got["title"] < 1 || got["textarea"] != 0 {
		t.Errorf("elements: %v", got)
	}
	if n := strings.Count(poisoned, "&lt;script&gt;"); n < 100 {
		t.Errorf("%d of the texts are on the page: does it show them at all?", n)
	}
	if strings.ContainsAny(poisoned, "\x00\u202e") {
		t.Error("control characters came through")
	}
}

func BenchmarkRenderAnHour(b *testing.B) {
	r := sample(3600)
	b.ReportAllocs()
	for b.Loop() {
		if err := html.Render(&bytes.Buffer{}, r); err != nil {
			b.Fatal(err)
		}
	}
}
