package interop_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/imbench/imbench/report"
	"github.com/imbench/imbench/report/html"
)

// everything is a result with every kind of thing in it.
const everything = "../report/html/testdata/full.json"

// asFile writes the page of a result, as a CI artifact is opened: from a file.
func asFile(t *testing.T, result []byte) (url string) {
	t.Helper()
	r, err := report.Read(bytes.NewReader(result))
	if err != nil {
		t.Fatal(err)
	}
	var page bytes.Buffer
	if err := html.Render(&page, r); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(name, page.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return "file://" + name
}

// said is what a page did that it should not have done: messages on the
// console, exceptions, requests.
type said struct {
	mu  sync.Mutex
	all []string
}

func (s *said) add(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, fmt.Sprintf(format, args...))
}

func (s *said) hear(url string) func(ev any) {
	return func(ev any) {
		switch e := ev.(type) {
		case *log.EventEntryAdded:
			s.add("log: %s (%s)", e.Entry.Text, e.Entry.URL)
		case *runtime.EventConsoleAPICalled:
			s.add("console: %s", e.Type)
		case *runtime.EventExceptionThrown:
			s.add("exception: %s", e.ExceptionDetails.Text)
		case *network.EventRequestWillBeSent:
			if asked := e.Request.URL; asked != url && !strings.HasPrefix(asked, "data:") {
				s.add("request: %s", asked)
			}
		}
	}
}

// shown opens url and listens to it.
func shown(t *testing.T, url string) (context.Context, *said) {
	t.Helper()
	ctx := browse(t, "about:blank")
	s := new(said)
	if err := chromedp.Listen(ctx, s.hear(url)); err != nil {
		t.Fatal(err)
	}
	do(ctx, t, chromedp.EmulateViewport(1200, 900), chromedp.Navigate(url))
	return ctx, s
}

func do(ctx context.Context, t *testing.T, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	step, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	if err := chromedp.Do(step, steps...); err != nil {
		t.Fatal(err)
	}
}

// evaluate runs an expression in the page.
func evaluate[T any](ctx context.Context, t *testing.T, expression string) T {
	t.Helper()
	step, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	v, err := chromedp.Run(step, chromedp.Evaluate[T](expression))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// preferring tells the page which colours its reader's system has.
func preferring(scheme string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		})
		return err
	})
}

// faint are the texts that do not stand out from what is behind them as WCAG's
// AA asks: 4.5 to 1.
const faint = `(() => {
	const channels = c => { const m = c.match(/[\d.]+/g).map(Number); return m.length > 3 ? m : [...m, 1]; };
	const light = c => { const [r, g, b] = c.slice(0, 3).map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
	const behind = e => { for (; e; e = e.parentElement) { const c = channels(getComputedStyle(e).backgroundColor); if (c[3] === 1) return c; } return [255, 255, 255, 1]; };
	const found = new Set();
	for (const e of document.querySelectorAll("body *:not(script):not(svg *)")) {
		if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue;
		const a = light(channels(getComputedStyle(e).color)), b = light(behind(e));
		const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
		if (ratio < 4.5) found.add(e.tagName + "." + e.className + " " + ratio.toFixed(2));
	}
	return [...found];
})()`

