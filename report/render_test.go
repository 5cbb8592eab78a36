package report

import (
	"math"
	"regexp"
	"slices"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"
)

var ansi = regexp.MustCompile("\x1b\\[[0-9;]*m")

func TestTimesHaveThreeDigitsAndAUnit(t *testing.T) {
	for ms, want := range map[float64]string{
		0: "0 s", 0.0004: "0 µs", 0.001: "1 µs", 0.4124: "412 µs", 0.9994: "999 µs",
		0.9996: "1.00 ms", 1.2349: "1.23 ms", 9.996: "10.0 ms", 12.43: "12.4 ms", 412.4: "412 ms", 999.6: "1.00 s",
		3981.3: "3.98 s", 61_200: "61.2 s", 350_000: "350 s", 924_000: "15.4 min", 5_999_000: "1.67 h", 3.6e8: "100 h",
		-12.43: "-12.4 ms", math.Inf(1): "unknown", math.NaN(): "unknown",
	} {
		if got := millis(ms); got != want {
			t.Errorf("%v ms: %q, want %q", ms, got, want)
		}
	}
	if got := timeSpan(1500 * time.Microsecond); got != "1.50 ms" {
		t.Error(got)
	}
}

func TestSharesAreNeverRoundedToNothingOrAll(t *testing.T) {
	for _, c := range []struct {
		name        string
		part, whole int64
		want        string
	}{
		{"nothing", 0, 10, "0 %"},
		{"all", 10, 10, "100 %"},
		{"a third", 1, 3, "33.33 %"},
		{"one of a million", 1, 1_000_000, "<0.01 %"},
		{"all but one of a million", 999_999, 1_000_000, ">99.99 %"},
		{"more than all", 1_000_001, 1_000_000, ">100 %"},
		{"of nothing", 0, 0, ""},
	} {
		if got := share(c.part, c.whole); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestAMeasuredValueIsToldApartFromItsLimit(t *testing.T) {
	for _, c := range []struct {
		name, text, unit string
		value            float64
		note, want, rest string
	}{
		{"well below", "delivery.p99 < 200ms", "ms", 12.43, "", "12.4 ms", ""},
		{"just above", "delivery.p99 < 200ms", "ms", 200.06, "", "200.1 ms", ""},
		{"just below another unit", "delivery.p99 < 1s", "ms", 999.95, "", "999.95 ms", ""},
		{"the limit itself", "delivery.p99 <= 200ms", "ms", 200, "", "200 ms", ""},
		{"a lower bound", "detect.max < 5s", "ms", 15991, "at least", "≥ 16.0 s", ""},
		{"a lower bound with a reason", "detect.max < 5s", "ms", 15991, "at least: 3 never noticed", "≥ 16.0 s", "3 never noticed"},
		{"a count", "sent > 1000", "", 1234567, "", "1,234,567", ""},
		{"a rate", "reach >= 99.9%", "", 0.998996, "", "99.8996 %", ""},
		{"a rate as a number", "loss <= 0.001", "", 0.00102, "", "0.00102", ""},
	} {
		got, rest := measured(ThresholdResult{Text: c.text, Unit: c.unit, Value: &c.value, Note: c.note})
		if got != c.want || rest != c.rest {
			t.Errorf("%s: %q, %q; want %q, %q", c.name, got, rest, c.want, c.rest)
		}
	}
}

func TestLinesBreakAtSpacesAndByColumns(t *testing.T) {
	for _, c := range []struct {
		name, text string
		width      int
		want       []string
	}{
		{"short text stays", "one two", 10, []string{"one two"}},
		{"at a space", "one two three", 8, []string{"one two", "three"}},
		{"a long word is split", "abcdefghij", 4, []string{"abcd", "efgh", "ij"}},
		{"wide characters take two columns", "消息消息 消息", 8, []string{"消息消息", "消息"}},
		{"a character stays whole", "名名名", 3, []string{"名", "名", "名"}},
		{"a figure stays with its unit", "max ≥ 16.0 s", 10, []string{"max", "≥ 16.0 s"}},
		{"nothing", "  ", 8, nil},
	} {
		if got := wrapped(c.text, c.width); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q", c.name, got)
		}
	}
}

func TestShortenedTextSaysSo(t *testing.T) {
	for text, want := range map[string]string{"abc": "abc", "abcd": "abcd", "abcde": "abc…", "消息消": "消…"} {
		if got := shorten(text, 4); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func TestCleanShowsWhatWouldAct(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"plain text is left alone", "plain text", "plain text"},
		{"so are other scripts", "系统服务 Привет", "系统服务 Привет"},
		{"an escape", "\x1b[31m", `\x1b[31m`},
		{"a line break", "a\r\nb", `a\r\nb`},
		{"a C1 control", "\u009b", `\u009b`},
		{"a reading order", "a\u202eb", `a\u202eb`},
		{"what cannot be seen", "a\u200bb", `a\u200bb`},
		{"broken UTF-8", "a\xffb", `a\xffb`},
		{"the replacement character itself", "\uFFFD", "\uFFFD"},
		{"odd spaces", "a\u00a0b\u3000c", "a b c"},
		{"a pile of accents", "e\u0301\u0301\u0301\u0301\u0301", "e\u0301\u0301\u0301\u0301" + `\u0301`},
	} {
		if got := clean(c.text); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func FuzzClean(f *testing.F) {
	f.Add("\x1b[31m\xff\u202e名e\u0301")
	f.Fuzz(func(t *testing.T, s string) {
		c := clean(s)
		if !utf8.ValidString(c) {
			t.Fatalf("%q is not UTF-8", c)
		}
		for _, r := range c {
			if !unicode.IsPrint(r) {
				t.Fatalf("%+q got through", r)
			}
		}
		for width := range 9 {
			if w := columns(shorten(c, width)); w > width {
				t.Fatalf("%q shortened to %d takes %d", c, width, w)
			}
		}
	})
}