func TestAReportInABrowser(t *testing.T) {
	result, err := os.ReadFile(everything)
	if err != nil {
		t.Fatal(err)
	}
	page, heard := shown(t, asFile(t, result))

	t.Run("has its charts and its script", func(t *testing.T) {
		if n := evaluate[int](page, t, `document.querySelectorAll(".chart path[data-name]").length`); n < 20 {
			t.Errorf("%d lines are drawn", n)
		}
		if evaluate[bool](page, t, `document.getElementById("theme").hidden`) {
			t.Error("the script did not run: there is no switch for the theme")
		}
	})
	t.Run("has text that stands out, light and dark", func(t *testing.T) {
		for _, scheme := range []string{"light", "dark"} {
			do(page, t, preferring(scheme))
			if weak := evaluate[[]string](page, t, faint); len(weak) > 0 {
				t.Errorf("%s: %q", scheme, weak)
			}
		}
	})
	t.Run("follows the system's theme until one is chosen", func(t *testing.T) {
		const behind = `getComputedStyle(document.body).backgroundColor`
		press := func() { evaluate[any](page, t, `document.getElementById("theme").click()`) }
		do(page, t, preferring("dark"))
		dark := evaluate[string](page, t, behind)
		do(page, t, preferring("light"))
		light := evaluate[string](page, t, behind)
		press() // light
		do(page, t, preferring("dark"))
		if got := evaluate[string](page, t, behind); got != light || light == dark {
			t.Errorf("light was chosen: %s; the system's are %s and %s", got, light, dark)
		}
		press() // dark
		do(page, t, preferring("light"))
		if got := evaluate[string](page, t, behind); got != dark {
			t.Errorf("dark was chosen: %s, not %s", got, dark)
		}
		press() // the system's
	})
	t.Run("tells a chart's values under the pointer", func(t *testing.T) {
		got := evaluate[string](page, t, `(() => {
			const plot = document.querySelector(".plot"), r = plot.getBoundingClientRect();
			plot.dispatchEvent(new PointerEvent("pointermove", { clientX: r.left + r.width / 2, clientY: r.top + 5, bubbles: true }));
			return plot.querySelector(".tip").textContent;
		})()`)
		if got != "29 sonline1,000" {
			t.Errorf("half-way through the run: %q", got)
		}
	})
	t.Run("fits a phone", func(t *testing.T) {
		for _, width := range []int64{320, 360, 768} {
			do(page, t, chromedp.EmulateViewport(width, 800))
			if got := evaluate[int64](page, t, `document.documentElement.scrollWidth`); got > width {
				t.Errorf("%d pixels wide on a screen of %d", got, width)
			}
		}
	})
	t.Run("prints", func(t *testing.T) {
		step, cancel := context.WithTimeout(page, startWithin)
		defer cancel()
		pdf, err := chromedp.Run(step, chromedp.PrintToPDF(chromedp.PDFPaper(chromedp.PaperA4)))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.HasPrefix(pdf, []byte("%PDF-")) || len(pdf) < 50_000 {
			t.Errorf("%d bytes, which begin with %.8q", len(pdf), pdf)
		}
	})
	if len(heard.all) > 0 {
		t.Errorf("the page said, or asked for:\n%s", strings.Join(heard.all, "\n"))
	}
}

const hostile = `"><script>document.title = "executed"</script><img src=/x onerror='document.title="executed"'><svg onload='document.title="executed"'></title></style>`

// poisoned appends the hostile text to every string in v, the names in maps of
// counts and metrics included.
func poisoned(v any, key string) any {
	switch v := v.(type) {
	case string:
		if strings.HasSuffix(key, "histogram") || key == "schema" || key == "started" || key == "verdict" {
			return v // with any other, the file is refused
		}
		return v + hostile
	case []any:
		for i := range v {
			v[i] = poisoned(v[i], key)
		}
	case map[string]any:
		counted := strings.Contains("metrics counts rates groups closes causes mechanism answers states", key) && key != ""
		for k, inner := range v {
			v[k] = poisoned(inner, k)
			if counted {
				v[k+hostile] = v[k]
			}
		}
	}
	return v
}

func TestAHostileReportInABrowser(t *testing.T) {
	src, err := os.ReadFile(everything)
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal(src, &v); err != nil {
		t.Fatal(err)
	}
	bad, err := json.Marshal(poisoned(v, ""))
	if err != nil {
		t.Fatal(err)
	}
	page, heard := shown(t, asFile(t, bad))
	if title := evaluate[string](page, t, `document.title`); title == "executed" || !strings.Contains(title, "<script>") {
		t.Errorf("title: %.200q", title)
	}
	if n := evaluate[int](page, t, `document.querySelectorAll("img, iframe, object, [onload], [onerror], script:not(body > script)").length`); n > 0 {
		t.Errorf("%d elements came of text", n)
	}
	if len(heard.all) > 0 {
		t.Errorf("the page said, or asked for:\n%s", strings.Join(heard.all, "\n"))
	}
}
